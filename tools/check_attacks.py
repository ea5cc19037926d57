#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The catalogue of attacks: each one has its test, its planted bug, and its line in the threat model.

    check_attacks.py [ROOT]      check spec/attacks.toml against the tree under ROOT
    check_attacks.py --self-test plant a fault of each kind and see it caught
"""
import pathlib
import re
import sys
import tempfile
import tomllib

CATALOGUE = "spec/attacks.toml"
PLANTS = "proptests/plants_attacks.toml"
THREATS = "docs/threat_model.md"
STATUSES = ("tested", "not yet applicable")
FIELDS = {"id", "slug", "does", "outcome", "source", "status"}
TEST = re.compile(r"\bTEST(?:_F|_P)?\(\w+,\s*(attack_([A-Z][0-9]{2})_\w+)\)")
FOLDERS = ("lib", "proptests", "tools")


def tests_of(root):
    """The tests of attacks, by the attack's id."""
    found = {}
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.cpp")):
            for name, ident in TEST.findall(path.read_text()):
                found.setdefault(ident, []).append((name, path.relative_to(root).as_posix()))
    return found


def faults_of(root):
    rows = tomllib.loads((root / CATALOGUE).read_text()).get("attack", [])
    plants = tomllib.loads((root / PLANTS).read_text()).get("plant", [])
    threats = (root / THREATS).read_text()
    catchers = {}
    for row in plants:
        if row["name"].count("-") > 1:
            catchers.setdefault(row["name"].split("-")[1].upper(), []).append(row["caught_by"])
    tests = tests_of(root)
    if not any(row.get("status") == "tested" for row in rows):
        yield f"{CATALOGUE}: no attack is tested"
    if not tests:
        yield "no test of an attack was found"
    known = {}
    for row in rows:
        ident = row.get("id", "?")
        if ident in known:
            yield f"{ident} stands twice"
        known[ident] = row
        if set(row) - {"by"} != FIELDS or row["status"] not in STATUSES:
            yield f"{ident}: the fields are {', '.join(sorted(FIELDS))}, and by"
            continue
        if not re.search(rf"^\| {ident} \|", threats, re.MULTILINE):
            yield f"{ident}: {THREATS} has no line on it"
        if row["status"] != "tested":
            continue
        if ident not in tests and not row.get("by"):
            yield f"{ident}: no test attack_{ident}_{row['slug']}"
        if ident not in catchers:
            yield f"{ident}: no plant attack-{ident.lower()}-... takes its defence away"
        for caught_by in catchers.get(ident, []):
            if not any(f"attack_{ident}_" in name or name.split(":")[0] in row.get("by", [])
                       for name in caught_by):
                yield f"{ident}: a plant of its is not caught by a test of its"
    for ident, names in sorted(tests.items()):
        for name, path in names:
            if ident[0] == "M":  # Media has no catalogue of its own yet.
                continue
            if ident not in known:
                yield f"{path}: {name}: no such attack in the catalogue"
            elif not name.startswith(f"attack_{ident}_{known[ident]['slug']}"):
                yield f"{path}: {name}: the slug of {ident} is {known[ident]['slug']}"


def check(root):
    faults = list(faults_of(root))
    rows = tomllib.loads((root / CATALOGUE).read_text()).get("attack", [])
    tested = sum(row.get("status") == "tested" for row in rows)
    tests = sum(len(names) for ident, names in tests_of(root).items() if ident[0] != "M")
    for fault in faults:
        print(fault)
    print(f"attacks: {tested} tested by {tests} tests, {len(rows) - tested} not yet applicable")
    return 1 if faults else 0


ROW = ('[[attack]]\nid = "{0}"\nslug = "{1}"\ndoes = "a"\noutcome = "b"\nsource = "c"\n'
       'status = "{2}"\n')
SOUND = {
    CATALOGUE: ROW.format("S01", "clobber", "tested") + ROW.format("H13", "kem",
                                                                  "not yet applicable"),
    PLANTS: '[[plant]]\nname = "attack-s01-no-check"\ncaught_by = ["attacks:*attack_S01_*"]\n',
    THREATS: "| S01 | refused |\n| H13 | later |\n",
    "lib/session/attack_test.cpp": "TEST(Attacks, attack_S01_clobber_by_anything) {}\n",
}
PLANTED = [
    (CATALOGUE, 'id = "H13"', 'id = "S01"', "stands twice"),
    (CATALOGUE, 'does = "a"\n', "", "the fields are"),
    (THREATS, "| H13 |", "| H14 |", "has no line on it"),
    (PLANTS, "s01", "s02", "takes its defence away"),
    (PLANTS, "_S01_", "_S02_", "is not caught by a test of its"),
    ("lib/session/attack_test.cpp", "S01", "S02", "no test attack_S01_clobber"),
    ("lib/session/attack_test.cpp", "S01", "S02", "no such attack"),
    ("lib/session/attack_test.cpp", "clobber", "clubber", "the slug of S01 is clobber"),
]


def faults_in(tree):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in tree.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return list(faults_of(root))


def faults_with(path=None, old="", new=""):
    return faults_in({name: text.replace(old, new, 1) if name == path else text
                      for name, text in SOUND.items()})


# What passes for nothing to look at: everything there and empty, and either side alone.
EMPTY = dict.fromkeys(SOUND, "")
NOTHING = [EMPTY, {**EMPTY, CATALOGUE: "attack = []\n"},
           {**SOUND, CATALOGUE: "attack = []\n", "lib/session/attack_test.cpp": ""},
           {**EMPTY, THREATS: SOUND[THREATS], CATALOGUE: ROW.format("H13", "kem", "not yet applicable")}]


def self_test():
    missed = [f"a sound tree: {fault}" for fault in faults_with()]
    for number, tree in enumerate(NOTHING):
        if not faults_in(tree):
            missed.append(f"empty tree {number} passes")
    for path, old, new, words in PLANTED:
        if not any(words in fault for fault in faults_with(path, old, new)):
            missed.append(f"{path}: '{old}' -> '{new}' was not caught")
    for line in missed:
        print(line)
    print(f"self-test: {len(PLANTED) + len(NOTHING)} planted, {len(missed)} not as expected")
    return 1 if missed else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(self_test())
    sys.exit(check(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))
