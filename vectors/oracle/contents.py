# SPDX-License-Identifier: MIT OR Apache-2.0
"""Message content as spec/content.md has it, and timers as spec/timers.md."""
HEAD = 205
TEXT, ATTACHMENT, TIMER, REACTION, EDIT, DELETE, RECEIPT, CALL, NOTE = range(1, 10)
END = 2**63 - 1
YEAR = 365 * 24 * 3600
FORTNIGHT, HOUR = 14 * 24 * 3600 * 1000, 3600 * 1000
OFF, ONCE, READ, SEND = range(4)


class Refused(Exception):
    pass


def need(holds, why="malformed"):
    if not holds:
        raise Refused(why)


def padded_size(size):
    top = 4096
    while 2 * top < size:
        top *= 2
    step = 512 if size <= 4096 else top // 8
    return -(-size // step) * step


class Cut:
    """Fields from the front."""

    def __init__(self, data):
        self.rest = data

    def take(self, size):
        need(size <= len(self.rest))
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken

    def number(self, size):
        return int.from_bytes(self.take(size), "big")


def timer_of(cut, name):
    kind, seconds, at = cut.number(1), cut.number(4), cut.number(8)
    need(at <= END and kind <= SEND)
    need(seconds == 0 if kind in (OFF, ONCE) else 1 <= seconds <= YEAR)
    return {name + "_type": kind, name + "_seconds": seconds, name + "_set_at": at}


def timer_bytes(kind, seconds, at):
    return bytes([kind]) + seconds.to_bytes(4, "big") + at.to_bytes(8, "big")


def utf8(data, low, high):
    need(low <= len(data) <= high)
    try:
        data.decode("utf-8", "strict")
    except UnicodeDecodeError:
        need(False)
    return data


def body_of(kind, body):
    """What a body of this kind says."""
    cut = Cut(body)
    said = {}
    if kind == TEXT:
        said = {"text": utf8(cut.take(len(body)), 1, 65536)}
    elif kind == ATTACHMENT:
        said["reference"] = cut.take(cut.number(2))
        said["name"] = utf8(cut.take(cut.number(1)), 0, 255)
        said["media_type"] = cut.take(cut.number(1))
        need(1 <= len(said["reference"]) <= 1024 and len(said["media_type"]) <= 127)
        need(all(0x21 <= c <= 0x7e for c in said["media_type"]))
        need(not any(c < 32 or c in b"\x7f/\\" for c in said["name"]))
        need(said["name"] not in (b".", b".."))
    elif kind == TIMER:
        said = timer_of(cut, "setting")
    elif kind == REACTION:
        said = {"of": cut.take(16), "emoji": utf8(cut.take(cut.number(1)), 0, 32)}
    elif kind == EDIT:
        said = {"of": cut.take(16), "text": utf8(cut.take(len(cut.rest)), 1, 65536)}
    elif kind == DELETE:
        said = {"of": cut.take(16)}
    elif kind == RECEIPT:
        ids = [cut.take(16) for _ in range(cut.number(2))]
        need(1 <= len(ids) <= 256 and ids == sorted(set(ids)))
        said = {"ids": b"".join(ids)}
    else:
        cut.take(len(body))
        need(len(body) <= {CALL: 1024, NOTE: 16384}.get(kind, 66560))
        need(kind not in (CALL, NOTE) or body)
    need(not cut.rest)
    return said


def write(head, body):
    """The bytes of a content, whether good or not."""
    data = b"".join((
        b"\x01", head["kind"].to_bytes(2, "big"), b"\0", head["message_id"], head["conversation"],
        *(head[name].to_bytes(8, "big") for name in ("sent_at", "order", "number")),
        head["sender_roster_number"].to_bytes(8, "big"), head["sender_roster"],
        head["recipient_roster_number"].to_bytes(8, "big"), head["recipient_roster"],
        timer_bytes(*(head["timer_" + name] for name in ("type", "seconds", "set_at"))),
        head["franking_key"], len(body).to_bytes(4, "big"), body))
    return data + bytes(padded_size(len(data)) - len(data))


def read(data):
    """All that a content says."""
    need(not data or data[0] == 1, "unsupported_version")
    cut = Cut(data)
    cut.take(1)
    said = {"kind": cut.number(2)}
    need(said["kind"] != 0 and cut.number(1) == 0)
    said.update(message_id=cut.take(16), conversation=cut.take(32), sent_at=cut.number(8),
                order=cut.number(8), number=cut.number(8))
    need(said["sent_at"] <= END and said["order"] > 0)
    for side in ("sender", "recipient"):
        said[side + "_roster_number"] = cut.number(8)
        said[side + "_roster"] = cut.take(32)
    said.update(timer_of(cut, "timer"))
    said["franking_key"] = cut.take(32)
    said["body"] = cut.take(cut.number(4))
    said.update(body_of(said["kind"], said["body"]))
    need(len(data) == padded_size(HEAD + len(said["body"])) and not any(cut.rest))
    return said


def content(c):
    try:
        said = read(c["content"])
    except Refused as refusal:
        return c.raw.get("expect") == str(refusal)
    stated = {key: value for key, value in c.raw.items() if key not in ("id", "comment", "content")}
    body = {key: value.hex() if isinstance(value, bytes) else value for key, value in said.items()}
    return not c.refused and stated == body and write(said, said["body"]) == c["content"]


class Book:
    """Running timers: of each message what is known of it."""

    def __init__(self):
        self.latest, self.entries = 0, {}

    def see(self, now):
        self.latest = max(self.latest, now)

    def add(self, step):
        message, kind = step["message"], step["type"]
        length, ours = step["seconds"] * 1000, step["ours"]
        if kind == OFF:
            return "untimed"
        if message in self.entries:
            return "known"
        self.see(step["now"])
        start = min(step["sent_at"], self.latest) if kind == SEND else self.latest + FORTNIGHT
        deadline = min(start + length, END)
        if deadline <= self.latest:
            return "over"
        self.entries[message] = {"kind": kind, "length": length, "ours": ours, "read": 0,
                                 "closed": 0, "deadline": deadline}
        return "running"

    def read(self, step):
        self.see(step["now"])
        entry = self.entries.get(step["message"])
        if not entry or entry["kind"] == SEND or entry["read"] or entry["deadline"] <= self.latest:
            return "nothing"
        after = entry["length"] if entry["kind"] == READ else 0 if entry["ours"] else HOUR
        entry.update(read=1, deadline=min(entry["deadline"], self.latest + after, END))
        return "changed"

    def close(self, step):
        self.see(step["now"])
        entry = self.entries.get(step["message"])
        if not entry or entry["kind"] != ONCE or entry["ours"] or entry["deadline"] <= self.latest:
            return "nothing"
        entry.update(read=1, closed=1, deadline=self.latest)
        return "changed"

    def done(self, step):
        return "changed" if self.entries.pop(step["message"], None) else "nothing"

    def correct(self, step):
        for entry in self.entries.values():
            entry["deadline"] = min(step["now"] + max(entry["deadline"] - self.latest, 0), END)
        self.latest = step["now"]
        return "changed"

    def due(self, step):
        self.see(step["now"])
        return b"".join(message for message, entry in self.sorted()
                        if entry["deadline"] <= self.latest).hex()

    def sorted(self):
        return sorted(self.entries.items(), key=lambda item: (item[1]["deadline"], item[0]))

    def bytes(self):
        data = b"\x01" + self.latest.to_bytes(8, "big") + len(self.entries).to_bytes(2, "big")
        for message, entry in self.sorted():
            flags = entry["ours"] | entry["read"] << 1 | entry["closed"] << 2
            data += message + bytes([entry["kind"], flags])
            data += (entry["length"] // 1000).to_bytes(4, "big")
            data += entry["deadline"].to_bytes(8, "big")
        return data

    def step(self, step):
        """The step with what came of it."""
        result = getattr(self, step["do"])(step)
        return {**step, "result": result, "book": self.bytes()}


def timer_script(c):
    book = Book()
    for step in c.list("steps"):
        given = {key: value for key, value in step.raw.items() if key not in ("result", "book")}
        if "message" in given:
            given["message"] = step["message"]
        made = book.step(given)
        if made["result"] != step.raw["result"] or made["book"] != step["book"]:
            return False
    return True


CHECKS = [content, timer_script]
