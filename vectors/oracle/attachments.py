# SPDX-License-Identifier: MIT OR Apache-2.0
"""Attachments (spec/attachments.md): whole files, sealed and opened."""
import functools
import hashlib

import aes
import kdf

HEADER = bytes([1, 16])
CHUNK = 65536
MOST = 1 << 40


def padded_size(size):
    """PADME above 4,096 bytes."""
    if size <= 4096:
        return 4096
    exponent = size.bit_length() - 1
    step = 1 << (exponent - exponent.bit_length())
    return -(-size // step) * step


def keys_of(key, size):
    info = b"sotto attachment 1" + HEADER + size.to_bytes(8, "big")
    keys = kdf.hkdf(b"", key, info, 64)
    return keys[:32], keys[32:]


@functools.lru_cache(maxsize=None)
def keystream(key, number, size):
    return int.from_bytes(aes.ctr(key, number.to_bytes(8, "big") + bytes(8), bytes(size)), "big")


def encrypted(key, number, text):
    size = len(text)
    stream = keystream(key, number, size)
    return (int.from_bytes(text, "big") ^ stream).to_bytes(size, "big")


def tag_of(key, number, last, ciphertext):
    return kdf.hmac_sha256(key, number.to_bytes(8, "big") + bytes([last]) + ciphertext)


def digest_of(chunks):
    tags = b"".join(chunk[-32:] for chunk in chunks)
    return hashlib.sha256(b"sotto attachment digest 1" + HEADER + tags).digest()


def reference_of(key, digest, size):
    return b"\1" + key + digest + size.to_bytes(8, "big")


def seal_padded(key, size, padded):
    """The chunks of a file, whatever its padding is."""
    cipher_key, mac_key = keys_of(key, size)
    count = -(-len(padded) // CHUNK)
    chunks = []
    for i in range(count):
        ciphertext = encrypted(cipher_key, i, padded[i * CHUNK:(i + 1) * CHUNK])
        chunks.append(ciphertext + tag_of(mac_key, i, i + 1 == count, ciphertext))
    return chunks


def seal(key, text):
    return seal_padded(key, len(text), text.ljust(padded_size(len(text)), b"\0"))


def file_of(size):
    return bytes(i % 251 for i in range(size))


@functools.lru_cache(maxsize=None)
def seal_by_rule(key, size):
    return tuple(seal(key, file_of(size)))


def open_sealed(reference, sealed):
    """The file, or the name of the error."""
    if len(reference) != 73:
        return "malformed"
    if reference[0] != 1:
        return "unsupported_version"
    key, digest = reference[1:33], reference[33:65]
    size = int.from_bytes(reference[65:], "big")
    if size > MOST:
        return "malformed"
    if key == bytes(32):
        return "weak_key"
    if sealed[:2] != HEADER[:len(sealed)]:
        return "unsupported_version"
    cipher_key, mac_key = keys_of(key, size)
    at, left, chunks, text = 2, padded_size(size), [], b""
    while left:
        here = min(CHUNK, left)
        left -= here
        chunk = sealed[at:at + here + 32]
        at += len(chunk)
        if len(chunk) != here + 32:
            return "malformed"
        if tag_of(mac_key, len(chunks), not left, chunk[:-32]) != chunk[-32:]:
            return "authentication_failed"
        text += encrypted(cipher_key, len(chunks), chunk[:-32])
        chunks.append(chunk)
        if any(text[size:]):
            return "malformed"
    if digest_of(chunks) != digest:
        return "authentication_failed"
    return "malformed" if at != len(sealed) else text[:size]


def attachment(c):
    key, size = c["key"], c.raw["size"]
    chunks = seal_by_rule(key, size)
    reference = reference_of(key, digest_of(chunks), size)
    if c.refused:
        moved = HEADER + b"".join(chunks[i] for i in c["order"])
        return open_sealed(reference, moved) == c.raw["expect"]
    whole = HEADER + b"".join(chunks)
    return (len(whole) == c.raw["sealed_size"] and reference == c["reference"]
            and b"".join(chunk[-32:] for chunk in chunks) == c["tags"]
            and hashlib.sha256(whole).digest() == c["sealed_sha256"])


def attachment_opening(c):
    opened = open_sealed(c["reference"], c["sealed"])
    return opened == (c.raw["expect"] if c.refused else c["plaintext"])


CHECKS = (attachment, attachment_opening)


def sealed_files(secret):
    for name, size in (("empty", 0), ("one byte", 1), ("the smallest class, full", 4096),
                       ("and one byte more", 4097), ("a byte less than a chunk", 65535),
                       ("a chunk", 65536), ("a chunk and a byte", 65537)):
        key = secret("attachment " + name)
        chunks = seal_by_rule(key, size)
        whole = HEADER + b"".join(chunks)
        yield {"id": name, "key": key, "size": size, "sealed_size": len(whole),
               "tags": b"".join(chunk[-32:] for chunk in chunks),
               "sealed_sha256": hashlib.sha256(whole).digest(),
               "reference": reference_of(key, digest_of(chunks), size)}
    # Of the last of these files, which has two chunks.
    for name, order, expect in (("chunks changed places", [1, 0], "authentication_failed"),
                                ("the first chunk left out", [1], "malformed"),
                                ("the first chunk twice", [0, 0, 1], "authentication_failed"),
                                ("the last chunk left out", [0], "malformed"),
                                ("the last chunk twice", [0, 1, 1], "malformed"),
                                ("the header alone", [], "malformed")):
        yield {"id": name, "expect": expect, "key": key, "size": size, "order": bytes(order)}


def openings(secret):
    text = b"what is in the picture"
    key, size = secret("attachment opened"), len(text)
    chunks = seal(key, text)
    good, digest = HEADER + chunks[0], digest_of(chunks)

    def case(name, sealed=good, expect=None, key=key, digest=digest, size=size, text=text,
             reference=None):
        reference = reference or reference_of(key, digest, size)
        return {"id": name, **({"expect": expect} if expect else {}), "reference": reference,
                "sealed": sealed, **({} if expect else {"plaintext": text})}

    def flipped(at):
        return good[:at] + bytes([good[at] ^ 1]) + good[at + 1:]

    def made(name, padded, expect):
        own = seal_padded(key, size, padded)
        return case(name, HEADER + own[0], expect, digest=digest_of(own))

    zeros = text[:-1] + b"\0"
    other = seal(key, text.upper())
    failed = "authentication_failed"
    padded = text.ljust(4096, b"\0")
    encoded = reference_of(key, digest, size)
    yield case("good")
    yield case("a bit of the file flipped", flipped(2), failed)
    yield case("a bit of the padding flipped", flipped(4097), failed)
    yield case("a bit of the tag flipped", flipped(4129), failed)
    yield case("another version", flipped(0), "unsupported_version")
    yield case("another chunk size", flipped(1), "unsupported_version")
    yield case("cut short", good[:-1], "malformed")
    yield case("nothing", b"", "malformed")
    yield case("half a header", good[:1], "malformed")
    yield case("a byte too long", good + b"\0", "malformed")
    yield case("another key", expect=failed, key=secret("another attachment"))
    yield case("a key of zeros", expect="weak_key", key=bytes(32))
    yield case("another digest", expect=failed, digest=bytes(32))
    yield case("another file under the same key", HEADER + other[0], failed)
    yield case("a byte less of the same class", expect=failed, size=size - 1)
    whole = seal(key, zeros)
    yield case("good, and ends in a zero", HEADER + whole[0], digest=digest_of(whole), text=zeros)
    yield case("the zero taken for padding", HEADER + whole[0], failed, digest=digest_of(whole),
               size=size - 1)
    yield made("padding that begins with a one", text + b"\1" + bytes(4095 - size), "malformed")
    yield made("padding that ends with a one", padded[:-1] + b"\1", "malformed")
    yield case("a reference of another version", expect="unsupported_version",
               reference=b"\2" + encoded[1:])
    yield case("a reference cut short", expect="malformed", reference=encoded[:-1])
    yield case("a reference a byte too long", expect="malformed", reference=encoded + b"\0")
    yield case("a file too large", b"", "malformed", size=MOST + 1)
    yield case("the largest file, of which nothing came", b"", "malformed", size=MOST)


def files(source, secret):
    origin = source("Attachments of sotto, revision 1 (spec/attachments.md)", "all")
    return {"attachment": ("attachment", lambda: sealed_files(secret), origin),
            "attachment-opening": ("attachment_opening", lambda: openings(secret), origin)}
