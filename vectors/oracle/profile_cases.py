# SPDX-License-Identifier: MIT OR Apache-2.0
"""Cases of the call profiles that others have; nobody publishes any."""
import curve
import media
import profiles

KNOWN_SECRET = bytes(range(1, 33))
# A quotation of the length of a short audio frame.
TEXT = b"Whan that Aprille with his shoures soote"
PACKET = bytes.fromhex("80600007000004b0cafebabe") + b"a payload of a packet"


def _frame(name, secret, step, counter, text):
    at = profiles.next_secret(secret, step)
    cipher_key, mac_key = profiles.frame_keys(at)
    return {"id": name, "secret": secret, "step": step, "counter": counter, "step_secret": at,
            "cipher_key": cipher_key, "mac_key": mac_key, "plaintext": text,
            "frame": profiles.seal(at, step % 256, counter, text)}


def frames():
    for step in (0, 1, 2, 5, 255):
        for counter in (1, 2 ** 32 - 1):
            yield _frame(f"step {step}, counter {counter}", KNOWN_SECRET, step, counter, TEXT)
    for size in (0, 1, 15, 16, 17, 33):
        yield _frame(f"{size} bytes", KNOWN_SECRET, 0, 2 + size, bytes(range(size)))


def refused_frames():
    good = _frame("as it should be", KNOWN_SECRET, 3, 258, TEXT)
    yield good

    def case(name, frame, expect="authentication_failed"):
        return {"id": name, "expect": expect, "secret": KNOWN_SECRET, "step": 3, "counter": 258,
                "frame": frame}

    def flipped(at):
        frame = bytearray(good["frame"])
        frame[at] ^= 1
        return bytes(frame)

    for name, at in (("ciphertext", 0), ("step", -21), ("counter", -17), ("MAC", -1)):
        yield case(f"a bit of the {name} flipped", flipped(at))
    frame = good["frame"]
    yield case("a byte of the ciphertext missing", frame[1:])
    yield case("a byte before it", b"\0" + frame)
    yield case("the footer alone", frame[-21:])
    yield case("MAC cut short", frame[:-1])
    yield case("a byte short of a footer", frame[-20:], "malformed")
    yield case("nothing", b"", "malformed")
    yield case("counter 0, MAC as it should be",
               profiles.seal(profiles.next_secret(KNOWN_SECRET, 3), 3, 0, TEXT), "malformed")
    yield case("of another secret", profiles.seal(bytes(range(2, 34)), 3, 258, TEXT))


class _Script:
    """Events of one receiver, as the oracle's own sees them."""

    def __init__(self, name):
        self.receiver, self.events, self.name = profiles.Receiver(), [], name

    def add(self, step, secret):
        refused = self.receiver.add(step, secret)
        self.events.append({"do": "add", "step": step, "secret": secret,
                            **({"refused": refused} if refused else {})})

    def open(self, secret, step, counter, at=0, first=0):
        """`step` steps after `secret`, which is that of step `first`."""
        text = b"frame %d" % counter
        number = (first + step) % 256
        frame = profiles.seal(profiles.next_secret(secret, step), number, counter, text)
        opened = self.receiver.open(frame, at)
        result = {"refused": opened} if isinstance(opened, str) else {"plaintext": opened}
        self.events.append({"do": "open", "frame": frame, "at": at, **result})

    def case(self):
        return {"id": self.name, "events": self.events}


def receivers(secret):
    a, b = secret("ringrtc a"), secret("ringrtc b")

    script = _Script("the replay window")
    script.add(0, a)
    for counter in (1, 1, 2, 1026, 2, 3, 3, 1025, 1025, 2049, 1025, 1026, 1027, 5000, 3976, 3977):
        script.open(a, 0, counter)
    yield script.case()

    script = _Script("a replay across a step")
    script.add(0, a)
    for step, counter in ((0, 1), (0, 3), (1, 5), (0, 1), (0, 2), (1, 5), (1, 3), (4, 9), (2, 7),
                          (2, 7), (4, 9), (1, 6)):
        script.open(a, step, counter)
    yield script.case()

    script = _Script("five old steps, not six")
    script.add(0, a)
    script.open(a, 0, 1)
    script.open(a, 6, 20)
    for step in range(6):
        script.open(a, step, 2 + step)
    script.open(a, 7, 21)
    script.open(a, 1, 10)
    script.open(a, 2, 11)
    yield script.case()

    script = _Script("old steps go 300 frames later")
    script.add(0, a)
    script.open(a, 1, 10)
    script.open(a, 1, 309)
    script.open(a, 0, 1)
    script.open(a, 1, 310)
    script.open(a, 0, 2)
    yield script.case()

    script = _Script("old keys go after 10 s")
    script.add(0, a)
    script.add(0, b)
    script.open(a, 0, 1, 0)
    script.open(a, 1, 5, 1000)
    script.open(a, 0, 2, 10999)
    script.open(a, 0, 3, 11000)
    script.open(b, 0, 8, 20000)
    script.open(a, 1, 6, 29999)
    script.open(a, 1, 7, 30000)
    yield script.case()

    script = _Script("old keys seal nothing new")
    script.add(0, a)
    script.add(0, b)
    script.open(a, 0, 1)
    script.open(b, 0, 10)
    for counter in (9, 10, 11):
        script.open(a, 0, counter)
    script.open(b, 1, 20)
    for counter in (19, 20, 21):
        script.open(b, 0, counter)
    yield script.case()

    script = _Script("secrets given again")
    script.add(250, a)
    script.open(a, 0, 1, first=250)
    script.open(a, 7, 2, first=250)
    script.open(a, 7, 2, first=250)
    script.add(250, a)
    script.add(253, profiles.next_secret(a, 3))
    script.add(4, profiles.next_secret(a, 10))
    script.add(249, a)
    for i in range(6):
        script.add(0, secret(f"ringrtc {i}"))
    script.add(250, a)
    script.add(0, bytes(32))
    yield script.case()

    script = _Script("the sixth secret displaces the first")
    names = [secret(f"ringrtc {i}") for i in range(6)]
    script.open(names[0], 0, 1)
    for one in names:
        script.add(0, one)
    for i, one in enumerate(names):
        script.open(one, 0, i + 1)
    yield script.case()


def hops(secret):
    known = bytes.fromhex("77076d0a7318a57d3c16c17251b26645c6c2f6c929b1c2a4e4b7b8c8e2d2a2a2")
    for name, client, server, extra in (
            ("known keys", known, bytes(range(32)), b"hkdf_extra_info"),
            ("no extra information", secret("hop client"), secret("hop server"), b""),
            ("much of it", secret("hop client"), secret("hop server"), bytes(4096))):
        shared = curve.x25519(client, curve.public_of(server))
        made = profiles.hop(shared, extra)
        yield {"id": name, "client_secret": client, "server_secret": server, "extra_info": extra,
               "shared": shared, "client_key": made[0], "client_salt": made[1],
               "server_key": made[2], "server_salt": made[3], "packet": PACKET,
               "client_packet": profiles.gcm_packet(*made[:2], PACKET),
               "server_packet": profiles.gcm_packet(*made[2:], PACKET)}


def whatsapps(secret):
    for name, key, participant in (
            ("a device", secret("whatsapp"), b"15551234567:3@lid"),
            ("another device", secret("whatsapp"), b"15551234567:4@lid"),
            ("another secret", secret("whatsapp again"), b"15551234567:3@lid"),
            ("the longest name", secret("whatsapp"), b"x" * 255)):
        made = profiles.whatsapp(key, participant)
        for tag in (10, 4):
            yield {"id": f"{name}, tag of {tag}", "secret": key, "participant": participant,
                   "master_key": made[0], "master_salt": made[1], "tag": tag, "packet": PACKET,
                   "protected": profiles.cm_packet(*made, tag, PACKET)}


def calls():
    """The 1:1 schedule, of keys and identities that are easy to type."""
    known = bytes.fromhex("77076d0a7318a57d3c16c17251b26645c6c2f6c929b1c2a4e4b7b8c8e2d2a2a2")
    names = b"\xa1" * 32, b"\xb2" * 32
    shared = media.call_shared(known, bytes(range(32)))
    made = media.call_schedule(shared, *names)
    yield {"id": "known keys", "caller_secret": known, "callee_secret": bytes(range(32)),
           "caller_identity": names[0], "callee_identity": names[1], "shared": shared,
           "offer_key": made[0], "offer_salt": made[1], "answer_key": made[2],
           "answer_salt": made[3]}


def files(source, secret):
    ringrtc = "RingRTC, the library of Signal's calls, version 2.70"
    observed = ("1:1 calls of WhatsApp as outsiders observed them, unofficial; profiles of RFC 3711")
    return {
        "ringrtc-frame": ("ringrtc_frame", frames, source(ringrtc, "frames of group calls")),
        "ringrtc-frame-refused": ("ringrtc_frame", refused_frames,
                                  source(ringrtc, "frames of group calls")),
        "ringrtc-receiver": ("ringrtc_receiver", lambda: receivers(secret),
                             source(ringrtc, "frames of group calls; the replay window and the age "
                                             "of old keys are sotto's own")),
        "ringrtc-hop": ("ringrtc_hop", lambda: hops(secret),
                        source(ringrtc, "the hop between a member of a group call and the server")),
        "ringrtc-call": ("call_schedule", calls, source(ringrtc, "the key schedule of 1:1 calls")),
        "whatsapp-media": ("whatsapp_media", lambda: whatsapps(secret),
                           source(observed, "from the secret of a call to its packets")),
    }
