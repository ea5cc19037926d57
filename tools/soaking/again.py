# SPDX-License-Identifier: MIT OR Apache-2.0
"""What follows a soak: findings are run again, and grown corpora are made small."""
import json
import pathlib
import shlex
import shutil
import sys
import tempfile

import limited
from soaking import kinds


def replay(path, root):
    """Run a finding again: 1 when it still fails, 0 when not, 2 when it cannot run."""
    finding = json.loads(pathlib.Path(path).read_text())
    words = [finding["program"], *finding["arguments"]]
    settings = [f"{name}={value}" for name, value in finding["environment"].items()]
    print(f"{finding['task']}: {finding['what']}")
    print("$", shlex.join([*settings, *words]), flush=True)
    if finding["input"] and not pathlib.Path(finding["input"]).exists():
        print(f"{finding['input']} is gone")
        return 2
    name, _, task = finding["task"].partition("/")
    kind = kinds.BY_NAME[name]
    with tempfile.NamedTemporaryFile() as output:
        try:
            child = limited.Child(words, output, kind.cpu_limit_s, kind.wall_limit_s,
                                  cwd=finding["folder"] or root,
                                  env=kinds.environment(finding["environment"]))
        except OSError as why:
            print(f"it cannot run: {why}")
            return 2
        try:
            status = child.wait()
        finally:
            child.end()
        said = pathlib.Path(output.name).read_text(errors="replace")
    sys.stdout.write(said)
    job = kinds.Job(kinds.Task(name, task, words, "", gtest="ran no test" in finding["what"]),
                    finding["seed"], words, {})
    if name == "plants":
        fault = None if status == 0 else f"exit status {status}"
    else:
        faults = kinds.read_outcome(job, status, said).faults
        fault = faults[0][0] if faults else None
        if finding["input"] and status == 0:
            fault = None
    print(f"\nIt still fails: {fault}." if fault else "\nIt passes now.")
    return 1 if fault else 0


def merge(words, log):
    with open(log, "ab") as file:
        child = limited.Child(words, file)
        try:
            return child.wait()
        finally:
            child.end()


def minimise(tasks, folder, keep):
    """Of each grown corpus what adds coverage, and with `keep` into the seeds what adds to them.
    Returns the names of those that could not be merged."""
    failed = []
    for task in tasks:
        grown = folder / "corpus" / task.name
        if task.skipped or not grown.is_dir() or not any(grown.iterdir()):
            continue
        small, log = folder / "corpus" / f"{task.name}.new", folder / "log" / f"{task.name}.merge"
        shutil.rmtree(small, ignore_errors=True)
        small.mkdir()
        seeds = [task.corpus] if pathlib.Path(task.corpus).is_dir() else []
        before = len(list(grown.iterdir()))
        status = merge([*task.words, "-merge=1", str(small), *seeds, str(grown)], log)
        if status != 0 or not any(small.iterdir()):
            failed.append(task.name)
            print(f"{task.name}: not merged, status {status}; see {log}")
            continue
        shutil.rmtree(grown)
        small.rename(grown)
        kept = ""
        if keep and seeds:
            had = len(list(pathlib.Path(task.corpus).iterdir()))
            if merge([*task.words, "-merge=1", task.corpus, str(grown)], log) != 0:
                failed.append(task.name)
            kept = f"; {len(list(pathlib.Path(task.corpus).iterdir())) - had} new seeds kept"
        print(f"{task.name}: {before} inputs grown, {len(list(grown.iterdir()))} of them and the "
              f"seeds stay{kept}", flush=True)
    return failed
