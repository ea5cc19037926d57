#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Shows every message and bundle of the vectors and snapshots through `sotto inspect`, and refusals.

    inspect_test.py PROGRAM VECTORS
"""
import json
import pathlib
import subprocess
import sys
import tempfile

from checks import check, finish

SOTTO = str(pathlib.Path(sys.argv[1]).resolve())
VECTORS = pathlib.Path(sys.argv[2])


def inspect(*arguments, stdin=b""):
    return subprocess.run([SOTTO, "inspect", *arguments], input=stdin, capture_output=True)


def table(run):
    """The heading of each part, and its lines by name."""
    parts = []
    for line in run.stdout.decode().splitlines():
        name, _, value = line.strip().partition("  ")
        if "," in line and not value:
            parts.append((name.split(",")[0], {}))
        else:
            parts[-1][1][name] = value.strip()
    return parts


def version_of(case):
    spoken = case["current_version"]
    more = f", from a sender that speaks {spoken}" if spoken != case["version"] else ""
    return str(case["version"]) + more


def size_of(text):
    return f"{len(text) // 2} byte" + ("" if len(text) == 2 else "s")


def optional(case, names):
    return {label: convert(case[name]) for name, label, convert in names if name in case}


def signal_part(case):
    return ("SignalMessage", {
        "version": version_of(case), "ratchet key": "05" + case["ratchet_key"],
        "counter": str(case["counter"]), "previous counter": str(case["previous_counter"]),
        "ciphertext": size_of(case["ciphertext"]), "MAC": case["mac"],
        **optional(case, [("pq_ratchet", "post-quantum part", size_of),
                          ("addresses", "addresses", str)])})


def prekey_part(case):
    return ("PreKeySignalMessage", {
        "version": version_of(case), "one-time prekey id": "none",
        "signed prekey id": str(case["signed_prekey_id"]), "base key": "05" + case["base_key"],
        "identity key": "05" + case["identity"],
        **optional(case, [("registration", "registration id", str),
                          ("one_time_prekey_id", "one-time prekey id", str),
                          ("kem_prekey_id", "KEM prekey id", str),
                          ("kem_ciphertext", "KEM ciphertext", size_of)])})


def bundle_part(case):
    return ("Bundle", {
        "registration id": str(case["registration"]), "device": str(case["device"]),
        "identity key": "05" + case["identity"], "signature": case["signature"],
        "signed prekey id": str(case["signed_prekey_id"]),
        "signed prekey": "05" + case["signed_prekey"], "verified": "no: do not use it",
        **optional(case, [("one_time_prekey_id", "one-time prekey id", str),
                          ("one_time_prekey", "one-time prekey", lambda key: "05" + key)])})


def vectors(suite, form, field, part):
    for case in json.loads((VECTORS / f"wire-{suite}.json").read_text())["cases"]:
        if not case[field]:
            continue  # No argument at all is standard input.
        told = inspect("--as", form, case[field])
        what = f"{suite}: {case['id']}"
        if "expect" in case:
            error = told.stderr.decode()
            check(what, told.returncode == 1 and not told.stdout
                  and error.startswith(f"sotto inspect: {case['expect']}: "), error)
            continue
        parts = table(told)
        check(what, told.returncode == 0 and parts[0] == part(case), told)
        if form == "prekey":
            alone = inspect("--as", "signal", case["signal_message"])
            check(f"{what}, inside", parts[1:] == table(alone), told)
        guessed = inspect(case[field])
        check(f"{what}, found out", guessed.stdout == told.stdout, guessed)


def snapshot(version=2, kind=1, epoch=7, sealed=28):
    """A snapshot as it begins; nothing of what is sealed can be read."""
    return (b"sotto-sn" + bytes([version, kind]) + epoch.to_bytes(8, "big") + bytes(sealed)).hex()


def snapshots():
    for kind, holds in ((1, "the sessions with a peer"), (2, "our prekeys")):
        for epoch, sealed in ((0, 28), (2**64 - 1, 5000)):
            text = snapshot(kind=kind, epoch=epoch, sealed=sealed)
            told = inspect(text)
            check(f"a snapshot of {holds}", table(told) == [("Snapshot", {
                "version": "2", "holds": holds, "epoch": str(epoch),
                "sealed": f"{sealed} bytes"})], told)
            check("the same, named", inspect("--as", "snapshot", text).stdout == told.stdout)
    for what, text, error in (("of a version to come", snapshot(version=3), "unsupported_version"),
                              ("of an earlier version", snapshot(version=1), "old_format"),
                              ("of no kind", snapshot(kind=3), "malformed"),
                              ("cut short", snapshot(sealed=27), "malformed")):
        for arguments in ((text,), ("--as", "snapshot", text)):
            told = inspect(*arguments)
            # Read as a message, one that is malformed has a version not spoken here.
            causes = [error] if len(arguments) > 1 else [error, "unsupported_version"]
            check(f"a snapshot {what}", told.returncode == 1 and not told.stdout and any(
                told.stderr.decode().startswith(f"sotto inspect: {cause}: ")
                for cause in causes), told)


def ways_in():
    cases = json.loads((VECTORS / "wire-signal-message.json").read_text())["cases"]
    text = cases[0]["message"]
    expected = inspect(text).stdout
    check("something is said", expected.startswith(b"SignalMessage, "))
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "message"
        for name, content in (("bytes", bytes.fromhex(text)), ("digits", text.encode()),
                              ("lines", "\n".join((text[:80].upper(), text[80:], "")).encode())):
            file.write_bytes(content)
            check(f"a file of {name}", inspect(str(file)).stdout == expected)
            check(f"standard input of {name}", inspect(stdin=content).stdout == expected)
            check(f"standard input of {name}, as -", inspect("-", stdin=content).stdout == expected)
        for name, run in (("no such file", inspect(str(file) + "s")), ("a folder", inspect(folder)),
                          ("nothing", inspect()), ("half a byte", inspect("333")),
                          ("zeros without end", inspect("/dev/zero"))):
            check(name, run.returncode == 1 and not run.stdout and run.stderr.count(b"\n") == 1, run)
    check("another form", inspect("--as", "bundle", text).returncode == 1)
    check("a form that there is not", inspect("--as", "letter", text).returncode == 64)


vectors("signal-message", "signal", "message", signal_part)
vectors("prekey-message", "prekey", "message", prekey_part)
vectors("bundle", "bundle", "bundle", bundle_part)
snapshots()
ways_in()
finish()
