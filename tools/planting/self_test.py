# SPDX-License-Identifier: MIT OR Apache-2.0
"""tools/plants.py over a small tree of its own, and its parts one by one. Compiles nothing."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import limited
import unable
from planting import order
from planting.bench import Bench, update_copy

TOOLS = pathlib.Path(__file__).resolve().parent.parent

MESON = """project('little')
check = find_program('tools/check.py')
test('first', check, args: 'one')
test('second', check, args: 'two')
"""
# Fails when the text is not what it was; hangs at the word `hang`; the pattern is an argument.
CHECK = """#!/usr/bin/env python3
import pathlib, sys
text = (pathlib.Path(__file__).parent.parent / "code.txt").read_text()
if "--gtest_filter=nothing" in sys.argv:
    print("Running 0 tests from 0 test suites.")
    sys.exit(0)
while sys.argv[1] + " hang" in text:
    pass
sys.exit(sys.argv[1] + " good" not in text)
"""
ROW = """[[plant]]
name = "{name}"
shows = "something"
file = "code.txt"
old = "{old}"
new = "{new}"
caught_by = [{caught_by}]
{more}
"""


def row(name, old="one good", new="one bad", caught_by='"first"', more=""):
    return ROW.format(name=name, old=old, new=new, caught_by=caught_by, more=more)


TABLES = {
    "plants.toml": row("caught") + row("also", old="two good", new="two bad",
                                       caught_by='"second"'),
    "plants_more.toml": row("missed", old="three", new="four") + row("stale", old="five")
    + row("hangs", old="one good", new="one hang")
    + row("empty", caught_by='"first:nothing"')
    + row("absent", caught_by='"third"', more="optional = true"),
}
OUTCOMES = {"caught": "passed", "also": "passed", "missed": "failed", "stale": "failed",
            "hangs": "failed", "empty": "failed", "absent": "skipped"}


def little_tree(root):
    (root / "tools").mkdir()
    (root / "proptests").mkdir()
    for name in ("plants.py", "arguments.py", "commit.py", "guard.py", "limited.py", "unable.py",
                 "planting"):
        copy = shutil.copytree if (TOOLS / name).is_dir() else shutil.copy2
        copy(TOOLS / name, root / "tools" / name)
    bench = root / "tools/planting/bench.py"
    bench.write_text(bench.read_text().replace("RUN_LIMIT_CPU_S = 180", "RUN_LIMIT_CPU_S = 2"))
    (root / "meson.build").write_text(MESON)
    (root / "code.txt").write_text("one good two good three\n")
    check = root / "tools/check.py"
    check.write_text(CHECK)
    check.chmod(0o755)
    for name, text in TABLES.items():
        (root / "proptests" / name).write_text(text)


def plants(root, *words, path=None):
    found = root / "results"
    run = subprocess.run([sys.executable, root / "tools/plants.py", "--results", found, *words],
                         capture_output=True, text=True, check=False,
                         env=os.environ | ({"PATH": str(path)} if path else {}))
    lines = [json.loads(line) for line in found.read_text().splitlines()]
    return run, {line["name"]: line["outcome"] for line in lines}


def faults_of_runs(root):
    little_tree(root)
    run, outcomes = plants(root)
    rows = {name: outcome for name, outcome in outcomes.items() if name != "control"}
    if rows != OUTCOMES or run.returncode != 1:
        yield f"the whole table: {run.returncode} {outcomes}\n{run.stdout}{run.stderr}"
    if not run.stdout.endswith("2 passed, 5 failed\n"):
        yield f"the last line: {run.stdout[-60:]!r}"
    copied = (root / "build/plants/code.txt").read_text()
    if copied != (root / "code.txt").read_text():
        yield f"left planted: {copied}"
    # As an interrupted run leaves it.
    (root / "build/plants/code.txt").write_text("one bad two good three\n")
    run, outcomes = plants(root, "--only", "caught")
    if outcomes != {"caught": "passed"} or run.returncode != 0:
        yield f"a row alone, after an interruption: {run.returncode} {outcomes}\n{run.stdout}"
    run, outcomes = plants(root, "--only", "absent")
    if outcomes != {"absent": "skipped"} or run.returncode != 77:
        yield f"nothing but a skipped row: {run.returncode} {outcomes}"
    _, outcomes = plants(root, "--sample", "2", "--seed", "s")
    if len({table for table, text in TABLES.items()
            for name in outcomes if f'"{name}"' in text}) != 2:
        yield f"a sample of two is not from two tables: {outcomes}"


def faults_of_order():
    rows = [{"name": f"{table}{n}", "table": table} for table in "abc" for n in range(5)]
    names = [tuple(r["name"] for r in order.sample(rows, seed, 7)) for seed in ("s", "t")]
    if names[0] == names[1]:
        yield "two seeds give one sample"
    for chosen in names:
        if [len({name[0] for name in part}) for part in (chosen[:3], chosen[3:6])] != [3, 3]:
            yield f"not every table has its turn: {chosen}"
    if sorted(r["name"] for r in order.sample(rows, "s", 99)) != sorted(r["name"] for r in rows):
        yield "a large sample is not all rows"


def faults_of_copy(folder):
    source, copy = folder / "source", folder / "copy"
    for name in ("same", "changed", "sub/gone", "build/made", "soak/state", ".git/config"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(name)
    (source / "same").chmod(0o755)
    if sorted(map(str, update_copy(source, copy))) != ["changed", "same", "sub/gone"]:
        yield "the first copy is not of all sources and nothing else"
    if (copy / "same").stat().st_mode != (source / "same").stat().st_mode:
        yield "a copy is not executable as its source is"
    (copy / "build").mkdir()
    (copy / "build/object").write_text("kept")
    before = (copy / "same").stat().st_mtime_ns
    os.utime(source / "same")
    (copy / "changed").write_text("planted")
    (source / "sub/gone").unlink()
    if list(map(str, update_copy(source, copy))) != ["changed"]:
        yield "the second copy is not of what differs"
    if (copy / "same").stat().st_mtime_ns != before:
        yield "an unchanged file has another time"
    if (copy / "changed").read_text() != "changed" or (copy / "sub/gone").exists():
        yield "the copy is not like its source"
    if not (copy / "build/object").exists():
        yield "the build of the copy is gone"


BURN = "while True: pass"
PARENT = ("import subprocess, sys; sys.exit(subprocess.run("
          f"[sys.executable, '-c', '{BURN}']).returncode != 0)")


def faults_of_limits():
    for title, text, cpu, wall, expected in (
            ("a good one", "pass", 5, 60, 0),
            ("a bad one", "raise SystemExit(3)", 5, 60, 3),
            ("one that only waits", "import time; time.sleep(2)", 1.9, 60, 0),
            ("one that burns", BURN, 2, 60, limited.HUNG),
            ("one that the limit ends", "import os; os.kill(os.getpid(), 24)", 5, 60, limited.HUNG),
            ("one whose child burns", PARENT, 2, 60, limited.HUNG),
            ("one that waits for ever", "import time; time.sleep(99)", 5, 1, limited.HUNG)):
        child = limited.Child([sys.executable, "-c", text], subprocess.DEVNULL, cpu, wall)
        if child.wait() != expected:
            yield f"{title}: {child.status}"


# Ended by SIGKILL while its child and that one's child run.
KILLED = """
import limited, subprocess, sys
from planting.bench import only_run_in
import pathlib
lock = only_run_in(pathlib.Path(sys.argv[1]))
limited.Child(["sh", "-c", "trap '' TERM; sleep 99 & echo $!; wait; sleep 99"], sys.stdout).wait()
"""


def faults_of_kills(root):
    """Nothing outlives a program, and as long as anything does no other run begins."""
    parent = subprocess.Popen([sys.executable, "-c", KILLED, root / "build/plants"], text=True,
                              stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(TOOLS)})
    child = pathlib.Path("/proc") / parent.stdout.readline().strip() / "stat"
    for title in ("beside another", "after a kill"):
        run, outcomes = plants(root, "--only", "caught")
        if run.returncode != unable.STATUS or outcomes or "another run works" not in run.stderr:
            yield f"a run {title}: {run.returncode} {outcomes} {run.stderr}"
        parent.kill()
        parent.wait()
    if not ended(child):
        yield "a grandchild outlives the program"
        os.kill(int(child.parent.name), signal.SIGKILL)
    for _ in range(100):
        run, outcomes = plants(root, "--only", "caught")
        if run.returncode != unable.STATUS:
            break
        time.sleep(0.1)
    if run.returncode != 0:
        yield f"the lock outlives the children: {run.stderr}"


def ended(stat):
    for _ in range(200):
        try:
            if ") Z " in stat.read_text():
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


def faults_of_machines(root, empty):
    """What the machine lacks is told from what the code does wrong."""
    run, outcomes = plants(root, "--only", "caught", path=empty)
    if run.returncode != unable.STATUS or outcomes or "meson is not here" not in run.stderr:
        yield f"without meson: {run.returncode} {outcomes} {run.stderr}"
    run = subprocess.run([sys.executable, root / "tools/plants.py", "--results", "/dev/full",
                          "--only", "caught"], capture_output=True, text=True, check=False)
    if run.returncode != unable.STATUS or "No space left" not in run.stderr:
        yield f"without room for its results: {run.returncode} {run.stderr}"
    bench = Bench(root / "build/plants", 1)
    for said, lacking in (("x.cpp: error: no such name", False),
                          ("x.o: No space left on device", True),
                          ("g++: fatal error: Killed signal terminated program cc1plus", True)):
        try:
            bench.command("sh", "-c", f"echo '{said}'; exit 1")
            found = False
        except unable.Unable:
            found = True
        if found != lacking:
            yield f"{said}: told wrongly"


def faults_without_git(empty):
    """On a machine that has no git."""
    fits = subprocess.run([sys.executable, TOOLS / "plants.py", "--fits"], capture_output=True,
                          text=True, check=False, env=os.environ | {"PATH": str(empty)})
    if fits.returncode:
        yield f"the tables need git: {fits.stderr}"


def run():
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name in ("tree", "copies", "empty"):
            (root / name).mkdir()
        faults = [*faults_of_order(), *faults_of_limits(), *faults_of_copy(root / "copies"),
                  *faults_of_runs(root / "tree"), *faults_of_kills(root / "tree"),
                  *faults_of_machines(root / "tree", root / "empty"),
                  *faults_without_git(root / "empty")]
    print("\n".join(faults) or "plants are planted, caught, missed and told apart as they should")
    return 1 if faults else 0
