# SPDX-License-Identifier: MIT OR Apache-2.0
"""What a soak runs: one table of kinds of task. A kind finds its tasks in what Meson says of a
build, by suite and name, so that a new test is found by itself; it says how a run is varied by a
seed, how long runs become longer, and what a run's output says."""
import dataclasses
import json
import os
import pathlib
import re
import shutil
import signal

import limited
import unable

CORES = os.cpu_count() or 1
WIDE = max(1, CORES // 2)  # cores of a task that runs a build
SEARCH = re.compile(r".*_(search|schedules)")
SIMULATION = re.compile(r".*_(simulation|files)")
WORLD = re.compile(r"world_.*")
SEEDED = re.compile(r"(?i)seed=(\d+)")
PASSED = re.compile(r"^\[       OK \] (\S+)", re.MULTILINE)


@dataclasses.dataclass
class Task:
    kind: str
    name: str
    words: list
    cwd: str
    env: dict = dataclasses.field(default_factory=dict)
    corpus: str = ""  # of a fuzz target: the seeds that are kept
    gtest: bool = False
    properties: list = dataclasses.field(default_factory=list)  # RapidCheck's, by Suite.name
    skipped: str = ""  # why it cannot run here

    @property
    def key(self):
        return f"{self.kind}/{self.name}"


@dataclasses.dataclass
class Job:
    """One run of a task."""
    task: Task
    seed: int
    words: list
    env: dict
    folder: str = ""  # where it runs
    rows: list = dataclasses.field(default_factory=list)  # of planted bugs
    results: pathlib.Path | None = None


@dataclasses.dataclass
class Outcome:
    work: int = 0  # cases, executions, transitions, kills, rows
    faults: list = dataclasses.field(default_factory=list)  # (what, words that show it again)
    skipped: str = ""
    unable: str = ""  # why it could not run; it is tried again
    input: str = ""  # of a fuzz target
    done: str = ""  # why the task need not run again
    rows: list = dataclasses.field(default_factory=list)


VARIED = re.compile(r"RC_PARAMS|TESTBRIDGE_TEST_ONLY|PYTHONOPTIMIZE|(GTEST|SOTTO)_.*")


def environment(job_env):
    """Of a run: what it is varied by, and which tests it runs, comes from the soak alone."""
    return {name: value for name, value in os.environ.items()
            if not VARIED.fullmatch(name)} | job_env


# ---- How a run is varied: arguments and environment by seed and length ------------------------

def vary_property(seed, times):
    return [], {"RC_PARAMS": f"seed={seed} max_success={600 * times} max_size=80",
                "SOTTO_SEED": seed, "SOTTO_TIMES": times}


def vary_simulation(seed, times):
    return [], {"SOTTO_SEED": seed, "SOTTO_TIMES": times}


def vary_search(seed, times):
    return [], {"SOTTO_SEED": seed, "SOTTO_DEEPER": times - 1}


def vary_kills(seed, times):
    return ["--kills", 40 * times, "--seed", seed], {}


# ---- How tasks are found ----------------------------------------------------------------------

def in_suite(test, suite):
    return suite in {name.rpartition(":")[2] for name in test["suite"]}


def task_of(kind, test, words=None):
    program = pathlib.Path(test["cmd"][0])
    task = Task(kind, test["name"], words or list(test["cmd"]), test.get("workdir") or "",
                dict(test["env"]) if isinstance(test["env"], dict) else {},
                gtest=test.get("protocol") == "gtest")
    if not program.exists():
        task.skipped = "it is not built"
    return task


def kind_of_property(test):
    if SEARCH.fullmatch(test["name"]):
        return "searches"
    if WORLD.fullmatch(test["name"]):
        return "worlds"
    return "simulations" if SIMULATION.fullmatch(test["name"]) else "properties"


def find_properties(kind, sources):
    found = [task_of(kind, test) for test in sources.tests if in_suite(test, "property")
             and test.get("protocol") == "gtest" and kind_of_property(test) == kind]
    for task in found:
        task.properties = sources.properties
    return found


def find_peers(kind, sources):
    """Those of others, and `sotto peer` against itself."""
    return [task_of(kind, test) for test in sources.tests if in_suite(test, "peers")
            or (test["name"] == "peer" and in_suite(test, "cli"))]


def find_kills(kind, sources):
    """Each program once, whatever lengths it is tested at."""
    found = {}
    for test in sources.tests:
        if in_suite(test, "crash"):
            found.setdefault(test["cmd"][0], task_of(kind, test, words=[test["cmd"][0]]))
    return list(found.values())


def find_fuzzers(kind, sources):
    found = []
    for test in sources.fuzz_tests:
        if in_suite(test, "corpus") and test["name"].endswith("_fuzzer"):
            found.append(task_of(kind, test, words=[test["cmd"][0]]))
            found[-1].corpus = test["cmd"][-1]
    if not found:
        return [Task(kind, "all", [], "", skipped="no build with a fuzzing engine was given")]
    return found


def find_plants(kind, sources):
    if not sources.plants:
        return []
    return [Task(kind, "all", list(sources.plant_words), "")]


def find_steps(kind, sources):
    found = []
    for step in sources.steps:
        task = Task(kind, step["title"], ["sh", "-ec", step["shell"]], "",
                    {"JOBS": str(WIDE)})
        missing = [need for need in step.get("needs", []) if not shutil.which(need)
                   and not (pathlib.Path(sources.root) / need).exists()]
        if missing:
            task.skipped = f"{', '.join(missing)} is not here"
        found.append(task)
    return found


# ---- The table --------------------------------------------------------------------------------

@dataclasses.dataclass(frozen=True)
class Kind:
    name: str
    share: int  # of the time, beside the other kinds
    find: object
    unit: str
    counted: str = ""  # in the output; what is found is added up
    vary: object = None
    grows: str = ""  # `times`: to the length of a slice; `step`: one by one until it is there
    seed: str = "no"  # `must`: a run prints the seed that it was given; `may`: else it runs once
    width: int = 1
    once: bool = False
    cpu_limit_s: int | None = 1200
    wall_limit_s: int | None = 7200


KINDS = [
    Kind("properties", 3, find_properties, "cases", "", vary_property, "times", "must"),
    Kind("simulations", 2, find_properties, "times", r"SOTTO_TIMES=(\d+)", vary_simulation,
         "times", "must"),
    Kind("worlds", 3, find_properties, "runs", r"(\d+) runs, \d+ steps", vary_simulation, "times",
         "must"),
    Kind("searches", 1, find_properties, "transitions", r"(\d+) transitions", vary_search, "step",
         "must", cpu_limit_s=7200),
    Kind("fuzzers", 4, find_fuzzers, "executions", r"number_of_executed_units: (\d+)"),
    Kind("peers", 1, find_peers, "messages", r"(\d+) messages", vary_simulation, "times", "may"),
    Kind("kills", 1, find_kills, "kills", r"seed \d+: (\d+) kills", vary_kills, "times"),
    Kind("plants", 4, find_plants, "rows", width=WIDE, cpu_limit_s=None, wall_limit_s=None),
    Kind("steps", 4, find_steps, "", width=WIDE, once=True, cpu_limit_s=None, wall_limit_s=None),
]
BY_NAME = {kind.name: kind for kind in KINDS}
BATCH = 8  # planted bugs of one run


# ---- One run of a task ------------------------------------------------------------------------

def make_job(task, record, seed, slice_s, sources, folder):
    kind = BY_NAME[task.kind]
    env = {name: str(value) for name, value in task.env.items()}
    if kind.name == "fuzzers":
        return fuzz_job(task, env, seed, slice_s, sources, folder)
    if kind.name == "plants":
        rows = [name for name in sources.turned_plants(record["seed"])
                if name not in record["rows"]][:BATCH]
        results = folder / "log" / "plants.results"
        results.unlink(missing_ok=True)
        words = [*task.words, "--results", str(results)]
        for name in rows:
            words += ["--only", name]
        return Job(task, seed, words, env, rows=rows, results=results)
    words = list(task.words)
    if kind.vary and not (kind.name == "kills" and task.gtest):
        arguments, more = kind.vary(seed, record["times"])
        words += [str(word) for word in arguments]
        env |= {name: str(value) for name, value in more.items()}
    return Job(task, seed, words, env)


def fuzz_job(task, env, seed, slice_s, sources, folder):
    grown = folder / "corpus" / task.name
    grown.mkdir(parents=True, exist_ok=True)
    words = [*task.words, f"-max_total_time={int(slice_s)}", f"-seed={seed % 2**32 or 1}",
             "-print_final_stats=1", f"-artifact_prefix={folder}/findings/{task.name}-"]
    dictionary = pathlib.Path(sources.root) / "fuzz" / f"{task.name}.dict"
    if dictionary.is_file():
        words.append(f"-dict={dictionary}")
    words.append(str(grown))
    if pathlib.Path(task.corpus).is_dir():
        words.append(task.corpus)
    return Job(task, seed, words, env)


def read_outcome(job, status, output):
    """What an ended run says; one that was cut short has no status."""
    kind = BY_NAME[job.task.kind]
    if kind.name == "plants":
        return read_plants(job, status, output)
    outcome = Outcome()
    if status is None:
        return outcome
    if kind.once and status == unable.STATUS:
        outcome.unable = unable.reason(output)
        return outcome
    found = [int(number) for number in re.findall(kind.counted, output)] if kind.counted else []
    outcome.work = max(found, default=0) if kind.name == "simulations" else sum(found)
    if kind.name == "properties":  # RapidCheck prints no number of a property that holds.
        cases = re.search(r"max_success=(\d+)", output)
        outcome.work = int(cases[1]) * sum(name in job.task.properties
                                           for name in PASSED.findall(output)) if cases else 0
    if status == 77 and kind.name != "fuzzers":  # With 77 libFuzzer says that it found something.
        lines = output.strip().splitlines()
        outcome.skipped = lines[-1] if lines else "it says so"
        return outcome
    heard = str(job.seed) in SEEDED.findall(output)
    what = None
    if status == limited.HUNG:
        what = "hung"
    elif status != 0:
        what = f"exit status {status}" if status > 0 else f"ended by signal {-status}"
    elif job.task.gtest and "Running 0 tests" in output:
        what = "ran no test"
    elif kind.seed == "must" and not heard:
        what = "did not print the seed that it was given, so perhaps it does not hear of it"
    if what:
        outcome.faults.append((what, job.words))
        if kind.name == "fuzzers":
            written = re.search(r"Test unit written to (\S+)", output)
            if written:
                outcome.input = written[1]
                outcome.faults = [(what, [*job.task.words, written[1]])]
    elif kind.once:
        outcome.done = "done"
    elif kind.seed == "may" and not heard:
        outcome.done = "takes no seed, so once is enough"
    return outcome


def read_plants(job, status, output):
    outcome = Outcome()
    text = job.results.read_text() if job.results and job.results.exists() else ""
    for line in text.split("\n")[:-1]:  # What follows the last one was cut short.
        row = json.loads(line)
        if row["name"] in job.rows:
            outcome.rows.append(row["name"])
        if row["outcome"] == "passed":
            outcome.work += 1
        elif row["outcome"] == "failed":
            words = job.words if row["name"] == "control" else [
                *job.task.words, "--only", row["name"]]
            outcome.faults.append((f"{row['name']}: {row['why']}", words))
    if status is None:
        return outcome
    if status == unable.STATUS:
        outcome.unable = unable.reason(output)
    elif status < 0 or status == 128 + signal.SIGTERM:
        outcome.unable = "somebody ended it"
    if outcome.unable:
        return outcome
    if status not in (0, 77) and not outcome.faults:
        outcome.faults.append((f"exit status {status}", job.words))
    outcome.rows = job.rows  # Also those of a batch that could not be built: not for ever again.
    return outcome


def grow(record, kind, child, slice_s):
    """The length of the next run. On a busy machine the time on the wall says little."""
    took_s = max(child.cpu_s, child.wall_s / 4)
    if kind.grows == "times":
        factor = slice_s / max(took_s, 0.01)
        record["times"] = max(1, int(record["times"] * min(8, factor)))
    elif kind.grows == "step" and took_s < slice_s:
        record["times"] += 1
