# SPDX-License-Identifier: MIT OR Apache-2.0
"""Counts what held and what did not, for the tests of the program."""
import sys

passed, failed = 0, 0


def check(what, held, detail=""):
    global passed, failed
    if held:
        passed += 1
    else:
        failed += 1
        print(f"FAIL {what}\n{detail}")


def finish():
    """The last line, and the exit status: a test that checked nothing fails."""
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)
