#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""`sotto chat` as people use it: over a file, and over a broker, while everybody is killed in turn.

    chat_test.py SOTTO file|broker      ends with 77 when there is no mosquitto
"""

import os
import pathlib
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
PATIENCE_S = 40
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
        self.process = subprocess.Popen(self.words, cwd=self.folder, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.reader = threading.Thread(target=self.read, args=(self.process, self.lines),
                                       daemon=True)
        self.reader.start()

    @staticmethod
    def read(process, lines):
        for line in process.stdout:
            lines.append(line.rstrip("\n"))

    def say(self, *lines):
        self.process.stdin.write("".join(f"{line}\n" for line in lines))
        self.process.stdin.flush()

    def wait(self, pattern, after=0, patience=PATIENCE_S):
        """The place behind the first line like that."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            for at in range(after, len(self.lines)):
                if re.fullmatch(pattern, self.lines[at]):
                    return at + 1
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise RuntimeError(f"{self.words[4:6]} did not say {pattern}:\n" + "\n".join(self.lines))

    def history(self):
        """All texts that are kept, as it shows them."""
        before = len(self.lines)
        self.say("/history")
        at = self.wait(r"\* (\d+) of \1 texts that are kept:", before)
        count = int(self.lines[at - 1].split()[1])
        end = time.monotonic() + PATIENCE_S
        while len(self.lines) < at + count and time.monotonic() < end:
            time.sleep(0.02)
        return [line for line in self.lines[at:] if not line.startswith("* ")][:count]

    def kill(self):
        self.process.kill()
        self.end()

    def quit(self):
        self.say("/quit")
        self.end()
        return self.process.returncode

    def end(self):
        self.process.wait(PATIENCE_S)
        self.reader.join()
        self.process.stdin.close()
        self.process.stdout.close()


class Broker:
    """A mosquitto of our own, which keeps what it retains in a file."""

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.config = folder / "mosquitto.conf"
        self.config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\nuser root\n"
                               f"persistence true\npersistence_location {folder}/\n"
                               "autosave_on_changes true\nautosave_interval 1\nlog_dest none\n")
        self.start()

    def start(self):
        program = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
        self.process = subprocess.Popen([program, "-c", str(self.config)],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the broker does not start")

    def stop(self, how):
        self.process.send_signal(how)
        self.process.wait(PATIENCE_S)


def until(what, held, patience=PATIENCE_S):
    end = time.monotonic() + patience
    while not held() and time.monotonic() < end:
        time.sleep(0.1)
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
            broker.stop(how)
            say(alice, "Alice/1", word + "berry")
            alice.wait(r"\* the broker at .* what you say is kept")
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
    alice.say("/add")
    alice.wait(r"\* Alice has a new device 2, says device 1")
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
    time.sleep(0.5)
    check("a device that is not chosen has nothing",
          tablet.history() == ["Bob/1: to all of you"], tablet.lines)

    alice.say("/timer 2")
    bob.wait(r"\* Alice/1: from here on, messages are kept for 2 s")
    alice.say("short lived")
    bob.wait(r"Alice/1: short lived \(for 2 s\)")
    bob.wait(r"\* a message of Alice is gone")
    alice.wait(r"\* a message of Alice is gone")
    check("what was to disappear is gone on both sides", whole(alice) and whole(bob),
          alice.history())

    numbers = []
    for side in alice, bob:
        before = len(side.lines)
        side.say("/number")
        at = side.wait(r"\* (\d{5} ){11}\d{5}", before)
        numbers.append(side.lines[at - 1])
    check("one number on both sides", numbers[0] == numbers[1], numbers)
    for wrong in "/remove x", "/choose Carol:1", "/timer forever", "/nonsense":
        before = len(alice.lines)
        alice.say(wrong)
        alice.wait(r"\* (not understood|there is no).*", before)

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
