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

import accounts
import aes
import attachments
import calls
import contents
import curve
import franking
import gcm_siv
import groups
import kdf
import media_checks
import profiles
import ratchet
import recording
import rosters
import schema
import sessions
import sframe
import wire

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import arguments  # noqa: E402

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


def fingerprint(identifier, identity, iterations):
    key = b"\x05" + identity
    digest = hashlib.sha512(b"\0\0" + key + identifier + key).digest()
    for _ in range(iterations - 1):
        digest = hashlib.sha512(digest + key).digest()
    return digest


@kind
def safety_number(c):
    """What a refused case breaks is one of the bounds that the header names."""
    version, iterations = c.raw["version"], c.raw["iterations"]
    if c.refused:
        ids = all(1 <= len(c[name]) <= 255 for name in ("our_id", "their_id"))
        return not (version in (1, 2) and 2 <= iterations <= 1000000 and ids)
    halves = [fingerprint(c[f"{side}_id"], c[f"{side}_identity"], iterations)
              for side in ("our", "their")]
    digits = ["".join(f"{int.from_bytes(half[i:i + 5], 'big') % 100000:05}"
                      for i in range(0, 30, 5)) for half in halves]
    scannable = bytes([8, version]) + b"".join(
        bytes([tag, 34, 10, 32]) + half[:32] for tag, half in zip((0x12, 0x1a), halves))
    return "".join(sorted(digits)) == c.raw["digits"] and scannable == c["scannable"]


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
def aes_gcm_siv(c):
    sealed = c["ciphertext"] + c["tag"]
    if c.refused:
        return gcm_siv.open_sealed(c["key"], c["nonce"], c["associated"], sealed) is None
    return gcm_siv.seal(c["key"], c["nonce"], c["associated"], c["plaintext"]) == sealed


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
def session_recording(c):
    return recording.replay(c)


@kind
def session_rules(c):
    return sessions.replay(c.raw)


@kind
def wire_signal_message(c):
    return wire.agrees(c.raw, c["message"], wire.read_signal, wire.write_signal)


@kind
def wire_prekey_message(c):
    return wire.agrees(c.raw, c["message"], wire.read_prekey, wire.write_prekey)


@kind
def wire_bundle(c):
    return wire.agrees(c.raw, c["bundle"], wire.read_bundle, wire.write_bundle)


def call_of(c):
    terms = (c.raw["srtp"], c.raw["frames"], c.raw["padded"])
    parties = {side: (c[side + "_identity"], i + 1) for i, side in enumerate(calls.SIDES)}
    entropy = {side: c[side + "_entropy"] for side in calls.SIDES}
    return calls.Call(c["call_id"], parties, terms, c["roster"], entropy)


def says(c, code):
    return all(c.raw[form] == said for form, said in code.items())


@kind
def sotto_call(c):
    call = call_of(c)
    right = (call.offer, call.answer, call.reveal) == (c["offer"], c["answer"], c["reveal"])
    right = right and says(c, call.code)
    for i, epoch in enumerate(c.list("epochs")):
        if i:
            keys = epoch["proposer_entropy"], epoch["answerer_entropy"]
            made = call.rekey(epoch.raw["proposer"], *keys)
            right = right and made == (epoch["rekey"], epoch["rekey_answer"])
        media_made = calls.media_of(call, c["text"], c["rtp"])
        right = right and all(epoch[name] == value for name, value in media_made.items())
    return right


@kind
def sotto_call_offer(c):
    return calls.offer_verdict(c["offer"]) == c.raw.get("expect")


@kind
def sotto_call_answer(c):
    nobody = {**c.raw, "callee_entropy": "01" * 64}
    offer = call_of(Case(nobody)).offer
    identities = [c[side + "_identity"] for side in calls.SIDES]
    verdict = calls.answer_verdict(offer, c["caller_entropy"][:32], identities, c["answer"])
    return verdict == c.raw.get("expect")


@kind
def call_code(c):
    return says(c, calls.code_of(c["bytes"]))


@kind
def group_code(c):
    members = c.list("members")
    made = calls.group_code(c["call_id"], c["roster"], [member["nonce"] for member in members])
    return made[0] == [member["commitment"] for member in members] and says(c, made[1])


OTHERS = (media_checks, sframe, profiles, groups, attachments, franking, accounts, rosters, contents)
for others in OTHERS:
    for check_of_file in others.CHECKS:
        kind(check_of_file)


def wrong(document, rules):
    """Every complaint about one file."""
    yield from schema.complaints(document, rules, rules)
    check = CHECKS.get(document["kind"])
    for fields in document["cases"]:
        if check is None or not check(Case(fields)):
            yield f"{fields['id']}: not what the oracle computes"


def main():
    parser = arguments.described(__doc__)
    parser.add_argument("folder", type=arguments.folder, metavar="FOLDER")
    parser.add_argument("schema", type=arguments.file, metavar="SCHEMA")
    options = parser.parse_args()
    rules = json.loads(options.schema.read_text())
    cases = failed = 0
    if sorted(rules["properties"]["kind"]["enum"]) != sorted(CHECKS):
        print("the schema and the oracle know different kinds")
        failed += 1
    for path in sorted(options.folder.glob("*.json")):
        document = json.loads(path.read_text())
        cases += len(document["cases"])
        for complaint in wrong(document, rules):
            print(f"{path.name}: {complaint}")
            failed += 1
    print(f"{cases} cases recomputed, {failed} complaints")
    return 0 if cases and not failed else 1


if __name__ == "__main__":
    arguments.run(main)
