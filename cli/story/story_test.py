#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The story holds, and fits on one screen."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

SOTTO = str(pathlib.Path(sys.argv[1]).resolve())
CHECKS = 15
LINES, COLUMNS = 40, 110
CHAPTERS = ["Devices", "Two of them", "Disappearing", "Safety number", "A file", "Report", "A call",
            "Ghost device", "The service"]


def main():
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run([SOTTO, "story", "--plain"], capture_output=True, text=True,
                             cwd=folder, env={**os.environ, "TMPDIR": folder})
        left = os.listdir(folder)
    print(run.stdout, run.stderr)
    lines = run.stdout.splitlines()
    good = sum(line[14:].startswith("ok  ") for line in lines)
    named = [line[:14].strip() for line in lines[2:-1] if line[:14].strip()]
    faults = [fault for fault, found in {
        f"it ended with {run.returncode}": run.returncode != 0,
        f"{good} checks held": good != CHECKS,
        "a check did not hold": any(line[14:].startswith("NO  ") for line in lines),
        "it says something else in the end": lines[-1:] != [f"all of it held: {CHECKS} of {CHECKS}"],
        f"chapters {named}": named != CHAPTERS,
        "escape codes": "\033" in run.stdout,
        f"{len(lines)} lines": len(lines) > LINES,
        "wide lines": any(len(line) > COLUMNS for line in lines),
        "a safety number of 60 digits": len(re.findall(r"\b\d{5}\b", run.stdout)) != 12,
        f"files left behind: {left}": bool(left),
    }.items() if found]
    for fault in faults:
        print("FAIL", fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
