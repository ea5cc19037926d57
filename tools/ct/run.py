#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Runs one constant-time program under valgrind and judges the outcome.

A clean program must end with 0 and no report. A control (--leak NAME) must be reported, and the
report must name the function NAME: a program that merely crashes shows nothing.
"""
import pathlib
import re
import subprocess
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
import arguments  # noqa: E402

REPORTED = 9


def main():
    parser = arguments.described(__doc__)
    parser.add_argument('--valgrind', required=True)
    parser.add_argument('--suppressions')
    parser.add_argument('--leak', help='a function that must be reported')
    parser.add_argument('program')
    args = parser.parse_args()

    command = [args.valgrind, '-q', f'--error-exitcode={REPORTED}', '--num-callers=20']
    if args.suppressions:
        command.append(f'--suppressions={args.suppressions}')
    run = subprocess.run(command + [args.program], capture_output=True, text=True, check=False)
    sys.stdout.write(run.stdout)
    sys.stderr.write(run.stderr)

    if not args.leak:
        if run.returncode == 0 and '==' not in run.stderr:
            print('no branch and no address depends on a secret')
            return 0
        print(f'not clean: exit {run.returncode}')
        return 1

    depends = re.search(r'depends on uninitialised|Use of uninitialised', run.stderr)
    if run.returncode == REPORTED and depends and args.leak in run.stderr:
        print(f'reported as it must be: {args.leak}')
        return 0
    print(f'not reported: {args.leak} (exit {run.returncode})')
    return 1


if __name__ == '__main__':
    arguments.run(main)
