#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""`sotto peer` against itself: conversations, every kind of fault, sessions moved.

    peer_test.py SOTTO
"""
import collections
import json
import os
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import interop  # noqa: E402

COMMAND = []
VECTORS = pathlib.Path(__file__).resolve().parents[2] / "vectors/data"
TO_B = {"name": "b", "device": 1}
TO_A = {"name": "a", "device": 1}
HOUR_MS = 3_600_000


def soak_number(variable, otherwise):
    """What `./dev soak` asks for; without it the test runs as it always does."""
    if variable not in os.environ:
        return otherwise
    print(f"{variable}={os.environ[variable]}", flush=True)
    return int(os.environ[variable])


class PeerTest(unittest.TestCase):
    def setUp(self):
        self.a = self.enterContext(interop.Peer(COMMAND))
        self.b = self.enterContext(interop.Peer(COMMAND))

    def refused(self, kind, party, command, /, **fields):
        with self.assertRaises(interop.Refused) as caught:
            party.ask(command, **fields)
        self.assertEqual(caught.exception.kind, kind)

    def set_up(self):
        self.a.ask("init", name="a")
        self.b.ask("init", name="b")
        bundle = self.b.ask("bundle")["bundle"]
        self.a.ask("process_bundle", peer=TO_B, bundle=bundle)

    def pass_on(self, sender, to, receiver, of, text):
        made = sender.ask("encrypt", peer=to, plaintext=text)
        answer = receiver.ask("decrypt", peer=of, type=made["type"], message=made["message"])
        self.assertEqual(answer["plaintext"], text)
        return made, answer

    def test_random_conversations(self):
        tally = collections.Counter()
        first = soak_number("SOTTO_SEED", 0)
        for seed in range(first, first + 50 * soak_number("SOTTO_TIMES", 1)):
            interop.Script(self.a, self.b, seed, tally).run(60)
        self.assertGreater(tally["opened"], 100)

    def test_first_message_answer_and_replay(self):
        self.set_up()
        made, opened = self.pass_on(self.a, TO_B, self.b, TO_A, "00ff")
        self.assertEqual(made["type"], "prekey")
        self.assertTrue(opened["beganSession"] and opened["firstIdentity"])
        self.assertEqual(opened["consumedPreKeyId"], 1)
        self.refused("replayed", self.b, "decrypt", peer=TO_A, type="prekey", message=made["message"])
        made, _ = self.pass_on(self.b, TO_A, self.a, TO_B, "")
        self.assertEqual(made["type"], "signal")
        info = self.a.ask("session_info", peer=TO_B)
        self.assertTrue(info["exists"] and info["acknowledged"])
        self.assertEqual(info["version"], 3)

    def test_faults_are_answered_and_the_process_goes_on(self):
        for line, kind in (
                ("", "bad_json"), ("[1]", "bad_json"), ('{"id":1', "bad_json"),
                ("[" * 100_000, "bad_json"), ("\\", "bad_json"),
                ("{}", "missing_field"), ('{"cmd":5}', "bad_field"), ('{"cmd":"no"}', "unknown_command"),
                ('{"cmd":"group_create"}', "unsupported"), ('{"cmd":"vrf_sign"}', "unsupported"),
                ('{"id":[],"cmd":"hello"}', "bad_field"), ('{"cmd":"bundle"}', "not_initialised"),
                ('{"cmd":"hello","now":"x"}', "bad_field"), ("x" * ((4 << 20) + 1), "line_too_long"),
                ("x" * (4 << 20), "bad_json")):
            answer = self.a.line(line)
            self.assertEqual((answer["ok"], answer["kind"]), (False, kind), line[:40])
        self.a.ask("init", name="a")
        for kind, command, fields in (
                ("missing_field", "init", {}), ("missing_field", "encrypt", {"plaintext": ""}),
                ("bad_field", "encrypt", {"peer": "b", "plaintext": ""}),
                ("bad_field", "encrypt", {"peer": TO_B, "plaintext": "0"}),
                ("bad_field", "encrypt", {"peer": TO_B, "plaintext": "0g"}),
                ("bad_field", "encrypt", {"peer": {"name": "b", "device": 1 << 32}, "plaintext": ""}),
                ("bad_field", "encrypt", {"peer": {"name": "b", "device": -1}, "plaintext": ""}),
                ("invalid_argument", "encrypt", {"peer": {"name": ""}, "plaintext": ""}),
                ("no_session", "encrypt", {"peer": TO_B, "plaintext": ""}),
                ("no_session", "export_session", {"peer": TO_B}),
                ("malformed", "import_session", {"peer": TO_B, "record": "00"}),
                ("bad_field", "decrypt", {"peer": TO_B, "type": "letter", "message": "00"}),
                ("malformed", "decrypt", {"peer": TO_B, "type": "signal", "message": "33"}),
                ("malformed", "inspect", {"type": "prekey", "message": "33"}),
                ("unsupported_version", "fingerprint",
                 {"version": 0, "localId": "00", "remoteId": "00", "remoteKey": "05" + "00" * 32}),
                ("malformed", "hkdf", {"ikm": "", "info": "", "length": 8161}),
                ("weak_key", "dh", {"privateKey": "11" * 32, "publicKey": "05" + "00" * 32})):
            self.refused(kind, self.a, command, **fields)
        self.assertEqual(self.a.ask("hello")["impl"], "sotto")
        self.assertEqual(len(self.a.ask("hkdf", ikm="", info="", length=8160)["okm"]), 2 * 8160)

    def test_srtp_of_every_profile(self):
        for profile, key, salt in (("AES_CM_128_HMAC_SHA1_80", 16, 14),
                                   ("AES_CM_128_HMAC_SHA1_32", 16, 14),
                                   ("AES_CM_256_HMAC_SHA1_80", 32, 14),
                                   ("AES_CM_256_HMAC_SHA1_32", 32, 14),
                                   ("AEAD_AES_128_GCM", 16, 12), ("AEAD_AES_256_GCM", 32, 12)):
            master = {"profile": profile, "masterKey": "11" * key, "masterSalt": "22" * salt}
            sender = self.a.ask("srtp_sender", **master)["context"]
            receiver = self.b.ask("srtp_receiver", **master)["context"]
            rtp, rtcp = "806f0001" + "00" * 8 + "ab" * 20, "80c80001" + "00" * 3 + "01" + "cd" * 8
            for kind, packet in (("srtp", rtp), ("srtcp", rtcp)):
                wire = self.a.ask(kind + "_protect", context=sender, packet=packet)["packet"]
                given = {"context": receiver, "packet": wire}
                self.assertEqual(self.b.ask(kind + "_unprotect", **given)["packet"], packet)
                self.refused("replayed", self.b, kind + "_unprotect", **given)
            self.refused("malformed", self.a, "srtp_sender", **{**master, "masterSalt": "22"})
        self.refused("bad_field", self.a, "srtp_sender", **{**master, "profile": "NULL"})

    def test_srtp_keys_are_those_of_rfc_3711_and_6188(self):
        for rfc, profile in (("rfc3711", "AES_CM_128_HMAC_SHA1_80"),
                             ("rfc6188", "AES_CM_256_HMAC_SHA1_80")):
            cases = json.loads((VECTORS / f"srtp-kdf-{rfc}.json").read_text())["cases"]
            keys = self.a.ask("srtp_keys", profile=profile, masterKey=cases[0]["master_key"],
                              masterSalt=cases[0]["master_salt"])
            names = {0: "rtpKey", 1: "rtpAuth", 2: "rtpSalt"}
            for case in cases:
                self.assertTrue(case["output"].startswith(keys[names[case["label"]]]))
                self.assertGreaterEqual(len(keys[names[case["label"]]]), 28)
        keys = self.a.ask("srtp_keys", profile="AEAD_AES_128_GCM", masterKey="11" * 16,
                          masterSalt="22" * 12)
        self.assertEqual((len(keys["rtcpKey"]), len(keys["rtcpSalt"])), (32, 24))
        self.refused("weak_key", self.a, "srtp_keys", profile="AEAD_AES_128_GCM",
                     masterKey="00" * 16, masterSalt="22" * 12)

    def test_media_commands_are_as_documented(self):
        """Every row of docs/interop.md about media: the fields it wants, and those it answers."""
        a, sample = self.a, {"profile": "AEAD_AES_256_GCM", "masterKey": "11" * 32,
                             "masterSalt": "22" * 12, "suite": "AES_256_GCM_SHA512_128",
                             "baseKey": "33" * 32, "kid": 5, "metadata": "01", "plaintext": "ab"}

        def request(names):
            return {name: sample[name] for name in names}

        master, key = ("profile", "masterKey", "masterSalt"), ("suite", "baseKey", "kid")
        plain = {"srtp": "806f0001" + "00" * 8 + "ab", "srtcp": "80c80001" + "00" * 4}
        contexts = {command: a.ask(command, **request(names))["context"] for command, names in (
            ("srtp_sender", master), ("srtp_receiver", master), ("sframe_sender", key),
            ("sframe_receiver", key))}
        given = {}
        for kind, packet in plain.items():
            given[kind + "_protect"] = {"context": contexts["srtp_sender"], "packet": packet}
            wire = a.ask(kind + "_protect", **given[kind + "_protect"])["packet"]
            given[kind + "_unprotect"] = {"context": contexts["srtp_receiver"], "packet": wire}
        given["srtp_protect"]["packet"] = "806f0002" + plain["srtp"][8:]  # a number seals once
        given["sframe_seal"] = {"context": contexts["sframe_sender"],
                                **request(("metadata", "plaintext"))}
        frame = a.ask("sframe_seal", **given["sframe_seal"])["frame"]
        given["sframe_open"] = {"context": contexts["sframe_receiver"], "metadata": "01",
                                "frame": frame}
        seen = set()
        for line in (VECTORS.parents[1] / "docs/interop.md").read_text().splitlines():
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            for command in re.findall("`(s[a-z]+_[a-z]+)`", cells[0]):
                if not re.match("srtp|srtcp|sframe", command) or len(cells) != 3:
                    continue
                wanted = re.findall("`([A-Za-z]+\\??)`", cells[1].partition(";")[0])
                answered = re.findall("`([A-Za-z]+\\??)`", re.split("[.:;]", cells[2])[0])
                fields = given.get(command) or request(
                    [name for name in wanted if not name.endswith("?")])
                self.assertEqual(set(fields), {n for n in wanted if not n.endswith("?")}, command)
                for name in fields:
                    self.refused("missing_field", a, command,
                                 **{n: value for n, value in fields.items() if n != name})
                answer = set(a.ask(command, **fields)) - {"id", "ok"}
                self.assertLessEqual({n for n in answered if not n.endswith("?")}, answer, command)
                self.assertLessEqual(answer, {n.removesuffix("?") for n in answered}, command)
                seen.add(command)
        self.assertEqual(seen, {"srtp_sender", "srtp_receiver", "srtp_protect", "srtp_unprotect",
                                "srtcp_protect", "srtcp_unprotect", "srtp_keys", "sframe_sender",
                                "sframe_receiver", "sframe_seal", "sframe_open"})

    def test_sframe_as_rfc_9605_has_it(self):
        vectors = json.loads((VECTORS / "sframe-frame-rfc9605.json").read_text())
        names = {1: "AES_128_CTR_HMAC_SHA256_80", 2: "AES_128_CTR_HMAC_SHA256_64",
                 3: "AES_128_CTR_HMAC_SHA256_32", 4: "AES_128_GCM_SHA256_128",
                 5: "AES_256_GCM_SHA512_128"}
        for case in vectors["cases"]:
            key = {"suite": names[case["suite"]], "baseKey": case["base_key"], "kid": case["kid"]}
            sender = self.a.ask("sframe_sender", counter=str(case["counter"]), **key)["context"]
            receiver = self.a.ask("sframe_receiver", **key)["context"]
            frame = self.a.ask("sframe_seal", context=sender, metadata=case["metadata"],
                               plaintext=case["plaintext"])["frame"]
            self.assertEqual(frame, case["frame"])
            given = {"context": receiver, "metadata": case["metadata"], "frame": frame}
            self.assertEqual(self.a.ask("sframe_open", **given)["plaintext"], case["plaintext"])
            self.refused("replayed", self.a, "sframe_open", **given)

    def test_sessions_are_moved_and_not_set_back(self):
        self.set_up()
        self.pass_on(self.a, TO_B, self.b, TO_A, "01")
        old = self.a.ask("export_session", peer=TO_B)["record"]
        self.a.ask("import_session", peer=TO_B, record=old)
        self.pass_on(self.a, TO_B, self.b, TO_A, "02")
        self.refused("rolled_back", self.a, "import_session", peer=TO_B, record=old)
        altered = old[:-1] + ("0" if old[-1] != "0" else "1")
        self.refused("corrupted", self.a, "import_session", peer=TO_B, record=altered)
        self.pass_on(self.a, TO_B, self.b, TO_A, "03")

    def test_an_identity_that_changed_waits_to_be_accepted(self):
        self.set_up()
        self.pass_on(self.a, TO_B, self.b, TO_A, "01")
        identity = self.b.ask("init", name="b")["identityKey"]
        bundle = self.b.ask("bundle")["bundle"]
        self.refused("identity_changed", self.a, "process_bundle", peer=TO_B, bundle=bundle)
        self.a.ask("accept_identity", peer=TO_B, identityKey=identity)
        self.a.ask("process_bundle", peer=TO_B, bundle=bundle)
        self.pass_on(self.a, TO_B, self.b, TO_A, "02")

    def test_fixed_bytes_come_first_and_time_is_a_field(self):
        fixed = {"registrationId": 1, "identityPrivate": "42" * 32}
        bundles = []
        for peer in (self.a, self.b):
            peer.ask("init", name="a", **fixed)
            peer.ask("fix_random", bytes="37" * 32 + "38" * 64 + "39" * 32)
            bundles.append(peer.ask("bundle"))
            bundles[-1].pop("id")
        self.assertEqual(bundles[0], bundles[1])
        self.assertNotEqual(self.a.ask("bundle")["bundle"]["preKey"], bundles[0]["bundle"]["preKey"])
        self.set_up()
        now = 1_700_000_000_000
        bundle = self.b.ask("bundle", now=now)["bundle"]
        self.a.ask("process_bundle", peer=TO_B, bundle=bundle, now=now)
        self.a.ask("encrypt", peer=TO_B, plaintext="", now=now)
        late = now + 31 * 24 * HOUR_MS
        self.refused("no_session", self.a, "encrypt", peer=TO_B, plaintext="", now=late)


if __name__ == "__main__":
    COMMAND = [sys.argv.pop(1), "peer"]
    unittest.main()
