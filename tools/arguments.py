# SPDX-License-Identifier: MIT OR Apache-2.0
"""What several scripts ask of their arguments."""
import argparse


class Parser(argparse.ArgumentParser):
    """Takes no shortened names. With --check-words it only says whether the words are right, so
    that ./dev can ask before it builds."""

    def __init__(self, **options):
        super().__init__(allow_abbrev=False, **options)
        self.add_argument("--check-words", action="store_true", help=argparse.SUPPRESS)


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number
