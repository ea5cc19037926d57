# SPDX-License-Identifier: MIT OR Apache-2.0
"""Franking (spec/franking.md): tags, stamps, and reports as a platform judges them."""
import kdf

LABEL = b"sotto franking stamp 1"
HEAD, FIXED, MOST, MOST_CONTENT = 35, 152, 256, 65536


def stamp_of(platform_key, conversation, m):
    context = (m["sender"] + m["sender_device"].to_bytes(4, "big") + m["recipient"] + conversation
               + m["at"].to_bytes(8, "big") + m["counter"].to_bytes(8, "big"))
    return kdf.hmac_sha256(platform_key, LABEL + m["tag"] + context)


def report_of(conversation, messages):
    return b"\x01" + conversation + len(messages).to_bytes(2, "big") + b"".join(
        m["counter"].to_bytes(8, "big") + m["at"].to_bytes(8, "big") + m["sender"]
        + m["sender_device"].to_bytes(4, "big") + m["recipient"] + m["stamp"] + m["key"]
        + len(m["content"]).to_bytes(4, "big") + m["content"] for m in messages)


def judge(platform_key, report):
    """The error of a report, or its conversation and messages."""
    if not report:
        return "malformed"
    if report[0] != 1:
        return "unsupported_version"
    conversation, count = report[1:33], int.from_bytes(report[33:HEAD], "big")
    rest = report[HEAD:]
    if len(report) < HEAD or not 1 <= count <= MOST or len(rest) < count * (FIXED + 1):
        return "malformed"
    messages, before, true = [], 0, True
    for _ in range(count):
        head, rest = rest[:FIXED], rest[FIXED:]
        size = int.from_bytes(head[148:], "big")
        if len(head) < FIXED or not 1 <= size <= MOST_CONTENT or size > len(rest):
            return "malformed"
        content, rest = rest[:size], rest[size:]
        m = {"counter": int.from_bytes(head[:8], "big"), "at": int.from_bytes(head[8:16], "big"),
             "sender": head[16:48], "sender_device": int.from_bytes(head[48:52], "big"),
             "recipient": head[52:84], "stamp": head[84:116], "key": head[116:148],
             "content": content, "tag": kdf.hmac_sha256(head[116:148], content)}
        if max(m["counter"], m["at"]) >> 63 or m["counter"] <= before:
            return "malformed"
        m["gap_before"] = m["counter"] - before - 1
        before = m["counter"]
        true = true and stamp_of(platform_key, conversation, m) == m["stamp"]
        messages.append(m)
    if rest:
        return "malformed"
    return (conversation, messages) if true else "authentication_failed"


def talk(secret, platform_key, conversation):
    """Five messages of two people, one of whom has two devices."""
    people = [secret("franking Anna"), secret("franking Bert")]
    said = ((0, 1, b"give me the money"), (1, 1, b"never"), (0, 2, b"you will be sorry"),
            (1, 1, b"leave me alone"), (0, 1, b"I know where you live"))
    for i, (who, device, text) in enumerate(said):
        key = secret(f"franking key {i}")
        m = {"sender": people[who], "sender_device": device, "recipient": people[1 - who],
             "at": 1764000000000 + 1000 * i, "counter": i + 1, "key": key,
             "content": b"content " + key + text}
        m["tag"] = kdf.hmac_sha256(key, m["content"])
        yield {**m, "stamp": stamp_of(platform_key, conversation, m)}


def cases(secret):
    platform_key, conversation = secret("franking platform"), secret("franking conversation")
    said = list(talk(secret, platform_key, conversation))

    def case(name, report, key=platform_key):
        told = judge(key, report)
        fields = {"id": name, "platform_key": key, "report": report}
        if isinstance(told, str):
            return {"id": name, "expect": told, **fields}
        return {**fields, "conversation": told[0], "messages": told[1]}

    def of(*messages, conversation=conversation):
        return report_of(conversation, messages)

    yield case("one message", of(said[2]))
    yield case("a conversation whole", of(*said))
    yield case("a part of it, of both people", of(said[0], said[1], said[4]))
    last = {**said[0], "counter": 2**63 - 1, "at": 2**63 - 1, "sender_device": 2**32 - 1,
            "content": b"\0"}
    last["tag"] = kdf.hmac_sha256(last["key"], last["content"])
    last["stamp"] = stamp_of(platform_key, conversation, last)
    yield case("the last number, time and device there are", of(last))
    yield case("under another platform's key", of(*said), secret("franking other platform"))
    yield case("of another conversation",
               of(*said, conversation=secret("franking other conversation")))
    for field, value in (("content", said[2]["content"] + b"!"), ("key", said[0]["key"]),
                         ("sender", said[2]["recipient"]), ("sender_device", 3),
                         ("recipient", secret("franking Cleo")), ("at", said[2]["at"] + 1),
                         ("counter", 4), ("stamp", said[0]["stamp"])):
        yield case(f"another {field}", of(said[0], {**said[2], field: value}, said[4]))
    yield case("key and content of another message",
               of({**said[0], "key": said[2]["key"], "content": said[2]["content"]}))
    forged = {**said[0], "content": b"what was never said"}
    yield case("a tag in the place of its stamp",
               of({**forged, "stamp": kdf.hmac_sha256(forged["key"], forged["content"])}))
    yield case("a message twice", of(said[0], said[0]))
    yield case("another order", of(said[1], said[0]))
    yield case("another order, with new numbers",
               of({**said[1], "counter": 1}, {**said[0], "counter": 2}))
    yield case("counter 0", of({**said[0], "counter": 0}))
    yield case("a counter of 2^63", of({**said[0], "counter": 2**63}))
    yield case("a time of 2^63", of({**said[0], "at": 2**63}))
    yield case("no content", of({**said[0], "content": b""}))
    yield case("no messages", of())
    yield case("one message fewer than it says", of(said[0])[:34] + b"\x02" + of(said[0])[35:])
    yield case("a byte too many", of(said[0]) + b"\0")
    yield case("a byte too few", of(said[0])[:-1])
    yield case("of version 2", b"\x02" + of(said[0])[1:])
    yield case("nothing", b"")


def franking(c):
    told = judge(c["platform_key"], c["report"])
    if isinstance(told, str):
        return c.raw.get("expect") == told
    read = [{field: value.hex() if isinstance(value, bytes) else value
             for field, value in m.items()} for m in told[1]]
    return not c.refused and c["conversation"] == told[0] and c.raw["messages"] == read


CHECKS = (franking,)


def files(source, secret):
    return {"franking": ("franking", lambda: cases(secret),
                         source("Franking of sotto, revision 1 (spec/franking.md)", "all"))}
