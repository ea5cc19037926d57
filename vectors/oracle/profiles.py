# SPDX-License-Identifier: MIT OR Apache-2.0
"""Call profiles that others have: RingRTC's group frames and hop, keys in WhatsApp's manner."""
import hmac

import aes
import curve
import kdf
import media

FOOTER = 21
WINDOW = 1024
MOST_SECRETS, MOST_OLD_STEPS, OLD_FRAMES, OLD_AGE_MS = 5, 5, 300, 10000


def _derive(secret, label):
    return kdf.hkdf(b"", secret, label, 32)


def frame_keys(secret):
    """Cipher key, MAC key."""
    return _derive(secret, b"RingRTC AES Key"), _derive(secret, b"RingRTC HMAC Key")


def next_secret(secret, steps=1):
    for _ in range(steps):
        secret = _derive(secret, b"RingRTC Ratchet")
    return secret


def _mac(key, iv, ciphertext):
    size = len(ciphertext).to_bytes(4, "big")
    return kdf.hmac_sha256(key, iv + size + ciphertext + bytes(4))[:16]


def seal(secret, step, counter, plaintext):
    """`secret` is that of `step`."""
    cipher_key, mac_key = frame_keys(secret)
    iv = counter.to_bytes(8, "big") + bytes(8)
    ciphertext = aes.ctr(cipher_key, iv, plaintext)
    return (ciphertext + bytes([step]) + counter.to_bytes(4, "big")
            + _mac(mac_key, iv, ciphertext))


class Receiver:
    """What a receiver with the usual limits does, said plainly: every secret is kept from its first
    step, and what would have been erased is worked out from the order of events."""

    def __init__(self):
        self.held = []  # oldest first; all that were ever given
        self.all_steps = []

    def add(self, step, secret):
        if secret == bytes(32):
            return "weak_key"
        for other in self.all_steps:
            if any(next_secret(secret, n) == other["first"] and (step + n - other["at"]) % 256 == 0
                   for n in range(256)):
                return "conflict"
            if next_secret(other["first"], (step - other["at"]) % 256) == secret:
                return "conflict"
        one = {"first": secret, "at": step, "ahead": 0, "steps": {0: None}, "seen": set(),
               "replaced": None}
        self.all_steps.append(one)
        self.held = self.held[-(MOST_SECRETS - 1):] + [one]
        return None

    @staticmethod
    def _fits(one, ahead, frame):
        body, foot = frame[:-FOOTER], frame[-FOOTER:]
        mac_key = frame_keys(next_secret(one["first"], ahead))[1]
        return _mac(mac_key, bytes(4) + foot[1:5] + bytes(8), body) == foot[5:]

    def open(self, frame, now):
        """The plaintext, or the name of the error."""
        if len(frame) < FOOTER or not any(frame[-20:-16]):
            return "malformed"
        step, counter = frame[-FOOTER], int.from_bytes(frame[-20:-16], "big")

        def late(mark):
            return mark and now - mark[1] >= OLD_AGE_MS

        alive = [one for one in self.held if not late(one["replaced"])]
        if not alive:
            return "unknown_key"
        known = [(one, n) for one in reversed(alive) for n in sorted(one["steps"], reverse=True)
                 if (one["at"] + n) % 256 == step and not late(one["steps"][n])]
        later = [(one, one["ahead"] + (step - one["at"] - one["ahead"]) % 256)
                 for one in reversed(alive)]
        for one, ahead in known + [pair for pair in later if pair[1] != pair[0]["ahead"]]:
            if self._fits(one, ahead, frame):
                return self._judge(one, ahead, counter, now, frame)
        return "authentication_failed"

    def _judge(self, one, ahead, counter, now, frame):
        for mark in (one["replaced"], one["steps"].get(ahead)):
            if mark and counter >= mark[0]:
                return "authentication_failed"
        if counter in one["seen"] or one["seen"] and max(one["seen"]) - counter >= WINDOW:
            return "replayed"
        one["seen"].add(counter)
        mark = (counter, now)

        def gone(m):
            return m and (now - m[1] >= OLD_AGE_MS or counter - m[0] >= OLD_FRAMES)

        if ahead > one["ahead"]:
            one["steps"] = {n: one["steps"].get(n) or mark
                            for n in range(ahead - MOST_OLD_STEPS, ahead)
                            if n in one["steps"] or n > one["ahead"]}
            one["steps"][ahead], one["ahead"] = None, ahead
        one["steps"] = {n: m for n, m in one["steps"].items() if not gone(m)}
        for older in self.held[:self.held.index(one)]:
            older["replaced"] = older["replaced"] or mark
            if gone(older["replaced"]):
                self.held.remove(older)
        cipher_key = frame_keys(next_secret(one["first"], ahead))[0]
        return aes.ctr(cipher_key, counter.to_bytes(8, "big") + bytes(8), frame[:-FOOTER])


def hop(shared, extra_info):
    """Client key 16, client salt 12, server key 16, server salt 12."""
    info = b"Signal_Group_Call_20211105_SignallingDH_SRTPKey_KDF" + extra_info
    out = kdf.hkdf(bytes(32), shared, info, 56)
    return out[:16], out[16:28], out[28:44], out[44:]


def whatsapp(secret, participant):
    """Master key 16, master salt 14; 16 more bytes are derived and not used."""
    out = kdf.hkdf(bytes(32), secret, participant, 46)
    return out[:16], out[16:30]


def gcm_packet(key, salt, packet):
    """A stream's packet before its first wrap."""
    salt = salt + bytes(2)
    session = media.srtp_kdf(key, salt, 0, len(key)), media.srtp_kdf(key, salt, 2, 12)
    return media.gcm_protect(*session, 0, packet)


def cm_packet(key, salt, tag, packet):
    """The same with AES-CM and HMAC-SHA1 [RFC 3711 §4.1.1, §4.2.1]."""
    at = media.header_bytes(packet)
    session_salt = media.srtp_kdf(key, salt, 2, 14)
    iv = (int.from_bytes(session_salt, "big") << 16 ^ int.from_bytes(packet[8:12], "big") << 64
          ^ int.from_bytes(packet[2:4], "big") << 16)
    sealed = packet[:at] + aes.ctr(media.srtp_kdf(key, salt, 0, 16), iv.to_bytes(16, "big"),
                                   packet[at:])
    mac = hmac.new(media.srtp_kdf(key, salt, 1, 20), sealed + bytes(4), "sha1").digest()
    return sealed + mac[:tag]


def ringrtc_frame(c):
    secret = next_secret(c["secret"], c.raw["step"])
    receiver = Receiver()
    receiver.add(0, c["secret"])
    opened = receiver.open(c["frame"], 0)
    if c.refused:
        return opened == c.raw["expect"]
    made = seal(secret, c.raw["step"] % 256, c.raw["counter"], c["plaintext"])
    return (secret == c["step_secret"] and frame_keys(secret) == (c["cipher_key"], c["mac_key"])
            and made == c["frame"] and opened == c["plaintext"])


def ringrtc_receiver(c):
    receiver = Receiver()
    for event in c.list("events"):
        raw = event.raw
        if raw["do"] == "add":
            if receiver.add(raw["step"], event["secret"]) != raw.get("refused"):
                return False
        elif receiver.open(event["frame"], raw["at"]) != (
                raw["refused"] if "refused" in raw else event["plaintext"]):
            return False
    return True


def ringrtc_hop(c):
    client, server = curve.public_of(c["client_secret"]), curve.public_of(c["server_secret"])
    shared = curve.x25519(c["client_secret"], server)
    made = hop(shared, c["extra_info"])
    names = ("client_key", "client_salt", "server_key", "server_salt")
    return (shared == c["shared"] == curve.x25519(c["server_secret"], client)
            and made == tuple(c[name] for name in names)
            and gcm_packet(*made[:2], c["packet"]) == c["client_packet"]
            and gcm_packet(*made[2:], c["packet"]) == c["server_packet"])


def whatsapp_media(c):
    made = whatsapp(c["secret"], c["participant"])
    return (made == (c["master_key"], c["master_salt"])
            and cm_packet(*made, c.raw["tag"], c["packet"]) == c["protected"])


CHECKS = (ringrtc_frame, ringrtc_receiver, ringrtc_hop, whatsapp_media)
