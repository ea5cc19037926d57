# SPDX-License-Identifier: MIT OR Apache-2.0
"""AES-256-GCM-SIV (RFC 8452) in plain, slow Python."""
import aes

# x^128 + x^127 + x^126 + x^121 + 1; bit i of a little-endian number is the coefficient of x^i.
_FIELD = 1 << 128 | 1 << 127 | 1 << 126 | 1 << 121 | 1
# x^-128 in that field, which enters every product [RFC 8452 section 3].
_INVERSE = 1 << 127 | 1 << 124 | 1 << 121 | 1 << 114 | 1


def _multiply(a, b):
    product = 0
    while b:
        if b & 1:
            product ^= a
        a, b = a << 1, b >> 1
        if a >> 128:
            a ^= _FIELD
    return product


def _polyval(key, data):
    key, total = int.from_bytes(key, "little"), 0
    for i in range(0, len(data), 16):
        total ^= int.from_bytes(data[i:i + 16], "little")
        total = _multiply(_multiply(total, key), _INVERSE)
    return total.to_bytes(16, "little")


def _keys(key, nonce):
    cipher = aes.Aes(key)
    halves = [cipher.encrypt(i.to_bytes(4, "little") + nonce)[:8] for i in range(6)]
    return b"".join(halves[:2]), b"".join(halves[2:])


def _padded(data):
    return data + bytes(-len(data) % 16)


def _tag(authentication, cipher, nonce, associated, plaintext):
    lengths = (8 * len(associated)).to_bytes(8, "little") + (8 * len(plaintext)).to_bytes(8, "little")
    digest = _polyval(authentication, _padded(associated) + _padded(plaintext) + lengths)
    block = bytearray(aes.xor(digest, nonce + bytes(4)))
    block[15] &= 0x7F
    return cipher.encrypt(bytes(block))


def _counter(cipher, tag, data):
    """The first four bytes of the block count, little-endian, and wrap."""
    rest, out = tag[4:15] + bytes([tag[15] | 0x80]), b""
    for i in range(0, len(data), 16):
        count = (int.from_bytes(tag[:4], "little") + i // 16) % 2**32
        out += aes.xor(data[i:i + 16], cipher.encrypt(count.to_bytes(4, "little") + rest))
    return out


def seal(key, nonce, associated, plaintext):
    authentication, encryption = _keys(key, nonce)
    cipher = aes.Aes(encryption)
    tag = _tag(authentication, cipher, nonce, associated, plaintext)
    return _counter(cipher, tag, plaintext) + tag


def open_sealed(key, nonce, associated, sealed):
    """The plaintext, or None."""
    if len(sealed) < 16:
        return None
    authentication, encryption = _keys(key, nonce)
    cipher = aes.Aes(encryption)
    plaintext = _counter(cipher, sealed[-16:], sealed[:-16])
    if _tag(authentication, cipher, nonce, associated, plaintext) != sealed[-16:]:
        return None
    return plaintext
