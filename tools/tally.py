#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Add up what a run of ./dev left behind, and end with `N passed, N failed`.

    tally.py FOLDER [--floor FILE [--as NAME]...] [--lost N] [--seen N]
    tally.py --self-test

FOLDER holds, of each run of Meson tests, NAME.json, NAME.junit.xml and NAME.tests (what Meson says
of all tests of the build), and in steps.tsv the other steps (builds, fuzz targets, style), one a
line: passed, failed or skipped, seconds, title. The single cases of a GoogleTest program count each
for itself, any other test once. A program that failed without naming a case, by a crash or a
timeout, is one failure more; so is a GoogleTest program that left no report of a case, whatever its
exit status. A file that cannot be read is a failure, and so are the N of --lost, which could not be
written down. When the N of --seen failed and none of them is written down, one failure is added.
What was skipped is named, and so is a case that is disabled. A program of which every case was
skipped has not passed. A test that leaves out a part, for a tool is missing, says so in a line
`skipped: PART`, which is counted and named as well. Exit status 1 when anything failed, or when nothing ran.

A floor says below what a run must not come, by each table NAME in FILE: how many cases pass at the
least, and which tests and steps must have passed. Each that is missing counts as failed.
"""
import argparse
import collections
import dataclasses
import fnmatch
import json
import os
import pathlib
import sys
import tomllib
import xml.etree.ElementTree as xml

GOOD = {"OK"}  # A test that is expected to fail shows nothing: here it has failed.
SKIPPED = {"SKIP"}
SLOWEST = 10
PART_SKIPPED = "skipped: "


@dataclasses.dataclass(frozen=True)
class Part:
    """One test of one build, or one step; `build` is empty for a step."""
    build: str
    name: str
    suites: tuple
    seconds: float
    outcome: str

    def __str__(self):
        return f"{self.build}: {self.name}" if self.build else self.name


class Run:
    def __init__(self):
        self.total = collections.Counter()
        self.parts, self.failed, self.skipped = [], [], []


def cases_of(junit):
    """GoogleTest cases by the name of the program: (passed, failed, skipped), and the skipped."""
    cases, skipped = {}, collections.defaultdict(list)
    for suite in xml.parse(junit).getroot().iter("testsuite"):
        # project.program.suite; other tests than GoogleTest's have the project's name alone.
        program, _, group = suite.get("name", "").partition(".")[2].rpartition(".")
        if not program:
            continue
        count = cases.setdefault(program, collections.Counter())
        for case in suite.iter("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                count["failed"] += 1
            elif case.find("skipped") is not None or case.get("status") == "notrun":
                count["skipped"] += 1
                skipped[program].append(f"{group}.{case.get('name')}")
            else:
                count["passed"] += 1
    return cases, skipped


def add_failure(run, what):
    run.total["failed"] += 1
    run.failed.append(what)


def add_test(run, build, test, cases, skipped, reporting):
    name, result = test["name"], test["result"]
    short = name.rpartition(" / ")[2]
    suites = tuple(name.rpartition(" / ")[0].partition(":")[2].split("+"))  # p:one+two / name
    count = cases.get(name, collections.Counter())
    run.skipped += [f"{build}: {short}: {case}" for case in skipped.get(name, [])]
    if result not in SKIPPED:
        parts = [line.removeprefix(PART_SKIPPED) for line in (test.get("stdout") or "").splitlines()
                 if line.startswith(PART_SKIPPED)]
        run.total["skipped"] += len(parts)
        run.skipped += [f"{build}: {short}: {part}" for part in parts]
    if short in reporting and not sum(count.values()):
        outcome = "failed"
        run.total["failed"] += 1
        result += ", and it reports no case"
    elif result in SKIPPED:
        outcome = "skipped"
        run.total["skipped"] += 1
        run.skipped.append(f"{build}: {short}")
    else:
        outcome = "passed" if result in GOOD and not count["failed"] else "failed"
        if sum(count.values()) == 0:
            run.total[outcome] += 1
        else:
            run.total.update(count)
            if outcome == "failed" and count["failed"] == 0:
                run.total["failed"] += 1
            elif outcome == "passed" and count["passed"] == 0:
                outcome = "skipped"
    if outcome == "failed":
        run.failed.append(f"{build}: {short} ({result})")
    run.parts.append(Part(build, short, suites, float(test.get("duration", 0)), outcome))


def tally(folder):
    run = Run()
    logs = {path.with_name(path.name.partition(".")[0]) for path in folder.glob("*.*")
            if path.name.endswith((".json", ".junit.xml", ".tests"))}
    for log in sorted(logs):
        try:
            add_log(run, log)
        except Exception as why:  # Whatever a file holds, the others are read, and the last line comes.
            add_failure(run, f"{log.name} cannot be read whole: {why!r}")
    steps = folder / "steps.tsv"
    for line in steps.read_text(errors="replace").splitlines() if steps.exists() else []:
        try:
            add_step(run, *line.split("\t"))
        except Exception as why:
            add_failure(run, f"{line!r} is no step: {why}")
    return run


def add_log(run, log):
    """One run of Meson tests; NAME-0 is the first of the build NAME."""
    tests = json.loads(log.with_suffix(".tests").read_text())
    reporting = {test["name"] for test in tests if test.get("protocol") == "gtest"}
    cases, skipped = cases_of(log.with_suffix(".junit.xml"))
    build = log.name.rpartition("-")[0] or log.name
    lines = log.with_suffix(".json").read_text().splitlines()
    if not lines:
        add_failure(run, f"{build}: no test ran")
    for line in lines:
        add_test(run, build, json.loads(line), cases, skipped, reporting)


def add_step(run, outcome, seconds, title):
    if outcome not in ("passed", "failed", "skipped"):
        raise ValueError(outcome)
    part = Part("", title, (), float(seconds), outcome)
    run.total[outcome] += 1
    run.parts.append(part)
    if outcome == "skipped":
        run.skipped.append(title)
    elif outcome == "failed":
        run.failed.append(f"{title} ({seconds} s)")


def passed_names(run, build, suite=None):
    return {part.name for part in run.parts if part.outcome == "passed"
            and fnmatch.fnmatchcase(part.build, build) and (suite is None or suite in part.suites)}


def below_floor(run, floor):
    """What the run lacks, by name."""
    if run.total["passed"] < floor["passed"]:
        yield f"only {run.total['passed']} passed, at least {floor['passed']} must"
    for must in floor.get("must", []):
        what, build = must["what"], must.get("build", "")
        have = passed_names(run, build)
        for pattern in must.get("names", []):
            if not any(fnmatch.fnmatchcase(name, pattern) for name in have):
                yield f"{what}: nothing named {pattern} passed" + (f" in {build}" if build else "")
        if "suite" in must:
            asked = passed_names(run, must["as_in"], must["suite"])
            if len(asked) < must["least"]:
                yield (f"{what}: only {len(asked)} tests of suite {must['suite']} passed in "
                       f"{must['as_in']}, at least {must['least']} must")
            for name in sorted(asked - have):
                yield f"{what}: {name} did not pass in {build}"


def slowest(run):
    whole = sum(part.seconds for part in run.parts)
    if not whole:
        return
    print(f"\nThe slowest of {len(run.parts)} steps, and their shares of all steps' seconds:")
    for part in sorted(run.parts, key=lambda part: -part.seconds)[:SLOWEST]:
        print(f"  {part.seconds:8.1f} s {100 * part.seconds / whole:5.1f} %  {part}")


def report(run, lacking):
    slowest(run)
    for title, lines in (("Skipped, which counts as neither", run.skipped),
                         ("Not passed", run.failed), ("Below the floor", lacking)):
        if lines:
            print(f"\n{title} ({len(lines)}):")
            print("\n".join("  " + line for line in lines))
    failed = run.total["failed"] + len(lacking)
    print(f"\n{run.total['passed']} passed, {failed} failed")
    return 1 if failed or not run.total["passed"] else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path, nargs="?")
    parser.add_argument("--floor", type=pathlib.Path, help="for instance tools/floor.toml")
    parser.add_argument("--as", dest="tables", action="append", metavar="NAME", default=[],
                        help="a table of the floor; may repeat")
    parser.add_argument("--lost", type=int, default=0, metavar="N",
                        help="so many failures could not be written down")
    parser.add_argument("--seen", type=int, default=0, metavar="N",
                        help="so many failures were seen, written down or not")
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    if options.self_test:
        import tally_self_test  # Only here, for it imports this.
        return tally_self_test.run()
    if options.folder is None or (options.tables and options.floor is None):
        parser.error("a folder is wanted, and --as goes with --floor")
    run = tally(options.folder)
    for _ in range(options.lost):
        add_failure(run, "something that failed or ended early, and could not be written down")
    if options.seen and not run.total["failed"]:
        add_failure(run, "something that failed, and nothing here says what")
    lacking = []
    if options.tables:
        with open(options.floor, "rb") as file:
            floor = tomllib.load(file)
        lacking = list(dict.fromkeys(
            line for table in options.tables for line in below_floor(run, floor[table])))
    return report(run, lacking)


def guarded():
    """Whatever happens, the last line says how it ended."""
    try:
        status = main()
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # Nobody listens any more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as why:
        print(f"cannot tally: {why!r}\n0 passed, 1 failed")
    return 1


if __name__ == "__main__":
    sys.exit(guarded())
