#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Every script of tools/, bench/ and vectors/oracle/, but for those in NOT_YET, answers a newcomer: --help is words and status 0,
a wrong word is a sentence and status 2, and neither does anything. None shows a traceback.

    usage_self_test.py

The scripts run in a copy of their folders, and find no program to call.
"""
import concurrent.futures
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile

import arguments

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ("tools", "bench", "vectors/oracle", "docs")
# Not yet: their arguments are still read by hand.
NOT_YET = {f"tools/check_{name}.py" for name in (
    "arrows", "attacks", "clauses", "errors", "house", "scenarios", "wipes")} | {
    "tools/dev_self_test.py", "tools/mutants.py", "tools/plants.py", "tools/soak.py", "tools/tally.py"}
# What runs without a word is right for these.
NEED_NO_WORD = {"tools/joining_self_test.py", "tools/scale_plot.py", "tools/usage_self_test.py"}
# Words that were once taken, or ended in a traceback. HERE is a program that says nothing, LISTS one that
# lists an operation as sotto_bench does.
REFUSED = [
    ("tools/interop.py", "--scripts", "-1", "HERE", "HERE"),
    ("tools/interop.py", "--scripts", "0", "HERE", "HERE"),
    ("tools/interop.py", "--events", "0", "HERE", "HERE"),
    ("tools/interop.py", "--scripts", "many", "HERE", "HERE"),
    ("tools/interop.py", "no-such-program", "HERE"),
    ("tools/interop.py", "'", "HERE"),
    ("tools/interop.py", "", "HERE"),
    ("bench/ratios.py", "no-such-program"),
    ("bench/ratios.py", "HERE"),
    ("bench/ratios.py", "--only", "nosuch", "LISTS"),
    ("bench/ratios.py", "--only", "(", "LISTS"),
    ("bench/ratios.py", "--rounds", "0", "LISTS"),
    ("bench/ratios.py", "--rounds", "-1", "LISTS"),
    ("bench/ratios.py", "--seconds", "-1", "LISTS"),
    ("bench/ratios.py", "--seconds", "nan", "LISTS"),
    ("tools/check_refusals.py", "--each", "."),
    ("tools/check_refusals.py", "no-such-folder", "g++"),
    ("tools/check_headers.py", ".", "no-such-compiler"),
    ("tools/check_headers.py", "--self-test"),
    ("tools/check_hardening.py", "."),
    ("tools/check_hardening.py", "--self-test", "no-such-compiler"),
    ("tools/check_readme.py", "no-such-folder"),
    ("tools/check_readme.py", "--says", "no-such-source", "HERE"),
    ("tools/coverage.py", "."),
    ("tools/tidy.py", "."),
    ("tools/fuzz.py", ".", "results", "0"),
    ("tools/fuzz.py", ".", "results", "-1"),
    ("tools/fuzz.py", ".", "results", "1", "no_such_fuzzer"),
    ("vectors/oracle/make.py", "no-such-folder"),
    ("vectors/oracle/check.py", ".", "no-such-file"),
]
# A party that breaks the protocol of docs/interop.md is a finding, and a sentence.
BROKEN = ["true", "echo hello", "echo 1", "echo '{\"id\": 1}'", "echo '{\"id\": 2, \"ok\": true}'",
          "echo '{\"id\": 1, \"ok\": true}'", "echo '{\"id\": 1, \"ok\": false}'",
          "read a; echo '{\"id\": 1, \"ok\": true, \"impl\": \"x\"}'; kill $$", "printf '\\377\\n'"]


def is_script(path):
    return path.suffix == ".py" and '__name__ == "__main__"' in path.read_text().replace("'", '"')


class Place:
    """A copy of the scripts, and a folder from which they are called."""

    def __init__(self, folder):
        self.tree, self.here = folder / "tree", folder / "here"
        self.here.mkdir()
        for name in FOLDERS:
            shutil.copytree(ROOT / name, self.tree / name,
                            ignore=shutil.ignore_patterns("__pycache__"))
        self.programs = {"HERE": folder / "silent", "LISTS": folder / "lists"}
        for word, text in (("HERE", ""), ("LISTS", "echo ratchet_encrypt/64\n")):
            self.programs[word].write_text("#!/bin/sh\n" + text)
            self.programs[word].chmod(0o700)
        self.environment = {"PATH": str(self.here), "HOME": str(self.here), "TMPDIR": str(self.here),
                            "LC_ALL": "C.UTF-8", "PYTHONPYCACHEPREFIX": str(folder / "compiled")}

    def scripts(self):
        return sorted(str(path.relative_to(self.tree)) for name in FOLDERS
                      for path in (self.tree / name).rglob("*.py") if is_script(path))

    def state(self):
        """All that stands here: name, size, time."""
        return {(str(path), found.st_size, found.st_mtime_ns)
                for folder in (self.tree, self.here) for path in folder.rglob("*")
                if path.is_file() for found in [path.stat()]}

    def call(self, script, *words):
        words = [str(self.programs.get(word, word)) for word in words]
        return subprocess.run([sys.executable, str(self.tree / script), *words], cwd=self.here,
                              env=self.environment, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True)


def fault(place, status, script, *words):
    """What is wrong with the answer to these words, if anything."""
    done = place.call(script, *words)
    where, said = (done.stdout, done.stderr) if status == 0 else (done.stderr + done.stdout, "")
    if done.returncode != status or "Traceback" in done.stderr + done.stdout or said \
            or len(where.split()) < 3:
        return f"{' '.join([script, *words])}: status {done.returncode}, not {status}, and says " \
               f"{(done.stdout + done.stderr)[-400:]!r}"
    return None


def questions(scripts):
    for script in scripts:
        yield 0, script, "--help"
        yield 2, script, "--no-such-word"
        if script not in NEED_NO_WORD:
            yield 2, script
    for script, *words in REFUSED:
        yield 2, script, *words
    for party in BROKEN:
        yield 1, "tools/interop.py", f"/bin/sh -c {shlex.quote(party)}", "HERE"


def faults_of_pipe(place, script):
    """Nobody reads what it says: the status of a command that SIGPIPE has ended, without a word."""
    reads, writes = os.pipe()
    os.close(reads)
    done = subprocess.run([sys.executable, str(place.tree / script), "--help"], cwd=place.here,
                          env=place.environment, stdin=subprocess.DEVNULL, stdout=writes,
                          stderr=subprocess.PIPE, text=True)
    os.close(writes)
    if done.returncode != arguments.BROKEN_PIPE or done.stderr:
        yield f"{script} --help into a pipe that nobody reads: {done.returncode}, {done.stderr[-400:]!r}"


def faults_of_ends(place):
    """A script that is told to end removes what it made for itself, and shows no traceback."""
    script = place.tree / "tools" / "waits.py"
    script.write_text("import signal, tempfile, arguments\ndef main():\n"
                      "    with tempfile.TemporaryDirectory():\n"
                      "        print('waits', flush=True)\n        signal.pause()\n"
                      "arguments.run(main)\n")
    # Where a caller ignores it, so would the script.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGINT, signal.SIGTERM):
        with subprocess.Popen([sys.executable, script], env=place.environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            process.stdout.readline()
            process.send_signal(number)
            said = process.stderr.read()
        if process.returncode != 128 + number or said or list(place.here.iterdir()):
            yield f"{number!r}: status {process.returncode}, {said!r}, {list(place.here.iterdir())}"
    script.unlink()


def main():
    arguments.described(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as made:
        place = Place(pathlib.Path(made).resolve())
        scripts = place.scripts()
        missing = NOT_YET.union(NEED_NO_WORD) - set(scripts)
        faults = [f"there is no script {name}" for name in sorted(missing)]
        scripts = [name for name in scripts if name not in NOT_YET]
        before = place.state()
        with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            asked = list(questions(scripts))
            faults += filter(None, pool.map(lambda question: fault(place, *question), asked))
        faults += [f"something changed {name}" for name, *_ in sorted(place.state() ^ before)]
        faults += faults_of_pipe(place, "tools/interop.py")
        faults += faults_of_ends(place)
    print("\n".join(faults) or f"{len(scripts)} scripts answer {len(asked)} questions")
    return 1 if faults or not scripts else 0


if __name__ == "__main__":
    arguments.run(main)
