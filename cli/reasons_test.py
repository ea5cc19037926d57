#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Hands in files that cannot be used: each is named, with the reason of the system or of SQLite.

    reasons_test.py PROGRAM
"""
import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile

from checks import check, finish

SOTTO = str(pathlib.Path(sys.argv[1]).resolve())
CHAT = ["chat", "--plain", "--as", "Alice", "--with", "Bob"]
KEY, UUID = "05" + "11" * 32, "00010203-0405-0607-0809-0a0b0c0d0e0f"
SCAN = ["safety-number", "--our-id", UUID, "--their-id", UUID, "--our-key", KEY, "--their-key",
        KEY, "--no-qr", "--scan"]
NOT_THERE = "No such file or directory"


def run(arguments, stdin=b"", prepare=None, **variables):
    return subprocess.run([SOTTO, *arguments], input=stdin, capture_output=True,
                          preexec_fn=prepare,
                          env={**os.environ, "TMPDIR": os.getcwd(), **variables})


def refused(arguments, *said, **variables):
    told = run(arguments, **variables)
    text = told.stderr.decode()
    check(f"{arguments}: {said}", told.returncode == 1 and text.count("\n") == 1
          and all(each in text for each in said) and "its text of the failure" not in text, told)


def stores():
    refused([*CHAT, "--store", "none/a.db"], "none/a.db: ", f"(errno 2: {NOT_THERE})")
    refused([*CHAT, "--store", "text"], "text: ", "not a database")
    refused([*CHAT, "--store", "folder"], "folder: ", "no regular file")
    refused([*CHAT, "--relay", "none/r.db"], "none/r.db: ", f"({NOT_THERE})")
    refused([*CHAT, "--relay", "text"], "text: ", "not a database")
    run(CHAT)
    full = run([*CHAT, "--relay", "other.db"], prepare=no_file_above(0))
    check("a store that cannot be opened for want of room", full.returncode == 1
          and b"sotto-Alice-1.db" in full.stderr and b": File too large)" in full.stderr, full)
    failed_later = []
    for most in range(30_000, 110_000, 10_000):  # One or another is enough to open it, and no more.
        full = run(["chat", "--plain", "--as", f"Carl{most}", "--with", "Bob"],
                   prepare=no_file_above(most))
        failed_later += [line for line in full.stdout.decode().splitlines() if "store_failed" in line]
    check("a store that fails later says why",
          failed_later and all("(commit: " in line for line in failed_later), failed_later)


def no_file_above(most):
    """Nothing more can be written, as where a disk is full."""
    def prepare():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    return prepare


def brokers():
    broker = [*CHAT, "--broker", "localhost:1"]
    refused([*broker, "--cafile", "none"], f"none: {NOT_THERE}\n")
    refused([*broker, "--user", "x", "--password-file", "none"], f"none: {NOT_THERE}\n")
    refused([*broker, "--user", "x", "--password-file", "empty"], "empty: there is no password")


def inputs():
    for command in ["inspect"], SCAN:
        refused([*command, "none"], f"none: {NOT_THERE}", "hexadecimal digits")
        refused([*command, "empty"], "empty: there is nothing in it")
        refused([*command, "-"], "standard input: there is nothing in it")
        refused([*command, "folder"], "folder: Is a directory")
        refused([*command, "/dev/zero"], "/dev/zero: ", "more than")
        refused([*command, "abx" * 1000], "abxa...: File name too long")
    refused(["inspect"], "standard input: there is nothing in it")
    refused([*SCAN, "aabb"], "the scanned code: ")


def others():
    refused(["verify", "none"], f"none: {NOT_THERE}\n")
    for command in ["story"], ["demo"]:
        refused(command, "temporary files", NOT_THERE, TMPDIR="/none/there")
    for option in "--text", "--wav":
        refused(["demo", option, "none"], f"none: {NOT_THERE}\n")
    refused(["demo", "--out", "folder"], "folder: Is a directory\n")


with tempfile.TemporaryDirectory(prefix="sotto-reasons-") as place:
    os.chdir(place)
    pathlib.Path("text").write_text("This is text.\n")
    pathlib.Path("empty").touch()
    pathlib.Path("folder").mkdir()
    stores()
    brokers()
    inputs()
    others()
    os.chdir("/")
finish()
