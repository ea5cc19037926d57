#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Add up what a run of ./dev left behind, and end with `N passed, N failed`.

    tally.py FOLDER [--floor FILE --as NAME]
    tally.py --self-test

FOLDER holds, of each run of Meson tests, NAME.json and NAME.junit.xml, and in steps.tsv the other
steps (builds, fuzz targets, style), one a line: passed, failed or skipped, seconds, title. The
single cases of a GoogleTest program count each for itself, any other test once. A program that
failed without naming a case, by a crash or a timeout, is one failure more. What was skipped is
named. Exit status 1 when anything failed, or when nothing ran.

A floor says below what a run must not come, by its table NAME in FILE: how many cases pass at the
least, and which tests and steps must have passed. Each that is missing counts as failed.
"""
import argparse
import collections
import dataclasses
import fnmatch
import json
import pathlib
import sys
import tomllib
import xml.etree.ElementTree as xml

GOOD = {"OK", "EXPECTEDFAIL"}
SKIPPED = {"SKIP"}
SLOWEST = 10


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
    if not junit.exists():
        return cases, skipped
    for suite in xml.parse(junit).getroot().iter("testsuite"):
        # project.program.suite; other tests than GoogleTest's have the project's name alone.
        program, _, group = suite.get("name", "").partition(".")[2].rpartition(".")
        if not program:
            continue
        count = cases.setdefault(program, collections.Counter())
        for case in suite.iter("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                count["failed"] += 1
            elif case.find("skipped") is not None or case.get("result") == "skipped":
                count["skipped"] += 1
                skipped[program].append(f"{group}.{case.get('name')}")
            elif case.get("status") != "notrun":
                count["passed"] += 1
    return cases, skipped


def add_test(run, build, test, cases, skipped):
    name, result = test["name"], test["result"]
    short = name.rpartition(" / ")[2]
    suites = tuple(name.rpartition(" / ")[0].partition(":")[2].split("+"))  # p:one+two / name
    count = cases.get(name, collections.Counter())
    run.skipped += [f"{build}: {short}: {case}" for case in skipped.get(name, [])]
    if result in SKIPPED:
        outcome = "skipped"
        run.total["skipped"] += 1
        run.skipped.append(f"{build}: {short}")
    else:
        outcome = "passed" if result in GOOD else "failed"
        if sum(count.values()) == 0:
            run.total[outcome] += 1
        else:
            run.total.update(count)
            if outcome == "failed" and count["failed"] == 0:
                run.total["failed"] += 1
    if outcome == "failed":
        run.failed.append(f"{build}: {short} ({result})")
    run.parts.append(Part(build, short, suites, float(test.get("duration", 0)), outcome))


def tally(folder):
    run = Run()
    for log in sorted(folder.glob("*.json")):
        cases, skipped = cases_of(log.with_suffix("").with_suffix(".junit.xml"))
        build = log.stem.rpartition("-")[0] or log.stem  # NAME-0.json: the first run of a build.
        for line in log.read_text().splitlines():
            add_test(run, build, json.loads(line), cases, skipped)
    steps = folder / "steps.tsv"
    for line in steps.read_text().splitlines() if steps.exists() else []:
        outcome, seconds, title = line.split("\t")
        run.total[outcome] += 1
        run.parts.append(Part("", title, (), float(seconds), outcome))
        if outcome == "skipped":
            run.skipped.append(title)
        elif outcome != "passed":
            run.failed.append(f"{title} ({seconds} s)")
    return run


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
    parser.add_argument("--as", dest="table", help="which table of the floor")
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    if options.self_test:
        import tally_self_test  # Only here, for it imports this.
        return tally_self_test.run()
    if options.folder is None or (options.floor is None) != (options.table is None):
        parser.error("a folder is wanted, and --floor goes with --as")
    run = tally(options.folder)
    lacking = []
    if options.floor:
        with open(options.floor, "rb") as file:
            lacking = list(below_floor(run, tomllib.load(file)[options.table]))
    return report(run, lacking)


if __name__ == "__main__":
    sys.exit(main())
