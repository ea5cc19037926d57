#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Makes the mistakes that people make at a command line: each has its status, and a sentence that
names what is wrong.

    mistakes_test.py PROGRAM VECTORS
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from checks import check, finish

SOTTO = str(pathlib.Path(sys.argv[1]).resolve())
VECTORS = pathlib.Path(sys.argv[2]).resolve()
SUBCOMMANDS = "chat, demo, inspect, peer, safety-number, story, verify"
MISUSE, FAILED = 64, 1
MOST_U64, MOST_U32 = 2**64 - 1, 2**32 - 1
CHAT = ["chat", "--plain", "--as", "Alice", "--with", "Bob"]


def run(*arguments, stdin=""):
    return subprocess.run([SOTTO, *arguments], input=stdin, text=True, capture_output=True,
                          env={**os.environ, "TMPDIR": os.getcwd()})


def refused(arguments, status, *said):
    told = run(*arguments)
    lines = [line for line in told.stderr.splitlines() if not line.startswith("Run with --help")]
    check(f"{arguments}: {said}", told.returncode == status and len(lines) == 1
          and all(each in lines[0] for each in said), told)


def subcommands():
    refused([], MISUSE, "a subcommand is required", SUBCOMMANDS)
    refused(["bogus"], MISUSE, "no subcommand bogus", SUBCOMMANDS)
    refused(["help", "bogus"], MISUSE, "no subcommand bogus", SUBCOMMANDS)
    refused(["--bogus"], MISUSE, "no option --bogus")
    refused(["verify", "--bogus"], MISUSE, "--bogus")
    refused(["chat"], MISUSE, "--as is required")
    whole = run("--help")
    check("the help names the subcommands and the statuses", whole.returncode == 0 and all(
        word in whole.stdout for word in [*SUBCOMMANDS.split(", "), "with 64", "with 2"]), whole)
    check("help is --help", run("help").stdout == whole.stdout and run("help").returncode == 0)
    for each in SUBCOMMANDS.split(", "):
        told = run("help", each)
        check(f"help {each}", told.returncode == 0 and told.stdout == run(each, "--help").stdout
              and f"Usage: sotto {each} " in told.stdout, told)
    check("the form that is taken", "=2 " in run("safety-number", "--help").stdout)


def numbers():
    for option, least, most, wrong in (
            ("--seed", 0, MOST_U64, ("-1", "x", "010x", "1.5", "", str(MOST_U64 + 1))),
            ("--kill-at", 0, MOST_U32, ("-1", "x", "", str(MOST_U32 + 1))),
            ("--loss", 0, 90, ("-1", "91", "nan", "inf", "much", "")),
            ("--reorder", 0, 90, ("91",)), ("--duplicate", 0, 90, ("90.1",))):
        for text in wrong:
            refused(["demo", option, text], MISUSE, option, f"'{text}'", f"from {least} to {most}")
    for text in ("0", "-1", "x", str(2**31)):
        refused([*CHAT, "--device", text], MISUSE, "--device", f"'{text}'", "from 1 to 2147483647")


def options_that_do_not_go_together():
    for option in (["--out", "x"], ["--text", "f"], ["--wav", "f"], ["--kill", "both"],
                   ["--kill-when", "after"], ["--kill-at", "1"], ["--loss", "1"], ["--seed", "1"],
                   ["--realtime"]):
        refused(["demo", "--mitm", *option], MISUSE, option[0], "--mitm", "excludes")
    for option in (["--kill-at", "3"], ["--kill-when", "after"]):
        refused(["demo", "--kill", "none", *option], MISUSE, option[0], "--kill none")
    for option in ("--user", "--cafile"):
        refused([*CHAT, option, "x"], MISUSE, option, "requires --broker")
    refused([*CHAT, "--broker", "x", "--password-file", "x"], MISUSE, "--password-file",
            "requires --user")
    refused([*CHAT, "--broker", "x", "--relay", "x"], MISUSE, "--broker", "--relay")


def names():
    for wrong in ["--as", "", "--with", "Bob"], ["--as", "Alice", "--with", ""]:
        refused(["chat", *wrong], MISUSE, "a name has at least one letter")
    for wrong in ["--as", "a/b", "--with", "Bob"], ["--as", "Bob", "--with", "a/b"]:
        refused(["chat", *wrong], MISUSE, "'a/b'", "no slash")
    refused(["chat", "--as", "Bob", "--with", "Bob"], MISUSE, "--with", "--as")
    for option in "--store", "--relay", "--broker":
        refused([*CHAT, option, ""], MISUSE, option, "names nothing")
    for option in "--text", "--wav", "--out":
        refused(["demo", option, ""], MISUSE, option, "names nothing")


def demo():
    pathlib.Path("three.txt").write_text("1\n2\n3\n")
    refused(["demo", "--kill-at", "99999"], FAILED, "--kill-at 99999", "from 1 to 12")
    for who, most in ("both", 6), ("caller", 6), ("callee", 3):
        refused(["demo", "--text", "three.txt", "--kill", who, "--kill-at", str(most + 1)], FAILED,
                f"--kill-at {most + 1}", f"from 1 to {most}")
    last = run("demo", "--text", "three.txt", "--kill", "callee", "--kill-at", "3")
    check("the last message is one", last.returncode == 0 and "through 1 kill" in last.stdout, last)
    check("nothing is left behind", not list(pathlib.Path().glob("sotto-demo-*")))


def words_that_are_none():
    for broker in "localhost:x", "localhost:99999", "localhost:0":
        refused([*CHAT, "--broker", broker], MISUSE, broker, "HOST:PORT")
    refused(["safety-number", "--form", "1", "--our-id", "1", "--their-id", "2", "--our-key", "zz",
             "--their-key", "11" * 32], MISUSE, "64 hexadecimal digits")


def a_reader_who_has_enough():
    with subprocess.Popen([SOTTO, "story", "--plain"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, env={**os.environ, "TMPDIR": os.getcwd()}) as story:
        story.stdout.readline()
        story.stdout.close()
        said = story.stderr.read()
    check("a story that nobody reads to its end", story.returncode == FAILED
          and "standard output cannot be written" in said, (story.returncode, said))
    check("nothing is left behind", not list(pathlib.Path().glob("sotto-demo-*")))


def counts():
    told = run("verify", str(VECTORS / "wire-bundle.json"))
    check("one file is one suite", told.returncode == 0
          and re.match(r"1 suite, \d+ cases: ", told.stdout.splitlines()[-1]), told)
    told = run(*CHAT)
    check("a store without texts", told.returncode == 0 and "no texts are kept yet" in told.stdout
          and not re.search(r"\b0 of 0\b", told.stdout), told)


with tempfile.TemporaryDirectory(prefix="sotto-mistakes-") as name:
    os.chdir(name)
    subcommands()
    numbers()
    options_that_do_not_go_together()
    names()
    demo()
    words_that_are_none()
    a_reader_who_has_enough()
    counts()
    os.chdir("/")
finish()
