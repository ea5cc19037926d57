# SPDX-License-Identifier: MIT OR Apache-2.0
"""One member's side of a group call (spec/group_calls.md)."""
import hashlib

import sframe

NEW_KEY_AFTER = 2000  # ms
KEY_BYTES = {4: 32, 5: 64, 0xF001: 64}


def _written(member):
    return member["identity"] + member["device"].to_bytes(4, "big")


def roster_hash(call_id, number, members):
    return hashlib.sha256(b"sotto group roster 1" + call_id + number.to_bytes(8, "big")
                          + b"".join(sorted(map(_written, members)))).digest()


class Member:
    """What one member says and seals while rosters come."""

    def __init__(self, call_id, suite, self_, metadata, text):
        self.call_id, self.suite, self.self = call_id, suite, self_
        self.metadata, self.text = metadata, text
        self.stay = self.members = self.waiting = None
        self.generation = self.sealing = self.step = self.counter = self.since = 0

    def _key(self):
        """The newest key: KID, since, base key."""
        if self.waiting:
            return self.generation << 8, self.waiting["since"], self.waiting["key"]
        return (self.generation << 8) + self.step, self.since, self.key

    def see(self, number, at, entropy, members):
        """A roster is set; answers what is computed of it but the frame."""
        now = set(map(_written, members))
        if self.members is None:
            self.stay, self.key, self.since = at, entropy, number
            told = len(now) - 1
        else:
            self._pass(at)
            told = len(now - self.members)
            if self.members - now:
                due = self.waiting["due"] if self.waiting else at + NEW_KEY_AFTER
                self.waiting = {"key": entropy, "since": number, "due": due}
                self.generation += 1
                told = len(now) - 1
            else:
                if told and not self.waiting:
                    self.key = sframe.next_base_key(self.suite, self.key)
                    self.step += 1
                if self.waiting:
                    self.waiting["since"] = number
                else:
                    self.since = number
        self.members = now
        hashed = roster_hash(self.call_id, number, members)
        kid, since, key = self._key()
        message = (b"\x01\x01" + self.call_id + self.stay.to_bytes(8, "big")
                   + self.suite.to_bytes(2, "big") + kid.to_bytes(8, "big")
                   + since.to_bytes(8, "big") + number.to_bytes(8, "big") + hashed + key)
        return {"roster_hash": hashed, "told": told, "key_message": message if told else b""}

    def _pass(self, now):
        if self.waiting and now >= self.waiting["due"]:
            self.key, self.since, self.step = self.waiting["key"], self.waiting["since"], 0
            self.waiting = None

    def seal(self, at):
        self._pass(at)
        if not self.waiting:
            self.sealing = self.generation
        bound = (self.call_id + _written(self.self) + self.stay.to_bytes(8, "big")
                 + self.metadata)
        made = sframe.frame(self.suite, (self.sealing << 8) + self.step, self.counter, self.key,
                            bound, self.text)
        self.counter += 1
        return made


def _events(member, events):
    for event in events:
        made = member.see(event["number"], event["at"], event["entropy"], event["members"])
        yield {**made, "frame": member.seal(event["sealed_at"])}


def cases(secret):
    people = [{"identity": secret(f"group member {i}"), "device": i} for i in range(6)]
    for name, suite in (("AES-128-GCM", 4), ("AES-256-GCM", 5), ("a committing suite", 0xF001)):
        def drawn(i, name=name, suite=suite):
            return (secret(f"{name} key {i}") + secret(f"{name} key {i} more"))[:KEY_BYTES[suite]]
        fields = {"call_id": secret(name + " group id")[:16], "suite": suite, **people[0],
                  "metadata": b"what the app adds", "text": b"a frame of sound"}
        rosters = ((1, 1000, (0, 1), 1000), (2, 2000, (0, 1, 2), 2000),
                   (5, 3000, (0, 2, 1, 3, 4), 3000), (6, 4000, (0, 1, 2, 3), 5999),
                   (7, 5999, (0, 2, 3), 6000), (8, 9000, (0, 2, 3, 5), 9000),
                   (9, 9500, (0, 1), 11499), (10, 11499, (0, 1, 2), 11500))
        draws = (1, 6, 7, 9)  # at the start, and when somebody has left
        events = [{"number": number, "at": at, "entropy": drawn(number) if number in draws else b"",
                   "members": [people[i] for i in who], "sealed_at": sealed_at}
                  for number, at, who, sealed_at in rosters]
        member = Member(fields["call_id"], suite, people[0], fields["metadata"], fields["text"])
        yield {"id": name, **fields,
               "events": [{**e, **made} for e, made in zip(events, _events(member, events))]}


def group_call(c):
    member = Member(c["call_id"], c.raw["suite"], {"identity": c["identity"],
                                                   "device": c.raw["device"]},
                    c["metadata"], c["text"])
    events = [{**raw, "entropy": bytes.fromhex(raw["entropy"]), "members": [
        {"identity": bytes.fromhex(each["identity"]), "device": each["device"]}
        for each in raw["members"]]} for raw in c.raw["events"]]
    return all(raw[field] == (value.hex() if isinstance(value, bytes) else value)
               for raw, made in zip(c.raw["events"], _events(member, events))
               for field, value in made.items())


CHECKS = (group_call,)


def files(source, secret):
    return {"group-call": ("group_call", lambda: cases(secret),
                           source("Group calls of sotto, revision 1 (spec/group_calls.md)",
                                  "all"))}
