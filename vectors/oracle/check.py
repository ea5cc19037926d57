#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Recompute every figure of a folder of vectors without the library, and hold the files against
their schema.

    check.py FOLDER SCHEMA

What this program and the library agree on was worked out twice, by code that has nothing in common
but the specifications. It is slow and runs in variable time: for figures only.
"""
import copy
import hashlib
import json
import pathlib
import sys

import aes
import curve
import kdf
import media
import ratchet
import schema

CHECKS = {}


class Case:
    """The fields of one case; hexadecimal ones by item, all others by `raw`."""

    def __init__(self, fields):
        self.raw = fields
        self.refused = "expect" in fields

    def __getitem__(self, key):
        return bytes.fromhex(self.raw[key])

    def list(self, key):
        return [Case(fields) for fields in self.raw[key]]


def kind(function):
    """A function that answers whether the case is right; of one to be refused, whether it is."""
    CHECKS[function.__name__] = function
    return function


def acceptable(u):
    return curve.is_canonical(u) and not curve.is_low_order(u)


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
    return acceptable(c["u"]) != c.refused


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


@kind
def x3dh_respond(c):
    keys = [c["their_identity"], c["base_key"]]
    if c.refused:
        return not all(map(acceptable, keys)) or c.raw["expect"] == "own_identity"
    spk = c["signed_prekey_secret"]
    outputs = [curve.x25519(spk, keys[0]), curve.x25519(c["identity_secret"], keys[1]),
               curve.x25519(spk, keys[1])]
    if "one_time_prekey_secret" in c.raw:
        outputs.append(curve.x25519(c["one_time_prekey_secret"], keys[1]))
    return ratchet.agreement(outputs) == (c["root_key"], c["chain_key"])


@kind
def x3dh_agreement(c):
    """As the initiator computes it; `x3dh_respond` is the other side."""
    ika, eka = c["initiator_identity_secret"], c["ephemeral_secret"]
    spk = curve.public_of(c["signed_prekey_secret"])
    outputs = [curve.x25519(ika, spk),
               curve.x25519(eka, curve.public_of(c["responder_identity_secret"])),
               curve.x25519(eka, spk)]
    if "one_time_prekey_secret" in c.raw:
        outputs.append(curve.x25519(eka, curve.public_of(c["one_time_prekey_secret"])))
    signature = curve.xeddsa_sign(c["responder_identity_secret"], ratchet.TYPE + spk,
                                  c["signature_nonce"], "wire")
    return (ratchet.agreement(outputs) == (c["root_key"], c["chain_key"])
            and signature == c["signature"] and curve.public_of(eka) == c["base_key"])


@kind
def x3dh_bundle(c):
    keys = [c["identity"], c["signed_prekey"]]
    if "one_time_prekey" in c.raw:
        keys.append(c["one_time_prekey"])
    signed = curve.xeddsa_verify(c["identity"], ratchet.TYPE + c["signed_prekey"], c["signature"])
    answer = "accepted" if all(map(acceptable, keys)) and signed else "refused"
    return answer == ("refused" if c.refused else "accepted")


@kind
def ratchet_chain_step(c):
    seed, following = ratchet.chain_step(c["chain_key"])
    keys = ratchet.message_keys(seed)
    return following == c["next_chain_key"] and keys == (c["cipher_key"], c["mac_key"], c["iv"])


@kind
def ratchet_root_step(c):
    if c.refused:
        return curve.is_low_order(c["their_public"])
    shared = curve.x25519(c["our_secret"], c["their_public"])
    return ratchet.root_step(c["root_key"], shared) == (c["next_root_key"], c["chain_key"])


@kind
def ratchet_transcript(c):
    root, chain, prekey = c["root_key"], c["chain_key"], c["signed_prekey_secret"]
    a, b = c["initiator_identity"], c["responder_identity"]
    sides = {
        "initiator": ratchet.Ratchet.initiator(root, chain, a, b, curve.public_of(prekey),
                                               c["initiator_entropy"]),
        "responder": ratchet.Ratchet.responder(root, chain, b, a, prekey),
    }
    for step in c.list("steps"):
        by = step.raw["by"]
        if step.raw["do"] == "encrypt":
            if sides[by].seal(step["plaintext"]) != step["message"]:
                return False
            continue
        side = copy.deepcopy(sides[by])
        outcome = side.open(step["message"], step["entropy"])
        if "refused" in step.raw:
            if outcome != step.raw["refused"]:
                return False
        else:
            if outcome != step["plaintext"]:
                return False
            sides[by] = side
    return True


@kind
def srtp_kdf(c):
    made = media.srtp_kdf(c["master_key"], c["master_salt"], c.raw["label"], len(c["output"]))
    return made == c["output"]


@kind
def srtp_gcm_packet(c):
    key, salt, roc = c["session_key"], c["session_salt"], c.raw["roc"]
    opened = media.gcm_unprotect(key, salt, roc, c["protected"])
    if c.refused:
        return opened is None
    return (opened == c["packet"]
            and media.gcm_protect(key, salt, roc, c["packet"]) == c["protected"])


@kind
def srtp_stream(c):
    packets = c.list("packets")
    made = media.stream(c["master_key"], c["master_salt"], [p["packet"] for p in packets])
    return made == [p["protected"] for p in packets]


@kind
def call_schedule(c):
    shared = media.call_shared(c["caller_secret"], c["callee_secret"])
    made = media.call_schedule(shared, c["caller_identity"], c["callee_identity"])
    return shared == c["shared"] and made == (c["offer_key"], c["offer_salt"], c["answer_key"],
                                              c["answer_salt"])


def wrong(document, rules):
    """Every complaint about one file."""
    yield from schema.complaints(document, rules, rules)
    check = CHECKS.get(document["kind"])
    for fields in document["cases"]:
        if check is None or not check(Case(fields)):
            yield f"{fields['id']}: not what the oracle computes"


def main(folder, schema_file):
    rules = json.loads(pathlib.Path(schema_file).read_text())
    cases = failed = 0
    if sorted(rules["properties"]["kind"]["enum"]) != sorted(CHECKS):
        print("the schema and the oracle know different kinds")
        failed += 1
    for path in sorted(pathlib.Path(folder).glob("*.json")):
        document = json.loads(path.read_text())
        cases += len(document["cases"])
        for complaint in wrong(document, rules):
            print(f"{path.name}: {complaint}")
            failed += 1
    print(f"{cases} cases recomputed, {failed} complaints")
    return 0 if cases and not failed else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
