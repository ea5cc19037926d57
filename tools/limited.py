# SPDX-License-Identifier: MIT OR Apache-2.0
"""Run a program with a limit of CPU time, so that a busy machine is no failure."""
import os
import resource
import signal
import subprocess
import time

import guard

HUNG = "hung"


class Child:
    """A process of its own session, which does not outlive this one. CPU seconds are counted with
    its children's."""

    def __init__(self, words, output, cpu_limit_s=None, wall_limit_s=None, **options):
        self.guard = guard.of_this_process()
        self.number = self.guard.number()

        def limit():
            self.guard.add(self.number)
            if cpu_limit_s is not None:
                _, most = resource.getrlimit(resource.RLIMIT_CPU)  # Nobody can go above it.
                soft, hard = int(cpu_limit_s), int(cpu_limit_s) + 10
                if most != resource.RLIM_INFINITY:
                    soft, hard = min(soft, most), min(hard, most)
                resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))

        self.began = time.monotonic()
        self.cpu_limit_s, self.wall_limit_s = cpu_limit_s, wall_limit_s
        self.cpu_s = self.wall_s = 0.0
        self.status = None  # the exit status, a signal as a negative number, or HUNG
        try:
            self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=subprocess.STDOUT, start_new_session=True,
                                            preexec_fn=limit, **options)
        except BaseException:
            self.guard.remove(self.number)
            raise

    def poll(self):
        """The status once it has ended; what it left behind ends with it."""
        if self.status is not None:
            return self.status
        pid, raw, usage = os.wait4(self.process.pid, os.WNOHANG)
        self.wall_s = time.monotonic() - self.began
        if pid == 0:
            if self.wall_limit_s is not None and self.wall_s > self.wall_limit_s:
                self.end(grace_s=0)
                self.status = HUNG
            return self.status
        self.finish(raw, usage)
        if self.cpu_limit_s is not None and self.is_over_limit():
            self.status = HUNG
        return self.status

    def is_over_limit(self):
        """The signal is asked for as well: a virtual machine may count fewer seconds here than the
        limit does."""
        return self.cpu_s >= self.cpu_limit_s - 1 or \
            self.status in (-signal.SIGXCPU, 128 + signal.SIGXCPU)

    def finish(self, raw, usage):
        self.cpu_s = usage.ru_utime + usage.ru_stime
        self.status = os.waitstatus_to_exitcode(raw)
        self.process.returncode = self.status  # So that nobody waits for it again.
        self.signal(signal.SIGKILL)
        self.guard.remove(self.number)

    def signal(self, number):
        try:
            os.killpg(self.process.pid, number)
        except (ProcessLookupError, PermissionError):
            pass

    def end(self, grace_s=3.0):
        """End it and its children, by force when they do not go."""
        if self.status is not None:
            return
        if grace_s > 0:
            self.signal(signal.SIGTERM)
        until = time.monotonic() + grace_s
        while time.monotonic() < until:
            pid, raw, usage = os.wait4(self.process.pid, os.WNOHANG)
            if pid:
                self.finish(raw, usage)
                return
            time.sleep(0.02)
        self.signal(signal.SIGKILL)
        _, raw, usage = os.wait4(self.process.pid, 0)
        self.finish(raw, usage)

    def wait(self):
        while self.poll() is None:
            time.sleep(0.02)
        return self.status
