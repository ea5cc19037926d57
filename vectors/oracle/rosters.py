# SPDX-License-Identifier: MIT OR Apache-2.0
"""Lists of devices (spec/rosters.md): made from secrets, and judged."""
import functools
import hashlib

import curve

ADDED, REMOVED, REPLACED = 1, 2, 3
MOST_DEVICES = 32


def be(value, size):
    return value.to_bytes(size, "big")


def claim(user, device, secret, nonce):
    signature = curve.xeddsa_sign(secret, b"sotto device 1" + user + be(device, 4), nonce, "wire")
    return be(device, 4) + curve.public_of(secret) + signature


def body(user, number, previous, at, signer, claims, count=None):
    return (b"\x01" + user + be(number, 8) + previous + be(at, 8) + be(signer, 4)
            + be(len(claims) if count is None else count, 2) + b"".join(claims))


def signed(text, secret, nonce):
    return text + curve.xeddsa_sign(secret, b"sotto roster 1" + text, nonce, "wire")


def hash_of(roster):
    return hashlib.sha256(b"sotto roster hash 1" + roster[:-64]).digest()


def both(ours, theirs):
    return hashlib.sha256(b"sotto rosters 1" + min(ours, theirs) + max(ours, theirs)).digest()


def made(user, steps):
    """The lists that the steps make, and the row of who has seen all of them at once."""
    devices, previous, marks = {}, bytes(32), b""
    for number, step in enumerate(steps):
        if step["do"] == "remove":
            del devices[step["device"]]
        else:
            devices[step["device"]] = claim(user, step["device"], step["secret"],
                                            step["claim_nonce"])
        text = body(user, number, previous, step["at"], step["signer"],
                    [devices[device] for device in sorted(devices)])
        roster = signed(text, step["signer_secret"], step["nonce"])
        previous = hash_of(roster)
        change = {"remove": REMOVED, "replace": REPLACED}.get(step["do"], ADDED)
        marks += previous + bytes([change]) + be(steps[-1]["at"], 8)
        yield {"list": roster, "hash": previous}
    size = len(steps)
    yield (b"\x01" + user + b"\0" + be(0, 8) + marks[:32] + bytes([size]) + marks
           + be(len(roster), 2) + roster)


class Refused(Exception):
    """The error's name."""


def need(good, error="malformed"):
    if not good:
        raise Refused(error)


@functools.lru_cache(maxsize=None)
def verifies(identity, message, signature):
    return curve.xeddsa_verify(identity, message, signature)


def read(data):
    need(data, "malformed")
    need(data[0] == 1, "unsupported_version")
    need(len(data) >= 151)
    fields = [int.from_bytes(data[a:b], "big") for a, b in ((33, 41), (73, 81), (81, 85), (85, 87))]
    number, at, signer, count = fields
    need(1 <= count <= MOST_DEVICES and len(data) == 151 + 100 * count and at < 2**63)
    claims = [data[at:at + 100] for at in range(87, 87 + 100 * count, 100)]
    devices = [int.from_bytes(each[:4], "big") for each in claims]
    need(all(a < b for a, b in zip(devices, devices[1:])))
    need(len({each[4:36] for each in claims}) == count)
    return {"user": data[1:33], "number": number, "previous": data[41:73], "at": at,
            "signer": signer, "devices": dict(zip(devices, claims)), "data": data}


def check_signature(roster, identity):
    need(verifies(identity, b"sotto roster 1" + roster["data"][:-64], roster["data"][-64:]),
         "bad_signature")


def check_claim(roster, device):
    data = roster["devices"][device]
    message = b"sotto device 1" + roster["user"] + data[:4]
    need(verifies(data[4:36], message, data[36:]), "bad_signature")


def check_first(roster):
    need(roster["number"] == 0 and roster["previous"] == bytes(32))
    need(list(roster["devices"]) == [roster["signer"]])
    check_signature(roster, roster["devices"][roster["signer"]][4:36])
    check_claim(roster, roster["signer"])


def check_next(before, roster):
    need(roster["number"] == before["number"] + 1 and roster["user"] == before["user"])
    need(roster["previous"] == hash_of(before["data"]) and roster["at"] >= before["at"])
    old, new = before["devices"], roster["devices"]
    changed = [device for device in old.keys() | new.keys() if old.get(device) != new.get(device)]
    need(len(changed) == 1)
    device = changed[0]
    if device in old and device in new:
        need(old[device][4:36] != new[device][4:36])
    need(roster["signer"] in old, "bad_signature")
    check_signature(roster, old[roster["signer"]][4:36])
    if device in new:
        check_claim(roster, device)


def verdict(chain):
    """None, or the error with which the last list of the chain is refused."""
    before = None
    for data in chain:
        try:
            roster = read(data)
            if before is None:
                check_first(roster)
            else:
                check_next(before, roster)
        except Refused as refused:
            return str(refused) if data is chain[-1] else "the lists before it are refused"
        before = roster
    return None


def roster(c):
    steps = [{key: bytes.fromhex(value) if isinstance(value, str) and key != "do" else value
              for key, value in raw.items()} for raw in c.raw["lists"]]
    *lists, row = made(c["user"], steps)
    return (all(step["list"] == one["list"] and step["hash"] == one["hash"]
                for step, one in zip(steps, lists)) and row == c["row"]
            and both(lists[-1]["hash"], c["their_hash"]) == c["both"])


def roster_chain(c):
    chain = [bytes.fromhex(each["list"]) for each in c.raw["chain"]]
    return verdict(chain) == c.raw.get("expect") and (c.refused or hash_of(chain[-1]) == c["hash"])


CHECKS = (roster, roster_chain)
