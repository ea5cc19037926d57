# SPDX-License-Identifier: MIT OR Apache-2.0
"""tools/tally.py over a run with every kind of outcome."""
import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import tally

SUITE = '<testsuite name="p.p:{}.{}">{}</testsuite>'
CASE = '<testcase name="{}" status="run" result="{}">{}</testcase>'
GTESTS = ["good", "bad", "crashed", "half", "away", "hidden", "silent"]
TESTS = [("unit / good", "OK", 1.5), ("unit / bad", "FAIL", 0.25), ("unit / crashed", "FAIL", 1),
         ("house / plain", "OK", 20), ("house / slow", "TIMEOUT", 30), ("house / not", "SKIP", 0),
         # These end half-way: with 0, and with the status that says skipped.
         ("unit / half", "OK", 1), ("unit / away", "SKIP", 1),
         # This runs none of its cases, and the next hides that one failed.
         ("unit / hidden", "OK", 0), ("unit / silent", "OK", 0),
         ("house / wrong", "EXPECTEDFAIL", 0)]
# What leaves out a part of it, and what is skipped whole, which counts once.
SAID = {"house / plain": "one\nskipped: a part, no tool\nnot skipped: b\n", "house / not": "skipped: all of it\n"}
STEPS = "passed\t40\tbuild\nfailed\t2\tfuzz\nskipped\t0\tbare machine\n"

FLOOR = {"passed": 7, "must": [
    {"what": "units", "build": "b", "suite": "unit", "as_in": "a", "least": 1},
    {"what": "a plain one", "build": "a", "names": ["plain", "pl*"]},
    {"what": "a build", "names": ["build"]}]}
# What makes that floor too high, and what is said then.
TOO_HIGH = {
    "a case more": (lambda f: f.update(passed=8), "only 7 passed, at least 8 must"),
    "a unit more": (lambda f: f["must"][0].update(least=2), "units: only 1 tests"),
    "a unit that ran elsewhere only": (lambda f: f["must"][0].update(build="c"),
                                       "units: good did not pass in c"),
    "a test that failed": (lambda f: f["must"][1].update(names=["bad"]),
                           "a plain one: nothing named bad passed in a"),
    "a test that was skipped": (lambda f: f["must"][1].update(names=["not"]),
                                "a plain one: nothing named not passed in a"),
    "a test of another build": (lambda f: f["must"][1].update(build="b"),
                                "a plain one: nothing named plain passed in b"),
    "a program whose cases were all skipped": (
        lambda f: f["must"][1].update(names=["hidden"]),
        "a plain one: nothing named hidden passed in a"),
    "a program with a failed case and status 0": (
        lambda f: f["must"][1].update(names=["silent"]),
        "a plain one: nothing named silent passed in a"),
    "a step that was skipped": (lambda f: f["must"][2].update(names=["bare*"]),
                                "a build: nothing named bare* passed"),
}


def write(folder):
    good = CASE.format("a", "completed", "") + CASE.format("b", "skipped", "<skipped/>")
    bad = CASE.format("a", "completed", "") + CASE.format("b", "completed", "<failure/>")
    half = CASE.format("a", "completed", "")
    # Meson takes the attribute `result` away.
    hidden = '<testcase name="DISABLED_a" status="notrun"/><testcase name="b"><skipped/></testcase>'
    junit = "".join([SUITE.format("unit / good", "S", good), SUITE.format("unit / bad", "S", bad),
                     SUITE.format("unit / crashed", "S", half),
                     SUITE.format("unit / hidden", "S", hidden),
                     SUITE.format("unit / silent", "S", bad), '<testsuite name="p"/>'])
    (folder / "a-0.json").write_text("".join(json.dumps(
        {"name": "p:" + name, "result": result, "duration": seconds, "stdout": SAID.get(name)}) + "\n"
        for name, result, seconds in TESTS))
    (folder / "a-0.junit.xml").write_text(f"<testsuites>{junit}</testsuites>")
    for log in ("a-0", "b-1"):
        (folder / f"{log}.tests").write_text(json.dumps(
            [{"name": name, "protocol": "gtest"} for name in GTESTS if log == "a-0"]
            + [{"name": "plain", "protocol": "exitcode"}]))
    (folder / "b-1.junit.xml").write_text("<testsuites/>")
    (folder / "b-1.json").write_text(json.dumps(
        {"name": "p:more+unit / good", "result": "OK", "duration": 3}) + "\n")
    (folder / "steps.tsv").write_text(STEPS)


def copy_of(floor):
    return json.loads(json.dumps(floor))


def faults(folder):
    write(folder)
    run = tally.tally(folder)
    # good/a, bad/a, crashed/a, silent/a, plain, build, b's good; bad/b, the crash,
    # slow, half, away, silent/b, wrong, fuzz.
    if dict(run.total) != {"passed": 7, "failed": 8, "skipped": 6}:
        yield f"counts wrongly: {dict(run.total)}"
    if run.skipped != ["a: good: S.b", "a: plain: a part, no tool", "a: not", "a: hidden: S.DISABLED_a",
                       "a: hidden: S.b", "bare machine"]:
        yield f"names wrongly what was skipped: {run.skipped}"
    if len(run.failed) != 8:
        yield f"names wrongly what failed: {run.failed}"
    lacking = list(tally.below_floor(run, FLOOR))
    if lacking:
        yield f"a good run is below the floor: {lacking}"
    for title, (change, expected) in TOO_HIGH.items():
        floor = copy_of(FLOOR)
        change(floor)
        lacking = list(tally.below_floor(run, floor))
        if not any(line.startswith(expected) for line in lacking):
            yield f"{title} is not asked for: {lacking}"
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        status = tally.report(run, ["this"])
    lines = said.getvalue().splitlines()
    if status != 1 or lines[-1] != "7 passed, 9 failed":
        yield f"ends wrongly: {status} {lines[-1]}"
    table = [line.split() for line in lines if line.endswith(("build", "slow", "plain", "crashed"))]
    if [row[0] for row in table[:3]] != ["40.0", "30.0", "20.0"] or table[0][2] != "40.1":
        yield f"the slowest are not first, with their shares: {table}"


# What is spoiled of a run that is good but for that, and never a traceback.
SPOILED = {
    "a report that was cut off": lambda f: (f / "b-1.json").write_text('{"name": "p:mo'),
    "a report in which nothing ran": lambda f: (f / "b-1.json").write_text(""),
    "a report that is gone": lambda f: (f / "b-1.json").unlink(),
    "a report that is nested too deep": lambda f: (f / "b-1.json").write_text("[" * 200000),
    "a list of tests that is nested too deep": lambda f: (f / "b-1.tests").write_text("[" * 200000),
    "cases that are nested too deep": lambda f: (f / "b-1.junit.xml").write_text("<a>" * 200000),
    "a number that is too large": lambda f: (f / "b-1.json").write_text(json.dumps(
        {"name": "p:a / b", "result": "OK", "duration": 10 ** 400})),
    "an output that is no text": lambda f: (f / "b-1.json").write_text(json.dumps(
        {"name": "p:a / b", "result": "OK", "duration": 1, "stdout": 1})),
    "a half of a character": lambda f: (f / "b-1.json").write_text(json.dumps(
        {"name": "p:a / \ud800", "result": "FAIL", "duration": 1})),
    "cases that were cut off": lambda f: (f / "b-1.junit.xml").write_text("<testsui"),
    "cases that are gone": lambda f: (f / "b-1.junit.xml").unlink(),
    "a list of tests that is gone": lambda f: (f / "b-1.tests").unlink(),
    "a step that was cut off": lambda f: (f / "steps.tsv").write_text("passed\t4"),
    "a step of no known outcome": lambda f: (f / "steps.tsv").write_text("pass\t4\tbuild\n"),
    "a step that is no text": lambda f: (f / "steps.tsv").write_bytes(b"\xff\xfe"),
    "a folder in a report's place": lambda f: ((f / "b-1.json").unlink(),
                                               (f / "b-1.json").mkdir()),
    "all of it": lambda f: [path.unlink() for path in f.iterdir()],
}


def tallied(folder, *words, **options):
    return subprocess.run([sys.executable, tally.__file__, str(folder), *words], check=False,
                          text=True, stderr=subprocess.STDOUT, **options)


def faults_when_spoiled(folder):
    def good():
        write(folder)
        for path in folder.glob("a-*"):
            path.unlink()
        (folder / "steps.tsv").write_text("passed\t40\tbuild\n")

    for title, words, last in (("a good run", [], (0, "2 passed, 0 failed")),
                               ("what was lost", ["--lost", "2"], (1, "2 passed, 2 failed")),
                               ("what was seen", ["--seen", "2"], (1, "2 passed, 1 failed")),
                               ("what was seen and lost", ["--seen", "1", "--lost", "2"],
                                (1, "2 passed, 2 failed")),
                               ("no floor", ["--floor", str(folder / "none"), "--as", "test"],
                                (1, "0 passed, 1 failed"))):
        good()
        run = tallied(folder, *words, stdout=subprocess.PIPE)
        if (run.returncode, run.stdout.splitlines()[-1]) != last:
            yield f"{title} ends wrongly: {run.returncode} {run.stdout}"
    for title, spoil in SPOILED.items():
        good()
        spoil(folder)
        run = tallied(folder, stdout=subprocess.PIPE)
        last = run.stdout.splitlines()[-1]
        if run.returncode != 1 or "Traceback" in run.stdout or " passed, " not in last or \
                (last.endswith(" 0 failed") and last != "0 passed, 0 failed"):
            yield f"{title} is no failure: {run.returncode} {run.stdout}"
        for path in folder.iterdir():
            path.rmdir() if path.is_dir() else path.unlink()
    good()
    read, written = os.pipe()
    os.close(read)
    with tempfile.TemporaryFile("w+") as said:
        run = subprocess.run([sys.executable, tally.__file__, str(folder)], stdout=written,
                             stderr=said, check=False)
        said.seek(0)
        if run.returncode != 1 or "Traceback" in said.read():
            yield "a closed output ends wrongly"
    os.close(written)


def run():
    with tempfile.TemporaryDirectory() as folder:
        found = list(faults(pathlib.Path(folder)))
    with tempfile.TemporaryDirectory() as folder:
        found += faults_when_spoiled(pathlib.Path(folder))
    print("\n".join(found) or f"counts as it should; {len(TOO_HIGH)} ways below the floor and "
          f"{len(SPOILED)} ways to spoil a run seen")
    return 1 if found else 0
