#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Draw random mutants of lib/, run the tests of their rooms, and list those that nothing notices.

    mutants.py SECONDS [ROOM]...     so long; every room without one named
    mutants.py --wipes SECONDS       removed wipes alone
    mutants.py --only NAME           one of them, as its line names it
    mutants.py --list [ROOM]...      all there are, and stop

A mutant is one small fault in one line. One that does not build, or whose object is the same as
that of the code as it is, counts for nothing. One that the room's tests notice is caught: a test
fails, crashes or hangs. The others survive, and each is shown with its line. The seed, printed and
by default drawn from the commit, gives the same mutants again. With --at-least N the exit status
is 1 when fewer than N percent were caught. It is 75 when the machine lacks something, or another
run works in the same copy.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import commit
import unable
from arguments import Parser, positive
from mutating import draw
from planting.bench import Bench, only_run_in, update_copy

ROOT = Path(__file__).resolve().parent.parent
# In this order, for a quick test often catches what a slow one would catch as well.
SUITES = ["unit", "attacks", "vectors", "property", "hygiene"]


class Suites:
    """Which tests look at a room, the quickest suite first."""

    def __init__(self, bench):
        self.bench = bench

    def of(self, room):
        found = []
        for name, test in self.bench.tests.items():
            names = {suite.rpartition(":")[2] for suite in test["suite"]}
            rank = next((i for i, suite in enumerate(SUITES) if suite in names), None)
            # The tests of another room look at this one as well, if that one stands on it; only
            # those that name the room are asked.
            if rank is not None and room in names:
                found.append((rank, name))
        return [name for _, name in sorted(found)]


def object_of(bench, file):
    """The object that a source is compiled to, or none for a header."""
    commands = json.loads((bench.build / "compile_commands.json").read_text())
    for command in commands:
        path = Path(os.path.normpath(Path(command["directory"]) / command["file"]))
        if path == bench.tree / file:
            return bench.build / command["output"]
    return None


def code_of(path):
    """The object without what tells where it was made."""
    copy = path.with_suffix(".stripped")
    shown = subprocess.run(["objcopy", "--strip-debug", "--remove-section=.comment", str(path),
                            str(copy)], check=False)
    return copy.read_bytes() if shown.returncode == 0 else path.read_bytes()


def try_one(bench, suites, mutant):
    """caught by ..., survived, equal or does not build."""
    path = bench.tree / mutant.file
    original = path.read_text()
    lines = original.splitlines()
    if lines[mutant.line - 1] != mutant.old:
        return "stale"
    obj = object_of(bench, mutant.file)
    before = None
    if obj is not None:
        target = str(obj.relative_to(bench.build))
        if bench.command("ninja", "-C", str(bench.build), target) == 0:
            before = code_of(obj)
    lines[mutant.line - 1] = mutant.new
    try:
        path.write_text("\n".join(lines) + "\n")
        if before is not None:
            if bench.command("ninja", "-C", str(bench.build), target, env=bench.planted_env):
                return "does not build"
            if code_of(obj) == before:
                return "equal"
        for name in suites.of(mutant.room):
            if not bench.compile([(name, "")], planted=True):
                return "does not build"
            outcome = bench.run(name, "")
            if outcome != "passed":
                return f"caught by {name}" + (" (hung)" if outcome == "hung" else "")
        return "survived"
    finally:
        path.write_text(original)


def report(results, seconds, seed):
    counted = {}
    for mutant, outcome in results:
        caught = outcome.startswith("caught")
        if caught or outcome == "survived":
            room = counted.setdefault(mutant.room, [0, 0])
            room[caught] += 1
    print(f"\n{'room':<14} | caught | survived | share")
    for room, (survived, caught) in sorted(counted.items()):
        print(f"{room:<14} | {caught:>6} | {survived:>8} | {100 * caught / (caught + survived):.0f} %")
    survivors = [mutant for mutant, outcome in results if outcome == "survived"]
    for mutant in survivors:
        print(f"\nsurvived: {mutant.name}\n  - {mutant.old.strip()}\n  + {mutant.new.strip()}")
    total = sum(map(sum, counted.values()))
    caught = total - len(survivors)
    share = 100 * caught / total if total else 0.0
    left = {word: sum(outcome == word for _, outcome in results)
            for word in ("equal", "does not build")}
    print(f"\nseed {seed}, {seconds:.0f} s: {caught} of {total} caught, {share:.1f} %; "
          f"{left['equal']} equal to the code as it is, {left['does not build']} do not build")
    return share, total


def arguments():
    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="*", metavar="SECONDS ROOM")
    parser.add_argument("--seed")
    parser.add_argument("--wipes", action="store_true", help="removed wipes alone")
    parser.add_argument("--only", metavar="NAME", action="append", help="may repeat")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--at-least", type=float, metavar="N", help="percent")
    parser.add_argument("--like", metavar="BUILD", type=Path)
    parser.add_argument("--jobs", type=positive, default=os.cpu_count() or 1)
    parser.add_argument("--place", type=Path, default=ROOT / "build" / "mutants")
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    options.seconds = None
    if options.words and options.words[0].isdecimal():
        options.seconds = int(options.words.pop(0))
        if options.seconds < 1:
            parser.error("for how many seconds?")
    rooms = {path.name for path in (ROOT / "lib").iterdir() if path.is_dir()}
    for room in options.words:
        if room not in rooms:
            parser.error(f"no such room: {room}")
    if options.seconds is None and not (options.only or options.list or options.self_test):
        parser.error("for how many seconds?")
    return options


def chosen(options, seed):
    mutants = draw.all_of(ROOT, options.words)
    if options.only:
        named = [mutant for mutant in mutants if mutant.name in options.only]
        if len(named) != len(options.only):
            raise SystemExit("no such mutant")
        return named
    return draw.turned(mutants, seed, options.wipes)


def main():
    options = arguments()
    if options.self_test:
        from mutating import self_test
        return self_test.run()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    seed = options.seed or commit.of(ROOT, "--short") or "1"
    mutants = chosen(options, seed)
    if options.check_words:
        return 0
    if options.list:
        for mutant in mutants:
            print(f"{mutant.name}\n  - {mutant.old.strip()}\n  + {mutant.new.strip()}")
        print(f"{len(mutants)} mutants")
        return 0
    place = options.place.resolve()
    lock = only_run_in(place)
    if not shutil.which("objcopy"):
        raise unable.Unable("objcopy is not here")
    update_copy(ROOT, place)
    bench = Bench(place, options.jobs, options.like and options.like.resolve())
    bench.configure()
    suites = Suites(bench)
    began = time.monotonic()
    results = []
    for room in sorted({mutant.room for mutant in mutants}):
        for name in suites.of(room):
            if not bench.compile([(name, "")], planted=False) or bench.run(name, "") != "passed":
                raise SystemExit(f"{name} fails on the code as it is; see {bench.log.name}")
        if not suites.of(room):
            raise SystemExit(f"no test names the room {room}")
    control = time.monotonic() - began
    print(f"seed {seed}; {len(mutants)} mutants to draw from; control: {control:.0f} s", flush=True)
    for mutant in mutants:
        if options.seconds is not None and time.monotonic() - began - control > options.seconds:
            break
        start = time.monotonic()
        outcome = try_one(bench, suites, mutant)
        results.append((mutant, outcome))
        print(f"{mutant.name} | {outcome} | {time.monotonic() - start:.1f}", flush=True)
    share, total = report(results, time.monotonic() - began, seed)
    if not total:
        return 77 if not options.only else 0
    return 1 if options.at_least is not None and share < options.at_least else 0


if __name__ == "__main__":
    sys.exit(unable.run(main))
