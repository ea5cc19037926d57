# SPDX-License-Identifier: MIT OR Apache-2.0
"""Programs for the self-tests of tools/soak.py, which fail, hang, crash and lie as told, and a soak
over them."""
import json
import pathlib
import signal
import subprocess
import sys
import time

TOOLS = pathlib.Path(__file__).resolve().parent.parent

FAKE = r'''#!/usr/bin/env python3
import os, pathlib, re, shutil, signal, sys, time
here, role = pathlib.Path(__file__).parent, sys.argv[1]
seed = int((re.search(r"seed=(\d+)", os.environ.get("RC_PARAMS", "")) or
            re.search(r"(\d+)", os.environ.get("SOTTO_SEED", "0")))[1])
def note():
    with open(here / f"{role}.seeds", "a") as file: print(seed, file=file)
if role in ("good", "bad", "hangs"):
    note()
    print(f"Using configuration: max_success=600 seed={seed}")
    print("[       OK ] S.p (3 ms)\n[       OK ] S.q (1 ms)")
    if role == "bad": sys.exit(seed % 2 and not (here / "fixed").exists())
    if role == "hangs":
        if os.fork() == 0: (here / "pid").write_text(str(os.getpid()))
        signal.pause()
elif role == "crash": os.kill(os.getpid(), signal.SIGSEGV)
elif role == "empty": print(f"seed={seed}\nRunning 0 tests from 0 test suites.")
elif role == "deaf": print("[       OK ] S.p (3 ms)")
elif role in ("listens", "search"):
    note()
    print(f"SOTTO_SEED={seed}\n7 messages, 9 transitions, 5 runs, 60 steps")
    deeper = os.environ.get("SOTTO_DEEPER", "")
    if deeper: (here / f"deeper{deeper}").touch()
elif role == "fixed_peer": note(); print("7 messages")
elif role == "kills":
    with open(here / "kills.arguments", "a") as file: print(*sys.argv[2:], file=file)
    print(f"seed {sys.argv[5]}: {sys.argv[3]} kills")
elif role == "skips": print("not on this machine"); sys.exit(77)
'''
FUZZER = r'''#!/usr/bin/env python3
import pathlib, re, shutil, sys
folders = [pathlib.Path(a) for a in sys.argv[1:] if not a.startswith("-")]
if "-merge=1" in sys.argv:
    for folder in folders[1:]:
        for file in folder.iterdir():
            if file.name.startswith("useful"): shutil.copy(file, folders[0])
    sys.exit(0)
if folders[0].is_file():
    sys.exit(77)
(folders[0] / "useful").touch(); (folders[0] / "other").touch()
print("stat::number_of_executed_units: 100")
prefix = next(a for a in sys.argv if a.startswith("-artifact_prefix=")).partition("=")[2]
pathlib.Path(prefix + "crash-1").write_text("boom")
print(f"Test unit written to {prefix}crash-1")
sys.exit(77)
'''
PLANTS = r'''#!/usr/bin/env python3
import json, pathlib, sys
if (pathlib.Path(__file__).parent / "busy").exists():
    print("could not run: another run works there")
    sys.exit(75)
names = [sys.argv[i + 1] for i, a in enumerate(sys.argv) if a == "--only"]
with open(sys.argv[sys.argv.index("--results") + 1], "w") as file:
    for name in names:
        outcome = "failed" if name == "row13" else "passed"
        print(json.dumps({"name": name, "outcome": outcome, "why": "not caught"}), file=file)
sys.exit("row13" in names)
'''


def sources(folder):
    def test(name, suite, role, protocol="gtest", program="fake.py"):
        return {"name": name, "suite": [f"s:{suite}"], "protocol": protocol, "env": {},
                "cmd": [str(folder / program), *([role] if role else [])]}

    for name, text in (("fake.py", FAKE), ("a_fuzzer.py", FUZZER), ("plants.py", PLANTS)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    kills = folder / "kills.sh"  # Of kills the program alone is taken over.
    kills.write_text(f"#!/bin/sh\nexec {folder}/fake.py kills \"$@\"\n")
    kills.chmod(0o755)
    (folder / "seeds").mkdir()
    tests = [test(role, "property", role) for role in ("good", "bad", "crash", "empty", "deaf")]
    tests += [test("deaf_simulation", "property", "deaf"), test("world_deaf", "property", "deaf"),
              test("world_simulation", "property", "listens"),
              test("a_search", "property", "search"),
              test("a_simulation", "property", "listens"), test("absent", "property", "", "gtest",
                                                                "no-such-file"),
              test("listens", "peers", "listens"), test("fixed", "peers", "fixed_peer"),
              test("skips", "peers", "skips", "exitcode"),
              test("kills", "crash", "", "exitcode", "kills.sh"),
              test("kills_again", "crash", "", "exitcode", "kills.sh"),
              test("not_ours", "unit", "crash")]
    fuzz = test("a_fuzzer", "corpus", str(folder / "seeds"), "exitcode", "a_fuzzer.py")
    steps = [{"title": "good", "shell": f"touch {folder}/step"},
             {"title": "bad", "shell": "exit 3"},
             {"title": "skips", "shell": "echo it says so\nexit 77"},
             {"title": "needs", "shell": "exit 1", "needs": ["no-such-program"]}]
    return {"root": str(folder), "tests": tests, "fuzz_tests": [fuzz], "steps": steps,
            "properties": ["S.p"], "plants": [f"row{n}" for n in range(20)],
            "plant_words": [str(folder / "plants.py")]}


def words_of(folder, *more):
    return [sys.executable, str(TOOLS / "soak.py"), *more, "--folder", str(folder / "soak"),
            "--sources", str(folder / "sources.json")]


def gone(pid):
    """Whether there is no such process, after a wait of seconds."""
    stat = pathlib.Path("/proc") / str(pid) / "stat"
    for _ in range(600):
        try:
            if ") Z " in stat.read_text():
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


def findings_of(folder):
    found = [json.loads(path.read_text()) for path in (folder / "soak/findings").glob("*.json")]
    return {finding["task"]: finding for finding in found}


def run_until(folder, is_enough, *more):
    """Starts a soak, says stop when there is enough, and gives its status and what it said."""
    with open(folder / "output", "w+", encoding="utf-8") as output:
        process = subprocess.Popen(words_of(folder, *more), stdout=output,
                                   stderr=subprocess.STDOUT)
        while process.poll() is None and not is_enough():
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        process.wait()
        output.seek(0)
        return process.returncode, output.read()


def record_of(folder, task):
    path = folder / "soak/state.json"
    return json.loads(path.read_text())["tasks"].get(task, {}) if path.exists() else {}
