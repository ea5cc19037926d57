#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Every call of `wipe` in the library is listed, and the tests of its room meet a secret there.

    check_wipes.py ROOT ROOM PROGRAM   the list against the sources, then what the program records
    check_wipes.py ROOT                the list against the sources, all rooms
    check_wipes.py ROOT --list         the calls that the sources make, in the form of the list
    check_wipes.py --self-test         plant faults of each kind and see them caught

The list is tools/wiping/sites.txt. A line names a file and a call in it, and, where no test can
bring a secret there, behind a second bar why. A call that was removed or changed no longer fits
its line. A call that is there and never reached, or reached with nothing but zeros, is a fault as
well: either a test is missing or the wipe comes too early. The room of include/ is `base`.
"""
import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile

LIST = "tools/wiping/sites.txt"
CALL = re.compile(r"\bwipe\w*\(")
DECLARED = re.compile(r"\bvoid (?:\w+::)*$")
NOT_CODE = re.compile(r"//.*")
# These would zero bytes where nothing records it.
AROUND = re.compile(r"\b(sodium_memzero|explicit_bzero|OPENSSL_cleanse|memset_explicit|memset_s)\(")

Site = collections.namedtuple("Site", "file line call")


def sources(root):
    for folder in ("include", "lib"):
        for path in sorted((root / folder).rglob("*.[ch]pp")):
            in_tests = path.stem.endswith("_test") or path.name.startswith("test_") or \
                {"peers", "golden"} & set(path.relative_to(root).parts)
            if not in_tests and path.name != "wipe.hpp":
                yield path


def room_of(file):
    parts = file.split("/")
    return parts[1] if parts[0] == "lib" else "base"


def call_at(text, begin, opened):
    """The call that begins there, up to the bracket that closes it, without line breaks."""
    depth = 0
    for end in range(opened, len(text)):
        depth += (text[end] == "(") - (text[end] == ")")
        if depth == 0:
            return re.sub(r"\s+", " ", text[begin:end + 1])
    return text[begin:opened + 1]


def sites_of(root):
    """The calls that the sources make, and what goes around `wipe`."""
    found, around = [], []
    for path in sources(root):
        file = path.relative_to(root).as_posix()
        text = NOT_CODE.sub("", path.read_text())
        for call in CALL.finditer(text):
            if DECLARED.search(text[:call.start()]):
                continue
            line = text.count("\n", 0, call.start()) + 1
            found.append(Site(file, line, call_at(text, call.start(), call.end() - 1)))
        around += [f"{file}: {name} is not recorded: call wipe" for name in AROUND.findall(text)]
    return found, around


def listed_in(root):
    """(file, call) -> the reasons of its lines; one without a reason is ''."""
    listed = collections.defaultdict(list)
    for line in (root / LIST).read_text().splitlines():
        if line.startswith("#") or not line.strip():
            continue
        file, call, *why = [part.strip() for part in line.split(" | ")]
        listed[file, call].append(why[0] if why else "")
    return listed


def list_faults(root, room=None):
    found, faults = sites_of(root)
    made = collections.Counter((site.file, site.call) for site in found)
    listed = listed_in(root)
    for key in sorted(set(made) | set(listed)):
        file, call = key
        lines = len(listed.get(key, []))
        if made[key] < lines:
            faults.append(f"{file}: {lines - made[key]} of {lines} calls {call} are gone")
        elif made[key] > lines:
            faults.append(f"{file}: {made[key] - lines} calls {call} are not listed in {LIST}")
    faults = [fault for fault in faults if room in (None, room_of(fault.split(":")[0]))]
    if not any(room in (None, room_of(site.file)) for site in found):
        faults.append("no wipe was found" + (f" in a room {room}: is there one?" if room else ""))
    return faults


def recorded_by(program, root):
    """(file, line) -> the words that were recorded there; and why the program failed, if it did."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "wipes"
        ran = subprocess.run([str(program)], env={**os.environ, "SOTTO_WIPES": str(path)},
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             errors="replace", check=False)
        lines = path.read_text().splitlines() if path.exists() else []
    words = collections.defaultdict(set)
    for line in lines:
        file, number, word = line.rsplit(" ", 2)
        place = re.search(r"(?:^|/)((?:lib|include)/.*)$", file)
        words[place[1] if place else file, int(number)].add(word)
    failed = None
    if ran.returncode != 0:
        failed = f"{ran.stdout[-4000:]}\n{program} ended with status {ran.returncode}"
    return words, failed


def run_faults(root, room, words):
    listed = listed_in(root)
    seen = collections.Counter()
    if not any(room_of(site.file) == room and site.call.startswith("wipe(") for site in sites_of(root)[0]):
        yield f"no call of wipe itself was found in a room {room}"
    for site in sites_of(root)[0]:
        if room_of(site.file) != room or not site.call.startswith("wipe("):
            continue  # A function that wipes for others calls `wipe` itself.
        key = site.file, site.call
        reasons = listed.get(key, [])
        why = reasons[seen[key]] if seen[key] < len(reasons) else ""
        seen[key] += 1
        met = words.get((site.file, site.line), set())
        where = f"{site.file}:{site.line}: {site.call}"
        if "left" in met:
            yield f"{where} left something"
        if why and "met" in met:
            yield f"{where} met a secret, although the list says: {why}"
        if not why and "met" not in met:
            yield f"{where} {'met nothing but zeros' if met else 'was never reached'}"


def check(root, room, program):
    faults = list_faults(root, room)
    if faults or program is None:
        return faults
    words, failed = recorded_by(program, root)
    return ([failed] if failed else []) + list(run_faults(root, room, words))


SOURCE = """\
void wipe_states();  // not a call, nor is wipe(this)
void f() {
  wipe(one);
  wipe({two,
        three});
  wipe_states();
}
"""
FITTING = """\
# A comment.
lib/base/a.cpp | wipe(one)
lib/base/a.cpp | wipe({two, three}) | nothing is ever there
lib/base/a.cpp | wipe_states()
"""
MET = {("lib/base/a.cpp", 3): {"zero", "met"}}
# Source, list, what was recorded -> whether it is a fault.
CASES = [
    (SOURCE, FITTING, MET, False),
    (SOURCE, FITTING, {}, True),
    (SOURCE, FITTING, {("lib/base/a.cpp", 3): {"zero"}}, True),
    (SOURCE, FITTING, {("lib/base/a.cpp", 3): {"met", "left"}}, True),
    (SOURCE, FITTING, {**MET, ("lib/base/a.cpp", 4): {"zero"}}, False),
    (SOURCE, FITTING, {**MET, ("lib/base/a.cpp", 4): {"met"}}, True),
    (SOURCE.replace("  wipe(one);\n", "  ;\n"), FITTING, MET, True),
    (SOURCE.replace("  wipe(one);\n", "  // wipe(one);\n"), FITTING, MET, True),
    (SOURCE.replace("  wipe_states();\n", ""), FITTING, MET, True),
    (SOURCE.replace("wipe(one)", "wipe(other)"), FITTING, MET, True),
    (SOURCE.replace("}\n", "  wipe(one);\n}\n"), FITTING, MET, True),
    (SOURCE.replace("wipe(one)", "wipe(one);\n  explicit_bzero(b, 1)"), FITTING, MET, True),
]


def write(root, source, listed):
    for name, text in (("lib/base/a.cpp", source), (LIST, listed)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def self_test():
    wrong = []
    for number, (source, listed, words, expected) in enumerate(CASES):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            write(root, source, listed + "lib/wire/b.cpp | wipe_states()\n")
            (root / "lib/wire").mkdir()
            (root / "lib/wire/b.cpp").write_text("void f() { wipe_states(); }\n")
            faults = list_faults(root, "base") or list(run_faults(root, "base", words))
            if bool(faults) != expected:
                wrong.append(f"case {number}: {faults or 'no fault'}")
            if list_faults(root, "wire"):
                wrong.append(f"case {number}: a fault of another room")
            if not list_faults(root, "wirre") or not list(run_faults(root, "wirre", {})):
                wrong.append(f"case {number}: a room that there is not passes")
            if not list(run_faults(root, "wire", {})):
                wrong.append(f"case {number}: a room in which nothing can be met passes")
    with tempfile.TemporaryDirectory() as folder:
        write(pathlib.Path(folder), "", "")
        if not check(pathlib.Path(folder), None, None):
            wrong.append("a tree without a wipe passes")
    print("\n".join(wrong) or f"{len(CASES)} cases are judged as they must be")
    return 1 if wrong else 0


def main():
    words = sys.argv[1:]
    if words == ["--self-test"]:
        return self_test()
    root = pathlib.Path(words[0]).resolve()
    if words[1:] == ["--list"]:
        for site in sites_of(root)[0]:
            print(f"{site.file} | {site.call}")
        return 0
    room, program = (words[1:] + [None, None])[:2]
    faults = check(root, room, program)
    print("\n".join(faults) or "every wipe is listed" + (" and met a secret" if program else ""))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
