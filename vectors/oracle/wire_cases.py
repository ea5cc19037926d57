# SPDX-License-Identifier: MIT OR Apache-2.0
"""Figures of the wire: messages and bundles that are read, and those that are refused."""
import wire
from wire import chunk, key, number, varint

MESSAGE = "Signal's messages of version 3 and 4, as deployed peers write them"
BUNDLE = "Bundles of this library, described in sotto/wire.hpp"

UNKNOWN = {
    "a number": number(99, 5),
    "a number in ten bytes": number(99, 5, 10),
    "bytes": chunk(2000, b"unknown"),
    "4 fixed bytes": varint(99 << 3 | 5) + bytes(4),
    "8 fixed bytes": varint(99 << 3 | 1) + bytes(8),
    "the largest field number": number(2**29 - 1, 0),
}
NO_FIELDS = {
    "a group": varint(99 << 3 | 3) + varint(99 << 3 | 4),
    "wire type 6": varint(99 << 3 | 6) + b"\0",
    "wire type 7": varint(99 << 3 | 7) + b"\0",
    "field number 0": b"\0\0",
    "a reserved field number": number(19000, 0),
    "a tag of more than 32 bits": varint((1 << 32) + (99 << 3)) + b"\0",
    "a tag in more bytes than it needs": varint(99 << 3, 3) + b"\0",
    "a length of more than 32 bits": varint(99 << 3 | 2) + varint((1 << 32) + 1) + b"\0",
    "a length beyond the end": varint(99 << 3 | 2) + varint(1000) + b"\0",
    "a number of eleven bytes": varint(99 << 3) + b"\x80" * 10 + b"\0",
}


class Suite:
    """Cases around a message made of fields: `build` takes the list of encoded fields."""

    def __init__(self, name, read, write, build, fields):
        self.name, self.read, self.write = name, read, write
        self.build, self.fields = build, fields

    def good(self, title, data):
        fields = self.read(data)
        return {"id": title, self.name: data, **fields,
                "form": wire.form(fields, data, self.write)}

    def bad(self, title, data, error="malformed"):
        return {"id": title, "expect": error, self.name: data}

    def with_field(self, i, other):
        return self.build(self.fields[:i] + [other] + self.fields[i + 1:])

    def around(self, required, numbers):
        """What holds of every message alike."""
        yield self.good("fields in falling order", self.build(self.fields[::-1]))
        for title, field in UNKNOWN.items():
            yield self.good(f"an unknown field first: {title}", self.build([field] + self.fields))
            yield self.good(f"an unknown field last: {title}", self.build(self.fields + [field]))
        for title, wrong in NO_FIELDS.items():
            yield self.bad(title, self.build(self.fields + [wrong]))
        for i, field in enumerate(self.fields):
            at = field[0] >> 3
            if at in required:
                yield self.bad(f"without field {at}", self.build(self.fields[:i] + self.fields[i + 1:]))
            yield self.bad(f"field {at} twice", self.build(self.fields + [field]))
            if at in numbers:
                yield self.bad(f"field {at} as bytes", self.with_field(i, chunk(at, b"\1")))
                yield self.bad(f"field {at} of 33 bits", self.with_field(i, number(at, 1 << 32)))
                yield self.bad(f"field {at} of 64 bits", self.with_field(i, number(at, 2**64 - 1)))
                yield self.bad(f"field {at} in more bytes than it needs",
                               self.with_field(i, number(at, 1, 2)))
                yield self.good(f"field {at} of 32 bits", self.with_field(i, number(at, 2**32 - 1)))
            else:
                yield self.bad(f"field {at} as a number", self.with_field(i, number(at, 1)))
                yield self.bad(f"field {at} empty", self.with_field(i, chunk(at, b"")))
        whole = self.build(self.fields)
        yield self.bad("nothing", b"")
        yield self.bad("the version alone", whole[:1])
        yield self.bad("all but the last byte", whole[:-1])
        for first in (0x03, 0x13, 0x23, 0x53, 0xF3):
            yield self.bad(f"version {first >> 4}", bytes([first]) + whole[1:],
                           "unsupported_version")

    def keys(self, numbers):
        for i, field in enumerate(self.fields):
            at = field[0] >> 3
            if at in numbers:
                u = bytes([at]) * 32
                yield self.bad(f"field {at} without a type byte", self.with_field(i, chunk(at, u)))
                yield self.bad(f"field {at} of 34 bytes",
                               self.with_field(i, chunk(at, b"\5" + u + b"\0")))
                yield self.bad(f"field {at} of another key type",
                               self.with_field(i, chunk(at, b"\x08" + u)))


def signal_bytes(fields, first=0x33, mac=bytes(range(0xF0, 0xF8))):
    return bytes([first]) + b"".join(fields) + mac


def signal_fields(secret):
    return [key(1, secret("wire ratchet key")), number(2, 300), number(3, 7),
            chunk(4, secret("wire ciphertext") * 2)]


def signal_messages(secret):
    fields = signal_fields(secret)
    suite = Suite("message", wire.read_signal, wire.write_signal, signal_bytes, fields)
    yield suite.good("ours", signal_bytes(fields))
    yield suite.good("no previous counter", signal_bytes(fields[:2] + fields[3:]))
    yield suite.good("from a peer that speaks version 4", signal_bytes(fields, 0x34))
    later = fields + [chunk(5, secret("wire pq")), chunk(6, bytes(36))]
    yield suite.good("version 4, with all fields", signal_bytes(later, 0x44))
    yield suite.good("version 4, with none of its fields", signal_bytes(fields, 0x44))
    yield suite.good("fields of version 4 at version 3 are unknown", signal_bytes(later))
    yield suite.good("the same twice", signal_bytes(later + later[4:]))
    yield suite.bad("the same twice, at version 4", signal_bytes(later + later[4:], 0x44))
    yield suite.bad("addresses of 35 bytes", signal_bytes(fields + [chunk(6, bytes(35))], 0x44))
    for n in (15, 17, 63):
        yield suite.bad(f"a ciphertext of {n} bytes", suite.with_field(3, chunk(4, bytes(n))))
    for n in (16, 112, 128, 2048):
        yield suite.good(f"a ciphertext of {n} bytes", suite.with_field(3, chunk(4, bytes(n))))
    yield suite.bad("a MAC of 7 bytes", signal_bytes(fields, mac=bytes(7)))
    yield from suite.keys({1})
    yield from suite.around({1, 2, 4}, {2, 3})


def prekey_bytes(fields, first=0x33):
    return bytes([first]) + b"".join(fields)


def prekey_messages(secret):
    inside = signal_bytes(signal_fields(secret))

    def fields_around(message):
        return [number(1, 0), key(2, secret("wire base key")), key(3, secret("wire identity")),
                chunk(4, message), number(5, 9956), number(6, 300)]
    fields = fields_around(inside)
    suite = Suite("message", wire.read_prekey, wire.write_prekey, prekey_bytes, fields)
    yield suite.good("ours", prekey_bytes(fields))
    yield suite.good("no one-time prekey", prekey_bytes(fields[1:]))
    yield suite.good("no registration id", prekey_bytes(fields[:4] + fields[5:]))
    kem = [number(7, 12), chunk(8, b"\x08" + secret("wire kem"))]
    at_4 = fields_around(signal_bytes(signal_fields(secret), 0x44)) + kem
    yield suite.good("version 4", prekey_bytes(at_4, 0x44))
    yield suite.good("a KEM prekey at version 3", prekey_bytes(fields + kem))
    yield suite.bad("version 4 without a KEM prekey", prekey_bytes(at_4[:6], 0x44))
    yield suite.bad("a KEM prekey without its ciphertext", prekey_bytes(fields + kem[:1]))
    yield suite.bad("a KEM ciphertext without its prekey", prekey_bytes(fields + kem[1:]))
    yield suite.bad("an empty KEM ciphertext", prekey_bytes(fields + [kem[0], chunk(8, b"")]))
    yield suite.bad("version 3 around a message of version 4", prekey_bytes(at_4))
    yield suite.bad("version 4 around a message of version 3", prekey_bytes(fields + kem, 0x44))
    yield suite.bad("a message of version 2 inside",
                    prekey_bytes(fields_around(b"\x23" + inside[1:])))
    yield suite.bad("half a message inside", prekey_bytes(fields_around(inside[:40])))
    yield from suite.keys({2, 3})
    yield from suite.around({2, 3, 4, 6}, {1, 5, 6})


def bundles(secret):
    fields = [number(1, 9956), number(2, 2), key(3, secret("wire identity")), number(4, 300),
              key(5, secret("wire SPK")), chunk(6, secret("wire R") + secret("wire s")),
              number(7, 0), key(8, secret("wire OPK"))]
    suite = Suite("bundle", wire.read_bundle, wire.write_bundle, prekey_bytes, fields)
    yield suite.good("ours", prekey_bytes(fields))
    yield suite.good("no one-time prekey", prekey_bytes(fields[:6]))
    yield suite.good("with a KEM prekey to come",
                     prekey_bytes(fields + [number(9, 1), chunk(10, bytes(1569)),
                                            chunk(11, bytes(64))]))
    yield suite.good("another low half in the first byte", prekey_bytes(fields, 0x34))
    yield suite.bad("version 4", prekey_bytes(fields, 0x44), "unsupported_version")
    for n in (63, 65):
        yield suite.bad(f"a signature of {n} bytes", suite.with_field(5, chunk(6, bytes(n))))
    yield from suite.keys({3, 5, 8})
    yield from suite.around(set(range(1, 9)), {1, 2, 4, 7})


def files(source, secret):
    """The files of these suites, as make.py has them."""
    return {
        "wire-signal-message": ("wire_signal_message", lambda: signal_messages(secret),
                                source(MESSAGE, "SignalMessage")),
        "wire-prekey-message": ("wire_prekey_message", lambda: prekey_messages(secret),
                                source(MESSAGE, "PreKeySignalMessage")),
        "wire-bundle": ("wire_bundle", lambda: bundles(secret), source(BUNDLE, "write_bundle")),
    }
