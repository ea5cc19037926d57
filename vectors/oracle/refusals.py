# SPDX-License-Identifier: MIT OR Apache-2.0
"""What must be refused: public keys, signatures, padding."""
import hashlib

import aes
import curve

A_PUBLIC = bytes.fromhex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
B_PUBLIC = bytes.fromhex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")

# The published signature that the refused ones are made from (suite xeddsa-verify).
PUBLIC = bytes.fromhex("ab7e717d4a163b7d9a1d8071dfe9dcf8cdcd1cea3339b6356be84d887e322c64")
MESSAGE = bytes.fromhex("05edce9d9c415ca78cb7252e72c2c4a554d3eb29485a0e1d503118d1a82d99fb4a")
SIGNATURE = bytes.fromhex("5de88ca9a89b4a115da79109c67c9c7464a3e4180274f1cb8c63c2984e286dfb"
                          "ede82deb9dcd9fae0bfbb821569b3d9001bd8130cd11d486cef047bd60b86e88")


def le(n):
    return n.to_bytes(32, "little")


LOW_ORDER = {
    "u = 0": le(0),
    "u = 1": le(1),
    "order 8, the first":
        bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    "order 8, the second":
        bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    "u = p - 1": le(curve.P - 1),
    "u = p, which is 0": le(curve.P),
    "u = p + 1, which is 1": le(curve.P + 1),
}


def with_top_bit(u):
    return u[:31] + bytes([u[31] | 128])


def public_keys():
    for name, u in LOW_ORDER.items():
        yield {"id": name, "expect": "weak_key", "u": u}
        yield {"id": name + ", with the top bit set", "expect": "weak_key", "u": with_top_bit(u)}
    for i in range(2, 19):
        yield {"id": f"u = p + {i}, not canonical", "expect": "weak_key", "u": le(curve.P + i)}
    yield {"id": "a good key with the top bit set, not canonical", "expect": "weak_key",
           "u": with_top_bit(A_PUBLIC)}
    yield {"id": "the key of a, section 6.1", "u": A_PUBLIC}
    yield {"id": "the key of b, section 6.1", "u": B_PUBLIC}
    yield {"id": "u = 9, the base point", "u": le(9)}
    yield {"id": "u = 2, on the twist", "u": le(2)}
    yield {"id": "u = p - 2, the largest that is acceptable", "u": le(curve.P - 2)}


def refused(name, public=PUBLIC, message=MESSAGE, signature=SIGNATURE):
    return {"id": name, "expect": "bad_signature", "public": public, "message": message,
            "signature": signature}


def forged_under_order_2():
    """A signature under u = 0 for which the equation holds: R = s B, and h A is neutral."""
    a, attempt = le(curve.P - 1), 0
    while True:
        s = int.from_bytes(hashlib.sha512(b"sotto forged %d" % attempt).digest(), "little") % curve.L
        commitment = curve.encode(curve.times(s, curve.BASE))
        if curve._hash(commitment, a, b"forged") % 2 == 0:
            return commitment + le(s)
        attempt += 1


def committed_to_nothing(secret, commitment, message):
    """A signature whose R is neutral, for which the equation holds."""
    k = int.from_bytes(curve.clamped(secret), "little")
    a = curve.encode(curve.times(k, curve.BASE))
    s = curve._hash(commitment, a, message) * k % curve.L
    return commitment + le(s | a[31] >> 7 << 255)


def signatures():
    r, s = SIGNATURE[:32], int.from_bytes(SIGNATURE[32:], "little")
    sign, s = s >> 255 << 255, s & 2**255 - 1
    for multiple in range(1, 8):
        if s + multiple * curve.L < 2**255:
            yield refused(f"s + {multiple} L", signature=r + le(s + multiple * curve.L | sign))
    yield refused("s = L", signature=r + le(curve.L | sign))
    yield refused("s = 0", signature=r + le(sign))
    yield refused("sign bit of the Edwards key flipped",
                  signature=SIGNATURE[:63] + bytes([SIGNATURE[63] ^ 128]))
    yield refused("public key with the top bit set, not canonical", with_top_bit(PUBLIC))
    for name, u in LOW_ORDER.items():
        yield refused(f"public key of low order: {name}", u)
    for i in (2, 9, 18):
        yield refused(f"public key p + {i}, not canonical", le(curve.P + i))
    yield refused("forged under u = 0, whose Edwards key has order 2: the equation holds", le(0),
                  b"forged", forged_under_order_2())
    secret = hashlib.sha256(b"sotto small R").digest()
    for name, commitment in (("R of order 1: the equation holds", le(1)),
                             ("R of order 1, not canonical", le(curve.P + 1))):
        yield refused(name, curve.public_of(secret), b"nothing committed",
                      committed_to_nothing(secret, commitment, b"nothing committed"))
    yield refused("the message of a good signature cut short", message=MESSAGE[:-1])


def padding():
    key = hashlib.sha256(b"sotto cbc").digest()
    iv = key[:16][::-1]
    for size in (0, 1, 15, 16, 17, 31, 32):
        data = bytes(range(size))
        yield {"id": f"{size} bytes", "key": key, "iv": iv,
               "ciphertext": aes.cbc_encrypt(key, iv, data), "plaintext": data}
    whole = aes.cbc_encrypt(key, iv, b"")
    bad = {
        "no block at all": b"",
        "half a block": whole[:8],
        "a block and a byte": whole + b"\0",
        "padding of 0": bytes(16),
        "padding of 17": b"\x11" * 16,
        "padding of 255": b"\xff" * 16,
        "padding of 16 with one byte wrong at its far end": b"\x0f" + b"\x10" * 15,
        "padding of 2 with its first byte wrong": bytes(14) + b"\1\2",
        "padding of 17, all of it there": b"\x11" * 32,
    }
    for name, data in bad.items():
        ciphertext = aes.cbc_blocks(key, iv, data) if name.startswith("padding") else data
        yield {"id": name, "expect": "authentication_failed", "key": key, "iv": iv,
               "ciphertext": ciphertext}


def files(source):
    keys = source("RFC 7748", "sections 5 and 6.1")
    keys["note"] += " That p + i is refused is a policy of this library, stricter than section 5."
    signing = source("The XEdDSA and VXEdDSA Signature Schemes, revision 1, 2016-10-20",
                     "section 2.5")
    signing["note"] += (" Made from the published signature of the suite xeddsa-verify, or forged."
                        " Refusing R of small order is a policy of this library, stricter than the"
                        " specification.")
    return {
        "x25519-public-keys": ("x25519_public", public_keys, keys),
        "xeddsa-refused": ("xeddsa_verify", signatures, signing),
        "aes256-cbc-padding": ("aes256_cbc_pkcs7", padding,
                               source("NIST SP 800-38A, with the padding of RFC 5652",
                                      "RFC 5652 section 6.3")),
    }
