# SPDX-License-Identifier: MIT OR Apache-2.0
"""HMAC-SHA256 and HKDF (RFC 2104, RFC 5869) over Python's own hash functions."""
import hmac


def hmac_sha256(key, message):
    return hmac.digest(key, message, "sha256")


def expand(prk, info, size):
    out, block = b"", b""
    for i in range(1, -(-size // 32) + 1):
        block = hmac_sha256(prk, block + info + bytes([i]))
        out += block
    return out[:size]


def hkdf(salt, input_key, info, size):
    return expand(hmac_sha256(salt or bytes(32), input_key), info, size)
