# SPDX-License-Identifier: MIT OR Apache-2.0
"""A process beside a program that ends the program's children when the program is gone.

A program that is ended by SIGKILL cannot end its children. The guard waits for the end of a pipe
whose other end the program alone holds. Each child names its group in the pipe before it becomes
another program, so that none is missed; what has ended is crossed out. A lock that the guard holds
as well is free only when the last child is gone.
"""
import atexit
import os
import signal
import time

GRACE_S = 3.0


def end_groups(groups):
    for number, grace_s in ((signal.SIGTERM, GRACE_S), (signal.SIGKILL, 1.0)):
        groups = [group for group in groups if signalled(group, number)]
        until = time.monotonic() + grace_s
        while groups and time.monotonic() < until:
            time.sleep(0.02)
            groups = [group for group in groups if signalled(group, 0)]


def signalled(group, number):
    """Whether there is such a group."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def watch(pipe):
    """Until the other end is closed; then nothing that was named and not crossed out stays."""
    groups, text = {}, b""
    while more := os.read(pipe, 4096):
        *lines, text = (text + more).split(b"\n")
        for line in lines:
            sign, number, *group = line.split()
            if sign == b"+":
                groups[number] = int(group[0])
            else:
                groups.pop(number, None)
    end_groups(groups.values())


class Guard:
    held = []  # Locks, by their file descriptors.

    def __init__(self):
        reading, self.pipe = os.pipe()
        self.owner, self.last = os.getpid(), 0
        self.pid = os.fork()
        if self.pid == 0:
            self.be(reading)
        os.close(reading)
        atexit.register(self.close)

    def be(self, reading):
        """Of all files the guard keeps the pipe and the locks, so that it keeps nobody waiting."""
        try:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            os.setsid()
            # Without /proc it keeps what it was given.
            for name in os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else ():
                if int(name) not in (reading, *self.held):
                    try:
                        os.close(int(name))
                    except OSError:  # The listing itself was one of them.
                        pass
            watch(reading)
        finally:
            os._exit(0)

    def tell(self, *words):
        try:
            os.write(self.pipe, (" ".join(map(str, words)) + "\n").encode())
        except OSError:  # Somebody ended the guard; the children run without it.
            pass

    def number(self):
        """For the next child."""
        self.last += 1
        return self.last

    def add(self, number):
        """Called in the child, which leads its group, and in which a broken pipe would be its end."""
        before = signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        self.tell("+", number, os.getpid())
        signal.signal(signal.SIGPIPE, before)

    def remove(self, number):
        self.tell("-", number)

    def close(self):
        if os.getpid() != self.owner:
            return
        os.close(self.pipe)
        try:
            os.waitpid(self.pid, 0)
        except ChildProcessError:
            pass


_guard = None


def hold(lock):
    """From the first child on the guard holds this open file as well."""
    Guard.held.append(lock.fileno())


def of_this_process():
    global _guard
    if _guard is None or _guard.owner != os.getpid():
        _guard = Guard()
    return _guard
