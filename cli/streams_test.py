#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Runs each subcommand without standard streams, and where its output has no room: it works without
what it does not need, and does not end well unless all that it said was written.

    streams_test.py PROGRAM
"""
import os
import pathlib
import resource
import signal
import stat
import subprocess
import sys
import tempfile

from checks import check, finish

SOTTO = str(pathlib.Path(sys.argv[1]).resolve())
KEY, UUID = "05" + "11" * 32, "00010203-0405-0607-0809-0a0b0c0d0e0f"
NUMBER = ["safety-number", "--our-id", UUID, "--their-id", UUID, "--our-key", KEY, "--their-key",
          KEY]
SNAPSHOT = (b"sotto-sn" + bytes([2, 1]) + bytes(36)).hex()
COMMANDS = [["verify"], ["verify", "--json"], ["story", "--plain"], ["demo", "--mitm", "--plain"],
            ["inspect", SNAPSHOT], ["chat", "--plain", "--as", "Alice", "--with", "Bob"], NUMBER,
            ["peer"], ["--help"], ["--version"], ["chat", "--help"]]
DEMO = ["demo", "--plain", "--kill", "none"]


def run(arguments, folder, prepare=None, stdin=b"", **streams):
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    return subprocess.run([SOTTO, *map(str, arguments)], cwd=folder, preexec_fn=prepare,
                          input=stdin, env={**os.environ, "TMPDIR": str(folder)}, **streams)


def closed(*descriptors):
    """They are inherited closed: what the program opens first would become one of them."""
    return lambda: [os.close(each) for each in descriptors]


def streams_closed(folder):
    for arguments in [*COMMANDS, DEMO]:
        what = " ".join(arguments[:2])
        run_as = run(arguments, folder, closed(0))
        check(f"{what} without standard input", run_as.returncode == 0, run_as)
    for arguments in COMMANDS:
        what = " ".join(arguments[:2])
        silent = run(arguments, folder, closed(2))
        check(f"{what} without standard error", silent.returncode == 0, silent)
        if arguments == ["peer"]:
            continue  # It is asked nothing, and so says nothing.
        for which in (1,), (0, 1):
            lost = run(arguments, folder, closed(*which))
            check(f"{what} without {which} cannot tell what it found", lost.returncode == 1
                  and b"standard output cannot be written" in lost.stderr, lost)
        check(f"{what} without any", run(arguments, folder, closed(0, 1, 2)).returncode == 1)


def no_room(folder):
    """A device that is always full is written to, and stays what it is."""
    full = pathlib.Path("/dev/full")
    if not full.exists() or not stat.S_ISCHR(full.stat().st_mode):
        print("there is no /dev/full")
        return
    for arguments in COMMANDS:
        what = " ".join(arguments[:2])
        with full.open("wb") as stdout:
            lost = run(arguments, folder, stdin=b"{}\n", stdout=stdout)
        check(f"{what} onto a full device", lost.returncode == 1 and lost.stderr.startswith(
            b"sotto: standard output cannot be written") and lost.stderr.count(b"\n") == 1, lost)
    refused = run(["--bogus"], folder, stdout=subprocess.DEVNULL)
    with full.open("wb") as stdout:
        check("a mistake keeps its status",
              run(["--bogus"], folder, stdout=stdout).returncode == refused.returncode != 0)


def small_files():
    """No file may be larger than this: writing more fails, as where a disk is full."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))


def files_without_room(folder):
    has_picture = run([*NUMBER, "--no-qr", "--svg", "good.svg"], folder).returncode == 0
    has_png = has_picture and run([*NUMBER, "--no-qr", "--png", "good.png"], folder).returncode == 0
    for wanted, arguments in (
            (has_picture, [*NUMBER, "--no-qr", "--svg", "small.svg"]),
            (has_png, [*NUMBER, "--no-qr", "--png", "small.png"]),
            (True, [*DEMO, "--out", "small.wav"])):
        if not wanted:
            continue
        lost = run(arguments, folder, small_files)
        check(f"{arguments[-1]} has no room", lost.returncode == 1
              and b": File too large\n" in lost.stderr and lost.stderr.count(b"\n") == 1, lost)
    for wanted, arguments in (
            (has_picture, [*NUMBER, "--no-qr", "--svg"]), (has_png, [*NUMBER, "--no-qr", "--png"]),
            (True, ["demo", "--out"])):
        lost = run([*arguments, "none/there"], folder)
        check(f"{arguments[-1]} into no folder", not wanted or lost.returncode == 1
              and lost.stderr == b"sotto: none/there: No such file or directory\n", lost)


with tempfile.TemporaryDirectory(prefix="sotto-streams-") as name:
    streams_closed(pathlib.Path(name))
    no_room(pathlib.Path(name))
    files_without_room(pathlib.Path(name))
finish()
