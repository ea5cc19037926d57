#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Which lines of lib/ and include/ the tests reached, room by room, and which they did not.

    coverage.py BUILD

BUILD is a Meson folder of clang-19's source-based coverage whose tests have run with their profiles in
BUILD/profiles. Writes BUILD/html. Exit status 1 when less than GATE percent of lib/ was reached. Tests
themselves are not counted, nor are lines that hold no code.
"""
import collections
import json
import pathlib
import shutil
import subprocess
import sys

import arguments

GATE = 95.0
IGNORED = r"(_test\.cpp|/test_[a-z_]*\.hpp|/peers/)"
ELSEWHERE = "(bench|build|cli|examples|fuzz|proptests|tools|vectors)"


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def programs_of(build):
    """What the tests run, as far as it is ours and was built with counters."""
    found = set()
    for test in json.loads(run("meson", "introspect", "--tests", str(build))):
        program = pathlib.Path(test["cmd"][0])
        if program.is_relative_to(build) and program.is_file():
            found.add(program)
    return sorted(found)


def lines_of(lcov):
    """File -> line -> how often, the highest of all programs."""
    files, current = collections.defaultdict(dict), None
    for line in lcov.splitlines():
        if line.startswith("SF:"):
            current = files[line[3:]]
        elif line.startswith("DA:"):
            number, count = map(int, line[3:].split(",")[:2])
            current[number] = max(current.get(number, 0), count)
    return files


def spans(numbers):
    """[3, 4, 5, 9] -> "3-5, 9"."""
    groups = []
    for n in sorted(numbers):
        if groups and n == groups[-1][1] + 1:
            groups[-1][1] = n
        else:
            groups.append([n, n])
    return ", ".join(f"{a}-{b}" if a != b else str(a) for a, b in groups)


def room_of(name):
    parts = name.split("/")
    return "/".join(parts[:2]) if parts[0] == "lib" else parts[0]


def report(files, root):
    rooms, missed = collections.defaultdict(lambda: [0, 0]), []
    for path in sorted(files):
        name = str(pathlib.Path(path).resolve().relative_to(root))
        lines = files[path]
        gone = [n for n, count in lines.items() if count == 0]
        if not name.startswith(("lib/", "include/")):
            continue
        for room in {room_of(name), name.split("/")[0]}:
            rooms[room][0] += len(lines) - len(gone)
            rooms[room][1] += len(lines)
        if gone:
            missed.append(f"  {name}: {spans(gone)}")
    for room, (hit, total) in sorted(rooms.items()):
        print(f"{room:14} {hit:6} of {total:6} lines  {100 * hit / total:6.2f} %")
    print("not reached:" if missed else "every line was reached")
    print("\n".join(missed))
    hit, total = rooms["lib"]
    return 100 * hit / total if total else 0.0


def main():
    parser = arguments.described(__doc__)
    parser.add_argument("build", type=arguments.build, metavar="BUILD")
    build = parser.parse_args().build
    root = pathlib.Path(__file__).resolve().parent.parent
    profiles = sorted((build / "profiles").glob("*.profraw"))
    if not profiles:
        sys.exit("no profiles: have the tests run?")
    data = build / "tests.profdata"
    listed = build / "profiles.txt"
    listed.write_text("\n".join(map(str, profiles)))
    run("llvm-profdata-19", "merge", "-sparse", "-o", str(data), f"--input-files={listed}")
    programs = programs_of(build)
    objects = [str(programs[0])] + [a for p in programs[1:] for a in ("-object", str(p))]
    common = [*objects, f"-instr-profile={data}",
              f"-ignore-filename-regex=({IGNORED}|^{root}/{ELSEWHERE}/)"]
    reached = report(lines_of(run("llvm-cov-19", "export", "-format=lcov", *common)), root)
    shutil.rmtree(build / "html", ignore_errors=True)
    run("llvm-cov-19", "show", "-format=html", f"-output-dir={build / 'html'}", *common)
    print(f"lib/: {reached:.2f} % of lines, asked for: {GATE:.0f} %; {build / 'html/index.html'}")
    return 0 if reached >= GATE else 1


if __name__ == "__main__":
    arguments.run(main)
