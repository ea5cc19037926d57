# SPDX-License-Identifier: MIT OR Apache-2.0
"""Numbers of accounts, and what scanned codes say (spec/safety_numbers.md)."""
import hashlib

MAGIC = b"sotto-an\x01"


def digest_of(user, devices, iterations):
    listed = b"".join(number.to_bytes(4, "big") + identity
                      for number, identity in sorted(devices))
    devices_hash = hashlib.sha512(b"sotto account devices 1" + user
                                  + len(devices).to_bytes(2, "big") + listed).digest()
    digest = hashlib.sha512(b"sotto account number 1" + devices_hash).digest()
    for _ in range(iterations - 1):
        digest = hashlib.sha512(digest + devices_hash).digest()
    return digest


def number_of(sides, iterations):
    """Digits and code; nothing for what the library must refuse."""
    for _, devices in sides:
        if not 1 <= len(devices) <= 32 or len({number for number, _ in devices}) < len(devices):
            return None
    if not 2 <= iterations <= 1000000:
        return None
    halves = [digest_of(user, devices, iterations) for user, devices in sides]
    digits = ["".join(f"{int.from_bytes(half[i:i + 5], 'big') % 100000:05}"
                      for i in range(0, 30, 5)) for half in halves]
    return "".join(sorted(digits)), MAGIC + b"".join(half[:32] for half in halves)


def parts_of(code):
    """The form and version of a code, and its halves; an error's name for what is none."""
    if code[:8] == MAGIC[:8]:
        if len(code) > 8 and code[8] != 1:
            return ("account", code[8])
        return ("account", 1, code[9:41], code[41:]) if len(code) == 73 else "malformed"
    if len(code) < 2 or code[0] != 8:
        return "malformed"
    fixed = (code[2:6], code[38:42]) == (bytes.fromhex("12220a20"), bytes.fromhex("1a220a20"))
    if len(code) == 74 and fixed:
        return ("identity", code[1], code[6:38], code[42:])
    return ("identity", code[1])


def outcome_of(ours, scanned):
    own, told = parts_of(ours), parts_of(scanned)
    if told == "malformed" or told[0] != own[0]:
        return "malformed"
    if told[1] != own[1]:
        return "unsupported_version"
    if len(told) < 4:
        return "malformed"
    if ours == scanned:
        return "same" if own[2] == own[3] else "our_own_code"
    fits = own[2] == told[3], own[3] == told[2]
    return {(True, True): "same", (False, True): "ours_differs", (True, False): "theirs_differs",
            (False, False): "both_differ"}[fits]


def number_cases(secret):
    users = [secret("account user 1"), secret("account user 2")]
    keys = [secret(f"account key {i}") for i in range(40)]

    def case(name, ours, theirs, iterations=5200, users=users):
        sides = [(user, [(number, keys[key]) for number, key in devices])
                 for user, devices in zip(users, (ours, theirs))]
        made = number_of(sides, iterations)
        fields = {"iterations": iterations}
        for side, (user, devices) in zip(("our", "their"), sides):
            fields[side + "_user"] = user
            fields[side + "_devices"] = [{"device": number, "identity": identity}
                                         for number, identity in devices]
        if made is None:
            return {"id": name, "expect": "malformed", **fields}
        return {"id": name, **fields, "digits": made[0], "scannable": made[1]}

    three, two = [(1, 1), (2, 2), (3, 3)], [(1, 11), (4, 14)]
    yield case("one device a side", [(1, 1)], [(1, 11)])
    yield case("three devices and two", three, two)
    yield case("the same, from the other side", two, three, users=users[::-1])
    yield case("the same in another order", three[::-1], [two[1], two[0]])
    yield case("one device more", three, two + [(5, 15)])
    yield case("two devices with each other's keys", three, [(1, 14), (4, 11)])
    yield case("the largest device number", [(2**32 - 1, 1), (0, 2)], two, 2)
    yield case("32 devices", [(i, i) for i in range(32)], two, 2)
    yield case("an account with itself", three, three, 2, [users[0], users[0]])
    yield case("33 devices", [(i, i) for i in range(33)], two, 2)
    yield case("a device number twice", three, [(1, 11), (4, 14), (1, 12)], 2)
    yield case("the same device twice", [(1, 1), (1, 1)], two, 2)
    yield case("one iteration", three, two, 1)
    yield case("too many iterations", three, two, 1000001)


def scan_cases(secret):
    anna, bert, other = (secret("scan " + name) for name in ("Anna", "Bert", "somebody"))

    def identity(version, ours, theirs):
        return bytes([8, version, 18, 34, 10, 32]) + ours + bytes([26, 34, 10, 32]) + theirs

    def case(name, ours, scanned):
        told = outcome_of(ours, scanned)
        refused = told in ("malformed", "unsupported_version")
        return {"id": name, **({"expect": told} if refused else {}), "ours": ours,
                "scanned": scanned, **({} if refused else {"outcome": told})}

    forms = (("version 1", lambda *halves: identity(1, *halves)),
             ("version 2", lambda *halves: identity(2, *halves)),
             ("account", lambda *halves: MAGIC + b"".join(halves)))
    for form, code in forms:
        ours, good = code(anna, bert), code(bert, anna)
        yield case(f"{form}: same", ours, good)
        yield case(f"{form}: another key of ours", ours, code(bert, other))
        yield case(f"{form}: another key of theirs", ours, code(other, anna))
        yield case(f"{form}: both", ours, code(other, other))
        yield case(f"{form}: a bit of their half", ours, code(bert[:-1] + bytes([bert[-1] ^ 1]), anna))
        yield case(f"{form}: a bit of our half", ours, code(bert, anna[:-1] + bytes([anna[-1] ^ 1])))
        yield case(f"{form}: our own", ours, ours)
        yield case(f"{form}: of oneself", code(anna, anna), code(anna, anna))
        yield case(f"{form}: a byte too few", ours, good[:-1])
        yield case(f"{form}: a byte too many", ours, good + b"\0")
        yield case(f"{form}: nothing", ours, b"")
        yield case(f"{form}: of version 3", ours, identity(3, bert, anna) if good[0] == 8
                   else good[:8] + b"\x03" + good[9:])
    two = identity(2, anna, bert)
    yield case("version 1 scans version 2", identity(1, anna, bert), identity(2, bert, anna))
    yield case("version 2 scans an account", two, MAGIC + bert + anna)
    yield case("an account scans version 2", MAGIC + anna + bert, identity(2, bert, anna))
    good = identity(2, bert, anna)
    for name, at in (("version's field", 0), ("first field", 2), ("first size", 3),
                     ("second field", 38), ("second size", 41)):
        yield case(f"another {name}", two, good[:at] + bytes([good[at] ^ 1]) + good[at + 1:])


def account_number(c):
    sides = [(c[side + "_user"], [(each.raw["device"], each["identity"])
                                  for each in c.list(side + "_devices")])
             for side in ("our", "their")]
    made = number_of(sides, c.raw["iterations"])
    if made is None or c.refused:
        return made is None and c.raw.get("expect") == "malformed"
    return made == (c.raw["digits"], c["scannable"])


def safety_scan(c):
    return outcome_of(c["ours"], c["scanned"]) == c.raw.get("expect", c.raw.get("outcome"))


CHECKS = (account_number, safety_scan)


def files(source, secret):
    text = "Safety numbers of sotto, revision 1 (spec/safety_numbers.md)"
    return {"account-number": ("account_number", lambda: number_cases(secret),
                               source(text, "of an account a side")),
            "safety-scan": ("safety_scan", lambda: scan_cases(secret),
                            source(text, "what a scanned code tells"))}
