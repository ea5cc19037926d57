# SPDX-License-Identifier: MIT OR Apache-2.0
"""The cases of message content and of timers."""
import contents
from contents import (ATTACHMENT, CALL, DELETE, EDIT, END, FORTNIGHT, HOUR, NOTE, OFF, ONCE, REACTION,
                      READ, RECEIPT, SEND, TEXT, TIMER, YEAR)

NOON = 20000 * 24 * 3600 * 1000


def head_of(secret, name, kind, **changed):
    head = {"kind": kind, "message_id": secret(name + " id")[:16],
            "conversation": secret("a conversation"), "sent_at": NOON, "order": 12, "number": 5,
            "sender_roster_number": 3, "sender_roster": secret("ours"),
            "recipient_roster_number": 2, "recipient_roster": secret("theirs"), "timer_type": READ,
            "timer_seconds": 3600, "timer_set_at": NOON - 1000,
            "franking_key": secret(name + " franking")}
    return {**head, **changed}


def bodies(secret):
    ids = sorted(secret(f"message {i}")[:16] for i in range(3))
    snow = "\u2603 \U0001f600 gr\u00fc\u00dfe".encode()
    yield "text", TEXT, snow
    yield "text that fills its class", TEXT, b"a" * 307
    yield "text of one byte more", TEXT, b"a" * 308
    yield "the largest code point", TEXT, "\U0010ffff\ud7ff\ue000".encode()
    reference = secret("a file") + secret("its key")
    for name, kind in ((b"snow.png", b"image/png"), (b"", b"")):
        yield (f"attachment, named {len(name)}", ATTACHMENT,
               len(reference).to_bytes(2, "big") + reference + bytes([len(name)]) + name
               + bytes([len(kind)]) + kind)
    for name, setting in (("off", (OFF, 0, 0)), ("seen once", (ONCE, 0, NOON)),
                          ("a second after reading", (READ, 1, NOON)),
                          ("a year after sending", (SEND, YEAR, END))):
        yield "timer: " + name, TIMER, contents.timer_bytes(*setting)
    yield "reaction", REACTION, ids[0] + b"\x04" + "\U0001f44d".encode()
    yield "reaction taken back", REACTION, ids[0] + b"\0"
    yield "edit", EDIT, ids[1] + snow
    yield "deletion", DELETE, ids[1]
    yield "receipt", RECEIPT, b"\0\x03" + b"".join(ids)
    yield "receipt of 20, the first of the next class", RECEIPT, b"\0\x14" + b"".join(
        i.to_bytes(16, "big") for i in range(20))
    yield "call", CALL, b"\x01\x02" + ids[2]
    yield "device note", NOTE, secret("a roster")
    yield "a newer kind", 10, b"what it says"
    yield "the last kind, with nothing", 65535, b""


def good(secret):
    def case(name, head, body):
        data = contents.write(head, body)
        return {"id": name, "content": data, **contents.read(data)}

    for name, kind, body in bodies(secret):
        yield case(name, head_of(secret, name, kind), body)
    largest = 2**64 - 1
    yield case("the largest numbers", head_of(
        secret, "largest", TEXT, sent_at=END, order=largest, number=largest,
        sender_roster_number=largest, recipient_roster_number=largest, timer_type=SEND,
        timer_seconds=YEAR, timer_set_at=END), b"z")
    yield case("the smallest numbers", head_of(
        secret, "smallest", TEXT, sent_at=0, order=1, number=0, sender_roster_number=0,
        recipient_roster_number=0, timer_type=OFF, timer_seconds=0, timer_set_at=0), b"a")
    yield case("above 4,096 bytes", head_of(secret, "long", TEXT), b"long text " * 400)


def refused(secret):
    head = head_of(secret, "refused", TEXT)
    data = contents.write(head, b"hello")

    def at(place, *values):
        return data[:place] + bytes(values) + data[place + len(values):]

    for name, altered, *expect in (
            ("version 0", at(0, 0), "unsupported_version"),
            ("version 2", at(0, 2), "unsupported_version"),
            ("nothing", b""), ("kind 0", at(1, 0, 0)), ("a flag", at(3, 1)),
            ("a time beyond 2^63", at(52, 0x80)), ("order 0", at(67, 0)), ("timer 4", at(156, 4)),
            ("no seconds", at(157, 0, 0, 0, 0)), ("seconds, and off", at(156, 0)),
            ("more than a year", at(157, *(YEAR + 1).to_bytes(4, "big"))),
            ("a timer set beyond 2^63", at(161, 0x80)),
            ("a body beyond the end", at(203, 1, 52)), ("a body of 4 GiB", at(201, 255, 255, 255, 255)),
            ("a body that ends early", at(204, 4)), ("padding", at(210, 1)),
            ("the last byte of the padding", at(511, 0x80)), ("cut short", data[:511]),
            ("half a head", data[:204]), ("no padding", data[:210]),
            ("a class too many", data + bytes(512))):
        yield {"id": name, "expect": (expect or ["malformed"])[0], "content": altered}
    ids = [i.to_bytes(16, "big") for i in range(257)]
    count = [n.to_bytes(2, "big") for n in range(258)]
    for name, kind, body in (
            ("an empty text", TEXT, b""), ("a longer form", TEXT, b"\xc0\x80"),
            ("half of a pair", TEXT, b"\xed\xa0\x80"), ("above U+10FFFF", TEXT, b"\xf4\x90\x80\x80"),
            ("a character cut off", TEXT, b"a\xe2\x98"), ("a tail alone", TEXT, b"\x80"),
            ("no reference", ATTACHMENT, b"\0\0\0\0"),
            ("a name that leads elsewhere", ATTACHMENT, b"\0\x01r\x04../a\0"),
            ("a name that is a folder", ATTACHMENT, b"\0\x01r\x02..\0"),
            ("a name that moves the cursor", ATTACHMENT, b"\0\x01r\x02\x1b[\0"),
            ("a media type with a space", ATTACHMENT, b"\0\x01r\0\x03a b"),
            ("an attachment and more", ATTACHMENT, b"\0\x01r\0\0\0"),
            ("a timer without seconds", TIMER, contents.timer_bytes(SEND, 0, 0)),
            ("a timer and more", TIMER, contents.timer_bytes(OFF, 0, 0) + b"\0"),
            ("a reaction of 33 bytes", REACTION, ids[0] + b"\x21" + b"a" * 33),
            ("a reaction that is no text", REACTION, ids[0] + b"\x01\xff"),
            ("an edit to nothing", EDIT, ids[0]), ("a deletion of half an id", DELETE, ids[0][:8]),
            ("a deletion of two", DELETE, ids[0] + ids[1]), ("a receipt of none", RECEIPT, b"\0\0"),
            ("a receipt of fewer", RECEIPT, count[2] + ids[0]),
            ("a receipt twice", RECEIPT, count[2] + ids[1] * 2),
            ("a receipt in disorder", RECEIPT, count[2] + ids[1] + ids[0]),
            ("a receipt of 257", RECEIPT, count[257] + b"".join(ids)),
            ("an empty call", CALL, b""), ("a call of 1,025 bytes", CALL, bytes(1025)),
            ("an empty device note", NOTE, b"")):
        yield {"id": name, "expect": "malformed",
               "content": contents.write({**head, "kind": kind}, body)}


def add(message, kind, seconds=0, sent_at=NOON, ours=0, now=NOON):
    return {"do": "add", "now": now, "message": bytes([message] * 16), "type": kind,
            "seconds": seconds, "sent_at": sent_at, "ours": ours}


def on(what, message, now=NOON):
    return {"do": what, "now": now, "message": bytes([message] * 16)}


def at(what, now):
    return {"do": what, "now": now}


SCRIPTS = {
    "after sending": [
        add(1, SEND, 10), add(2, SEND, 10, NOON - 9999), add(3, SEND, 10, NOON - 10000),
        add(4, SEND, 10, 0), add(5, SEND, 10, NOON + 10**9), add(5, SEND, 20), add(6, OFF),
        on("read", 1), at("due", NOON + 1), on("done", 2), on("done", 2), at("due", NOON + 9999),
        at("due", NOON + 10000)],
    "after reading": [
        add(1, READ, 10), add(2, READ, 10, ours=1), add(3, READ, YEAR, sent_at=0),
        add(4, READ, 10), on("read", 1, NOON + 5000), on("read", 1, NOON + 9000),
        on("read", 9, NOON + 9000), on("read", 2, NOON + 9000), on("close", 2, NOON + 9000),
        at("due", NOON + 14999), at("due", NOON + 15000), at("due", NOON + 19000),
        on("read", 1, NOON + 19000), on("read", 4, NOON + FORTNIGHT + 3000),
        at("due", NOON + FORTNIGHT + 9999), at("due", NOON + FORTNIGHT + 10000)],
    "seen once": [
        add(1, ONCE), add(2, ONCE), add(3, ONCE, ours=1), add(4, ONCE), add(5, ONCE, ours=1),
        on("read", 1, NOON + 10), on("close", 1, NOON + 20), on("close", 1, NOON + 30),
        on("read", 2, NOON + 30), on("close", 3, NOON + 30), on("read", 3, NOON + 40),
        at("due", NOON + 40), at("due", NOON + 29 + HOUR), at("due", NOON + 30 + HOUR),
        on("close", 2, NOON + 31 + HOUR), at("due", NOON + FORTNIGHT)],
    "a clock that goes back": [
        add(1, SEND, 10), add(2, READ, 10), at("due", NOON + 10000), at("due", 0),
        on("read", 2, 0), add(3, SEND, 10, NOON + 10000, now=0), at("due", NOON + 19999),
        at("due", NOON + 20000)],
    "a clock that is corrected": [
        add(2, SEND, 10), add(1, SEND, 12), add(3, SEND, 30), at("due", NOON + 15000),
        at("correct", NOON - 10**10), at("due", NOON - 10**10 + 14999),
        at("due", NOON - 10**10 + 15000), at("correct", 0), at("correct", NOON),
        at("due", NOON)],
    "the end of time": [
        add(1, SEND, YEAR, END - 5, now=END - 5), add(2, READ, YEAR, now=END - 5),
        at("due", END - 1), on("read", 2, END - 1), at("due", END), at("correct", NOON),
        at("due", NOON)],
}


def scripts():
    for name, steps in SCRIPTS.items():
        book = contents.Book()
        yield {"id": name, "steps": [book.step(step) for step in steps]}


def files(source, secret):
    content = source("Message content of sotto, revision 1, spec/content.md", "sections 1 to 5")
    return {
        "content": ("content", lambda: good(secret), content),
        "content-refused": ("content", lambda: refused(secret), content),
        "timer-script": ("timer_script", scripts,
                         source("Disappearing messages of sotto, revision 1, spec/timers.md",
                                "sections 2 to 5")),
    }
