#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Plant each bug of proptests/plants*.toml in a copy of the tree and see its tests fail.

A property is believed only while a named bug makes it fail. A plant counts as passed when it
still fits the code, still builds, and every test that its row names fails, having passed on the
code as it is. A property of proptests/ that no row names is a failure as well. A row that says
`optional` is left out where its tests are not built: they want a library of others. The exit
status is 75 when the machine lacks something, or another run works in the same copy.

    plants.py                        every row
    plants.py --sample 8             eight rows, another eight with each commit
    plants.py --only NAME --only NAME
"""
import json
import os
import signal
import sys
import time
import tomllib
from pathlib import Path

import commit
import unable
from arguments import Parser, positive
from planting import order, self_test
from planting.bench import Bench, Stale, only_run_in, update_copy

ROOT = Path(__file__).resolve().parent.parent


def read_tables(paths):
    rows = []
    for path in paths:
        with open(path, "rb") as file:
            rows += [{**row, "table": path.name} for row in tomllib.load(file)["plant"]]
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
        if not bench.compile(catchers, planted=True):
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
    if not bench.compile(known, planted=False):
        raise SystemExit(f"the code as it is does not build; see {bench.log.name}")
    for name, pattern in known:
        outcome = bench.run(name, pattern)
        if outcome != "passed":
            failures.append(f"{name} {pattern}: {outcome} without any plant")
    return failures


def fit(rows):
    """How many rows fit the tree, and what is said of the others."""
    passed, complaints = 0, []
    for row in rows:
        try:
            texts = {}
            for edit in row["edits"]:
                path = ROOT / edit["file"]
                text = texts.get(path) or path.read_text()
                texts[path] = planted_text(row["name"], edit, text)
            passed += 1
        except (Stale, OSError) as why:
            complaints.append(f"{row['name']}: stale: {why}")
    return passed, complaints


def chosen_rows(rows, options):
    if options.only:
        missing = set(options.only) - {row["name"] for row in rows}
        if missing:
            raise SystemExit(f"no such plant: {', '.join(sorted(missing))}")
        return [row for row in rows if row["name"] in options.only]
    seed = options.seed or commit.of(ROOT)
    if options.sample is not None:
        return order.sample(rows, seed, options.sample)
    return order.turned(rows, seed) if options.seconds is not None or options.seed else rows


class Results:
    """What came of each row, also in a file of one JSON object a line, for whoever asks for it."""

    def __init__(self, path):
        self.file = open(path, "w", encoding="utf-8") if path else None
        self.passed, self.skipped, self.complaints = 0, 0, []

    def add(self, name, complaint):
        self.passed += complaint is None
        if complaint is not None:
            self.complaints.append(f"{name}: {complaint}")
        self.write(name, "passed" if complaint is None else "failed", complaint)

    def skip(self, name, why):
        self.skipped += 1
        print(f"{name}: skipped, {why}")
        self.write(name, "skipped", why)

    def write(self, name, outcome, why):
        if self.file:
            print(json.dumps({"name": name, "outcome": outcome, "why": why}), file=self.file,
                  flush=True)


def plant_all(rows, options, results):
    began = time.monotonic()
    place = options.place.resolve()
    lock = only_run_in(place)
    update_copy(ROOT, place)
    bench = Bench(place, options.jobs, options.like and options.like.resolve())
    bench.configure()
    absent = [row for row in rows if row.get("optional")
              and any(split_catcher(c)[0] not in bench.tests for c in row["caught_by"])]
    for row in absent:
        results.skip(row["name"], "its tests are not built here")
    rows = [row for row in rows if row not in absent]
    for complaint in check_control(bench, rows):
        print(f"control: {complaint}")
        results.add("control", complaint)
    print(f"control: {time.monotonic() - began:.0f} s", flush=True)
    width = max((len(row["name"]) for row in rows), default=0)
    print(f"{'plant':<{width}} | caught by | seconds")
    run_until = None if options.seconds is None else time.monotonic() + options.seconds
    for number, row in enumerate(rows):
        start = time.monotonic()
        if run_until is not None and start > run_until:
            print(f"time is up: {number} of {len(rows)} rows were planted")
            break
        complaint = check_row(bench, row)
        results.add(row["name"], complaint)
        print(f"{row['name']:<{width}} | {complaint or ', '.join(row['caught_by'])} | "
              f"{time.monotonic() - start:.1f}", flush=True)
    print(f"all in {time.monotonic() - began:.0f} s"
          + (f"; see {bench.log.name}" if results.complaints else ""))


def arguments():
    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", metavar="NAME", action="append", help="this plant; may repeat")
    parser.add_argument("--list", action="store_true", help="print the table and stop")
    parser.add_argument("--fits", action="store_true",
                        help="only check that every row fits the tree; builds nothing")
    parser.add_argument("--self-test", action="store_true", help="of this script; builds nothing")
    parser.add_argument("--table", type=Path, action="append",
                        help="instead of all proptests/plants*.toml; may repeat")
    parser.add_argument("--sample", type=positive, metavar="N",
                        help="so many rows, in an order of the commit's and from all tables in "
                             "turn; only their tests are built")
    parser.add_argument("--seed", help="of the order, instead of the commit")
    parser.add_argument("--seconds", type=positive,
                        help="stop after so many; the rows come in an order of the commit's")
    parser.add_argument("--jobs", type=positive, default=os.cpu_count() or 1)
    parser.add_argument("--like", metavar="BUILD", type=Path,
                        help="compile with the options of this build")
    parser.add_argument("--place", metavar="FOLDER", type=Path, default=ROOT / "build" / "plants",
                        help="the copy of the tree, which stays there for the next time")
    parser.add_argument("--results", metavar="FILE", type=Path, help="each row as a line of JSON")
    return parser.parse_args()


def main():
    options = arguments()
    if options.self_test:
        return self_test.run()
    # So that a row is restored and its tests are ended when this is told to go.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    rows = read_tables(options.table or sorted((ROOT / "proptests").glob("plants*.toml")))
    if options.check_words:
        chosen_rows(rows, options)
        return 0
    results = Results(options.results)
    if not options.only and not options.table:
        named = {split_catcher(c)[1] for row in rows for c in row["caught_by"]}
        for name in sorted(order.properties(ROOT) - named):
            results.add(name, "no plant makes it fail")
    rows = chosen_rows(rows, options)
    if options.list:
        width = max(len(row["name"]) for row in rows)
        for row in rows:
            print(f"{row['name']:<{width}} | {row['shows']} | {', '.join(row['caught_by'])}")
        return 0
    if options.fits:
        results.passed, complaints = fit(rows)
        results.complaints += complaints
    else:
        plant_all(rows, options, results)
    for complaint in results.complaints:
        print(complaint)
    print(f"{results.passed} passed, {len(results.complaints)} failed")
    if results.skipped and not results.passed and not results.complaints:
        return 77
    return 1 if results.complaints or not results.passed else 0


if __name__ == "__main__":
    sys.exit(unable.run(main))
