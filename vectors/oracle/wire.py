# SPDX-License-Identifier: MIT OR Apache-2.0
"""Signal's messages and our bundles as protobuf, written and read."""

MAC = 8
MOST = 16 << 20


class Refused(Exception):
    """`str` of it is the name of the error."""


def varint(n, least=1):
    out = []
    while n > 0x7F or len(out) + 1 < least:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes([*out, n])


def number(field, n, least=1):
    return varint(field << 3) + varint(n, least)


def chunk(field, content):
    return varint(field << 3 | 2) + varint(len(content)) + content


def key(field, u):
    return chunk(field, b"\x05" + u)


def take_varint(data, at, narrow=True):
    """A varint and where it ends; a narrow one has 32 bits in the fewest bytes."""
    n = 0
    for i in range(10):
        if at + i >= len(data):
            raise Refused("malformed")
        n |= (data[at + i] & 0x7F) << 7 * i
        if data[at + i] < 0x80:
            if narrow and (n >= 1 << 32 or i > 0 and data[at + i] == 0):
                raise Refused("malformed")
            return n, at + i + 1
    raise Refused("malformed")


def fields_of(data, numbers, chunks):
    """The known fields by number: of wire type 0 those in `numbers`, of type 2 those in `chunks`."""
    found, at = {}, 0
    while at < len(data):
        tag, at = take_varint(data, at)
        field, kind = tag >> 3, tag & 7
        if field == 0 or 19000 <= field <= 19999 or kind not in (0, 1, 2, 5):
            raise Refused("malformed")
        known = field in numbers or field in chunks
        if known and (field in found or kind != (0 if field in numbers else 2)):
            raise Refused("malformed")
        if kind == 0:
            value, at = take_varint(data, at, narrow=known)
        else:
            size, at = take_varint(data, at) if kind == 2 else (8 if kind == 1 else 4, at)
            value, at = data[at:at + size], at + size
            if at > len(data):
                raise Refused("malformed")
        if known:
            found[field] = value
    return found


def need(condition):
    if not condition:
        raise Refused("malformed")


def raw_key(found, field):
    need(len(found[field]) == 33 and found[field][0] == 5)
    return found[field][1:]


def versions_of(data, accepted):
    need(0 < len(data) <= MOST)
    if data[0] >> 4 not in accepted:
        raise Refused("unsupported_version")
    return data[0] >> 4, data[0] & 15


def write_signal(fields):
    """`fields` are named as in the vectors."""
    return (bytes([fields["version"] << 4 | fields["current_version"]])
            + key(1, fields["ratchet_key"]) + number(2, fields["counter"])
            + number(3, fields["previous_counter"]) + chunk(4, fields["ciphertext"])
            + (chunk(5, fields["pq_ratchet"]) if "pq_ratchet" in fields else b"")
            + (chunk(6, fields["addresses"]) if "addresses" in fields else b"") + fields["mac"])


def read_signal(data):
    version, current = versions_of(data, (3, 4))
    need(len(data) >= 1 + MAC)
    later = {5, 6} if version == 4 else set()
    found = fields_of(data[1:-MAC], {2, 3}, {1, 4} | later)
    need({1, 2, 4} <= found.keys() and found[4] and len(found[4]) % 16 == 0)
    need(len(found.get(6, bytes(36))) == 36)
    fields = {"version": version, "current_version": current, "ratchet_key": raw_key(found, 1),
              "counter": found[2], "previous_counter": found.get(3, 0), "ciphertext": found[4],
              "mac": data[-MAC:]}
    if found.get(5):
        fields["pq_ratchet"] = found[5]
    if 6 in found:
        fields["addresses"] = found[6]
    return fields


def write_prekey(fields):
    def optional(field, name):
        return number(field, fields[name]) if name in fields else b""
    kem = chunk(8, fields["kem_ciphertext"]) if "kem_ciphertext" in fields else b""
    return (bytes([fields["version"] << 4 | fields["current_version"]])
            + optional(1, "one_time_prekey_id") + key(2, fields["base_key"])
            + key(3, fields["identity"]) + chunk(4, fields["signal_message"])
            + optional(5, "registration") + number(6, fields["signed_prekey_id"])
            + optional(7, "kem_prekey_id") + kem)


def read_prekey(data):
    version, current = versions_of(data, (3, 4))
    found = fields_of(data[1:], {1, 5, 6, 7}, {2, 3, 4, 8})
    need({2, 3, 4, 6} <= found.keys())
    need((7 in found) == (8 in found) and (version == 3 or 7 in found) and found.get(8) != b"")
    try:
        need(read_signal(found[4])["version"] == version)
    except Refused:
        raise Refused("malformed") from None
    fields = {"version": version, "current_version": current, "base_key": raw_key(found, 2),
              "identity": raw_key(found, 3), "signed_prekey_id": found[6],
              "signal_message": found[4]}
    for field, name in ((1, "one_time_prekey_id"), (5, "registration"), (7, "kem_prekey_id"),
                        (8, "kem_ciphertext")):
        if field in found:
            fields[name] = found[field]
    return fields


def write_bundle(fields):
    spare = b""
    if "one_time_prekey" in fields:
        spare = number(7, fields["one_time_prekey_id"]) + key(8, fields["one_time_prekey"])
    return (b"\x33" + number(1, fields["registration"]) + number(2, fields["device"])
            + key(3, fields["identity"]) + number(4, fields["signed_prekey_id"])
            + key(5, fields["signed_prekey"]) + chunk(6, fields["signature"]) + spare)


def read_bundle(data):
    versions_of(data, (3,))
    found = fields_of(data[1:], {1, 2, 4, 7}, {3, 5, 6, 8})
    need({1, 2, 3, 4, 5, 6} <= found.keys() and (7 in found) == (8 in found))
    need(len(found[6]) == 64)
    fields = {"registration": found[1], "device": found[2], "identity": raw_key(found, 3),
              "signed_prekey_id": found[4], "signed_prekey": raw_key(found, 5),
              "signature": found[6]}
    if 7 in found:
        fields |= {"one_time_prekey_id": found[7], "one_time_prekey": raw_key(found, 8)}
    return fields


def form(fields, data, write):
    """Whether the library writes these bytes ("ours"), or only reads them ("read")."""
    ours = data[0] == 0x33 and write(fields) == data
    if "signal_message" in fields:
        inner = fields["signal_message"]
        ours = (ours and "registration" in fields and "kem_ciphertext" not in fields
                and form(read_signal(inner), inner, write_signal) == "ours")
    return "ours" if ours else "read"


def agrees(case, data, read, write):
    """Whether a case of the vectors is as this file has it."""
    try:
        fields = read(data)
    except Refused as refused:
        return case.get("expect") == str(refused)
    told = {name: value.hex() if isinstance(value, bytes) else value
            for name, value in fields.items()}
    given = {name: value for name, value in case.items()
             if name not in ("id", "comment", "source", "message", "bundle")}
    return given == {**told, "form": form(fields, data, write)}
