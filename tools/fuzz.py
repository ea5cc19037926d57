#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Run fuzz targets of a build, each for so many seconds, as many at once as there are cores.

    fuzz.py BUILD RESULTS SECONDS [TARGET]

New inputs go to build/corpus, findings to build/findings; the seeds stay as they are. Each target
is a line of RESULTS/steps.tsv, which tools/tally.py reads, and its output is shown when it fails.
A target is a source of fuzz/: one whose program is missing fails, and so does one that ran no input.
Exit status 1: one failed, and that is written down. 2: nothing could be run or written.
"""
import argparse
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
MOST_LINES = 80
RAN = re.compile(r"^stat::number_of_executed_units: *[1-9]", re.MULTILINE)


def words_of(program, seconds):
    name = program.name
    grown, findings = ROOT / "build/corpus" / name, ROOT / "build/findings"
    grown.mkdir(parents=True, exist_ok=True)
    findings.mkdir(parents=True, exist_ok=True)
    words = [str(program), f"-max_total_time={seconds}", "-print_final_stats=1",
             f"-artifact_prefix={findings}/{name}-", str(grown)]
    if (ROOT / "fuzz/corpus" / name).is_dir():
        words.append(str(ROOT / "fuzz/corpus" / name))
    if (ROOT / f"fuzz/{name}.dict").is_file():
        words.append(f"-dict={ROOT}/fuzz/{name}.dict")
    return words


def finish(name, status, took_s, seconds, results):
    """Write down what came of a target; whether it failed."""
    title = f"Fuzz {name} for {seconds} s"
    said = (results / f"{name}.log").read_text(errors="replace")
    if not status and not RAN.search(said):
        status = "0, but it ran no input"
    if status:
        print("\n".join(said.splitlines()[-MOST_LINES:]))
        print(f"-- failed (status {status}) after {took_s} s: {title}", flush=True)
    else:
        print(f"-- done in {took_s} s: {title}", flush=True)
    with open(results / "steps.tsv", "a", encoding="utf-8") as file:
        print("failed" if status else "passed", took_s, title, sep="\t", file=file)
    return bool(status)


def fuzz(programs, seconds, results):
    waiting, running, failed = list(programs), {}, 0
    try:
        while waiting or running:
            while waiting and len(running) < (os.cpu_count() or 1):
                program = waiting.pop(0)
                with open(results / f"{program.name}.log", "wb") as log:
                    if not os.access(program, os.X_OK):
                        failed += finish(program.name, "no program", 0, seconds, results)
                        continue
                    process = subprocess.Popen(words_of(program, seconds), stdout=log,
                                               stderr=subprocess.STDOUT,
                                               stdin=subprocess.DEVNULL, cwd=ROOT)
                running[process] = program.name, time.monotonic()
            time.sleep(0.05)
            for process in [process for process in running if process.poll() is not None]:
                name, began = running.pop(process)
                took_s = int(time.monotonic() - began)
                failed += finish(name, process.returncode, took_s, seconds, results)
    finally:
        for process in running:
            process.kill()
            process.wait()
    return failed


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path, metavar="BUILD")
    parser.add_argument("results", type=pathlib.Path, metavar="RESULTS")
    parser.add_argument("seconds", metavar="SECONDS")
    parser.add_argument("target", nargs="?", default="*_fuzzer", metavar="TARGET")
    options = parser.parse_args()
    results, seconds = options.results, options.seconds
    if not re.fullmatch("0*[1-9][0-9]*", seconds):  # Below 1 the engine would run for ever.
        parser.error(f"{seconds!r} is not a whole number above 0")
    programs = [options.build.resolve() / "fuzz" / source.stem
                for source in sorted((ROOT / "fuzz").glob(f"{options.target}.cpp"))]
    if not programs:
        print(f"there is no fuzz target {options.target}")
        return 2
    try:
        results.mkdir(parents=True, exist_ok=True)
        return 1 if fuzz(programs, seconds, results) else 0
    except OSError as why:
        print(f"cannot fuzz: {why}")
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
