#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Add up what a run of ./dev left behind, and end with `N passed, N failed`.

    tally.py FOLDER
    tally.py --self-test

FOLDER holds, of each run of Meson tests, NAME.json and NAME.junit.xml, and in steps.tsv the other
steps (builds, fuzz targets, style), one a line: passed or failed, seconds, title. The single cases
of a GoogleTest program count each for itself, any other test once. A program that failed without
naming a case, by a crash or a timeout, is one failure more. Exit status 1 when anything failed, or
when nothing ran.
"""
import collections
import json
import pathlib
import sys
import tempfile
import xml.etree.ElementTree as xml

GOOD = {"OK", "EXPECTEDFAIL"}
SKIPPED = {"SKIP"}


def cases_of(junit):
    """GoogleTest cases by the name of the program: (passed, failed, skipped)."""
    cases = {}
    if not junit.exists():
        return cases
    for suite in xml.parse(junit).getroot().iter("testsuite"):
        # project.program.suite; other tests than GoogleTest's have the project's name alone.
        program = suite.get("name", "").partition(".")[2].rpartition(".")[0]
        if not program:
            continue
        count = cases.setdefault(program, collections.Counter())
        for case in suite.iter("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                count["failed"] += 1
            elif case.find("skipped") is not None or case.get("result") == "skipped":
                count["skipped"] += 1
            elif case.get("status") != "notrun":
                count["passed"] += 1
    return cases


def tally(folder):
    total, troubles = collections.Counter(), []
    for log in sorted(folder.glob("*.json")):
        cases = cases_of(log.with_suffix("").with_suffix(".junit.xml"))
        for line in log.read_text().splitlines():
            test = json.loads(line)
            name, result = test["name"], test["result"]
            count = cases.get(name, collections.Counter())
            if result in SKIPPED:
                total["skipped"] += 1
                troubles.append(f"skipped  {log.stem}: {name}")
            elif sum(count.values()) == 0:
                total["passed" if result in GOOD else "failed"] += 1
            else:
                total.update(count)
                if result not in GOOD and count["failed"] == 0:
                    total["failed"] += 1
            if result not in GOOD | SKIPPED:
                troubles.append(f"failed   {log.stem}: {name} ({result})")
    steps = folder / "steps.tsv"
    for line in steps.read_text().splitlines() if steps.exists() else []:
        word, seconds, title = line.split("\t")
        total[word] += 1
        if word != "passed":
            troubles.append(f"{word}   {title} ({seconds} s)")
    return total, troubles


def self_test():
    """A run with every kind of outcome must give just these numbers."""
    tests = [("p:unit / good", "OK"), ("p:unit / bad", "FAIL"), ("p:unit / crashed", "FAIL"),
             ("p:house / plain", "OK"), ("p:house / slow", "TIMEOUT"), ("p:house / not", "SKIP")]
    suite = '<testsuite name="p.p:unit / {}.S">{}</testsuite>'
    run = '<testcase name="{}" status="run" result="{}">{}</testcase>'
    good = run.format("a", "completed", "") + run.format("b", "skipped", "<skipped/>")
    bad = run.format("a", "completed", "") + run.format("b", "completed", "<failure/>")
    half = run.format("a", "completed", "")
    junit = "".join([suite.format("good", good), suite.format("bad", bad),
                     suite.format("crashed", half), '<testsuite name="p"/>'])
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "a.json").write_text(
            "".join(json.dumps({"name": n, "result": r}) + "\n" for n, r in tests))
        (folder / "a.junit.xml").write_text(f"<testsuites>{junit}</testsuites>")
        (folder / "steps.tsv").write_text("passed\t1\tbuild\nfailed\t2\tfuzz\n")
        total, troubles = tally(folder)
    # good/a, bad/a, crashed/a, plain, build; bad/b, the crash itself, slow, fuzz; good/b, not.
    right = dict(total) == {"passed": 5, "failed": 4, "skipped": 2} and len(troubles) == 5
    print("counts as it should" if right else f"counts wrongly: {dict(total)} {troubles}")
    return 0 if right else 1


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    total, troubles = tally(pathlib.Path(sys.argv[1]))
    if troubles:
        print("\nNot passed:")
        print("\n".join("  " + line for line in troubles))
    print()
    if total["skipped"]:
        print(f"{total['skipped']} skipped, which count as neither:")
    print(f"{total['passed']} passed, {total['failed']} failed")
    return 1 if total["failed"] or not total["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
