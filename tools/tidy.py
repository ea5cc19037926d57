#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""clang-tidy-19 over the library's own sources (its tests are not looked at), by .clang-tidy.

    tidy.py BUILD [FILE...]     BUILD is a Meson folder configured with clang
"""
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys


def sources(build):
    root = pathlib.Path(__file__).resolve().parent.parent
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
        if path.is_relative_to(root / "lib") and not path.name.endswith("_test.cpp") \
                and "peers" not in path.parts:
            yield path


def look_at(build, path):
    run = subprocess.run(["clang-tidy-19", "--quiet", "-p", str(build), str(path)],
                         capture_output=True, text=True)
    return path, run.returncode, run.stdout


def main():
    build = pathlib.Path(sys.argv[1])
    chosen = [pathlib.Path(p).resolve() for p in sys.argv[2:]] or sorted(set(sources(build)))
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, status, says in pool.map(lambda p: look_at(build, p), chosen):
            if status:
                bad += 1
                print(says)
    print(f"clang-tidy: {len(chosen)} files, {bad} with findings")
    return 1 if bad or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
