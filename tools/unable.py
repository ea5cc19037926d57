# SPDX-License-Identifier: MIT OR Apache-2.0
"""The exit status of a program that could not do its work for want of something outside of the
code: another run works there, the disk is full, a tool is missing. It says nothing of the code."""
import re
import sys

STATUS = 75  # EX_TEMPFAIL of sysexits.h
SAID = "could not run: "


class Unable(Exception):
    """It says what is missing."""


def run(main):
    """The exit status of `main`."""
    try:
        return main()
    except (Unable, OSError) as why:
        sys.stdout.flush()
        print(f"{SAID}{why}", file=sys.stderr)
        return STATUS


def reason(output):
    """What a program with that status said."""
    found = re.findall(f"^{SAID}(.*)", output, re.MULTILINE)
    return found[-1] if found else "it does not say why"
