# SPDX-License-Identifier: MIT OR Apache-2.0
"""The replay of a conversation of two devices by the rules of spec/session.md, as far as its cases
go: no ages but that of an unanswered session, no limits of storage."""
import copy

import aes
import curve
import kdf
import ratchet
import wire

Refused = wire.Refused
MONTH_MS = 30 * 24 * 3600 * 1000


def need(holds, otherwise):
    if not holds:
        raise Refused(otherwise)


class Actor:
    def __init__(self, secret, registration):
        self.secret, self.public = secret, curve.public_of(secret)
        self.registration = registration
        self.signed, self.one_time, self.used, self.peers = {}, {}, set(), {}


class Session:
    def __init__(self, side, base, created, pending=None):
        self.side, self.base, self.created, self.pending = side, base, created, pending
        self.ours, self.established = pending is not None, False

    def open(self, whole, secret, steps):
        """The plaintext and what was drawn."""
        m, side = wire.read_signal(whole), self.side
        dh, n = m["ratchet_key"], m["counter"]
        turn = dh not in side.chains
        if turn:
            need(curve.is_canonical(dh) and not curve.is_low_order(dh), "weak_key")
        reached = 0 if turn else side.chains[dh].n
        need(n >= reached or n in side.chains[dh].skipped, "replayed")
        jump = max(n - reached, 0)
        need(jump <= steps[0], "too_far_ahead")
        if turn:
            side.root, chain = ratchet.root_step(side.root, curve.x25519(side.secret, dh))
            side.chains[dh] = ratchet.Chain(chain)
        steps[0] -= jump
        cipher_key, mac_key, iv = ratchet.message_keys(side.chains[dh].seed_of(n))
        names = ratchet.TYPE + side.theirs + ratchet.TYPE + side.ours
        need(kdf.hmac_sha256(mac_key, names + whole[:-8])[:8] == m["mac"], "authentication_failed")
        plaintext = aes.cbc_decrypt(cipher_key, iv, m["ciphertext"])
        need(plaintext is not None, "authentication_failed")
        if turn:
            side.pn = max(side.sending.n - 1, 0)
            side._send_under(secret, dh)  # pylint: disable=protected-access
        return plaintext, secret if turn else b""


class Peer:
    def __init__(self):
        self.identity, self.current, self.archived = None, None, []
        self.seen, self.unanswered = [], 0

    def make_current(self, session, most):
        self.archived = [one for one in self.archived if one is not session]
        if self.current and self.current is not session:
            self.archived.insert(0, self.current)
        self.current = session
        if len(self.archived) > most:
            weak = [i for i, one in enumerate(self.archived) if not one.established]
            self.archived.pop(weak[-1] if weak else -1)

    def try_on(self, sessions, whole, kind, secret, limits):
        # SES-4-2: what one trial may take, and all of them together.
        most, errors = limits["max_forward_jump"], []
        total = 4 * most
        for session in sessions:
            trial = copy.deepcopy(session.side)
            before = min(most, total)
            steps = [before]
            try:
                kept, session.side = session.side, trial
                plaintext, drawn = session.open(whole, secret, steps)
            except Refused as refused:
                session.side = kept
                total -= before - steps[0]
                errors.append(str(refused))
                continue
            session.established |= session.ours or kind == "signal"
            session.pending, self.unanswered = None, 0
            self.make_current(session, limits["max_archived"])
            return plaintext, drawn
        order = ("replayed", "too_far_ahead", "weak_key", "authentication_failed")
        raise Refused(next(error for error in order if error in errors))

    def all(self):
        return ([self.current] if self.current else []) + self.archived


def connect(us, peer, them, step, limits):
    spk = curve.public_of(them.signed[step["signed_prekey_id"]])
    need(them.public != us.public, "own_identity")
    need(peer.identity in (None, them.public), "identity_changed")
    need(spk not in peer.seen[1:], "stale_bundle")
    need(peer.unanswered < limits["max_unanswered_connects"], "exhausted")
    drawn = bytes.fromhex(step["entropy"])
    base, first = drawn[:32], drawn[32:]
    outputs = [curve.x25519(us.secret, spk), curve.x25519(base, them.public),
               curve.x25519(base, spk)]
    one_time = step.get("one_time_prekey_id")
    if one_time is not None:
        outputs.append(curve.x25519(base, curve.public_of(them.one_time[one_time])))
    root, chain = ratchet.agreement(outputs)
    side = ratchet.Ratchet.initiator(root, chain, us.public, them.public, spk, first)
    pending = {"registration": us.registration, "signed_prekey_id": step["signed_prekey_id"],
               "base_key": curve.public_of(base), "identity": us.public}
    if one_time is not None:
        pending["one_time_prekey_id"] = one_time
    peer.identity = them.public
    if peer.seen[:1] != [spk]:
        peer.seen.insert(0, spk)
    peer.unanswered += 1
    peer.make_current(Session(side, pending["base_key"], step["now"], pending),
                      limits["max_archived"])
    return {"entropy": drawn.hex()}


def encrypt(peer, step):
    session = peer.current
    need(session, "no_session")
    need(not session.pending or step["now"] - session.created <= MONTH_MS, "no_session")
    side, n = session.side, session.side.sending.n
    cipher_key, mac_key, iv = ratchet.message_keys(side.sending.next())
    fields = {"version": 3, "current_version": 3, "ratchet_key": curve.public_of(side.secret),
              "counter": n, "previous_counter": side.pn, "mac": b"",
              "ciphertext": aes.cbc_encrypt(cipher_key, iv, bytes.fromhex(step["plaintext"]))}
    names = ratchet.TYPE + side.ours + ratchet.TYPE + side.theirs
    frame = wire.write_signal(fields)
    message = frame + kdf.hmac_sha256(mac_key, names + frame)[:8]
    if not session.pending:
        return {"kind": "signal", "message": message.hex()}
    message = wire.write_prekey({"version": 3, "current_version": 3, "signal_message": message,
                                 **session.pending})
    return {"kind": "prekey", "message": message.hex()}


def decrypt(us, peer, step, limits):
    message, secret = bytes.fromhex(step["message"]), bytes.fromhex(step["entropy"])
    if step["kind"] == "signal":
        need(wire.read_signal(message)["version"] == 3, "unsupported_version")
        need(peer.all(), "no_session")
        return peer.try_on(peer.all(), message, "signal", secret, limits)
    m = wire.read_prekey(message)
    need(m["version"] == 3, "unsupported_version")
    need(m["identity"] != us.public, "own_identity")
    accepted = peer.identity in (None, m["identity"])
    same = [session for session in peer.all() if accepted and session.base == m["base_key"]]
    if same:
        return peer.try_on(same[:1], m["signal_message"], "prekey", secret, limits)
    use = (m["signed_prekey_id"], m["base_key"])
    need(use not in us.used, "replayed")
    need(m["signed_prekey_id"] in us.signed, "unknown_prekey")
    one_time = m.get("one_time_prekey_id")
    need(one_time is None or one_time in us.one_time, "unknown_prekey")
    spk = us.signed[m["signed_prekey_id"]]
    outputs = [curve.x25519(spk, m["identity"]), curve.x25519(us.secret, m["base_key"]),
               curve.x25519(spk, m["base_key"])]
    if one_time is not None:
        outputs.append(curve.x25519(us.one_time[one_time], m["base_key"]))
    root, chain = ratchet.agreement(outputs)
    side = ratchet.Ratchet.responder(root, chain, us.public, m["identity"], spk)
    # SES-5-7: the alarm comes of what opens only.
    opened = (peer if accepted else Peer()).try_on(
        [Session(side, m["base_key"], step["now"])], m["signal_message"], "prekey",
        secret if accepted else bytes(32), limits)
    need(accepted, "identity_changed")
    peer.identity = m["identity"]
    if one_time is None:
        us.used.add(use)
    else:
        del us.one_time[one_time]
    return opened


def outcome(actors, step, limits):
    """The fields that `step` must have, as they come out."""
    us = actors[step["by"]]
    peer = us.peers.setdefault(step["to"], Peer())
    if step["do"] == "connect":
        return connect(us, peer, actors[step["to"]], step, limits)
    if step["do"] == "encrypt":
        return encrypt(peer, step)
    if step["do"] == "decrypt":
        plaintext, drawn = decrypt(us, peer, step, limits)
        return {"plaintext": plaintext.hex(), "entropy": drawn.hex()}
    identity = bytes.fromhex(step["identity"])
    if peer.identity != identity:
        us.peers[step["to"]] = Peer()
        us.peers[step["to"]].identity = identity
    return {}


def replay(case):
    """Whether every step of the case comes out as it stands there."""
    actors = {}
    for step in case["steps"]:
        secret = bytes.fromhex(step.get("secret", step.get("identity_secret", "")))
        if step["do"] == "install":
            actors[step["by"]] = Actor(secret, step["registration"])
        elif step["do"] == "one_time_prekey":
            actors[step["by"]].one_time[step["prekey_id"]] = secret
        elif step["do"] == "signed_prekey":
            us = actors[step["by"]]
            us.signed[step["prekey_id"]] = secret
            if not curve.xeddsa_verify(us.public, ratchet.TYPE + curve.public_of(secret),
                                       bytes.fromhex(step["signature"])):
                return False
        else:
            try:
                told = outcome(actors, step, case)
            except Refused as refused:
                told = {"refused": str(refused)}
            if ("refused" in step) != ("refused" in told):
                return False
            if any(step.get(key) != value for key, value in told.items()):
                return False
    return True
