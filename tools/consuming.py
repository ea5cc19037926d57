# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the checks of consumers share: commands that must succeed, and faults in words."""
import subprocess


class Fault(Exception):
    """What is wrong, in words."""


def raise_first(faults):
    faults = list(faults)
    if faults:
        raise Fault("\n".join(faults))


def run(command, **more):
    """Standard output and standard error of what must succeed."""
    command = [str(part) for part in command]
    done = subprocess.run(command, text=True, capture_output=True, **more)
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-30:])
        raise Fault(f"{' '.join(command)}\nends with {done.returncode}:\n{tail}")
    return done.stdout, done.stderr


def fault_of(check):
    try:
        check()
    except Fault as fault:
        return str(fault)
    return None
