# SPDX-License-Identifier: MIT OR Apache-2.0
"""SFrame (RFC 9605), with the AES-256-CTR suites of draft-barnes-sframe-iana-256 and our own."""
import hashlib
import hmac

import aes

# suite: hash, AEAD or None, key of the cipher, tag
SUITES = {1: ("sha256", None, 16, 10), 2: ("sha256", None, 16, 8), 3: ("sha256", None, 16, 4),
          4: ("sha256", "gcm", 16, 16), 5: ("sha512", "gcm", 32, 16),
          6: ("sha512", None, 32, 10), 7: ("sha512", None, 32, 8), 8: ("sha512", None, 32, 4),
          0xF001: ("sha512", None, 32, 32)}


def _expand(name, prk, info, size):
    out, block = b"", b""
    while len(out) < size:
        block = hmac.new(prk, block + info + bytes([len(out) // len(prk) + 1]), name).digest()
        out += block
    return out[:size]


def _derive(suite, base_key, info, size):
    name = SUITES[suite][0]
    prk = hmac.new(b"", base_key, name).digest()
    return _expand(name, prk, info, size)


def key_size(suite):
    name, aead, size, _ = SUITES[suite]
    return size if aead else size + hashlib.new(name).digest_size


def keys(suite, kid, base_key):
    tail = kid.to_bytes(8, "big") + suite.to_bytes(2, "big")
    return (_derive(suite, base_key, b"SFrame 1.0 Secret key " + tail, key_size(suite)),
            _derive(suite, base_key, b"SFrame 1.0 Secret salt " + tail, 12))


def next_base_key(suite, base_key):
    size = hashlib.new(SUITES[suite][0]).digest_size
    return _derive(suite, base_key, b"SFrame 1.0 Ratchet", size)


def _number(value):
    if value < 8:
        return value, b""
    size = (value.bit_length() + 7) // 8
    return 8 | size - 1, value.to_bytes(size, "big")


def header(kid, counter):
    (k, kid_bytes), (c, counter_bytes) = _number(kid), _number(counter)
    return bytes([k << 4 | c]) + kid_bytes + counter_bytes


def parse_header(frame):
    """KID, CTR and the header's size, or None."""
    for size in range(1, min(len(frame), 17) + 1):
        k, c = frame[0] >> 4, frame[0] & 15
        k_size, c_size = (k & 7) + 1 if k & 8 else 0, (c & 7) + 1 if c & 8 else 0
        if size != 1 + k_size + c_size:
            continue
        kid = int.from_bytes(frame[1:1 + k_size], "big") if k_size else k
        counter = int.from_bytes(frame[1 + k_size:size], "big") if c_size else c
        return (kid, counter, size) if header(kid, counter) == frame[:size] else None
    return None


def _tag(suite, key, nonce, associated, ciphertext):
    name, _, size, tag = SUITES[suite]
    lengths = b"".join(n.to_bytes(8, "big") for n in (len(associated), len(ciphertext), tag))
    return hmac.new(key[size:], lengths + nonce + associated + ciphertext, name).digest()[:tag]


def seal(suite, key, nonce, associated, plaintext):
    _, aead, size, _ = SUITES[suite]
    if aead:
        return aes.gcm_seal(key, nonce, associated, plaintext)
    ciphertext = aes.ctr(key[:size], nonce + bytes(4), plaintext)
    return ciphertext + _tag(suite, key, nonce, associated, ciphertext)


def opens(suite, key, nonce, associated, sealed):
    """The plaintext, or None."""
    _, aead, size, tag = SUITES[suite]
    if len(sealed) < tag:
        return None
    if aead:
        return aes.gcm_open(key, nonce, associated, sealed)
    ciphertext = sealed[:-tag]
    if _tag(suite, key, nonce, associated, ciphertext) != sealed[-tag:]:
        return None
    return aes.ctr(key[:size], nonce + bytes(4), ciphertext)


def nonce(salt, counter):
    return aes.xor(salt, counter.to_bytes(12, "big"))


def frame(suite, kid, counter, base_key, metadata, plaintext):
    key, salt = keys(suite, kid, base_key)
    head = header(kid, counter)
    return head + seal(suite, key, nonce(salt, counter), head + metadata, plaintext)


def open_frame(suite, kid, base_key, metadata, bytes_):
    """The plaintext, or the name of the error."""
    head = parse_header(bytes_)
    if head is None or len(bytes_) - head[2] < SUITES[suite][3]:
        return "malformed"
    if head[0] != kid:
        return "unknown_key"
    key, salt = keys(suite, kid, base_key)
    plain = opens(suite, key, nonce(salt, head[1]), bytes_[:head[2]] + metadata, bytes_[head[2]:])
    return "authentication_failed" if plain is None else plain


def sframe_header(c):
    parsed = parse_header(c["encoded"])
    if c.refused:
        return parsed is None
    return (parsed == (c.raw["kid"], c.raw["counter"], len(c["encoded"]))
            and header(c.raw["kid"], c.raw["counter"]) == c["encoded"])


def sframe_cipher(c):
    suite = c.raw["suite"]
    opened = opens(suite, c["key"], c["nonce"], c["associated"], c["sealed"])
    if c.refused:
        return opened is None
    made = seal(suite, c["key"], c["nonce"], c["associated"], c["plaintext"])
    return opened == c["plaintext"] and made == c["sealed"]


def sframe_frame(c):
    suite, kid = c.raw["suite"], c.raw["kid"]
    opened = open_frame(suite, kid, c["base_key"], c["metadata"], c["frame"])
    if c.refused:
        return opened == c.raw["expect"]
    made = frame(suite, kid, c.raw["counter"], c["base_key"], c["metadata"], c["plaintext"])
    return (opened == c["plaintext"] and made == c["frame"]
            and keys(suite, kid, c["base_key"]) == (c["key"], c["salt"]))


def sframe_chain(c):
    keys = [step["base_key"] for step in c.list("steps")]
    return all(next_base_key(c.raw["suite"], a) == b for a, b in zip(keys, keys[1:]))


def sframe_mls_kid(c):
    r = c.raw
    low = r["index"] << r["epoch_bits"] | r["epoch"] % (1 << r["epoch_bits"])
    return r["context"] << r["index_bits"] + r["epoch_bits"] | low == r["kid"]


CHECKS = (sframe_header, sframe_cipher, sframe_frame, sframe_chain, sframe_mls_kid)
