# SPDX-License-Identifier: MIT OR Apache-2.0
"""tools/soak.py over programs that fail, hang, crash and lie as they are told to."""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from soaking import ends_self_test
from soaking.fakes import TOOLS, findings_of, gone, record_of, run_until, sources, words_of
from soaking.sources import whole

SEED = 11
# By what each must be found; what is good must not be.
FOUND = {"properties/bad": "exit status 1", "properties/crash": "ended by signal 11",
         "properties/empty": "ran no test", "properties/deaf": "did not print the seed",
         "simulations/deaf_simulation": "did not print the seed",
         "worlds/world_deaf": "did not print the seed",
         "fuzzers/a_fuzzer": "exit status 77",
         "plants/all": "row13: not caught", "steps/bad": "exit status 3"}
SKIPPED = {"properties/absent": "it is not built", "peers/skips": "not on this machine",
           "steps/skips": "says so", "steps/needs": "no-such-program is not here"}


def seeds_of(folder, role):
    path = folder / f"{role}.seeds"
    return path.read_text().split() if path.exists() else []


def faults_of_a_soak(folder):
    def is_enough():
        if len(seeds_of(folder, "good")) > 30:  # All had their turn: what is not there now is lost.
            return True
        return findings_of(folder).keys() >= FOUND.keys() and (folder / "step").exists() and \
            record_of(folder, "plants/all").get("done") and \
            record_of(folder, "worlds/world_simulation").get("runs") and \
            (folder / "deeper1").exists() and \
            len(seeds_of(folder, "good")) > 2 and record_of(folder, "peers/listens").get("runs")

    status, said = run_until(folder, is_enough, "60", "--seed", str(SEED))
    found = findings_of(folder)
    for task, what in FOUND.items():
        if what not in found.get(task, {}).get("what", ""):
            yield f"{task} is not found to have: {what}: {found.get(task)}"
    for task in found.keys() - FOUND.keys():
        yield f"{task} is found to have something: {found[task]}"
    for task, why in SKIPPED.items():
        if not re.search(rf"^  {task}: .*{why}", said, re.MULTILINE):
            yield f"{task} is not named as skipped"
    if status != 1 or f"seed {SEED}" not in said or "properties/good" not in said or \
            not re.search(r"\n\d+ passed, \d+ failed\n$", said):
        yield f"ends wrongly: {status}\n{said}"
    if record_of(folder, "peers/fixed").get("runs") != 1:
        yield "a peer that takes no seed runs more than once"
    good = record_of(folder, "properties/good")
    if good.get("work") != 600 * good.get("runs", 0) or not good["work"]:
        yield f"cases are counted wrongly: {good}"
    world = record_of(folder, "worlds/world_simulation")
    if world.get("work") != 5 * world.get("runs", 0) or not world.get("work"):
        yield f"runs of a world are counted wrongly: {world}"
    if record_of(folder, "plants/all").get("work") != 19:
        yield "not all planted bugs had their turn"
    lengths = [line.split()[1] for line in (folder / "kills.arguments").read_text().splitlines()]
    if lengths[0] != "40" or len(set(lengths)) == 1 < len(lengths):
        yield f"kills do not become more: {lengths[:5]}"
    if "crash-1" not in found.get("fuzzers/a_fuzzer", {}).get("input", ""):
        yield "a fuzz target's input is not named"


def faults_of_going_on(folder):
    before = record_of(folder, "properties/good")["runs"]
    status, said = run_until(
        folder, lambda: record_of(folder, "properties/good").get("runs", 0) > before, "--resume",
        "--only", "properties")
    seeds = seeds_of(folder, "good")
    if f"seed {SEED};" not in said or record_of(folder, "properties/good")["runs"] <= before:
        yield f"does not go on: {status}\n{said}"
    if len(set(seeds)) < len(seeds) - 1:  # One run may have been cut short, and is made again.
        yield f"seeds come twice: {seeds}"


def replayed(path, root):
    return subprocess.run([sys.executable, TOOLS / "soak.py", "replay", path, "--root", root],
                          check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finding_file(folder, task):
    return next(p for p in (folder / "soak/findings").glob("*.json")
                if json.loads(p.read_text())["task"] == task)


def replay(folder, task):
    return replayed(finding_file(folder, task), folder).returncode


def faults_of_another_clone(folder):
    """A finding is run with the programs of the clone that replays it, built there first."""
    with tempfile.TemporaryDirectory() as name:
        clone = pathlib.Path(name)
        for file in ("fake.py", "a_fuzzer.py"):
            shutil.copy(folder / file, clone)
        (clone / "fixed").touch()
        run = replayed(finding_file(folder, "properties/bad"), clone)
        if run.returncode != 0 or str(folder) in run.stdout:
            yield f"another clone does not run its own program: {run.returncode} {run.stdout}"
        if replayed(finding_file(folder, "fuzzers/a_fuzzer"), clone).returncode != 1:
            yield "the input beside a finding is not found from another clone"
        # As a soak of a true build writes it, before it said of which checkout.
        finding = json.loads(finding_file(folder, "properties/bad").read_text())
        finding.update(program="/elsewhere/build/gcc/lib/test_x", root="", commit="0123", folder="")
        (clone / "finding.json").write_text(json.dumps(finding))
        run = replayed(clone / "finding.json", clone)
        if run.returncode != 2 or "not set up" not in run.stdout or \
                "at commit 0123" not in run.stdout:
            yield f"a clone without a build says nothing of it: {run.returncode} {run.stdout}"
        (clone / "build/gcc/meson-info").mkdir(parents=True)
        (clone / "build/gcc/build.ninja").write_text(
            "rule r\n  "
            f"command = mkdir -p lib && cp {clone}/fake.py $out && touch lib/fixed\n"
            "build lib/test_x: r\n")
        run = replayed(clone / "finding.json", clone)
        if run.returncode != 0 or "Building lib/test_x in build/gcc" not in run.stdout:
            yield f"a clone does not build what it replays: {run.returncode} {run.stdout}"


NONSENSE = [["replay"], ["replay", "no-such-file"], ["replay", __file__], ["replay", "a", "b"],
            ["replay", "/proc/version"], [], ["-5"], ["0"], ["nan"], ["soon"],
            ["5", "--onl", "kills"], ["5", "--only", "nothing"], ["5", "--keep"]]


def faults_of_nonsense():
    """It is refused with one line and before anything runs."""
    for words in NONSENSE:
        for more in ([], ["--check-words"]):
            run = subprocess.run([sys.executable, TOOLS / "soak.py", *words, *more], check=False,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if run.returncode != 2 or "Traceback" in run.stdout:
                yield f"{words} is not refused: {run.returncode} {run.stdout}"
    run = subprocess.run([sys.executable, TOOLS / "soak.py", "5", "--check-words"], check=False)
    if run.returncode != 0:
        yield "what is right is refused"


def faults_of_replays(folder):
    for task in FOUND:
        if replay(folder, task) != 1:
            yield f"{task} does not fail again"
    yield from faults_of_another_clone(folder)
    (folder / "fixed").touch()
    if replay(folder, "properties/bad") != 0:
        yield "a finding still fails though it is mended"
    (folder / "soak/findings/a_fuzzer-crash-1").unlink()
    if replay(folder, "fuzzers/a_fuzzer") != 2:
        yield "a finding whose input is gone is replayed"


def faults_of_corpora(folder):
    run = subprocess.run(words_of(folder, "0", "--resume", "--minimise", "--keep"), check=False,
                         capture_output=True, text=True)
    grown = [path.name for path in (folder / "soak/corpus/a_fuzzer").iterdir()]
    kept = [path.name for path in (folder / "seeds").iterdir()]
    if grown != ["useful"] or kept != ["useful"]:
        yield f"a grown corpus is not made small: {grown} {kept}\n{run.stdout}{run.stderr}"


def faults_of_the_end(folder):
    """The time is over while a program and its child hang."""
    listed = json.loads((folder / "sources.json").read_text())
    listed["tests"] = [{**listed["tests"][0], "name": "hangs",
                        "cmd": [str(folder / "fake.py"), "hangs"]}]
    (folder / "sources.json").write_text(json.dumps(listed))
    # As long as it takes until the child is there, and no longer. The first is begun with one
    # kind, and goes on with that one.
    listed["steps"] = [{"title": "other", "shell": f"touch {folder}/other"}]
    (folder / "sources.json").write_text(json.dumps(listed))
    run_until(folder, lambda: False, "0.02", "--only", "kills")
    run_until(folder, lambda: False, "0.02", "--resume")
    if (folder / "other").exists() or record_of(folder, "steps/other"):
        yield "what goes on forgets what it was to run alone"
    status, said = run_until(folder, lambda: False, "0.05", "--only", "properties")
    while not (folder / "pid").exists() or not (folder / "pid").read_text():
        status, said = run_until(folder, lambda: False, "0.1", "--only", "properties")
    if not gone((folder / "pid").read_text()):
        yield "a child lives on"
    if "had no whole run" not in said or "\n0 passed, 0 failed\n" not in said or status != 1:
        yield f"a run that was cut short is told wrongly: {status}\n{said}"


def faults_of_words(folder):
    """A program that Meson names from the build's folder is found from any other."""
    named = whole(folder, ["/bin/sh", "seeds/useful", "seeds/none", "-x/y", "word"])
    if named != ["/bin/sh", str(folder / "seeds/useful"), "seeds/none", "-x/y", "word"]:
        yield f"words are not made whole: {named}"


def run():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "sources.json").write_text(json.dumps(sources(folder)))
        faults = [*faults_of_nonsense(), *ends_self_test.faults()]
        for part in (faults_of_a_soak, faults_of_going_on, faults_of_replays, faults_of_corpora,
                     faults_of_words, faults_of_the_end):
            faults += part(folder)
    print("\n".join(faults) or f"{len(FOUND)} faults found, {len(SKIPPED)} skipped by name; "
          "replayed, resumed and ended as they should")
    return 1 if faults else 0
