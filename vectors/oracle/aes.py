# SPDX-License-Identifier: MIT OR Apache-2.0
"""AES (FIPS 197) with CBC, CTR (SP 800-38A) and GCM (SP 800-38D) in plain, slow Python."""


def _xtime(a):
    return (a << 1 ^ 0x11B if a & 0x80 else a << 1) & 0xFF


def _multiply(a, b):
    product = 0
    while b:
        if b & 1:
            product ^= a
        a, b = _xtime(a), b >> 1
    return product


def _sbox():
    """The inverse in GF(2^8), then the affine map."""
    box = [0] * 256
    for a in range(256):
        inverse = next((b for b in range(256) if _multiply(a, b) == 1), 0)
        value = 0x63
        for shift in range(5):
            value ^= (inverse << shift | inverse >> (8 - shift)) & 0xFF
        box[a] = value
    return box


SBOX = _sbox()
UNSBOX = [SBOX.index(a) for a in range(256)]
_PRODUCTS = {b: [_multiply(a, b) for a in range(256)] for b in (1, 2, 3, 9, 11, 13, 14)}


class Aes:
    def __init__(self, key):
        words = [list(key[i:i + 4]) for i in range(0, len(key), 4)]
        n, rcon = len(words), 1
        self.rounds = n + 6
        while len(words) < 4 * (self.rounds + 1):
            word = words[-1][:]
            if len(words) % n == 0:
                word = [SBOX[b] for b in word[1:] + word[:1]]
                word[0] ^= rcon
                rcon = _xtime(rcon)
            elif n > 6 and len(words) % n == 4:
                word = [SBOX[b] for b in word]
            words.append([a ^ b for a, b in zip(words[-n], word)])
        self.keys = [sum(words[4 * r:4 * r + 4], []) for r in range(self.rounds + 1)]

    @staticmethod
    def _mix(state, factors):
        out = []
        for c in range(0, 16, 4):
            for row in range(4):
                value = 0
                for i in range(4):
                    value ^= _PRODUCTS[factors[(i - row) % 4]][state[c + i]]
                out.append(value)
        return out

    def _add(self, state, r):
        return [a ^ b for a, b in zip(state, self.keys[r])]

    def encrypt(self, block):
        state = self._add(block, 0)
        for r in range(1, self.rounds + 1):
            state = [SBOX[state[(i + 4 * (i % 4)) % 16]] for i in range(16)]
            if r < self.rounds:
                state = self._mix(state, (2, 3, 1, 1))
            state = self._add(state, r)
        return bytes(state)

    def decrypt(self, block):
        state = list(block)
        for r in range(self.rounds, 0, -1):
            state = self._add(state, r)
            if r < self.rounds:
                state = self._mix(state, (14, 11, 13, 9))
            state = [UNSBOX[state[(i - 4 * (i % 4)) % 16]] for i in range(16)]
        return bytes(self._add(state, 0))


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def cbc_blocks(key, iv, plaintext):
    """Whole blocks, no padding."""
    cipher, out = Aes(key), b""
    for i in range(0, len(plaintext), 16):
        iv = cipher.encrypt(xor(plaintext[i:i + 16], iv))
        out += iv
    return out


def cbc_encrypt(key, iv, plaintext):
    pad = 16 - len(plaintext) % 16
    return cbc_blocks(key, iv, plaintext + bytes([pad]) * pad)


def cbc_decrypt(key, iv, ciphertext):
    """The plaintext, or None when size or padding is wrong."""
    if not ciphertext or len(ciphertext) % 16:
        return None
    cipher, out = Aes(key), b""
    for i in range(0, len(ciphertext), 16):
        block = ciphertext[i:i + 16]
        out += xor(cipher.decrypt(block), iv)
        iv = block
    pad = out[-1]
    if not 1 <= pad <= 16 or out[-pad:] != bytes([pad]) * pad:
        return None
    return out[:-pad]


def ctr(key, counter, data, width=16):
    """`width` bytes at the end of the counter block count."""
    cipher, out = Aes(key), b""
    fixed, n = counter[:16 - width], int.from_bytes(counter[16 - width:], "big")
    for i in range(0, len(data), 16):
        block = fixed + (n % 256**width).to_bytes(width, "big")
        out += xor(data[i:i + 16], cipher.encrypt(block))
        n += 1
    return out


def _ghash(h, data):
    h, y = int.from_bytes(h, "big"), 0
    for i in range(0, len(data), 16):
        y ^= int.from_bytes(data[i:i + 16], "big")
        z, v = 0, h
        for bit in range(127, -1, -1):
            if y >> bit & 1:
                z ^= v
            v = v >> 1 ^ (0xE1 << 120 if v & 1 else 0)
        y = z
    return y.to_bytes(16, "big")


def _padded(data):
    return data + bytes(-len(data) % 16)


def _gcm_tag(key, nonce, associated, ciphertext):
    h = Aes(key).encrypt(bytes(16))
    lengths = (8 * len(associated)).to_bytes(8, "big") + (8 * len(ciphertext)).to_bytes(8, "big")
    digest = _ghash(h, _padded(associated) + _padded(ciphertext) + lengths)
    return ctr(key, nonce + b"\0\0\0\1", digest, 4)


def gcm_seal(key, nonce, associated, plaintext):
    ciphertext = ctr(key, nonce + b"\0\0\0\2", plaintext, 4)
    return ciphertext + _gcm_tag(key, nonce, associated, ciphertext)


def gcm_open(key, nonce, associated, sealed):
    """The plaintext, or None."""
    ciphertext, tag = sealed[:-16], sealed[-16:]
    if len(sealed) < 16 or _gcm_tag(key, nonce, associated, ciphertext) != tag:
        return None
    return ctr(key, nonce + b"\0\0\0\2", ciphertext, 4)
