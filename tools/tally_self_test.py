# SPDX-License-Identifier: MIT OR Apache-2.0
"""tools/tally.py over a run with every kind of outcome."""
import contextlib
import io
import json
import pathlib
import tempfile

import tally

SUITE = '<testsuite name="p.p:{}.{}">{}</testsuite>'
CASE = '<testcase name="{}" status="run" result="{}">{}</testcase>'
TESTS = [("unit / good", "OK", 1.5), ("unit / bad", "FAIL", 0.25), ("unit / crashed", "FAIL", 1),
         ("house / plain", "OK", 20), ("house / slow", "TIMEOUT", 30), ("house / not", "SKIP", 0)]
STEPS = "passed\t40\tbuild\nfailed\t2\tfuzz\nskipped\t0\tbare machine\n"

FLOOR = {"passed": 6, "must": [
    {"what": "units", "build": "b", "suite": "unit", "as_in": "a", "least": 1},
    {"what": "a plain one", "build": "a", "names": ["plain", "pl*"]},
    {"what": "a build", "names": ["build"]}]}
# What makes that floor too high, and what is said then.
TOO_HIGH = {
    "a case more": (lambda f: f.update(passed=7), "only 6 passed, at least 7 must"),
    "a unit more": (lambda f: f["must"][0].update(least=2), "units: only 1 tests"),
    "a unit that ran elsewhere only": (lambda f: f["must"][0].update(build="c"),
                                       "units: good did not pass in c"),
    "a test that failed": (lambda f: f["must"][1].update(names=["bad"]),
                           "a plain one: nothing named bad passed in a"),
    "a test that was skipped": (lambda f: f["must"][1].update(names=["not"]),
                                "a plain one: nothing named not passed in a"),
    "a test of another build": (lambda f: f["must"][1].update(build="b"),
                                "a plain one: nothing named plain passed in b"),
    "a step that was skipped": (lambda f: f["must"][2].update(names=["bare*"]),
                                "a build: nothing named bare* passed"),
}


def write(folder):
    good = CASE.format("a", "completed", "") + CASE.format("b", "skipped", "<skipped/>")
    bad = CASE.format("a", "completed", "") + CASE.format("b", "completed", "<failure/>")
    half = CASE.format("a", "completed", "")
    junit = "".join([SUITE.format("unit / good", "S", good), SUITE.format("unit / bad", "S", bad),
                     SUITE.format("unit / crashed", "S", half), '<testsuite name="p"/>'])
    (folder / "a-0.json").write_text("".join(json.dumps(
        {"name": "p:" + name, "result": result, "duration": seconds}) + "\n"
        for name, result, seconds in TESTS))
    (folder / "a-0.junit.xml").write_text(f"<testsuites>{junit}</testsuites>")
    (folder / "b-1.json").write_text(json.dumps(
        {"name": "p:more+unit / good", "result": "OK", "duration": 3}) + "\n")
    (folder / "steps.tsv").write_text(STEPS)


def copy_of(floor):
    return json.loads(json.dumps(floor))


def faults(folder):
    write(folder)
    run = tally.tally(folder)
    # good/a, bad/a, crashed/a, plain, build, b's good; bad/b, the crash itself, slow, fuzz.
    if dict(run.total) != {"passed": 6, "failed": 4, "skipped": 3}:
        yield f"counts wrongly: {dict(run.total)}"
    if run.skipped != ["a: good: S.b", "a: not", "bare machine"]:
        yield f"names wrongly what was skipped: {run.skipped}"
    if len(run.failed) != 4:
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
    if status != 1 or lines[-1] != "6 passed, 5 failed":
        yield f"ends wrongly: {status} {lines[-1]}"
    table = [line.split() for line in lines if line.endswith(("build", "slow", "plain", "crashed"))]
    if [row[0] for row in table[:3]] != ["40.0", "30.0", "20.0"] or table[0][2] != "40.9":
        yield f"the slowest are not first, with their shares: {table}"


def run():
    with tempfile.TemporaryDirectory() as folder:
        found = list(faults(pathlib.Path(folder)))
    print("\n".join(found) or f"counts as it should; {len(TOO_HIGH)} ways below the floor seen")
    return 1 if found else 0
