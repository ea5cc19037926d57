#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Shows the safety numbers of the vectors through `sotto safety-number`, reads the codes that it
draws, and compares.

    safety_number_test.py PROGRAM VECTORS qr|no-qr png|no-png
"""
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import zlib

from checks import check, finish

SOTTO = str(pathlib.Path(sys.argv[1]).resolve())
VECTORS = pathlib.Path(sys.argv[2])
HAS_QR, HAS_PNG = sys.argv[3] == "qr", sys.argv[4] == "png"


def run(*arguments):
    return subprocess.run([SOTTO, "safety-number", *map(str, arguments)], capture_output=True,
                          stdin=subprocess.DEVNULL)


def sides(case):
    """The arguments that say a case."""
    if "our_user" in case:
        arguments = ["--form", "account"]
        for side in ("our", "their"):
            arguments += [f"--{side}-id", case[side + "_user"]]
            for each in case[side + "_devices"]:
                arguments += [f"--{side}-device", f"{each['device']}:{each['identity']}"]
        return arguments
    arguments = ["--form", case["version"]]
    for side in ("our", "their"):
        said = case[side + "_id"]
        if case["version"] == 1:
            said = bytes.fromhex(said).decode()
        arguments += [f"--{side}-id", said, f"--{side}-key", case[side + "_identity"]]
    return arguments


def usable(case):
    if "expect" in case or case["iterations"] != 5200:
        return False
    if "our_user" in case:
        return True
    sizes = {len(case[side + "_id"]) // 2 for side in ("our", "their")}
    return case["version"] == 1 or sizes == {16}


def grouped(digits):
    groups = [digits[i:i + 5] for i in range(0, 60, 5)]
    return "".join(" ".join(groups[i:i + 4]) + "\n" for i in range(0, 12, 4))


def modules_of_text(lines):
    rows = []
    for line in lines:
        rows += [[c in "\u2584 " for c in line], [c in "\u2580 " for c in line]]
    return rows[:len(rows[0])]


def modules_of_svg(text):
    side = int(re.search(r'viewBox="0 0 (\d+) \1"', text)[1])
    rows = [[False] * side for _ in range(side)]
    for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", text):
        rows[int(y)][int(x)] = True
    return rows


def modules_of_png(data):
    """A grey picture of 8 bits, 8 pixels a module."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, body, head = 8, b"", None
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        chunk = data[at + 8:at + 8 + size]
        head = struct.unpack(">IIBBBBB", chunk) if kind == b"IHDR" else head
        body += chunk if kind == b"IDAT" else b""
        at += size + 12
    width, height, depth, colour = head[:4]
    assert (depth, colour) == (8, 0) and width == height
    raw, above, rows = zlib.decompress(body), bytearray(width), []
    for y in range(height):
        line = bytearray(raw[y * (width + 1):(y + 1) * (width + 1)])
        filtered, line = line[0], line[1:]
        for x in range(width):
            left, up = line[x - 1] if x else 0, above[x]
            corner = above[x - 1] if x else 0
            near = min((abs(up - corner), 0, left), (abs(left - corner), 1, up),
                       (abs(left + up - 2 * corner), 2, corner))[2]
            line[x] = line[x] + (0, left, up, (left + up) // 2, near)[filtered] & 255
        rows.append(line)
        above = line
    return [[rows[8 * y][8 * x] == 0 for x in range(width // 8)] for y in range(width // 8)]


MASKS = (lambda i, j: (i + j) % 2, lambda i, j: i % 2, lambda i, j: j % 3,
         lambda i, j: (i + j) % 3, lambda i, j: (i // 2 + j // 3) % 2,
         lambda i, j: i * j % 2 + i * j % 3, lambda i, j: (i * j % 2 + i * j % 3) % 2,
         lambda i, j: ((i + j) % 2 + i * j % 3) % 2)


def read_qr(modules):
    """The bytes of a QR code of version 5-M (ISO/IEC 18004), unharmed: no errors are corrected."""
    quiet = 4
    rows = [row[quiet:-quiet] for row in modules[quiet:-quiet]]
    size = len(rows)
    assert size == 37, size
    spots = [(8, j) for j in (0, 1, 2, 3, 4, 5, 7, 8)] + [(i, 8) for i in (7, 5, 4, 3, 2, 1, 0)]
    form = int("".join(str(int(rows[i][j])) for i, j in spots), 2) ^ 0x5412
    level, mask = form >> 13, MASKS[form >> 10 & 7]
    assert level == 0, level

    def is_data(i, j):
        corner = (i < 9 and (j < 9 or j >= size - 8)) or (i >= size - 8 and j < 9)
        return not (corner or i == 6 or j == 6 or (28 <= i <= 32 and 28 <= j <= 32))

    bits, up = "", True
    for right in list(range(size - 1, 6, -2)) + [5, 3, 1]:
        for i in range(size - 1, -1, -1) if up else range(size):
            for j in (right, right - 1):
                if is_data(i, j):
                    bits += str(int(rows[i][j] ^ (mask(i, j) == 0)))
        up = not up
    words = [int(bits[i:i + 8], 2) for i in range(0, 86 * 8, 8)]
    stream = "".join(f"{word:08b}" for word in words[0::2] + words[1::2])
    assert stream[:4] == "0100", stream[:4]  # bytes
    count = int(stream[4:12], 2)
    return bytes(int(stream[12 + 8 * i:20 + 8 * i], 2) for i in range(count))


def numbers(suite):
    seen = 0
    for case in json.loads((VECTORS / f"{suite}.json").read_text())["cases"]:
        if not usable(case):
            continue
        seen += 1
        what = f"{suite}: {case['id']}"
        told = run(*sides(case))
        lines = told.stdout.decode().splitlines()
        check(what, told.returncode == 0 and told.stdout.decode().startswith(
            grouped(case["digits"])), told)
        check(f"{what}: nothing but the digits", run(*sides(case), "--no-qr").stdout.decode()
              == grouped(case["digits"]))
        if HAS_QR:
            drawn = modules_of_text(lines[3:])
            check(f"{what}: the code", read_qr(drawn).hex() == case["scannable"], told)
            check(f"{what}: quiet around it", not any(map(any, drawn[:4] + drawn[-4:])))
    check(f"{suite} is used", seen > 0)


def pictures():
    case = next(c for c in cases("account-number"))
    with tempfile.TemporaryDirectory() as folder:
        svg, png = pathlib.Path(folder) / "code.svg", pathlib.Path(folder) / "code.png"
        told = run(*sides(case), "--svg", svg)
        if not HAS_QR:
            check("no picture without libqrencode", told.returncode == 1 and not svg.exists(), told)
            return
        drawn = modules_of_text(told.stdout.decode().splitlines()[3:])
        check("SVG", told.returncode == 0 and modules_of_svg(svg.read_text()) == drawn)
        told = run(*sides(case), "--no-qr", "--png", png)
        if HAS_PNG:
            check("PNG", told.returncode == 0 and modules_of_png(png.read_bytes()) == drawn)
        else:
            check("no PNG without libpng", told.returncode == 1 and not png.exists(), told)
        for kind in ("--svg", "--png"):
            told = run(*sides(case), kind, pathlib.Path(folder) / "none" / "code")
            check("a file that cannot be written", told.returncode == 1 and told.stderr, told)


def cases(suite):
    return [c for c in json.loads((VECTORS / f"{suite}.json").read_text())["cases"] if usable(c)]


def scans():
    for suite, head in (("safety-number", 6), ("account-number", 9)):
        case = cases(suite)[0]
        ours = bytes.fromhex(case["scannable"])
        between = ours[38:42] if head == 6 else b""
        mine, other = ours[head:head + 32], ours[-32:]
        false = bytes(32)

        def code(shown, held, ours=ours, head=head, between=between):
            return ours[:head] + shown + between + held

        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "scanned"
            for scanned, status, said in (
                    (code(other, mine), 0, "the same"), (code(other, false), 2, "ours differs"),
                    (code(false, mine), 2, "theirs differs"), (code(false, false), 2, "both differ"),
                    (ours, 2, "our own code"), (ours[:-1], 1, None), (b"\x09" + ours[1:], 1, None)):
                for form in ("digits", "bytes", "file of digits"):
                    argument = scanned.hex() if form == "digits" else file
                    file.write_bytes(scanned if form == "bytes" else scanned.hex().encode() + b"\n")
                    told = run(*sides(case), "--no-qr", "--scan", argument)
                    last = told.stdout.decode().splitlines()[-1]
                    check(f"{suite}: scans {said}, {form}", told.returncode == status and (
                        told.stderr if said is None else last.startswith(said + ": ")), told)


def refusals():
    key = "05" + "11" * 32
    both = ["--our-key", key, "--their-key", key]
    uuid = "00010203-0405-0607-0809-0a0b0c0d0e0f"
    ids = ["--our-id", uuid, "--their-id", uuid]
    check("a UUID, and keys of 33 bytes", run(*ids, *both).returncode == 0)
    for what, arguments in (
            ("no keys", ids), ("an id that is no UUID", ["--our-id", "1", "--their-id", uuid, *both]),
            ("a key too short", [*ids, "--our-key", "11" * 31, "--their-key", key]),
            ("a key of another type", [*ids, "--our-key", "06" + "11" * 32, "--their-key", key]),
            ("devices without an account", [*ids, *both, "--our-device", "1:" + key]),
            ("an account without devices", ["--form", "account", *ids]),
            ("a device without a number", ["--form", "account", "--our-id", "22" * 32, "--their-id",
                                           "33" * 32, "--our-device", key, "--their-device",
                                           "1:" + key]),
            ("a device twice", ["--form", "account", "--our-id", "22" * 32, "--their-id", "33" * 32,
                                "--our-device", "1:" + key, "--our-device", "1:" + key,
                                "--their-device", "1:" + key]),
            ("an id too long", ["--form", "1", "--our-id", "1" * 256, "--their-id", "2", *both])):
        told = run(*arguments)
        check(what, told.returncode == 64 and not told.stdout and told.stderr.count(b"\n") == 1, told)
    check("no ids", run(*both).returncode == 64)
    check("a form that there is not", run("--form", "3", *ids, *both).returncode == 64)


numbers("safety-number")
numbers("account-number")
pictures()
scans()
refusals()
for has, what in ((HAS_QR, "codes, the program is built without libqrencode"),
                  (HAS_QR and HAS_PNG, "PNG, the program is built without libpng or libqrencode")):
    if not has:
        print(f"skipped: {what}")
finish()
