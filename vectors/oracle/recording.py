# SPDX-License-Identifier: MIT OR Apache-2.0
"""Signal's message version 3 as it stands on the wire, around the ratchet of ratchet.py, and the
replay of a conversation that was recorded from other people's devices."""
import aes
import curve
import kdf
import ratchet

TYPE = ratchet.TYPE


def varint(value):
    out = b""
    while value > 0x7f:
        out += bytes([value & 0x7f | 0x80])
        value >>= 7
    return out + bytes([value])


def number(field, value):
    return varint(field << 3) + varint(value)


def text(field, value):
    return varint(field << 3 | 2) + varint(len(value)) + value


def fields_of(data):
    """{field: value} of a protobuf of numbers and byte strings, each at most once."""
    at, out = 0, {}

    def take():
        nonlocal at
        value = shift = 0
        while True:
            value |= (data[at] & 0x7f) << shift
            shift, at = shift + 7, at + 1
            if data[at - 1] < 0x80:
                return value

    while at < len(data):
        key = take()
        value = take()
        if key & 7 == 2:
            value, at = data[at:at + value], at + value
        out[key >> 3] = value
    return out


def signal_message(side, version, plaintext):
    """Spend the next number of `side`; its SignalMessage."""
    n = side.sending.n
    cipher_key, mac_key, iv = ratchet.message_keys(side.sending.next())
    frame = (bytes([version]) + text(1, TYPE + curve.public_of(side.secret)) + number(2, n)
             + number(3, side.pn) + text(4, aes.cbc_encrypt(cipher_key, iv, plaintext)))
    names = TYPE + side.ours + TYPE + side.theirs
    return frame + kdf.hmac_sha256(mac_key, names + frame)[:8]


def prekey_message(numbers, version, base, identity, message):
    """The PreKeySignalMessage around `message`."""
    named = numbers.get("one_time_prekey_id")
    return (bytes([version]) + (b"" if named is None else number(1, named))
            + text(2, TYPE + base) + text(3, TYPE + identity) + text(4, message)
            + number(5, numbers["initiator_registration"])
            + number(6, numbers["signed_prekey_id"]))


def open_signal_message(side, message, secret):
    """The plaintext, or None; `secret` is our next ratchet key."""
    fields = fields_of(message[1:-8])
    dh, n = fields[1][1:], fields[2]
    turn = dh not in side.chains
    if turn:
        side.root, chain = ratchet.root_step(side.root, curve.x25519(side.secret, dh))
        side.chains[dh] = ratchet.Chain(chain)
    cipher_key, mac_key, iv = ratchet.message_keys(side.chains[dh].seed_of(n))
    names = TYPE + side.theirs + TYPE + side.ours
    if kdf.hmac_sha256(mac_key, names + message[:-8])[:8] != message[-8:]:
        return None
    if turn != bool(secret):
        return None
    if turn:
        side.pn = max(side.sending.n - 1, 0)
        side._send_under(secret, dh)  # pylint: disable=protected-access
    return aes.cbc_decrypt(cipher_key, iv, fields[4])


def replay(c):
    """Whether both sides make and open every message of the case."""
    ika, ikb = c["initiator_identity_secret"], c["responder_identity_secret"]
    spk, base = c["signed_prekey_secret"], c["base_key"]
    a, b, dhb = curve.public_of(ika), curve.public_of(ikb), curve.public_of(spk)
    if not curve.xeddsa_verify(b, TYPE + dhb, c["signed_prekey_signature"]):
        return False
    if "base_key_secret" in c.raw and curve.public_of(c["base_key_secret"]) != base:
        return False
    outputs = [curve.x25519(spk, a), curve.x25519(ikb, base), curve.x25519(spk, base)]
    if "one_time_prekey_id" in c.raw:
        outputs.append(curve.x25519(c["one_time_prekey_secret"], base))
    root, chain = ratchet.agreement(outputs)
    sides = {"initiator": ratchet.Ratchet.initiator(root, chain, a, b, dhb,
                                                    c["initiator_ratchet_secret"]),
             "responder": ratchet.Ratchet.responder(root, chain, b, a, spk)}
    version = c.raw["version_byte"]
    for step in c.list("steps"):
        sender = sides[step.raw["by"]]
        for _ in range(step.raw["lost"]):
            sender.sending.next()
        message = whole = signal_message(sender, version, step["plaintext"])
        if step.raw["kind"] == "prekey":
            whole = prekey_message(c.raw, version, base, a, message)
        other = sides["responder" if step.raw["by"] == "initiator" else "initiator"]
        if whole != step["message"]:
            return False
        if open_signal_message(other, message, step["entropy"]) != step["plaintext"]:
            return False
    return True


def conversation(name, drawn, numbers, script):
    """A case of our own: `script` is lines of (by, lost, plaintext). Secrets are clamped, for not
    every implementation does that when it loads one."""
    def secret(label):
        raw = drawn(label)
        return bytes([raw[0] & 248]) + raw[1:31] + bytes([raw[31] & 127 | 64])

    ika, ikb = secret(name + " initiator"), secret(name + " responder")
    spk, base, first = secret(name + " SPK"), secret(name + " EK"), secret(name + " DHs 0")
    a, b, dhb = map(curve.public_of, (ika, ikb, spk))
    nonce = secret(name + " nonce") + secret(name + " nonce 2")
    case = {"id": name, "initiator_identity_secret": ika, "responder_identity_secret": ikb,
            "signed_prekey_secret": spk,
            "signed_prekey_signature": curve.xeddsa_sign(ikb, TYPE + dhb, nonce, "wire"),
            "base_key": curve.public_of(base), "base_key_secret": base,
            "initiator_ratchet_secret": first, "version_byte": 0x33, **numbers}
    outputs = [curve.x25519(ika, dhb), curve.x25519(base, b), curve.x25519(base, dhb)]
    if "one_time_prekey_id" in numbers:
        case["one_time_prekey_secret"] = secret(name + " OPK")
        outputs.append(curve.x25519(base, curve.public_of(case["one_time_prekey_secret"])))
    root, chain = ratchet.agreement(outputs)
    sides = {"initiator": ratchet.Ratchet.initiator(root, chain, a, b, dhb, first),
             "responder": ratchet.Ratchet.responder(root, chain, b, a, spk)}
    steps, answered = [], False
    for i, (by, lost, plaintext) in enumerate(script):
        other = sides["responder" if by == "initiator" else "initiator"]
        for _ in range(lost):
            sides[by].sending.next()
        message = signal_message(sides[by], 0x33, plaintext)
        turn = curve.public_of(sides[by].secret) not in other.chains
        entropy = secret(f"{name} DHs {i + 1}") if turn else b""
        assert open_signal_message(other, message, entropy) == plaintext
        answered = answered or by == "responder"
        if not answered:
            message = prekey_message(numbers, 0x33, case["base_key"], a, message)
        steps.append({"by": by, "kind": "signal" if answered else "prekey", "lost": lost,
                      "plaintext": plaintext, "message": message, "entropy": entropy})
    return {**case, "steps": steps}


def files(source, secret):
    """What make.py writes."""
    a, b = "initiator", "responder"

    def cases():
        yield conversation(
            "with a one-time prekey, plaintexts of many sizes", secret,
            {"initiator_registration": 1, "responder_registration": 16380, "signed_prekey_id": 300,
             "one_time_prekey_id": 0},
            [(a, 0, b""), (a, 0, bytes(range(15))), (a, 0, bytes(range(16))),
             (b, 0, bytes(range(17))), (b, 0, b"\xff" * 255), (a, 0, b"back"), (b, 0, b"forth")])
        yield conversation(
            "without one-time prekey, messages lost on both sides", secret,
            {"initiator_registration": 16380, "responder_registration": 1,
             "signed_prekey_id": 0xffffff},
            [(a, 2, b"the third"), (a, 1, b"the fifth"), (b, 130, b"a number of two bytes"),
             (a, 0, b"one"), (b, 3, b"two"), (b, 1, b"three"), (a, 128, b"four")])
        yield conversation(
            "many turns, more than the chains that are kept", secret,
            {"initiator_registration": 77, "responder_registration": 78, "signed_prekey_id": 1,
             "one_time_prekey_id": 0xffffff},
            [((a, b)[i // 2 % 2], i % 3 // 2, b"message %d" % i) for i in range(32)])

    return {"session-conversation": ("session_recording", cases, source(
        "X3DH, revision 1, and The Double Ratchet Algorithm, revision 1",
        "in the messages of Signal's version 3; confirmed against libsignal-protocol-c 2.3.3"))}
