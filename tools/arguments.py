# SPDX-License-Identifier: MIT OR Apache-2.0
"""What every script asks of its arguments: --help, sentences instead of tracebacks, and no number
for which it would do nothing. Wrong arguments are status 2."""
import argparse
import math
import os
import pathlib
import re
import signal
import sys

BROKEN_PIPE = 128 + signal.SIGPIPE


class Parser(argparse.ArgumentParser):
    """Takes no shortened names. With --check-words it only says whether the words are right, so
    that ./dev can ask before it builds."""

    def __init__(self, **options):
        super().__init__(allow_abbrev=False, **options)
        self.add_argument("--check-words", action="store_true", help=argparse.SUPPRESS)


def described(doc):
    """A parser whose help is what a script's first comment says."""
    return argparse.ArgumentParser(
        description=doc, allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter)


def only_self_test_or(parser, *names):
    """Parse; without --self-test each of these arguments must be there."""
    parser.add_argument("--self-test", action="store_true", help="of this script")
    options = parser.parse_args()
    missing = [name for name in names if not getattr(options, name)]
    if missing and not options.self_test:
        parser.error(f"these arguments are missing: {', '.join(missing).upper()}")
    return options


# ---- Types of arguments ------------------------------------------------------------------------

def positive(text):
    """A whole number above 0: of anything that is counted, for 0 of it would check nothing."""
    if not re.fullmatch(r"[0-9]+", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def duration(text):
    """Seconds above 0."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return number


def pattern(text):
    """A regular expression."""
    try:
        return re.compile(text)
    except re.error as why:
        raise argparse.ArgumentTypeError(f"{text!r} is not a regular expression: {why}") from None


def folder(text):
    """A folder that is there."""
    if not os.path.isdir(text):
        raise argparse.ArgumentTypeError(f"there is no folder {text!r}")
    return pathlib.Path(text).resolve()


def build(text):
    """A folder that Meson has configured."""
    if not os.path.isfile(os.path.join(text, "compile_commands.json")):
        raise argparse.ArgumentTypeError(f"{text!r} is no folder that Meson has configured")
    return pathlib.Path(text).resolve()


def file(text):
    """A file that is there."""
    if not os.path.isfile(text):
        raise argparse.ArgumentTypeError(f"there is no file {text!r}")
    return pathlib.Path(text)


# ---- The end of a script -------------------------------------------------------------------------

def run(main):
    """Exit with what `main` returns. Whoever ends the script early gets no traceback, and what it
    began is cleaned up first."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        try:
            status = main()
        except SystemExit as end:
            status = end.code
        sys.stdout.flush()
    except KeyboardInterrupt:
        status = 128 + signal.SIGINT
    except BrokenPipeError:  # Nobody listens any more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = BROKEN_PIPE
    sys.exit(status)
