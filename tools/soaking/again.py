# SPDX-License-Identifier: MIT OR Apache-2.0
"""What follows a soak: findings are run again, and grown corpora are made small."""
import json
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import commit
import limited
import unable
from soaking import kinds


FIELDS = {"task": str, "what": str, "program": str, "arguments": list, "environment": dict,
          "folder": str, "seed": int, "commit": str, "input": str}


def read_finding(path):
    """ValueError when it is none."""
    finding = json.loads(path.read_text())
    if not isinstance(finding, dict):
        raise ValueError("it is no table")
    for name, kind in FIELDS.items():
        if not isinstance(finding.get(name), kind):
            raise ValueError(f"it has no {name}")
    if finding["task"].partition("/")[0] not in kinds.BY_NAME:
        raise ValueError(f"there is no kind of task {finding['task']}")
    return finding


def moved(finding, path, root):
    """The finding as it would be in this checkout: found elsewhere, the same program here."""
    there = finding.get("root") or finding["program"].partition("/build/")[0]

    def here(text):
        text = str(text)
        return re.sub(rf"(?<![\w./-]){re.escape(there)}(?=/|$)", str(root), text) if there else text

    changed = {**finding, "program": here(finding["program"]), "folder": here(finding["folder"]),
               "arguments": [here(word) for word in finding["arguments"]],
               "environment": {name: here(value) for name, value in finding["environment"].items()},
               "input": here(finding["input"])}
    beside = path.resolve().parent / pathlib.Path(finding["input"]).name
    if finding["input"] and not pathlib.Path(changed["input"]).exists() and beside.exists():
        changed["arguments"] = [str(beside) if word == changed["input"] else word
                                for word in changed["arguments"]]
        changed["input"] = str(beside)
    return changed


def build_again(words, root):
    """Whether all programs of the words that stand in a build of this checkout are built."""
    targets = {}
    for word in map(pathlib.Path, words):
        inside = word.is_relative_to(root / "build")
        parts = word.relative_to(root / "build").parts if inside else ()
        if len(parts) > 2 and (root / "build" / parts[0] / "meson-info").is_dir():
            targets.setdefault(parts[0], []).append("/".join(parts[1:]))
        elif len(parts) > 2 and not word.exists():
            print(f"{word} is not here, and build/{parts[0]} is not set up: ./dev test builds "
                  "build/gcc, ./dev fuzz build/checked")
            return False
    for name, programs in targets.items():
        print(f"Building {', '.join(programs)} in build/{name}", flush=True)
        if subprocess.run(["ninja", "-C", str(root / "build" / name), *programs],
                          stdout=subprocess.DEVNULL, check=False).returncode != 0:
            print("it cannot be built")
            return False
    return True


def replay(finding, path, root):
    """Run a finding again: 1 when it still fails, 0 when not, 2 when it cannot run."""
    root = root.resolve()
    finding = moved(finding, path, root)
    words = [finding["program"], *finding["arguments"]]
    settings = [f"{name}={value}" for name, value in finding["environment"].items()]
    print(f"{finding['task']}: {finding['what']}")
    now = commit.of(root)
    if finding["commit"] != now:
        print(f"It was found at commit {finding['commit'] or 'unknown'}; this is "
              f"{'another one' if now else 'an unknown one'}.")
    print("$", shlex.join([*settings, *words]), flush=True)
    if finding["input"] and not pathlib.Path(finding["input"]).exists():
        print(f"{finding['input']} is gone")
        return 2
    name, _, task = finding["task"].partition("/")
    kind = kinds.BY_NAME[name]
    if name not in ("plants", "steps") and not build_again(words, root):
        return 2
    if finding["folder"] and pathlib.Path(finding["folder"]).is_relative_to(root):
        pathlib.Path(finding["folder"]).mkdir(parents=True, exist_ok=True)
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
    if name in ("plants", "steps") and status == unable.STATUS:
        print("it could not run")
        return 2
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
