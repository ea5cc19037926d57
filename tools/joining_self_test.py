#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Joining loses no source, tells names that collide from faults, and hides no finding of clang-tidy."""
import pathlib
import subprocess
import sys
import tempfile

import arguments
import joining
import libcxx
import tidy

CLANG = "clang++-19"
SOURCES = {
    "a.cpp": "namespace { const int version = 1; }\nint a() { return version; }\n",
    "b.cpp": "namespace { const int version = 2; }\nint b() { return version; }\n",
    "c.cpp": "namespace { const int version = 3; }\nint c() { return version; }\n",
    "d.cpp": "#include \"d.hpp\"\n",
    "d.hpp": "inline int d() { return 4; }\n",
    "e.cpp": "int e() { return 5; }\n",
}


def joined(folder, sources, words):
    for name, text in sources.items():
        (folder / name).write_text(text)
    commands = {str(folder / name): (str(folder), f"g++ {words} -MD -MQ x -o x.o -c {name}")
                for name in sources if name.endswith(".cpp")}
    return list(joining.join(folder / "joined", commands, lambda *how: joining.syntax(CLANG, *how)))


def joins(folder):
    units = joined(folder, SOURCES, "-DX")
    seen = sorted(pathlib.Path(path).name for _, paths, *_ in units for path in paths)
    assert seen == ["a.cpp", "b.cpp", "c.cpp", "d.cpp", "e.cpp"], seen
    assert len(units) == 3 and not any(said for *_, said in units), units
    assert all(words == ["-DX"] and place == str(folder) for *_, words, place, _ in units), units


def tells_faults(folder):
    units = joined(folder, {**SOURCES, "d.hpp": "int d() { return none; }\n"}, "")
    wrong = [paths for _, paths, _, _, said in units if said]
    assert wrong == [[str(folder / "d.cpp")]], wrong
    entry = {"directory": str(folder), "file": "d.cpp", "command": "g++ -c d.cpp"}
    for each in (False, True):
        assert len(libcxx.faults(CLANG, [entry], folder / "libcxx", each)) == 1, each


def finds(folder):
    """A finding of a source and one of a header, where the settings of the house say so."""
    place = tidy.ROOT / "build" / "joining_self_test"
    inside = place / "lib"
    inside.mkdir(parents=True, exist_ok=True)
    for what, changed in {"nothing": {}, "a source": {"e.cpp": "int* e() { return 0; }\n"},
                          "a header": {"d.hpp": "inline int* d() { return 0; }\n"}}.items():
        said = ""
        for unit, _, words, where, _ in joined(inside, {**SOURCES, **changed}, ""):
            done = subprocess.run([tidy.TIDY, "--quiet", *tidy.JOINED, "--checks=-*,modernize-use-nullptr",
                                   str(unit), "--", *words], cwd=where, capture_output=True, text=True)
            said += done.stdout
        assert ("modernize-use-nullptr" in said) == bool(changed), (what, said)


def main():
    arguments.described(__doc__).parse_args()
    for check in (joins, tells_faults, finds):
        with tempfile.TemporaryDirectory() as folder:
            check(pathlib.Path(folder).resolve())
    print("joins all, blames the source, finds in sources and headers")
    return 0


if __name__ == "__main__":
    arguments.run(main)
