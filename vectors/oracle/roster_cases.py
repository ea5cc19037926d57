# SPDX-License-Identifier: MIT OR Apache-2.0
"""Cases of lists of devices: some made step by step, many to be judged."""
import hashlib

import rosters
from rosters import be


def nonce(secret, label):
    return hashlib.sha512(secret("roster nonce " + label)).digest()


def made_cases(secret):
    user = secret("roster user")

    def key(name):
        return secret("roster device " + name)

    def step(do, device, name, signer, at):
        label = f"{do} {device} {name}"
        of_device = {} if do == "remove" else {
            "secret": key(name), "claim_nonce": nonce(secret, label + " claim")}
        return {"do": do, "device": device, **of_device, "signer": signer[0],
                "signer_secret": key(signer[1]), "at": at, "nonce": nonce(secret, label)}

    one, two = (1, "one"), (7, "two")
    begun = [step("begin", 1, "one", one, 1_700_000_000_000)]
    grown = begun + [step("add", 7, "two", one, 1_700_000_100_000),
                     step("add", 4, "three", two, 1_700_000_200_000),
                     step("replace", 4, "three again", one, 1_700_000_200_000),
                     step("remove", 1, "", one, 1_700_000_300_000),
                     step("add", 0xffffffff, "five", two, 1_700_000_400_000)]
    for name, steps in (("one device", begun), ("added, replaced, removed", grown)):
        *lists, row = rosters.made(user, steps)
        theirs = secret("roster of theirs")
        yield {"id": name, "user": user,
               "lists": [{**step, **one} for step, one in zip(steps, lists)], "row": row,
               "their_hash": theirs, "both": rosters.both(lists[-1]["hash"], theirs)}


class Judged:
    """Two good lists, and what may or may not follow."""

    def __init__(self, secret):
        self.secret, self.user = secret, secret("judged user")
        self.one, self.two, self.three = (self.claim(device) for device in (1, 2, 3))
        self.first = self.signed(rosters.body(self.user, 0, bytes(32), 1000, 1, [self.one]), 1)
        self.second = self.following(self.first, 1, 2000, 1, [self.one, self.two], 1)

    def key(self, device):
        return self.secret(f"judged device {device}")

    def claim(self, device, key=None, user=None):
        return rosters.claim(user or self.user, device, self.key(key or device),
                             nonce(self.secret, f"claim {device} {key}"))

    def signed(self, text, by):
        return rosters.signed(text, self.key(by), nonce(self.secret, "list"))

    def following(self, before, number, at, signer, claims, by, user=None):
        return self.signed(rosters.body(user or self.user, number, rosters.hash_of(before), at,
                                        signer, claims), by)

    def third(self, claims, signer=1, by=None, at=3000, number=2, user=None):
        return self.following(self.second, number, at, signer, claims, by or signer, user)


def chains(secret):
    j = Judged(secret)
    good = j.third([j.one, j.two, j.three])
    without = j.third([j.one])
    low = be(3, 4) + bytes(32) + j.three[36:]

    def body(number=0, previous=bytes(32), at=1000, signer=1, claims=(j.one,), count=None):
        return rosters.body(j.user, number, previous, at, signer, list(claims), count)

    lists_of_three = [
        ("a device added", None, good),
        ("a device removed", None, without),
        ("a device that removes itself", None, j.third([j.two])),
        ("a device under another identity", None, j.third([j.one, j.claim(2, 22)])),
        ("at the same time as before", None, j.third([j.one, j.two, j.three], at=2000)),
        ("a ghost that lets itself in", "bad_signature",
         j.third([j.one, j.two, j.three], signer=3)),
        ("a ghost in the name of a device", "bad_signature",
         j.third([j.one, j.two, j.three], signer=1, by=3)),
        ("a device that claimed for another user", "bad_signature",
         j.third([j.one, j.two, j.claim(3, user=secret("another user"))])),
        ("a device that claimed another number", "bad_signature",
         j.third([j.one, j.two, be(3, 4) + j.claim(9)[4:]])),
        ("an identity of low order", "bad_signature", j.third([j.one, j.two, low])),
        ("the signature of another list", "bad_signature", good[:-64] + without[-64:]),
        ("a number left out", "malformed", j.third([j.one, j.two, j.three], number=3)),
        ("the same number again", "malformed", j.third([j.one, j.two, j.three], number=1)),
        ("a time before that of the list before", "malformed",
         j.third([j.one, j.two, j.three], at=1999)),
        ("of another user", "malformed",
         j.third([j.one, j.two, j.three], user=secret("another user"))),
        ("after another list", "malformed",
         j.following(j.first, 2, 3000, 1, [j.one, j.two, j.three], 1)),
        ("two devices at once", "malformed", j.third([j.one, j.two, j.three, j.claim(4)])),
        ("one for another", "malformed", j.third([j.one, j.three])),
        ("no change", "malformed", j.third([j.one, j.two])),
        ("a claim signed again", "malformed", j.third(
            [j.one, rosters.claim(j.user, 2, j.key(2), nonce(secret, "again"))])),
        ("devices out of order", "malformed", j.third([j.one, j.three, j.two])),
        ("an identity twice", "malformed", j.third([j.one, j.two, j.claim(3, 2)])),
        ("no device", "malformed", j.third([])),
        ("cut short", "malformed", good[:-1]),
        ("a byte more", "malformed", good + b"\0"),
        ("nothing", "malformed", b""),
        ("a time of 2^63", "malformed", j.third([j.one, j.two, j.three], at=2**63)),
        ("of version 2", "unsupported_version", b"\x02" + good[1:]),
    ]
    cases = [(name, expect, (j.first, j.second, last)) for name, expect, last in lists_of_three]
    cases += [("a removed device signs the next", "bad_signature",
               (j.first, j.second, without,
                j.following(without, 3, 4000, 2, [j.one, j.three], 2)))]
    cases += [(name, expect, (last,)) for name, expect, last in (
        ("list 0", None, j.first),
        ("list 0 signed by another", "bad_signature", j.signed(body(), 2)),
        ("list 0 in which another signs", "malformed", j.signed(body(signer=2), 1)),
        ("list 0 with one before it", "malformed", j.signed(body(previous=b"\1" * 32), 1)),
        ("list 0 with two devices", "malformed", j.signed(body(claims=(j.one, j.two)), 1)),
        ("list 1 with nothing before it", "malformed", j.signed(body(number=1), 1)),
        ("33 devices", "malformed", j.signed(body(claims=[
            be(device, 4) + be(device, 32) + bytes(64) for device in range(33)]), 1)),
        ("a count that is not that of the claims", "malformed", j.signed(body(count=2), 1)))]
    for name, expect, chain in cases:
        result = {"expect": expect} if expect else {"hash": rosters.hash_of(chain[-1])}
        yield {"id": name, **result, "chain": [{"list": each} for each in chain]}


def files(source, secret):
    origin = "Rosters of sotto, revision 1 (spec/rosters.md)"
    return {"roster": ("roster", lambda: made_cases(secret), source(origin, "Forms")),
            "roster-chain": ("roster_chain", lambda: chains(secret), source(origin, "Rules"))}
