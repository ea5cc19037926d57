# SPDX-License-Identifier: MIT OR Apache-2.0
"""Which commit a checkout is at."""
import subprocess


def of(root, *options):
    """Empty where there is no git, or git knows no commit of it."""
    try:
        shown = subprocess.run(["git", "-C", str(root), "rev-parse", *options, "HEAD"],
                               capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return shown.stdout.strip() if shown.returncode == 0 else ""
