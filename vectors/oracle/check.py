#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Recompute every figure of a folder of vectors without the library.

    check.py FOLDER

What this program and the library agree on was worked out twice, by code that has nothing in common
but the specifications. It is slow and runs in variable time: for figures only.
"""
import hashlib
import json
import pathlib
import sys

import aes
import curve
import kdf

CHECKS = {}


class Case:
    """The fields of one case; hexadecimal ones by item, all others by `raw`."""

    def __init__(self, fields):
        self.raw = fields
        self.refused = "expect" in fields

    def __getitem__(self, key):
        return bytes.fromhex(self.raw[key])


def kind(function):
    """A function that answers whether the case is right; of one to be refused, whether it is."""
    CHECKS[function.__name__] = function
    return function


@kind
def sha256(c):
    return hashlib.sha256(c["message"] * c.raw["repeat"]).digest() == c["digest"]


@kind
def sha512(c):
    return hashlib.sha512(c["message"] * c.raw["repeat"]).digest() == c["digest"]


@kind
def hmac_sha256(c):
    return kdf.hmac_sha256(c["key"], c["message"])[:len(c["mac"])] == c["mac"]


@kind
def hkdf_sha256(c):
    prk = kdf.hmac_sha256(c["salt"] or bytes(32), c["input_key"])
    return prk == c["prk"] and kdf.expand(prk, c["info"], len(c["output"])) == c["output"]


@kind
def x25519(c):
    result = curve.x25519(c["k"], c["u"])
    return result == bytes(32) if c.refused else result == c["result"]


@kind
def x25519_iterated(c):
    k, u = c["k"], c["u"]
    for _ in range(c.raw["iterations"]):
        k, u = curve.x25519(k, u), k
    return k == c["result"]


@kind
def x25519_agreement(c):
    return (curve.public_of(c["a_secret"]) == c["a_public"]
            and curve.public_of(c["b_secret"]) == c["b_public"]
            and curve.x25519(c["a_secret"], c["b_public"]) == c["shared"]
            and curve.x25519(c["b_secret"], c["a_public"]) == c["shared"])


@kind
def x25519_public(c):
    return (curve.is_canonical(c["u"]) and not curve.is_low_order(c["u"])) != c.refused


@kind
def xeddsa_sign(c):
    made = curve.xeddsa_sign(c["secret"], c["message"], c["nonce"], c.raw["form"])
    return curve.public_of(c["secret"]) == c["public"] and made == c["signature"]


@kind
def xeddsa_verify(c):
    return curve.xeddsa_verify(c["public"], c["message"], c["signature"]) != c.refused


@kind
def aes256_cbc(c):
    return aes.cbc_blocks(c["key"], c["iv"], c["plaintext"]) == c["ciphertext"]


@kind
def aes256_cbc_pkcs7(c):
    opened = aes.cbc_decrypt(c["key"], c["iv"], c["ciphertext"])
    if c.refused:
        return opened is None
    return (opened == c["plaintext"]
            and aes.cbc_encrypt(c["key"], c["iv"], c["plaintext"]) == c["ciphertext"])


@kind
def aes_ctr(c):
    return aes.ctr(c["key"], c["counter"], c["plaintext"]) == c["ciphertext"]


@kind
def aes_gcm(c):
    sealed = c["ciphertext"] + c["tag"]
    if c.refused:
        return aes.gcm_open(c["key"], c["nonce"], c["associated"], sealed) is None
    return aes.gcm_seal(c["key"], c["nonce"], c["associated"], c["plaintext"]) == sealed


def main(folder):
    passed = failed = 0
    for path in sorted(pathlib.Path(folder).glob("*.json")):
        document = json.loads(path.read_text())
        check = CHECKS.get(document["kind"])
        for fields in document["cases"]:
            good = check is not None and check(Case(fields))
            passed, failed = passed + good, failed + (not good)
            if not good:
                print(f"{path.name}: {fields['id']}: not what the oracle computes")
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
