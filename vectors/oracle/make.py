#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Write the vectors that nobody publishes, as this oracle computes them.

    make.py FOLDER

Every secret is the hash of a label, so that the files are the same each time.
"""
import hashlib
import json
import pathlib
import sys

import accounts
import attachments
import call_cases
import content_cases
import conversations
import curve
import franking
import groups
import media
import profile_cases
import ratchet
import recording
import refusals
import roster_cases
import srtp_cases
import wire_cases

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import arguments  # noqa: E402

OWN = "Computed by vectors/oracle, which shares no code with the library"
NOTE = "Computed by us, not published."


def secret(label):
    return hashlib.sha256(b"sotto vectors: " + label.encode()).digest()


def plain(value):
    """Bytes as hexadecimal text, all the way down."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def source(reference, section):
    return {"title": OWN, "reference": reference, "section": section, "note": NOTE}


def x3dh_agreement():
    for name, spare in (("with a one-time prekey", True), ("without a one-time prekey", False)):
        ika, ikb = secret(name + " initiator"), secret(name + " responder")
        spk, eka, opk = secret(name + " SPK"), secret(name + " EK"), secret(name + " OPK")
        nonce = hashlib.sha512(ikb).digest()
        spk_public = curve.public_of(spk)
        outputs = [curve.x25519(ika, spk_public), curve.x25519(eka, curve.public_of(ikb)),
                   curve.x25519(eka, spk_public)]
        if spare:
            outputs.append(curve.x25519(eka, curve.public_of(opk)))
        root, chain = ratchet.agreement(outputs)
        yield {
            "id": name,
            "initiator_identity_secret": ika,
            "responder_identity_secret": ikb,
            "signed_prekey_secret": spk,
            "signature_nonce": nonce,
            **({"one_time_prekey_secret": opk} if spare else {}),
            "ephemeral_secret": eka,
            "signature": curve.xeddsa_sign(ikb, ratchet.TYPE + spk_public, nonce, "wire"),
            "base_key": curve.public_of(eka),
            "root_key": root,
            "chain_key": chain,
        }


def x3dh_bundle():
    identity, prekey, spare = secret("bundle IK"), secret("bundle SPK"), secret("bundle OPK")
    spk, opk = curve.public_of(prekey), curve.public_of(spare)
    nonce = hashlib.sha512(identity).digest()

    def signed(message, form="wire", key=identity):
        return curve.xeddsa_sign(key, message, nonce, form)

    good = signed(ratchet.TYPE + spk)

    def case(name, expect=None, ik=curve.public_of(identity), spk=spk, signature=good, opk=None):
        return {"id": name, **({"expect": expect} if expect else {}), "identity": ik,
                "signed_prekey": spk, "signature": signature,
                **({"one_time_prekey": opk} if opk else {})}

    yield case("good")
    yield case("good, with a one-time prekey", opk=opk)
    yield case("good, signed in the specification's form",
               signature=signed(ratchet.TYPE + spk, "specification"))
    yield case("signed without the type byte", "bad_signature", signature=signed(spk))
    yield case("signed under another type byte", "bad_signature", signature=signed(b"\x06" + spk))
    yield case("signed by another identity", "bad_signature",
               signature=signed(ratchet.TYPE + spk, key=secret("bundle other IK")))
    yield case("another signed prekey", "bad_signature", spk=opk)
    yield case("signature of zeros", "bad_signature", signature=bytes(64))
    yield case("one-time prekey of low order", "weak_key", opk=(1).to_bytes(32, "little"))
    yield case("one-time prekey not canonical", "weak_key",
               opk=(curve.P + 9).to_bytes(32, "little"))
    low = (curve.P - 1).to_bytes(32, "little")
    yield case("signed prekey of low order, signed well", "weak_key", spk=low,
               signature=signed(ratchet.TYPE + low))


def ratchet_root_step():
    for i in (1, 2, 3):
        root, ours = secret(f"root step {i} RK"), secret(f"root step {i} DHs")
        theirs = curve.public_of(secret(f"root step {i} DHr"))
        following, chain = ratchet.root_step(root, curve.x25519(ours, theirs))
        yield {"id": f"step {i}", "root_key": root, "our_secret": ours, "their_public": theirs,
               "next_root_key": following, "chain_key": chain}


def call_schedule():
    for i in (1, 2):
        names = [secret(f"call {i} {role}") for role in
                 ("caller", "callee", "caller identity", "callee identity")]
        a, b = names[:2]
        ida, idb = map(curve.public_of, names[2:])
        shared = media.call_shared(a, b)
        made = media.call_schedule(shared, ida, idb)
        yield {"id": f"call {i}", "caller_secret": a, "callee_secret": b, "caller_identity": ida,
               "callee_identity": idb, "shared": shared, "offer_key": made[0],
               "offer_salt": made[1], "answer_key": made[2], "answer_salt": made[3]}


def rtp(seq, payload, first=0x80, extra=b"", ssrc=0xCAFEBABE):
    return (bytes([first, 0x6F]) + seq.to_bytes(2, "big") + (160 * seq).to_bytes(4, "big")
            + ssrc.to_bytes(4, "big") + extra + payload)


def srtp_stream():
    key, salt = secret("stream key"), secret("stream salt")[:12]
    voice = [bytes(range(n)) for n in (0, 1, 15, 16, 17, 160, 33)]
    streams = {
        "in order, payloads of many sizes": [rtp(100 + i, p) for i, p in enumerate(voice)],
        "over the rollover of the sequence number":
            [rtp(seq, b"voice %d" % seq) for seq in (65000, 65535, 0, 1, 30000, 60000, 10)],
        "with CSRCs and a header extension": [
            rtp(1, b"two sources", 0x82, b"\0\0\0\1\0\0\0\2"),
            rtp(2, b"extended", 0x90, b"\xbe\xde\0\1\x10\x7f\0\0"),
            rtp(3, b"both", 0x91, b"\0\0\0\1\xbe\xde\0\2" + bytes(8)),
        ],
    }
    for name, packets in streams.items():
        sealed = media.stream(key, salt, packets)
        yield {"id": name, "master_key": key, "master_salt": salt,
               "packets": [{"packet": p, "protected": s} for p, s in zip(packets, sealed)]}


def srtp_refused():
    key, salt = secret("refused key"), secret("refused salt")[:12]
    packet = rtp(7, b"what was said")
    good = media.gcm_protect(key, salt, 0, packet)

    def case(name, sealed=good, roc=0, expect="authentication_failed"):
        return {"id": name, "expect": expect, "session_key": key, "session_salt": salt, "roc": roc,
                "protected": sealed}

    yield {"id": "good", "session_key": key, "session_salt": salt, "roc": 0, "packet": packet,
           "protected": good}
    for name, at in (("marker and payload type", 1), ("sequence number", 3), ("time stamp", 7),
                     ("SSRC", 11), ("payload", 12), ("tag", len(good) - 1)):
        yield case(f"a bit of the {name} flipped", good[:at] + bytes([good[at] ^ 1]) + good[at + 1:])
    yield case("another rollover counter", roc=1)
    yield case("tag cut short", good[:-1])
    yield case("no room for a tag", good[:27], expect="malformed")
    yield case("not of version 2", b"\x40" + good[1:], expect="malformed")
    yield case("half a header", good[:11], expect="malformed")


FILES = {
    "x3dh-agreement": ("x3dh_agreement", x3dh_agreement,
                       source("The X3DH Key Agreement Protocol, revision 1, 2016-11-04", "section 3")),
    "x3dh-bundle": ("x3dh_bundle", x3dh_bundle,
                    source("The X3DH Key Agreement Protocol, revision 1, 2016-11-04", "section 3.3")),
    "ratchet-root-step": ("ratchet_root_step", ratchet_root_step,
                          source("The Double Ratchet Algorithm, revision 1, 2016-11-20",
                                 "section 5.2")),
    "call-schedule": ("call_schedule", call_schedule,
                      source("RingRTC, the library of Signal's calls, version 2.70",
                             "the key schedule of 1:1 calls")),
    "srtp-stream": ("srtp_stream", srtp_stream,
                    source("RFC 3711 and RFC 7714", "RFC 3711 section 4.3, RFC 7714 sections 8 and 11")),
    "srtp-refused": ("srtp_gcm_packet", srtp_refused, source("RFC 7714", "section 8")),
    **attachments.files(source, secret),
    **call_cases.files(source, secret),
    **franking.files(source, secret),
    **accounts.files(source, secret),
    **content_cases.files(source, secret),
    **groups.files(source, secret),
    **profile_cases.files(source, secret),
    **srtp_cases.files(source, secret),
    **refusals.files(source),
    **conversations.files(source, secret),
    **recording.files(source, secret),
    **wire_cases.files(source, secret),
    **roster_cases.files(source, secret),
}


def main():
    parser = arguments.described(__doc__)
    parser.add_argument("folder", type=arguments.folder, metavar="FOLDER")
    folder = parser.parse_args().folder
    for suite, (kind, cases, origin) in FILES.items():
        document = {"schema": "sotto-vectors/1", "suite": suite, "kind": kind, "source": origin,
                    "cases": list(cases())}
        path = folder / f"{suite}.json"
        path.write_text(json.dumps(plain(document), indent=2) + "\n")


if __name__ == "__main__":
    arguments.run(main)
