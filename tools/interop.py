#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Set two implementations against each other: random scripts between two parties that speak the
protocol of `sotto peer` (docs/interop.md).

    interop.py [--scripts N] [--seed S] [--events N] "COMMAND OF ONE" "COMMAND OF THE OTHER"

Every script sets up both parties anew; they begin sessions, both ways and at the same time, with
and without one-time prekeys; messages are lost, late, doubled and altered; sessions are exported and
imported. What must open opens, to the bytes that were sent; what must not is refused. Exits with 1
and the seed at the first script that fails, and with 2 when one of the two cannot be started.
"""
import argparse
import collections
import json
import random
import shlex
import subprocess
import sys

import arguments

# A receiver keeps a session's last five receiving chains; a message from further back may be
# refused, so it counts as lost.
MOST_NEWER_CHAINS = 4
# A private key as RFC 7748 clamps it; libsignal-protocol-c takes one as it is.
CLAMPED = "10" + "11" * 30 + "51"


class Refused(Exception):
    """An answer that says no; `kind` says why."""

    def __init__(self, command, answer):
        super().__init__(f"{command}: {answer}")
        self.kind = answer.get("kind")


class Broken(Exception):
    """What a party did does not follow the protocol."""


class Absent(Exception):
    """A party cannot be started."""


class Answer(dict):
    """The fields of an answer; one that is missing breaks the protocol."""

    def __missing__(self, field):
        raise Broken(f"an answer without {field}: {dict(self)}")


class Peer:
    """A process that speaks the protocol."""

    def __init__(self, command):
        self.command = command
        try:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                errors="backslashreplace")
        except OSError as why:
            raise Absent(f"{shlex.join(command)} cannot be started: {why.strerror}") from None
        self.number = 0

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        try:
            self.process.stdin.close()
        except BrokenPipeError:  # It has ended, and did not read the last line.
            pass
        self.process.stdout.close()
        self.process.wait()

    def line(self, text):
        """One line as it is; the answer as an object."""
        try:
            self.process.stdin.write(text + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise Broken(f"{shlex.join(self.command)} ended without an answer to {text[:100]}")
        try:
            fields = json.loads(answer)
        except ValueError:
            fields = None
        if not isinstance(fields, dict):
            raise Broken(f"{shlex.join(self.command)} answers with what is no JSON object: {answer[:100]!r}")
        return Answer(fields)

    def ask(self, command, **fields):
        self.number += 1
        answer = self.line(json.dumps({"id": self.number, "cmd": command} | fields))
        if answer.get("id") != self.number:
            raise Broken(f"an answer to something else: {dict(answer)}")
        if answer["ok"] is not True:
            raise Refused(command, dict(answer))
        return answer


Sent = collections.namedtuple("Sent", "type message plaintext chain")


class Side:
    """One party in a script, and the messages on the way to it."""

    def __init__(self, peer, name):
        self.peer = peer
        self.name = name
        self.identity = peer.ask("init", name=name)["identityKey"]
        self.prekeys = 0
        self.chains = []       # ratchet keys it has sent under, in the order of their first use
        self.can_send = False
        self.connects = 0
        self.inbound = []
        self.opened = []

    def address(self):
        return {"name": self.name, "device": 1}


class Script:
    """One random conversation."""

    def __init__(self, one, other, seed, tally):
        self.random = random.Random(seed)
        self.sides = [Side(one, "one"), Side(other, "other")]
        self.tally = tally

    def run(self, events):
        self.connect(self.random.randrange(2))
        steps = [self.send] * 6 + [self.deliver] * 6 + [
            self.lose, self.again, self.altered, self.connect, self.move]
        for _ in range(events):
            self.random.choice(steps)(self.random.randrange(2))
        for who in (0, 1):
            while self.sides[who].inbound:
                self.deliver(who)
        # In the end all is delivered in order, and both sides use one session.
        for _ in range(3):
            for who in (0, 1):
                if self.sides[who].can_send:
                    self.send(who)
                    self.deliver(1 - who)
        self.tools()

    def connect(self, who):
        ours, theirs = self.sides[who], self.sides[1 - who]
        if ours.connects == 10:
            return
        ours.connects += 1
        theirs.prekeys += 1
        bundle = theirs.peer.ask("bundle", signedPreKeyId=theirs.prekeys, preKeyId=theirs.prekeys,
                                 oneTime=self.random.random() < 0.7)["bundle"]
        ours.peer.ask("process_bundle", peer=theirs.address(), bundle=bundle)
        ours.can_send = True
        self.tally["connects"] += 1

    def send(self, who):
        ours, theirs = self.sides[who], self.sides[1 - who]
        if not ours.can_send:
            return
        plaintext = self.random.randbytes(self.random.choice((0, 1, 15, 16, 17, 300))).hex()
        made = ours.peer.ask("encrypt", peer=theirs.address(), plaintext=plaintext)
        seen = theirs.peer.ask("inspect", type=made["type"], message=made["message"])
        key = seen["ratchetKey"]
        if key not in ours.chains:
            ours.chains.append(key)
        theirs.inbound.append(Sent(made["type"], made["message"], plaintext, ours.chains.index(key)))
        self.tally["sent"] += 1

    def opens(self, who, sent):
        """The plaintext that the side reads, or nothing."""
        ours, theirs = self.sides[who], self.sides[1 - who]
        try:
            return ours.peer.ask("decrypt", peer=theirs.address(), type=sent.type,
                                 message=sent.message)["plaintext"]
        except Refused as refused:
            self.tally[f"{ours.name} refused: {refused.kind}"] += 1
            self.last_refusal = refused
            return None

    def deliver(self, who):
        ours, theirs = self.sides[who], self.sides[1 - who]
        if not ours.inbound:
            return
        late = self.random.random() < 0.3
        sent = ours.inbound.pop(self.random.randrange(len(ours.inbound)) if late else 0)
        if len(theirs.chains) - 1 - sent.chain > MOST_NEWER_CHAINS:
            self.tally["too late"] += 1
            return
        read = self.opens(who, sent)
        if read is None:
            raise AssertionError(f"{ours.name} refuses a message: {self.last_refusal}")
        if read != sent.plaintext:
            raise AssertionError(f"{ours.name} reads something else: {read}, not {sent.plaintext}")
        ours.can_send = True
        ours.opened.append(sent)
        self.tally["opened"] += 1

    def lose(self, who):
        if self.sides[who].inbound:
            self.sides[who].inbound.pop(self.random.randrange(len(self.sides[who].inbound)))
            self.tally["lost"] += 1

    def again(self, who):
        if self.sides[who].opened:
            if self.opens(who, self.random.choice(self.sides[who].opened)) is not None:
                raise AssertionError(f"{self.sides[who].name} reads a message twice")
            self.tally["doubled"] += 1

    def altered(self, who):
        """A bit of the MAC; the outside of a first message is not under it."""
        signal = [sent for sent in self.sides[who].inbound if sent.type == "signal"]
        if signal:
            sent = self.random.choice(signal)
            bytes_ = bytearray.fromhex(sent.message)
            bytes_[-self.random.randint(1, 8)] ^= 1 << self.random.randrange(8)
            if self.opens(who, sent._replace(message=bytes_.hex())) is not None:
                raise AssertionError(f"{self.sides[who].name} reads an altered message")
            self.tally["altered"] += 1

    def move(self, who):
        ours, theirs = self.sides[who], self.sides[1 - who]
        if ours.can_send:
            record = ours.peer.ask("export_session", peer=theirs.address())["record"]
            ours.peer.ask("import_session", peer=theirs.address(), record=record)
            self.tally["exported and imported"] += 1

    def tools(self):
        """Signatures, agreements, derivations and safety numbers are the same on both sides."""
        answers = []
        message = self.random.randbytes(40).hex()
        for who in (0, 1):
            ours, theirs = self.sides[who], self.sides[1 - who]
            signature = ours.peer.ask("sign", message=message)["signature"]
            good = theirs.peer.ask("verify", publicKey=ours.identity, message=message,
                                   signature=signature)["valid"]
            bad = theirs.peer.ask("verify", publicKey=ours.identity, message=message + "00",
                                  signature=signature)["valid"]
            if not good or bad:
                raise AssertionError(f"{theirs.name} does not verify as {ours.name} signs")
            number = ours.peer.ask("fingerprint", version=1, iterations=5200,
                                   localId=ours.name.encode().hex(), remoteId=theirs.name.encode().hex(),
                                   remoteKey=theirs.identity)
            okm = ours.peer.ask("hkdf", ikm=message, info="aa", length=80)["okm"]
            secret = ours.peer.ask("dh", privateKey=CLAMPED, publicKey=theirs.identity)["secret"]
            same = theirs.peer.ask("dh", privateKey=CLAMPED, publicKey=theirs.identity)["secret"]
            answers.append((number["display"], number["scannable"][:8], okm))
            if secret != same:
                raise AssertionError("the two agree on different secrets")
        if answers[0] != answers[1]:
            raise AssertionError(f"the two compute different figures: {answers}")
        self.tally["figures compared"] += 1


def play(options):
    tally = collections.Counter()
    with Peer(options.commands[0]) as one, Peer(options.commands[1]) as other:
        print(" against ".join(str(p.ask("hello")["impl"]) for p in (one, other)))
        for seed in range(options.seed, options.seed + options.scripts):
            try:
                Script(one, other, seed, tally).run(options.events)
            except (AssertionError, Refused, Broken, ValueError, KeyError, TypeError) as failed:
                print(f"seed {seed}: {failed or repr(failed)}")
                return 1
    print(f"{options.scripts} scripts clean")
    for what, count in sorted(tally.items()):
        print(f"  {count:7} {what}")
    return 0


def command(text):
    try:
        words = shlex.split(text)
    except ValueError as why:
        raise argparse.ArgumentTypeError(f"{text!r} is not a command: {why}") from None
    if not words:
        raise argparse.ArgumentTypeError("a command is empty")
    return words


def main():
    parser = arguments.described(__doc__)
    parser.add_argument("commands", nargs=2, type=command, metavar="COMMAND")
    parser.add_argument("--scripts", type=arguments.positive, default=200, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--events", type=arguments.positive, default=60, metavar="N",
                        help="of each script")
    try:
        return play(parser.parse_args())
    except (Broken, Refused) as why:
        print(why)
        return 1
    except Absent as why:
        print(why, file=sys.stderr)
        return 2


if __name__ == "__main__":
    arguments.run(main)
