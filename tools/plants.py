#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Plant each bug of proptests/plants*.toml in a copy of the tree and see its tests fail.

A property is believed only while a named bug makes it fail. A plant counts as passed when it
still fits the code, still builds, and every test that its row names fails, having passed on the
code as it is. A property of proptests/ that no row names is a failure as well. A row that says
`optional` is left out where its tests are not built: they want a library of others.
"""
import argparse
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = re.compile(r"build.*|\.git|out|\.cache|__pycache__")
# One seed, so that a plant that was caught stays caught; no shrinking, for nobody reads the case.
RAPIDCHECK = "seed=20161120 max_success=600 max_size=80 noshrink=1"
RUN_LIMIT_S = 900  # Only for what hangs: a busy machine must not look like a bug.


class Stale(Exception):
    """The row does not fit the tree."""


def read_tables(paths):
    rows = []
    for path in paths:
        with open(path, "rb") as file:
            rows += tomllib.load(file)["plant"]
    names = [row["name"] for row in rows]
    for name in sorted(set(names)):
        if names.count(name) > 1:
            raise SystemExit(f"{name} stands twice")
    for row in rows:
        row.setdefault("edits", [{k: row.pop(k) for k in ("file", "old", "new") if k in row}])
        for key in ("name", "shows", "caught_by"):
            if not row.get(key):
                raise SystemExit(f"{row['name']} lacks {key}")
        for edit in row["edits"]:
            if set(edit) != {"file", "old", "new"}:
                raise SystemExit(f"{row['name']} has an edit without file, old or new")
    return rows


def planted_text(name, edit, text):
    count = text.count(edit["old"])
    if count != 1:
        raise Stale(f"the old text stands {count} times in {edit['file']}")
    return text.replace(edit["old"], edit["new"])


def properties(root):
    found = set()
    for path in sorted((root / "proptests").glob("*_properties.cpp")):
        for match in re.finditer(r"RC_GTEST_PROP\((\w+),\s*(\w+),", path.read_text()):
            found.add(f"{match[1]}.{match[2]}")
    return found


def turned(rows):
    """The rows in an order that is another one for each commit."""
    shown = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "HEAD"], capture_output=True,
                           text=True, check=False)
    return sorted(rows, key=lambda row: hashlib.sha256(
        (shown.stdout + row["name"]).encode()).digest())


class Bench:
    """The copy of the tree and its build."""

    def __init__(self, place, jobs, log):
        self.tree = place / "tree"
        self.build = place / "build"
        self.jobs = jobs
        self.log = log
        self.tests = {}
        self.built = set()

    def copy(self):
        shutil.copytree(ROOT, self.tree, symlinks=True,
                        ignore=lambda folder, names: [
                            name for name in names if LEFT_OUT.fullmatch(name)
                            and (folder == str(ROOT) or name == "__pycache__")])

    def command(self, *words, timeout=None):
        print("$", *words, file=self.log, flush=True)
        return subprocess.run(words, stdout=self.log, stderr=subprocess.STDOUT, timeout=timeout,
                              check=False).returncode

    def configure(self):
        if self.command("meson", "setup", str(self.build), str(self.tree), "-Dcpp_args=-O1",
                        "-Ddebug=false", "-Doptimization=plain", "-Dwerror=false"):
            raise SystemExit("the copy does not configure")
        shown = subprocess.run(["meson", "introspect", "--tests", str(self.build)],
                               capture_output=True, text=True, check=True)
        self.tests = {test["name"]: test for test in json.loads(shown.stdout)}
        shown = subprocess.run(["meson", "introspect", "--targets", str(self.build)],
                               capture_output=True, text=True, check=True)
        self.built = {str(Path(name).relative_to(self.build))
                      for target in json.loads(shown.stdout) for name in target["filename"]}

    def targets_of(self, name):
        if name not in self.tests:
            raise Stale(f"there is no test {name}")
        found = []
        for word in self.tests[name]["cmd"]:
            path = Path(os.path.normpath(word))  # A script stands at build/../tree.
            if path.is_relative_to(self.build):
                found.append(str(path.relative_to(self.build)))
            elif word in self.built:  # An argument of a script is named from the build folder.
                found.append(word)
        return found

    def compile(self, catchers):
        targets = sorted({t for name, _ in catchers for t in self.targets_of(name)})
        if not targets:
            return True
        return self.command("ninja", "-C", str(self.build), f"-j{self.jobs}", *targets) == 0

    def run(self, name, pattern):
        """passed, failed, hung or empty (the pattern names nothing)."""
        test = self.tests[name]
        words = list(test["cmd"])
        if pattern:
            words.append(f"--gtest_filter={pattern}")
        extra = test["env"] if isinstance(test["env"], dict) else {}
        env = {**os.environ, **extra, "RC_PARAMS": RAPIDCHECK}
        child = subprocess.Popen(words, cwd=test.get("workdir") or self.build, env=env, text=True,
                                 errors="replace", stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, start_new_session=True)
        try:
            output, _ = child.communicate(timeout=RUN_LIMIT_S)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.communicate()
            return "hung"
        self.log.write(output)
        if pattern and "Running 0 tests" in output:
            return "empty"
        return "passed" if child.returncode == 0 else "failed"


def split_catcher(text):
    name, _, pattern = text.partition(":")
    return name, pattern


def check_row(bench, row):
    """Nothing, or why the row failed."""
    catchers = [split_catcher(c) for c in row["caught_by"]]
    originals = {}
    try:
        for edit in row["edits"]:
            path = bench.tree / edit["file"]
            if not path.is_file():
                raise Stale(f"there is no file {edit['file']}")
            text = path.read_text()
            originals.setdefault(path, text)
            path.write_text(planted_text(row["name"], edit, text))
        if not bench.compile(catchers):
            return "does not build"
        for name, pattern in catchers:
            outcome = bench.run(name, pattern)
            if outcome != "failed":
                return f"NOT CAUGHT by {name} {pattern}: {outcome}"
    except Stale as why:
        return f"stale: {why}"
    finally:
        for path, text in originals.items():
            path.write_text(text)
    return None


def check_control(bench, rows):
    """The catchers must pass on the code as it is. Returns the failures."""
    catchers = sorted({split_catcher(c) for row in rows for c in row["caught_by"]})
    failures = []
    known = []
    for name, pattern in catchers:
        if name in bench.tests:
            known.append((name, pattern))
        else:
            failures.append(f"there is no test {name}")
    if not bench.compile(known):
        raise SystemExit(f"the code as it is does not build; see {bench.log.name}")
    for name, pattern in known:
        outcome = bench.run(name, pattern)
        if outcome != "passed":
            failures.append(f"{name} {pattern}: {outcome} without any plant")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", metavar="NAME", action="append", help="this plant; may repeat")
    parser.add_argument("--list", action="store_true", help="print the table and stop")
    parser.add_argument("--fits", action="store_true",
                        help="only check that every row fits the tree; builds nothing")
    parser.add_argument("--table", type=Path, action="append",
                        help="instead of all proptests/plants*.toml; may repeat")
    parser.add_argument("--seconds", type=int,
                        help="stop after so many; the rows come in an order of the commit's, so "
                             "that all have their turn")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", metavar="FOLDER", type=Path, help="work there and leave it")
    options = parser.parse_args()

    rows = read_tables(options.table or sorted((ROOT / "proptests").glob("plants*.toml")))
    everything = not options.only and not options.table
    if options.only:
        missing = set(options.only) - {row["name"] for row in rows}
        if missing:
            raise SystemExit(f"no such plant: {', '.join(sorted(missing))}")
        rows = [row for row in rows if row["name"] in options.only]
    if options.seconds is not None:
        rows = turned(rows)
    width = max(len(row["name"]) for row in rows)
    if options.list:
        for row in rows:
            print(f"{row['name']:<{width}} | {row['shows']} | {', '.join(row['caught_by'])}")
        return 0

    failed = passed = 0
    if everything:
        named = {split_catcher(c)[1] for row in rows for c in row["caught_by"]}
        for name in sorted(properties(ROOT) - named):
            print(f"{name}: no plant makes it fail")
            failed += 1
    if options.fits:
        for row in rows:
            try:
                texts = {}
                for edit in row["edits"]:
                    path = ROOT / edit["file"]
                    text = texts.get(path) or path.read_text()
                    texts[path] = planted_text(row["name"], edit, text)
                passed += 1
            except (Stale, OSError) as why:
                print(f"{row['name']}: stale: {why}")
                failed += 1
        print(f"{passed} passed, {failed} failed")
        return 1 if failed else 0

    place = options.keep or Path(tempfile.mkdtemp(prefix="plants-"))
    shutil.rmtree(place / "tree", ignore_errors=True)
    shutil.rmtree(place / "build", ignore_errors=True)
    place.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with open(place / "log", "w", encoding="utf-8") as log:
        bench = Bench(place.resolve(), options.jobs, log)
        bench.copy()
        bench.configure()
        absent = [row for row in rows if row.get("optional")
                  and any(split_catcher(c)[0] not in bench.tests for c in row["caught_by"])]
        for row in absent:
            print(f"{row['name']}: left out, its tests are not built here")
        rows = [row for row in rows if row not in absent]
        complaints = [f"control: {complaint}" for complaint in check_control(bench, rows)]
        print(f"control: {time.monotonic() - began:.0f} s", flush=True)
        print(f"{'plant':<{width}} | caught by | seconds")
        run_until = None if options.seconds is None else time.monotonic() + options.seconds
        for row in rows:
            start = time.monotonic()
            if run_until is not None and start > run_until:
                print(f"time is up: {passed + len(complaints)} of {len(rows)} rows were planted")
                break
            complaint = check_row(bench, row)
            passed += complaint is None
            if complaint is not None:
                complaints.append(f"{row['name']}: {complaint}")
            print(f"{row['name']:<{width}} | {complaint or ', '.join(row['caught_by'])} | "
                  f"{time.monotonic() - start:.1f}", flush=True)
    failed += len(complaints)
    print(f"all in {time.monotonic() - began:.0f} s" + (f"; see {place}/log" if failed else ""))
    for complaint in complaints:
        print(complaint)
    if not options.keep and not failed:
        shutil.rmtree(place)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
