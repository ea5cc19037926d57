# SPDX-License-Identifier: MIT OR Apache-2.0
"""tools/soak.py where it is killed, or what it runs is not able to run."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import commit
from soaking import kinds
from soaking.fakes import (TOOLS, findings_of, gone, record_of, run_until, sources,
                           words_of)


def faults_without_git(folder):
    """On a machine that has no git: a soak begins, goes on and replays."""
    path = folder / "path"
    path.mkdir()
    (path / "python3").symlink_to(sys.executable)
    for words in (words_of(folder, "0.02", "--only", "properties"),
                  words_of(folder, "0.02", "--resume", "--only", "properties"),
                  [sys.executable, TOOLS / "soak.py", "replay", folder / "finding.json"]):
        (folder / "finding.json").write_text(json.dumps({
            "task": "steps/bad", "what": "exit status 3", "program": "/bin/true", "arguments": [],
            "environment": {}, "folder": "", "seed": 1, "commit": "0123", "root": "/elsewhere",
            "input": ""}))
        run = subprocess.run(words, check=False, capture_output=True, text=True,
                             env=os.environ | {"PATH": str(path)})
        if run.returncode not in (0, 1) or "Traceback" in run.stderr:
            yield f"{words} needs git: {run.returncode} {run.stderr}"
        if "--resume" in words and "steps and planted bugs begin anew" not in run.stdout:
            yield f"two commits that nobody knows are taken for one: {run.stdout}"
    # An unpacked archive in the checkout of something else.
    outer = folder / "outer"
    (outer / "inner").mkdir(parents=True)
    for words in (["init", "-q"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q",
                                   "--allow-empty", "-m", "a"]):
        subprocess.run(["git", "-C", str(outer), *words], check=True)
    if not commit.of(outer) or commit.of(outer / "inner"):
        yield "the commit of something else is taken for one's own"


def with_tests(folder, **changed):
    listed = json.loads((folder / "sources.json").read_text())
    (folder / "sources.json").write_text(json.dumps(listed | changed))


def faults_of_a_kill(folder):
    """SIGKILL while the first run of all lasts: nothing lives on, and it can be resumed."""
    listed = json.loads((folder / "sources.json").read_text())
    with_tests(folder, tests=[{**listed["tests"][0], "name": "hangs",
                               "cmd": [str(folder / "fake.py"), "hangs"]}])
    soak = subprocess.Popen(words_of(folder, "9", "--only", "properties", "--seed", "5"),
                            stdout=subprocess.DEVNULL)
    for _ in range(600):
        if (folder / "pid").exists() and (folder / "pid").read_text():
            break
        time.sleep(0.05)
    soak.kill()
    soak.wait()
    child = (folder / "pid").read_text()
    if not gone(child):
        os.kill(int(child), signal.SIGKILL)
        yield "a child of a killed soak lives on"
    if not (folder / "soak/state.json").exists():
        yield "what is killed in its first run cannot be resumed"
        return
    for _ in range(100):  # Until the last child is gone, the folder is not free.
        run = subprocess.run(words_of(folder, "0.02", "--resume"), check=False,
                             capture_output=True, text=True)
        if "another soak works" not in run.stderr:
            break
        time.sleep(0.1)
    if "seed 5; 1 tasks" not in run.stdout:
        yield f"what was killed does not go on: {run.stdout}{run.stderr}"


def faults_of_busy_plants(folder):
    """Another run works in the copy, and a step lacks a tool: no findings, and tried again."""
    (folder / "busy").touch()
    with_tests(folder, steps=[{"title": "busy", "shell": f"""test ! -e {folder}/busy || {{
        echo could not run: a tool is not here; exit 75; }}"""}])
    only = ["--only", "plants", "--only", "steps"]
    status, said = run_until(folder, lambda: False, "0.03", *only)
    plants, step = record_of(folder, "plants/all"), record_of(folder, "steps/busy")
    if findings_of(folder) or plants["rows"] or plants["runs"] or step["runs"] or step["done"] \
            or "\n0 passed, 0 failed\n" not in said or status != 1:
        yield f"what could not run counts: {status} {plants} {step}\n{said}"
    for line in ("plants/all: could not run: another run works there",
                 "steps/busy: could not run: a tool is not here"):
        if said.count(line) != 1:
            yield f"not said once: {line}\n{said}"
    # The copy becomes free while the soak runs.
    with open(folder / "later", "w", encoding="utf-8") as output:
        soak = subprocess.Popen(words_of(folder, "1", "--resume"), stdout=output)
        time.sleep(1)
        (folder / "busy").unlink()
        soak.wait()
    plants, step = record_of(folder, "plants/all"), record_of(folder, "steps/busy")
    if len(plants["rows"]) != 20 or step["done"] != "done" or plants["unable"]:
        yield f"it is not tried again: {plants} {step}\n{(folder / 'later').read_text()}"


def faults_of_ended_plants(folder):
    """Somebody ended a run after one of its two rows, and cut short what it wrote."""
    results = folder / "results"
    results.write_text('{"name": "a", "outcome": "passed", "why": null}\n{"name": "b", "outc')
    job = kinds.Job(kinds.Task("plants", "all", [], ""), 1, ["x"], {}, rows=["a", "b"],
                    results=results)
    for status in (-9, 143, 75):
        outcome = kinds.read_outcome(job, status, "")
        if outcome.rows != ["a"] or outcome.faults or not outcome.unable:
            yield f"planted bugs that ended with {status}: {outcome}"


def faults_of_busy_replay(folder):
    for task, program in (("plants/all", ["/bin/sh", "-c", "exit 75"]),
                          ("steps/x", ["/bin/sh", "-c", "exit 75"])):
        (folder / "finding.json").write_text(json.dumps({
            "task": task, "what": "x", "program": program[0], "arguments": program[1:],
            "environment": {}, "folder": "", "seed": 1, "commit": "", "root": "/elsewhere",
            "input": ""}))
        run = subprocess.run([sys.executable, TOOLS / "soak.py", "replay", folder / "finding.json"],
                             check=False, capture_output=True, text=True)
        if run.returncode != 2:
            yield f"{task} that could not run again is told wrongly: {run.returncode} {run.stdout}"


def faults():
    for part in (faults_without_git, faults_of_a_kill, faults_of_busy_plants,
                 faults_of_ended_plants, faults_of_busy_replay):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "sources.json").write_text(json.dumps(sources(folder)))
            yield from part(folder)
