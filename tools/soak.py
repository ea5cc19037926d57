#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Run properties, simulations, worlds, searches, fuzzers, live peers, kills, planted bugs and
checks of the whole tree for as long as there is time, each time with another seed.

    soak.py MINUTES --build BUILD [--fuzz BUILD] [--seed N] [--only KIND]... [--minimise [--keep]]
    soak.py [MINUTES] --resume --build BUILD ...
    soak.py replay FILE
    soak.py --self-test

What is known and found stands in soak/ at the top of the checkout: state.json, findings/ (each is
run again by `replay`, from this checkout whatever the one that it was found in), corpus/ (inputs
that reach something new), log/ (the last run of each task). --resume goes on with the same seed and
kinds; --only beside it is for this time. --minimise keeps of the grown corpora what adds coverage, and
with --keep adds that to fuzz/corpus. The last line is `N passed, N failed`: runs and findings.
"""
import argparse
import json
import math
import os
import pathlib
import secrets
import shutil
import sys

from arguments import Parser

ROOT = pathlib.Path(__file__).resolve().parent.parent


def load_sources(options):
    """What there is to run; a file says it instead in the self-test."""
    from soaking.sources import Sources
    if options.sources:
        return Sources(**json.loads(options.sources.read_text()))
    if options.build is None:
        raise SystemExit("--build is wanted: a Meson folder that is built")
    return Sources.of_tree(ROOT, options.build, options.fuzz)


def arguments(words):
    from soaking import kinds
    parser = Parser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("minutes", type=float, nargs="?")
    parser.add_argument("--build", type=pathlib.Path, help="the build whose tests are run")
    parser.add_argument("--fuzz", type=pathlib.Path, help="the build with a fuzzing engine")
    parser.add_argument("--seed", type=int, help="of everything; otherwise drawn and printed")
    parser.add_argument("--resume", action="store_true", help="go on, for the minutes that were "
                        "left or for others")
    parser.add_argument("--only", action="append", metavar="KIND", help="may repeat; one of "
                        "properties, simulations, worlds, searches, fuzzers, peers, kills, plants, "
                        "steps")
    parser.add_argument("--minimise", action="store_true", help="merge grown corpora at the end")
    parser.add_argument("--keep", action="store_true", help="with --minimise: into the seeds too")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "soak")
    parser.add_argument("--sources", type=pathlib.Path, help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    if options.minutes is None and not options.resume:
        parser.error("for how many minutes?")
    if options.minutes is not None and not (math.isfinite(options.minutes) and
                                            (options.minutes > 0 or options.resume)):
        parser.error(f"{options.minutes:g} minutes are none")
    unknown = set(options.only or []) - set(kinds.BY_NAME)
    if unknown:
        parser.error(f"no such kind: {', '.join(sorted(unknown))}; there are "
                     f"{', '.join(kinds.BY_NAME)}")
    if options.resume and options.seed is not None:
        parser.error("--resume has its seed already")
    if options.keep and not options.minimise:
        parser.error("--keep goes with --minimise")
    return options


def replay(words):
    from soaking import again
    parser = Parser(prog="soak.py replay", description="Run a finding once more.")
    parser.add_argument("finding", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--root", type=pathlib.Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    try:
        finding = again.read_finding(options.finding)
    except (OSError, ValueError) as why:
        print(f"{options.finding} is no finding of a soak: {why}", file=sys.stderr)
        return 2
    return 0 if options.check_words else again.replay(finding, options.finding, options.root)


def main():
    words = sys.argv[1:]
    if words == ["--self-test"]:
        from soaking import self_test
        return self_test.run()
    if words[:1] == ["replay"]:
        return replay(words[1:])
    options = arguments(words)
    if options.check_words:
        return 0
    from soaking import again, kinds
    from soaking.pool import Pool
    from soaking.state import State
    sources = load_sources(options)
    state = State(options.folder.resolve())
    if options.resume:
        state.resume(ROOT)
        if options.minutes is not None:
            state.data["asked_s"] = state.data["spent_s"] + 60 * options.minutes
        state.save()
    else:
        seed = options.seed if options.seed is not None else secrets.randbelow(10**9)
        state.begin(seed, 60 * options.minutes, ROOT, sources.root, options.only)
    if "ccache" in os.environ.get("CXX", "") or shutil.which("ccache"):
        os.environ.setdefault("CACHED", "ccache")
        os.environ.setdefault("CCACHE_BASEDIR", str(ROOT))
        os.environ.setdefault("CCACHE_NOHASHDIR", "1")
        os.environ.setdefault("CCACHE_SLOPPINESS",
                              "pch_defines,time_macros,include_file_mtime,include_file_ctime")
    pool = Pool(state, sources, options.only or state.data.get("only") or list(kinds.BY_NAME))
    stopped = pool.run()
    failed = []
    if options.minimise and not stopped:
        failed = again.minimise([task for task in pool.tasks if task.kind == "fuzzers"],
                                state.folder, options.keep)
    return pool.report(failed, stopped)


if __name__ == "__main__":
    sys.exit(main())
