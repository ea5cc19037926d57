#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""`sotto chat` as people use it: over a file, and over a broker, while everybody is killed in turn.

    chat_test.py SOTTO file|broker      ends with 77 when there is no mosquitto

What is waited for has no deadline in seconds, which a busy machine would miss, but one in turns:
it is missing once everybody has had so many turns to work, each called for by a line typed and
proved by its answer.
"""

import contextlib
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

SOTTO = str(pathlib.Path(sys.argv[1]).resolve())
TURNS = 1500
LINES = 12
failures = []


def check(what, held, detail=""):
    print(f"{'ok  ' if held else 'FAIL'} {what}" + ("" if held else f"\n{detail}"), flush=True)
    if not held:
        failures.append(what)


class Side:
    """One device, its process, and what it has said."""

    everyone = []

    def __init__(self, folder, name, other, device, post):
        self.everyone.append(self)
        self.words = [SOTTO, "chat", "--plain", "--as", name, "--with", other, "--device",
                      str(device), *post]
        self.folder = folder
        self.start()

    def start(self):
        self.lines = []
        self.heard = threading.Condition()
        self.ended = False
        self.process = subprocess.Popen(self.words, cwd=self.folder, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            with self.heard:
                self.lines.append(line.rstrip("\n"))
                self.heard.notify_all()
        with self.heard:
            self.ended = True
            self.heard.notify_all()

    def say(self, *lines):
        self.process.stdin.write("".join(f"{line}\n" for line in lines))
        self.process.stdin.flush()

    def said(self, pattern, after):
        for at in range(after, len(self.lines)):
            if re.fullmatch(pattern, self.lines[at]):
                return at + 1
        return 0

    def wait(self, pattern, after=0):
        """The place behind the first line like that."""
        for _ in range(TURNS):
            if at := self.said(pattern, after):
                return at
            if self.process.poll() is not None:
                break
            everyone_works()
        raise RuntimeError(f"{self.words[4:6]} did not say {pattern}:\n" + "\n".join(self.lines))

    def answer(self, line, pattern, more=lambda found: 0):
        """What it says in answer to a line: the line like that, and as many behind it as `more`."""
        before = len(self.lines)
        self.say(line)
        with self.heard:
            while not (at := self.said(pattern, before)) \
                    or len(self.lines) < at + more(self.lines[at - 1]):
                if self.ended:
                    raise RuntimeError(f"{self.words[4:6]} ended:\n" + "\n".join(self.lines))
                self.heard.wait()
        return at

    def turn(self):
        """One more turn of its work."""
        self.answer("/turn", r"\* there is no /turn;.*")

    def history(self):
        """All texts that are kept, as it shows them."""
        at = self.answer("/history", r"\* (\d+) of \1 texts? that (is|are) kept:",
                         lambda found: int(found.split()[1]))
        count = int(self.lines[at - 1].split()[1])
        return [line for line in self.lines[at:] if not line.startswith("* ")][:count]

    def kill(self):
        self.process.kill()
        self.end()

    def quit(self):
        self.say("/quit")
        self.end()
        return self.process.returncode

    def end(self):
        self.process.wait()
        self.reader.join()
        self.process.stdin.close()
        self.process.stdout.close()


def everyone_works():
    for side in Side.everyone:
        if side.process.poll() is None:
            side.turn()
    time.sleep(0.02)  # For the broker, which has no turns.


class Broker:
    """A mosquitto of our own, which keeps what it retains in a file."""

    def __init__(self, folder):
        self.port = self.free_port()
        self.config = folder / "mosquitto.conf"
        self.config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\nuser root\n"
                               f"persistence true\npersistence_location {folder}/\n"
                               "autosave_on_changes true\nautosave_interval 1\nlog_dest none\n")
        self.start()

    @staticmethod
    def free_port():
        """Below those that Linux gives to connections, so that none has it while there is no broker
        (not even a connection to this very port)."""
        while True:
            port = random.randrange(20_000, 32_000)
            with socket.socket() as free, contextlib.suppress(OSError):
                free.bind(("127.0.0.1", port))
                return port

    def start(self):
        program = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
        self.process = subprocess.Popen([program, "-c", str(self.config)],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the broker does not start")

    def stop(self, how):
        self.process.send_signal(how)
        self.process.wait()


def until(what, held):
    for _ in range(TURNS):
        if held():
            break
        everyone_works()
    check(what, held())


def wanted(name, texts):
    return [f"{name}: {text}" for text in texts]


def holds(paths, word):
    return any(word.encode() in path.read_bytes() for path in paths if path.is_file())


def talk(folder, post, broker):
    said = {"Alice/1": [], "Bob/1": []}

    def say(side, name, word, count=LINES):
        texts = [f"{word} {i}" for i in range(count)]
        side.say(*texts)
        said[name] += texts
        return texts

    def stored(side, name):
        return wanted(name, said[name]) == [
            line for line in side.history() if line.startswith(name)]

    def whole(side):
        """What each said is there once, in the order in which it was said."""
        kept = side.history()
        return all([line for line in kept if line.startswith(name)] == wanted(name, texts)
                   for name, texts in said.items())

    alice = Side(folder, "Alice", "Bob", 1, post)
    bob = Side(folder, "Bob", "Alice", 1, post)
    alice.wait(r"\* Bob is here")
    bob.wait(r"\* Alice is here")

    say(alice, "Alice/1", "apple")
    bob.wait("Alice/1: apple 2")
    bob.kill()
    bob.start()
    until("killed while it reads, Bob's side has everything once", lambda: whole(bob))

    say(bob, "Bob/1", "bread")
    alice.history()
    until("what was said is stored", lambda: len(bob.history()) == 2 * LINES)
    bob.kill()
    say(alice, "Alice/1", "cherry")
    until("what is said to nobody is stored", lambda: stored(alice, "Alice/1"))
    alice.kill()
    alice.start()
    bob.start()
    until("both killed and started: Bob has everything once", lambda: whole(bob))
    until("and Alice too", lambda: whole(alice))

    if broker:
        for how, word in (signal.SIGTERM, "damson"), (signal.SIGKILL, "elder"):
            say(bob, "Bob/1", word)
            before = len(alice.lines)
            broker.stop(how)
            say(alice, "Alice/1", word + "berry")
            alice.wait(r"\* the broker at .* what you say is kept", before)
            until("what is said without a broker is stored",
                  lambda: stored(alice, "Alice/1") and stored(bob, "Bob/1"))
            alice.kill()
            alice.start()
            broker.start()
            until(f"broker ended by {how.name}: Alice has everything once", lambda: whole(alice))
            until("and Bob too", lambda: whole(bob))
            check("one order on both sides", alice.history() == bob.history())
    check("one order on both sides", alice.history() == bob.history())

    tablet = Side(folder, "Alice", "Bob", 2, post)
    tablet.wait(r"\* this device is not on your list yet.*")
    admitted = r"\* Alice has a new device 2, says device 1"
    while not alice.said(admitted, 0):  # A broker that is slow to answer counts as away.
        alice.say("/add")
        everyone_works()
    tablet.wait(r"\* Bob is here")
    bob.say("to all of you")
    said["Bob/1"].append("to all of you")
    tablet.wait("Bob/1: to all of you")
    alice.wait("Bob/1: to all of you")
    check("a device that came later has nothing from before",
          tablet.history() == ["Bob/1: to all of you"], tablet.lines)
    alice.say("/choose Alice:1 Bob:1", "not for the tablet")
    bob.wait("Alice/1: not for the tablet")
    bob.say("as you like")
    alice.wait("Bob/1: as you like")
    said["Alice/1"].append("not for the tablet")
    said["Bob/1"].append("as you like")
    for _ in range(5):
        everyone_works()
    check("a device that is not chosen has nothing",
          tablet.history() == ["Bob/1: to all of you"], tablet.lines)

    for lifetime in (2 ** power for power in range(1, 12)):
        before, already = len(bob.lines), len(alice.lines)
        alice.say(f"/timer {lifetime}")
        bob.wait(rf"\* Alice/1: from here on, messages are kept for {lifetime} s", before)
        alice.say("short lived")
        arrived = bob.wait(rf"Alice/1: short lived \(for {lifetime} s\)|"
                           r"\* a message of Alice/1 came after its time", before)
        alice.wait(r"\* a message of Alice is gone", already)
        if bob.lines[arrived - 1].startswith("Alice/1: "):
            bob.wait(r"\* a message of Alice is gone", arrived)
            break  # Else it took longer than it was to live, as on a busy machine it may.
    check("what was to disappear is gone on both sides", whole(alice) and whole(bob),
          alice.history())

    numbers = []
    for side in alice, bob:
        at = side.answer("/number", r"\* (\d{5} ){11}\d{5}")
        numbers.append(side.lines[at - 1])
    check("one number on both sides", numbers[0] == numbers[1], numbers)
    for wrong in "/remove x", "/choose Carol:1", "/timer forever", "/nonsense":
        alice.answer(wrong, r"\* (not understood|there is no).*")

    check("all end as they are told", [side.quit() for side in (alice, bob, tablet)] == [0, 0, 0])
    return [text for texts in said.values() for text in texts]


def main():
    over_broker = sys.argv[2] == "broker"
    if over_broker and not shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin"):
        print("there is no mosquitto")
        return 77
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        broker = Broker(folder) if over_broker else None
        post = ["--broker", f"127.0.0.1:{broker.port}"] if broker else ["--relay", "relay.db"]
        try:
            texts = talk(folder, post, broker)
        except RuntimeError as why:
            check("everybody says what is waited for", False, why)
            texts = []
        finally:
            for side in Side.everyone:
                side.process.kill()
            if broker:
                broker.stop(signal.SIGTERM)
        files = list(folder.glob("mosquitto.db*" if broker else "relay.db*"))
        found = [text for text in texts if holds(files, text)]
        (folder / "control").write_text("\n".join(texts))
        check("what was between them holds none of the texts", files and not found, found)
        check("(in a file with the texts they are found)",
              all(holds([folder / "control"], text) for text in texts))
    print(f"{len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
