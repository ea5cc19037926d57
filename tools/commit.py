# SPDX-License-Identifier: MIT OR Apache-2.0
"""Which commit a checkout is at."""
import os
import subprocess


def of(root, *options):
    """Empty where there is no git, where git knows no commit of it, and where `root` only stands in the
    checkout of something else."""
    top = ask(root, "--show-toplevel")
    return ask(root, *options, "HEAD") if top and os.path.realpath(top) == os.path.realpath(root) else ""


def ask(root, *words):
    other = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        shown = subprocess.run(["git", "-C", str(root), "rev-parse", *words], capture_output=True,
                               text=True, check=False, env=other)
    except OSError:
        return ""
    return shown.stdout.strip() if shown.returncode == 0 else ""
