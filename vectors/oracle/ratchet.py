# SPDX-License-Identifier: MIT OR Apache-2.0
"""X3DH (revision 1) and the Double Ratchet (revision 1) in Signal's version 3 suite, and the compact
frame 0x31 || DH || PN || N || ciphertext || MAC. State is kept in the open and nothing is wiped."""
import aes
import curve
import kdf

TYPE = b"\x05"
MAX_FORWARD_JUMP = 25000  # the library's own limit, which [DR §2.6] leaves open


def agreement(outputs):
    """SK from the Diffie-Hellman results, in their order: root key, chain key."""
    out = kdf.hkdf(bytes(32), b"\xff" * 32 + b"".join(outputs), b"WhisperText", 64)
    return out[:32], out[32:]


def root_step(root, shared):
    out = kdf.hkdf(root, shared, b"WhisperRatchet", 64)
    return out[:32], out[32:]


def chain_step(chain):
    """(seed, next chain key)"""
    return kdf.hmac_sha256(chain, b"\x01"), kdf.hmac_sha256(chain, b"\x02")


def message_keys(seed):
    """(cipher key, MAC key, IV)"""
    out = kdf.hkdf(bytes(32), seed, b"WhisperMessageKeys", 80)
    return out[:32], out[32:64], out[64:]


class Chain:
    def __init__(self, key):
        self.key, self.n, self.skipped = key, 0, {}

    def next(self):
        seed, self.key = chain_step(self.key)
        self.n += 1
        return seed

    def seed_of(self, n):
        """The seed of message n, or None when it was used."""
        while self.n <= n:
            at = self.n
            self.skipped[at] = self.next()
        return self.skipped.pop(n, None)


class Ratchet:
    """One side. `open` changes nothing on refusal because callers throw the copy away then."""

    def __init__(self, root, ours, theirs):
        self.root, self.ours, self.theirs = root, ours, theirs  # identities: 32 bytes
        self.chains, self.pn = {}, 0

    @classmethod
    def initiator(cls, root, chain, ours, theirs, their_key, secret):
        self = cls(root, ours, theirs)
        self.chains[their_key] = Chain(chain)
        self._send_under(secret, their_key)
        return self

    @classmethod
    def responder(cls, root, chain, ours, theirs, secret):
        self = cls(root, ours, theirs)
        self.secret, self.sending = secret, Chain(chain)
        return self

    def _send_under(self, secret, their_key):
        self.secret = secret
        self.root, chain = root_step(self.root, curve.x25519(secret, their_key))
        self.sending = Chain(chain)

    def seal(self, plaintext):
        n = self.sending.n
        cipher_key, mac_key, iv = message_keys(self.sending.next())
        frame = (b"\x31" + curve.public_of(self.secret) + self.pn.to_bytes(4, "big")
                 + n.to_bytes(4, "big") + aes.cbc_encrypt(cipher_key, iv, plaintext))
        names = TYPE + self.ours + TYPE + self.theirs
        return frame + kdf.hmac_sha256(mac_key, names + frame)[:8]

    def open(self, message, secret):
        """The plaintext, or the name of the refusal. `secret` is our next ratchet key."""
        if len(message) < 41 + 16 + 8 or (len(message) - 49) % 16 or message[0] != 0x31:
            return "malformed"
        frame, mac = message[:-8], message[-8:]
        dh, n = message[1:33], int.from_bytes(message[37:41], "big")
        turn = dh not in self.chains
        if turn:
            if not curve.is_canonical(dh) or curve.is_low_order(dh):
                return "weak_key"
            self.root, chain = root_step(self.root, curve.x25519(self.secret, dh))
            self.chains[dh] = Chain(chain)
        if n - self.chains[dh].n > MAX_FORWARD_JUMP:
            return "too_far_ahead"
        seed = self.chains[dh].seed_of(n)
        if seed is None:
            return "replayed"
        cipher_key, mac_key, iv = message_keys(seed)
        names = TYPE + self.theirs + TYPE + self.ours
        if kdf.hmac_sha256(mac_key, names + frame)[:8] != mac:
            return "authentication_failed"
        plaintext = aes.cbc_decrypt(cipher_key, iv, frame[41:])
        if plaintext is None:
            return "authentication_failed"
        if turn:
            self.pn = max(self.sending.n - 1, 0)
            self._send_under(secret, dh)
        return plaintext
