#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Runs the program as a person would: demos that must hold, and mistakes that must be named."""

import os
import pathlib
import re
import signal
import struct
import subprocess
import sys
import tempfile

SOTTO = str(pathlib.Path(sys.argv[1]).resolve())
failures = []
passed = 0


def check(what, held, detail=""):
    global passed
    if held:
        passed += 1
        print(f"ok   {what}")
    else:
        failures.append(what)
        print(f"FAIL {what}\n{detail}")


def here(folder, **variables):
    """Temporary files go to the same folder, so that what is left behind is seen."""
    return {"cwd": folder, "env": {**os.environ, "TMPDIR": str(folder), **variables}}


def run(*arguments, folder, **variables):
    return subprocess.run([SOTTO, *arguments], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, **here(folder, **variables))


def wav(samples, rate=48000, tag=1):
    data = struct.pack(f"<{len(samples)}h", *samples)
    return (b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt "
            + struct.pack("<IHHIIHH", 16, tag, 1, rate, rate * 2, 2, 16)
            + b"data" + struct.pack("<I", len(data)) + data)


def number(pattern, text):
    found = re.search(pattern, text)
    return int(found.group(1)) if found else -1


def good_runs(folder):
    plain = run("demo", folder=folder)
    check("the demo holds", plain.returncode == 0 and "NO " not in plain.stdout,
          plain.stdout + plain.stderr)
    heard = (folder / "heard.wav").stat().st_size
    spoken = number(r"Alice +speaks .* in (\d+) packets", plain.stdout)
    check("it writes what was heard, whole", spoken > 100 and heard == 44 + spoken * 960 * 2)
    code = re.findall(r"sees the short code (\d{6}), or (\w+ \w+ \w+ \w+), or (\w+ \w+ \w+)\n",
                      plain.stdout)
    check("both show one code in three forms", len(code) == 2 and code[0] == code[1], plain.stdout)
    check("both epochs' media opened, all of them",
          number(r"(\d+) opened in epoch 0", plain.stdout)
          + number(r"(\d+) in epoch 1", plain.stdout)
          == number(r"speech packets +(\d+) sent", plain.stdout)
          + number(r"video packets +(\d+) sent", plain.stdout), plain.stdout)
    check("it shows progress", "has spoken" in plain.stdout)

    check("through a kill of each", "through 2 kills" in plain.stdout
          and "starts it again" in plain.stdout
          and "opens the overtaken message" in plain.stdout, plain.stdout)
    for side, kills in (("caller", "1 kill"), ("callee", "1 kill"), ("none", "0 kills")):
        killed = run("demo", "--kill", side, "--out", "killed.wav", folder=folder)
        check(f"kill {side}", killed.returncode == 0 and f"through {kills}" in killed.stdout,
              killed.stdout + killed.stderr)

    rough = run("demo", "--loss", "10", "--reorder", "10", "--duplicate", "5", "--seed", "7",
                "--out", "rough.wav", folder=folder)
    lost = number(r"(\d+) lost", rough.stdout)
    reordered = number(r"(\d+) reordered", rough.stdout)
    duplicated = number(r"(\d+) duplicated", rough.stdout)
    check("a rough network is survived", rough.returncode == 0, rough.stdout + rough.stderr)
    check("and was rough", lost > 5 and reordered > 5 and duplicated > 2, rough.stdout)
    sent = (number(r"speech packets +(\d+) sent", rough.stdout)
            + number(r"video packets +(\d+) sent", rough.stdout))
    heard_packets = (number(r"sent, (\d+) heard", rough.stdout)
                     + number(r"sent, (\d+) seen", rough.stdout))
    check("every copy is refused as a replay",
          number(r"\((\d+) copies refused\)", rough.stdout) == duplicated, rough.stdout)
    check("what was lost is missing, no more", 0 < sent - heard_packets <= lost, rough.stdout)

    (folder / "one.txt").write_text("a single line\n")
    (folder / "tone.wav").write_bytes(wav([(i % 100) * 50 for i in range(44100)], rate=44100))
    short = run("demo", "--text", "one.txt", "--wav", "tone.wav", "--out", "tone-heard.wav",
                folder=folder)
    check("one line and a recording at 44.1 kHz", short.returncode == 0, short.stdout + short.stderr)
    killed_at_every_message(folder)
    lines = "\n".join(f"line {i} " + "x" * (i * 37 % 3000) for i in range(60))
    (folder / "many.txt").write_text(lines)
    many = run("demo", "--text", "many.txt", "--out", "many.wav", folder=folder)
    check("sixty lines of all sizes", many.returncode == 0, many.stdout[-2000:] + many.stderr)


def killed_at_every_message(folder):
    """Of the six lines Bob stores six commits and Alice twelve: both are killed at each of theirs,
    before it is stored and after that. The first run that does not hold ends this."""
    for when in ("before", "after"):
        for at in range(1, 13):
            result = run("demo", "--kill-when", when, "--kill-at", str(at), "--wav", "tone.wav",
                         "--out", "killed.wav", folder=folder)
            held = result.returncode == 0 and "through 2 kills" in result.stdout
            check(f"killed {when} message {at} is stored", held, result.stdout + result.stderr)
            if not held:
                return


def slow_runs(folder):
    """On a machine that is busy, one process or another does not get on for a while: nothing is
    lost by that, and nobody takes it for the end."""
    for role, number in (("relay", 150), ("caller", 90), ("callee", 90), ("tablet", 1),
                         ("tablet", 20)):
        slow = run("demo", "--kill", "none", "--out", "slow.wav", folder=folder,
                   SOTTO_DEMO_STALL=f"{role}:{number}")
        check(f"{role} stands still after it received {number} times", slow.returncode == 0
              and "stands still for a while" in slow.stdout, slow.stdout + slow.stderr)
    still = run("demo", "--kill", "none", "--out", "slow.wav", folder=folder,
                SOTTO_DEMO_STALL="relay:-30")
    check("a standstill of all ends it with a line", still.returncode != 0
          and still.stderr == "sotto: the demo stands still\n", still.stdout + still.stderr)


def middle_run(folder):
    """Each side's code is its own, and the run holds when both are shown to differ."""
    result = run("demo", "--mitm", folder=folder)
    codes = dict(re.findall(r"(Alice|Bob) +sees the short code (.*)", result.stdout))
    check("somebody in the middle is told from none", result.returncode == 0
          and "NO " not in result.stdout and len(codes) == 2 and codes["Alice"] != codes["Bob"]
          and number(r"without him both see one code +yes +(\d{6}) and", result.stdout)
          == number(r"without him both see one code +yes +\d{6} and (\d{6})", result.stdout) >= 0,
          result.stdout + result.stderr)


def bad_runs(folder):
    (folder / "empty").write_bytes(b"")
    os.mkfifo(folder / "pipe")
    (folder / "blank.txt").write_text("\n\n")
    (folder / "noise.wav").write_bytes(os.urandom(1000))
    (folder / "cut.wav").write_bytes(wav([1] * 1000)[:500])
    (folder / "float.wav").write_bytes(wav([1] * 1000, tag=3))
    (folder / "silent.wav").write_bytes(wav([]))
    cases = [
        ("no command", []),
        ("unknown command", ["call"]),
        ("unknown option", ["demo", "--fast"]),
        ("loss above its range", ["demo", "--loss", "91"]),
        ("loss below its range", ["demo", "--loss", "-1"]),
        ("a kill of nobody known", ["demo", "--kill", "relay"]),
        ("a kill at no known time", ["demo", "--kill-when", "never"]),
        ("a kill at no number", ["demo", "--kill-at", "-1"]),
        ("loss that is no number", ["demo", "--loss", "much"]),
        ("text that is missing", ["demo", "--text", "nowhere.txt"]),
        ("text that is empty", ["demo", "--text", "empty"]),
        ("text of blank lines", ["demo", "--text", "blank.txt"]),
        ("text that is a folder", ["demo", "--text", "."]),
        ("recording that is missing", ["demo", "--wav", "nowhere.wav"]),
        ("recording that is a folder", ["demo", "--wav", "."]),
        ("recording that is empty", ["demo", "--wav", "empty"]),
        ("recording that is noise", ["demo", "--wav", "noise.wav"]),
        ("recording that is cut short", ["demo", "--wav", "cut.wav"]),
        ("recording that is no PCM", ["demo", "--wav", "float.wav"]),
        ("recording without sound", ["demo", "--wav", "silent.wav"]),
        ("recording that is a pipe", ["demo", "--wav", "pipe"]),
        ("output that is the input", ["demo", "--wav", "tone.wav", "--out", "./tone.wav"]),
        ("output that cannot be written", ["demo", "--out", "no/such/folder.wav"]),
        ("vectors that are missing", ["verify", "nowhere.json"]),
        ("vectors that are none", ["verify", "noise.wav"]),
    ]
    for what, arguments in cases:
        result = run(*arguments, folder=folder)
        text = result.stderr.strip()
        one_line = len(text.splitlines()) == 1 or "Run with --help" in text
        check(f"refused with a line: {what}", result.returncode != 0 and text and one_line,
              f"exit {result.returncode}\n{result.stdout}\n{result.stderr}")


def interrupted_run(folder):
    """A call would take two minutes at natural speed; it is interrupted long before its end."""
    (folder / "long.wav").write_bytes(wav([0] * (8000 * 120), rate=8000))
    process = subprocess.Popen([SOTTO, "demo", "--realtime", "--wav", "long.wav"], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, **here(folder))
    for line in process.stdout:
        if "publishes" in line:
            break
    check("it works in a folder of its own", list(folder.glob("sotto-demo-*")))
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    check("an interrupt ends it with a line", process.returncode != 0 and "interrupted" in errors,
          errors)
    left = list(folder.glob("sotto-demo-*"))
    check("and leaves nothing behind", not left, str(left))


def other_commands(folder):
    verify = run("verify", folder=folder)
    check("the embedded vectors hold", verify.returncode == 0 and "failed" in verify.stdout,
          verify.stdout[-2000:])
    check("it tells its version", run("--version", folder=folder).stdout.strip() == "0.1.0")


with tempfile.TemporaryDirectory(prefix="sotto-runs-") as name:
    good_runs(pathlib.Path(name))
    slow_runs(pathlib.Path(name))
    middle_run(pathlib.Path(name))
    bad_runs(pathlib.Path(name))
    interrupted_run(pathlib.Path(name))
    other_commands(pathlib.Path(name))
print(f"{passed} passed, {len(failures)} failed")
sys.exit(1 if failures else 0)
