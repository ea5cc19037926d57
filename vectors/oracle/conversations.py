# SPDX-License-Identifier: MIT OR Apache-2.0
"""Conversations for the kind ratchet_transcript."""
import copy

import curve
import ratchet


class Talk:
    """Two sides and a record of what they did."""

    def __init__(self, name, secret):
        self.name, self.secret, self.count, self.steps = name, secret, 0, []
        root, chain, prekey = self._new("RK"), self._new("CK"), self._new("SPK")
        a, b = (curve.public_of(self._new(x)) for x in ("initiator", "responder"))
        first = self._new("first DHs")
        self.case = {"id": name, "root_key": root, "chain_key": chain, "initiator_identity": a,
                     "responder_identity": b, "signed_prekey_secret": prekey,
                     "initiator_entropy": first}
        self.sides = {
            "initiator": ratchet.Ratchet.initiator(root, chain, a, b, curve.public_of(prekey), first),
            "responder": ratchet.Ratchet.responder(root, chain, b, a, prekey),
        }

    def _new(self, label):
        return self.secret(f"{self.name} {label}")

    def say(self, by, plaintext):
        message = self.sides[by].seal(plaintext)
        self.steps.append({"do": "encrypt", "by": by, "message": message, "plaintext": plaintext})
        return message

    def hear(self, by, message):
        self.count += 1
        entropy = self._new(f"DHs {self.count}") if message[1:33] not in self.sides[by].chains else b""
        plaintext = self.sides[by].open(message, entropy)
        assert isinstance(plaintext, bytes), plaintext
        self.steps.append({"do": "decrypt", "by": by, "message": message, "entropy": entropy,
                           "plaintext": plaintext})

    def refuse(self, by, message, cause):
        assert copy.deepcopy(self.sides[by]).open(message, b"") == cause
        self.steps.append({"do": "decrypt", "by": by, "message": message, "entropy": b"",
                           "refused": cause})

    def done(self):
        return {**self.case, "steps": self.steps}


A, B = "initiator", "responder"


def in_order(secret):
    talk = Talk("in order, plaintexts of many sizes", secret)
    for turn, sizes in enumerate(((0, 1), (15, 16, 17), (100,), (31,))):
        by, other = (A, B) if turn % 2 == 0 else (B, A)
        for size in sizes:
            talk.hear(other, talk.say(by, bytes(range(size))))
    return talk.done()


def responder_first(secret):
    talk = Talk("the responder speaks first, and both cross", secret)
    talk.hear(A, talk.say(B, b"are you there?"))
    one = talk.say(A, b"I am, and so")
    two = talk.say(B, b"are you?")
    talk.hear(A, two)
    talk.hear(B, one)
    talk.hear(A, talk.say(B, b"good"))
    talk.hear(B, talk.say(A, b"yes"))
    return talk.done()


def out_of_order(secret):
    talk = Talk("late, lost and replayed messages, over two turns", secret)
    sent = [talk.say(A, b"number %d" % i) for i in range(6)]
    for i in (3, 0, 5):
        talk.hear(B, sent[i])
    talk.refuse(B, sent[3], "replayed")
    talk.hear(B, sent[1])
    answer = talk.say(B, b"what was number 2?")
    late = talk.say(B, b"and 4?")
    talk.hear(A, answer)
    talk.hear(B, talk.say(A, b"say again"))
    talk.hear(B, sent[2])  # from a chain that is over; number 4 is lost for good
    talk.refuse(B, sent[2], "replayed")
    talk.hear(A, late)
    talk.refuse(A, answer, "replayed")
    talk.hear(A, talk.say(B, b"number 2 came"))
    return talk.done()


def forged(secret):
    talk = Talk("forgeries between good messages", secret)
    talk.hear(B, talk.say(A, b"good"))
    message = talk.say(A, b"to be forged")

    def flipped(at, bit=1):
        return message[:at] + bytes([message[at] ^ bit]) + message[at + 1:]

    for at in (2, 20, 36, 41, len(message) - 9, len(message) - 8, len(message) - 1):
        talk.refuse(B, flipped(at), "authentication_failed")
    talk.refuse(B, flipped(40, 2), "authentication_failed")  # number 3 in place of 1
    talk.refuse(B, flipped(40), "replayed")  # number 0 in place of 1
    talk.refuse(B, flipped(37), "too_far_ahead")  # number 2^24 + 1
    talk.refuse(B, flipped(0), "malformed")
    talk.refuse(B, message[:-1], "malformed")
    talk.refuse(B, message[:48], "malformed")
    talk.refuse(B, b"", "malformed")
    for low in (0, 1, curve.P - 1, curve.P + 9):
        talk.refuse(B, message[:1] + low.to_bytes(32, "little") + message[33:], "weak_key")
    talk.refuse(A, message, "authentication_failed")  # sent back to who sent it
    talk.hear(B, message)
    talk.hear(A, talk.say(B, b"nothing was broken"))
    return talk.done()


def files(source, secret):
    def cases():
        return [make(secret) for make in (in_order, responder_first, out_of_order, forged)]
    return {"ratchet-transcript": (
        "ratchet_transcript", cases,
        source("The Double Ratchet Algorithm, revision 1, 2016-11-20",
               "sections 3 and 5.2, in the compact frame of this library"))}
