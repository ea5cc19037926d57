#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The ledgers in spec/: every clause has code and a test, every citation has a clause.

    check_clauses.py [ROOT]      check the ledgers and the sources under ROOT
    check_clauses.py --self-test plant a fault of each kind and see it caught

spec/README.md says how a ledger is written.
"""
import collections
import pathlib
import re
import sys
import tempfile

# A clause's name: the document, its section, a number of our own. Text cites it as it stands.
LEDGERS = {"X3DH": "x3dh.md", "DR": "double_ratchet.md", "RFC3711": "srtp.md", "RFC7714": "srtp.md",
           "RFC6904": "srtp.md", "RFC8285": "srtp.md", "SES": "session.md", "RFC9605": "sframe.md", "MK": "media_keys.md",
           "CS": "call_setup.md", "GC": "group_calls.md", "FR": "franking.md", "RO": "rosters.md",
           "SN": "safety_numbers.md", "CN": "content.md", "TM": "timers.md", "AT": "attachments.md",
           "CV": "conversation.md"}
CLAUSE = re.compile(r"\b(?:" + "|".join(LEDGERS) + r")-[0-9]+(?:\.[0-9]+)*-[0-9]+\b")
STATUSES = ("implemented", "pending", "caller", "not applicable")
# Sources whose citations count as code, and as tests; in all others they only have to resolve.
CODE_FOLDERS = ("lib", "include")
TEST_FOLDERS = ("proptests", "vectors", "fuzz")
FOLDERS = ("include", "lib", "cli", "vectors", "proptests", "fuzz", "bench", "examples", "tools")
SUFFIXES = {".hpp", ".cpp", ".py"}
TEST_FILE = re.compile(r"(_test\.cpp|^test_[a-z0-9_]*\.hpp)$")

Row = collections.namedtuple("Row", "status place")


def cells_of(line):
    """The cells of a table row; a bar inside text is written with a backslash before it."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def ledger_of(path, faults):
    rows = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.startswith("|") or re.match(r"^\|(-+\|)+$|^\| *ID *\|", line):
            continue
        place = f"spec/{path.name}:{number}"
        cells = cells_of(line)
        if len(cells) != 4:
            faults.append(f"{place}: a row has 4 cells, this one {len(cells)}")
            continue
        name = cells[0].strip("[]")
        if not CLAUSE.fullmatch(name) or cells[0] != f"[{name}]":
            faults.append(f"{place}: {cells[0]} is no clause's name")
        elif LEDGERS[name.split("-")[0]] != path.name:
            faults.append(f"{place}: {name} belongs into spec/{LEDGERS[name.split('-')[0]]}")
        elif name in rows:
            faults.append(f"{place}: {name} stands at {rows[name].place} already")
        elif cells[2] not in STATUSES:
            faults.append(f"{place}: {name}: the status is one of {', '.join(STATUSES)}")
        elif not cells[1]:
            faults.append(f"{place}: {name} says nothing")
        elif cells[2] == "not applicable" and not cells[3]:
            faults.append(f"{place}: {name} is not applicable, but no reason is given")
        else:
            rows[name] = Row(cells[2], place)
    return rows


def kind_of(path, folder):
    if folder in TEST_FOLDERS or TEST_FILE.search(path.name):
        return "test"
    return "code" if folder in CODE_FOLDERS else "other"


def check(root):
    """The faults under `root`, and how many clauses have each status."""
    faults, rows = [], {}
    for name in sorted(set(LEDGERS.values())):
        path = root / "spec" / name
        if path.is_file():
            ledger = ledger_of(path, faults)
            rows.update(ledger)
            if not ledger:
                faults.append(f"spec/{name}: no clause is in it")
        else:
            faults.append(f"spec/{name}: there is no such ledger")
    cited = collections.defaultdict(set)
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in SUFFIXES or path.resolve() == pathlib.Path(__file__).resolve():
                continue
            for number, line in enumerate(path.read_text().splitlines(), 1):
                for name in CLAUSE.findall(line):
                    cited[name].add(kind_of(path, folder))
                    if name not in rows:
                        faults.append(f"{path.relative_to(root)}:{number}: "
                                      f"no ledger has a clause {name}")
    if not any(row.status == "implemented" for row in rows.values()):
        faults.append("no clause is implemented")
    for name, row in rows.items():
        if row.status == "implemented":
            for kind, what in (("code", "code under lib/ or include/"), ("test", "test")):
                if kind not in cited[name]:
                    faults.append(f"{row.place}: {name} is implemented, but no {what} cites it")
        elif row.status == "pending" and {"code", "test"} <= cited[name]:
            faults.append(f"{row.place}: {name} is pending, but code and a test cite it: "
                          "mark it implemented")
    return faults, collections.Counter(row.status for row in rows.values())


def report(root):
    faults, counts = check(root)
    for fault in faults:
        print(fault)
    print("clauses: " + ", ".join(f"{counts[status]} {status}" for status in STATUSES))
    return 1 if faults else 0


SOUND = {
    "spec/x3dh.md": "| ID | What | Status | Where |\n|---|---|---|---|\n"
                    "| [X3DH-1-1] | a \\| b | implemented | |\n| [X3DH-1-2] | c | caller | |\n",
    "spec/double_ratchet.md": "| [DR-1.2-1] | a | not applicable | a reason |\n",
    "spec/session.md": "| [SES-1-1] | a | caller | |\n",
    "spec/sframe.md": "| [RFC9605-1-1] | a | caller | |\n",
    "spec/media_keys.md": "| [MK-1-1] | a | caller | |\n",
    "spec/group_calls.md": "| [GC-1-1] | a | caller | |\n",
    "spec/call_setup.md": "| [CS-1-1] | a | caller | |\n",
    "spec/rosters.md": "| [RO-1-1] | a | caller | |\n",
    "spec/content.md": "| [CN-1-1] | a | caller | |\n",
    "spec/timers.md": "| [TM-1-1] | a | caller | |\n",
    "spec/attachments.md": "| [AT-1-1] | a | caller | |\n",
    "spec/safety_numbers.md": "| [SN-1-1] | a | caller | |\n",
    "spec/franking.md": "| [FR-1-1] | a | caller | |\n",
    "spec/conversation.md": "| [CV-1-1] | a | caller | |\n",
    "spec/srtp.md": "| [RFC3711-1-1] | a | pending | |\n| [RFC7714-1-1] | a | implemented | |\n",
    "lib/x3dh/a.cpp": "// [X3DH-1-1, RFC3711-1-1]\n",
    "include/sotto/a.hpp": "/// [RFC7714-1-1], a duty of the caller [X3DH-1-2]\n",
    "lib/x3dh/a_test.cpp": "// [X3DH-1-1]\n",
    "proptests/a.cpp": "// [RFC7714-1-1]\n",
}
# What is changed, how, and what has to be said about it.
PLANTED = [
    ("lib/x3dh/a.cpp", "X3DH-1-1, ", "", "X3DH-1-1 is implemented, but no code"),
    ("lib/x3dh/a_test.cpp", "X3DH-1-1", "", "X3DH-1-1 is implemented, but no test"),
    ("lib/x3dh/a.cpp", "X3DH-1-1", "X3DH-1-1, X3DH-9.9-9", "no ledger has a clause X3DH-9.9-9"),
    ("lib/x3dh/a_test.cpp", "X3DH-1-1", "X3DH-1-1, DR-7-1", "no ledger has a clause DR-7-1"),
    ("lib/x3dh/a_test.cpp", "X3DH-1-1", "X3DH-1-11", "X3DH-1-1 is implemented, but no test"),
    ("spec/x3dh.md", "[X3DH-1-2]", "[X3DH-1-1]", "stands at spec/x3dh.md:3 already"),
    ("spec/x3dh.md", "[X3DH-1-2]", "[X3DH-1]", "is no clause's name"),
    ("spec/x3dh.md", "[X3DH-1-2]", "[DR-1-2]", "belongs into spec/double_ratchet.md"),
    ("spec/x3dh.md", "caller", "perhaps", "the status is one of"),
    ("spec/x3dh.md", "| caller |", "|", "a row has 4 cells"),
    ("spec/double_ratchet.md", "a reason", "", "no reason is given"),
    ("proptests/a.cpp", "RFC7714-1-1", "RFC7714-1-1, RFC3711-1-1", "mark it implemented"),
]


def faults_in(tree):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in tree.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return check(root)[0]


def faults_with(path=None, old="", new=""):
    assert path is None or old in SOUND[path], (path, old)
    return faults_in({name: text.replace(old, new, 1) if name == path else text
                      for name, text in SOUND.items()})


# What passes for nothing to look at: all there and empty, one ledger empty, and nothing implemented.
NOTHING = [dict.fromkeys(SOUND, ""), {**SOUND, "spec/rosters.md": ""},
           {name: text.replace("| implemented |", "| caller |") for name, text in SOUND.items()}]


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


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if len(arguments) > 1:
        print(__doc__)
        return 2
    return report(pathlib.Path(arguments[0] if arguments else "."))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
