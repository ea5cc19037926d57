#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Small rules of the house that a machine can see.

    check_house.py [ROOT [BUILD]]  check the files that git knows (or, where it knows none, all files),
                                   and that BUILD leaves out no source
    check_house.py --self-test     plant a violation of each rule and see it caught
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import built

MOST_LINES = 400
TAG = "SPDX-License-Identifier: MIT OR Apache-2.0"
SOURCES = {".cpp", ".hpp", ".h", ".c", ".py", ".build", ".sh", ".in", ".txt", ".supp"}
SOURCE_NAMES = {"dev", "run", "meson_options.txt"}
UNTAGGED = {"LICENSE-MIT", "LICENSE-APACHE"}
# Test data and prose: no tag (REUSE.toml says it for them) and no limit of lines.
DATA = ("vectors/data/", "fuzz/corpus/")
TOP = {".ci", ".clang-format", ".clang-tidy", ".editorconfig", ".gitignore", "bench", "CHANGELOG.md",
       "cli", "CONTRIBUTING.md", "dev", "docs", "examples", "fuzz", "include", "lib",
       "LICENSE-APACHE", "LICENSE-MIT", "meson.build", "meson_options.txt", "proptests",
       "README.md", "REUSE.toml", "SECURITY.md", "spec", "tools", "vectors"}
NOT_OURS = {".git", "build", "heard.wav", "soak"}
# Folders of some one machine; /usr and /proc are Debian's and Linux's.
MACHINE = re.compile(r"(?<![\w.<$}~/-])/(home|root|work|tmp|mnt|opt|srv|Users)/\w")
LEFT_OVER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
CLOCKS = re.compile(r"\b(system_clock|steady_clock|high_resolution_clock|clock_gettime|"
                    r"gettimeofday|time\(nullptr\)|std::thread|std::mutex|std::random_device|"
                    r"std::ofstream|std::ifstream|std::cout|std::cerr|printf)\b")


# What a busy machine would break: a test waits for an event, and only the build knows when it hangs.
DEADLINE = re.compile(r"\btimeout: *\d|\bis_parallel: *false")
TEST_DEADLINE = re.compile(r"\btimeout *= *\d|\bwait\(\d|\bmonotonic\(|\btime\.time\(")

# In a script a second function of one name silently takes the place of the first.
SHELL_FUNCTION = re.compile(r"^(\w+)\(\) *\{", re.MULTILINE)

# What is written for a build, and what stands beside it.
BUILT_SCRIPTS = ("_test.py", "_runs.py")
NOT_BUILT = ("tools/compile_fail/", "tools/mutating/", "tools/planting/", "tools/soaking/",
             "tools/tally_self_test.py")

# One ending for a source and one for a header: other checks look at these alone. And one spelling of
# a directive.
# In these folders the arrows look at what ends so; what ends otherwise they would not see.
OF_SOURCES = re.compile(r"(include|lib|cli|examples)/")
SOURCE_ENDINGS = re.compile(r"\.(cpp|hpp|hpp\.in|py)$|/meson\.build$")
OTHER_ENDINGS = re.compile(r"\.(h|hh|hxx|h\+\+|c|cc|cxx|c\+\+|cppm|ixx|mpp|inc|inl|ipp|tcc|tpp)$", re.IGNORECASE)
DIGRAPH = re.compile(r"%:")

# Settings of clang's tools further down would be heeded instead of those at the top.
SETTINGS = {".clang-format", ".clang-tidy"}

# A property that draws by itself draws from the seed that a soak gives it.
DRAWN = re.compile(r"\bmt19937(_64)? \w+[({][\d']+[)}]")

# An app's source of randomness may answer anything; `draw` says `entropy_failed` for it.
FILLED = re.compile(r"\bentropy\w*(\.|->)fill\(")

# The places with a lock: rows in memory that several handles share, and loading the backend once.
LOCKED = {"lib/store/memory_store.cpp", "lib/crypto/backend.cpp"}


def files_of(root):
    try:
        listed = subprocess.run(
            ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others",
             "--exclude-standard"], check=True, capture_output=True, text=True).stdout
        names = [n for n in listed.split("\0") if n]
    except (subprocess.CalledProcessError, FileNotFoundError):
        names = []
    if not names:  # Also where another repository holds this folder and ignores it.
        names = [str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()
                 and p.relative_to(root).parts[0] not in NOT_OURS and "__pycache__" not in p.parts]
    return [n for n in sorted(names) if (root / n).is_file()]


def is_source(name):
    path = pathlib.PurePath(name)
    return (path.suffix in SOURCES or path.name in SOURCE_NAMES) and not name.startswith(DATA)


def faults_of(root, name):
    if name.split("/")[0] not in TOP:
        yield f"{name}: stands in no known place of the house"
    if pathlib.PurePath(name).name in SETTINGS and name not in SETTINGS:
        yield f"{name}: the settings of clang's tools stand at the top"
    if (OTHER_ENDINGS.search(name) or OF_SOURCES.match(name) and not SOURCE_ENDINGS.search(name)) \
            and not name.startswith(DATA):
        yield f"{name}: sources end in .cpp, headers in .hpp"
    if name.startswith(DATA) or name in UNTAGGED:
        return
    try:
        text = (root / name).read_text()
    except UnicodeDecodeError:
        yield f"{name}: binary data outside of {' and '.join(DATA)}"
        return
    lines = text.splitlines()
    if is_source(name):
        if not any(TAG in line for line in lines[:3]):
            yield f"{name}: no SPDX tag in its first lines"
        if len(lines) > MOST_LINES:
            yield f"{name}: {len(lines)} lines, above {MOST_LINES}"
    if text and not text.endswith("\n"):
        yield f"{name}: no newline at its end"
    for number, line in enumerate(lines, 1):
        if MACHINE.search(line):
            yield f"{name}:{number}: a path of one machine: {line.strip()}"
        if LEFT_OVER.search(line):
            yield f"{name}:{number}: left undone: {line.strip()}"
        if line.rstrip() != line and not name.endswith(".md"):
            yield f"{name}:{number}: blanks at the end of a line"
        if DIGRAPH.search(line) and name.endswith((".cpp", ".hpp")):
            yield f"{name}:{number}: `#` has one spelling: {line.strip()}"
    if name == "dev":
        defined = SHELL_FUNCTION.findall(text)
        for function in sorted({f for f in defined if defined.count(f) > 1}):
            yield f"{name}: defines {function} more than once"
    clock = (DEADLINE if name.endswith("meson.build")
             else TEST_DEADLINE if name.endswith(("_test.py", "_runs.py")) else None)
    for number, line in enumerate(lines, 1):
        if clock and clock.search(line.split("#")[0]):
            yield f"{name}:{number}: a deadline that a busy machine misses: {line.strip()}"
    for number, line in enumerate(lines, 1):
        if name.startswith("proptests/") and DRAWN.search(line):
            yield f"{name}:{number}: a seed that no soak can give: {line.strip()}"
    if name.startswith(("lib/", "include/")) and not name.endswith("_test.cpp"):
        for number, line in enumerate(lines, 1):
            found = CLOCKS.search(line.split("//")[0])
            if found and not (name in LOCKED and found.group(1) == "std::mutex"):
                yield f"{name}:{number}: the library has no clock, thread, log: {line.strip()}"
            if FILLED.search(line):
                yield f"{name}:{number}: the library draws by Entropy::draw: {line.strip()}"


def unbuilt(root, names, build):
    """Sources and tests that no meson.build names, or that the build leaves out: nothing runs them."""
    builds = {str(pathlib.PurePath(name).parent): (root / name).read_text() for name in names
              if pathlib.PurePath(name).name == "meson.build"}
    named = built.named(builds)
    files = [name for name in names if not name.startswith(NOT_BUILT)
             and name.endswith((".cpp", *BUILT_SCRIPTS))]
    for name in files:
        if name not in named:
            yield f"{name}: no meson.build names it"
    for name in built.leaves_out(root, build, files) if build else []:
        yield f"{name}: {build} leaves it out"


def check(root, build=None):
    names = files_of(root)
    faults = [fault for name in names for fault in faults_of(root, name)]
    if not names:
        faults.append("no file was looked at")
    return faults + list(unbuilt(root, names, build)), len(names)


GOOD = f"// {TAG}\nint answer();\n"
PLANTS = [
    ("lib/base/a.hpp", "int answer();\n"),
    ("lib/base/a.hpp", GOOD + "//\n" * MOST_LINES),
    ("lib/base/a.hpp", GOOD + "// see /ho" "me/somebody/notes\n"),
    ("docs/a.md", "Written in /tm" "p/somewhere.\n"),
    ("lib/base/a.hpp", GOOD + "// TO" "DO: the rest\n"),
    ("lib/base/a.hpp", GOOD + "int other();  \n"),
    ("lib/base/a.hpp", GOOD + "int other();"),
    ("lib/base/a.cpp", GOOD + "auto now = std::chrono::system_clock::now();\n"),
    ("lib/store/store.cpp", GOOD + "std::mutex lock;\n"),
    ("lib/call/a.cpp", GOOD + "if (!entropy.fill(out)) return;\n"),
    ("include/sotto/a.hpp", GOOD + "if (!entropy_->fill(out)) return;\n"),
    ("proptests/a.cpp", GOOD + "std::mt19937_64 random(20160205);\n"),
    ("cli/meson.build", f"# {TAG}\ntest('a', a, timeout: 60)\n"),
    ("cli/meson.build", f"# {TAG}\ntest('a', a, is_parallel: false)\n"),
    ("cli/a_test.py", f"# {TAG}\nsubprocess.run([SOTTO], timeout=60)\n"),
    ("cli/a_test.py", f"# {TAG}\nend = time.monotonic() + 40\n"),
    ("dev", f"# {TAG}\nclean() {{ :; }}\nclean() {{\n  :\n}}\n"),
    ("lib/base/a.h", GOOD),
    ("lib/base/a.cc", GOOD),
    ("include/sotto/a.cxx", GOOD),
    ("lib/base/a.HPP", GOOD),
    ("lib/base/a.Cpp", GOOD),
    ("lib/base/a.def", GOOD),
    ("cli/demo/table", GOOD),
    ("include/sotto/a.tab", GOOD),
    ("lib/base/a.cpp", GOOD + '%:include "crypto/hkdf.hpp"\n'),
    ("lib/base/a.cpp", GOOD + '  %: include "crypto/hkdf.hpp"\n'),
    ("lib/.clang-tidy", "Checks: -*\n"),
    ("attic/a.hpp", GOOD),
    ("notes.txt", f"# {TAG}\n"),
]
ALLOWED = [
    ("lib/base/a.hpp", GOOD),
    ("lib/call/a.cpp", GOOD + "if (!entropy.draw(out)) return;\n"),
    ("lib/base/a_test.cpp", GOOD + "auto now = std::chrono::system_clock::now();\n"),
    *[(name, GOOD + "std::mutex lock;\n") for name in sorted(LOCKED)],
    ("dev", f"# {TAG}\nclean() {{ :; }}\nclear() {{ :; }}\n"),
    ("proptests/a.cpp", GOOD + "std::mt19937_64 random(testing::soak_seed(20160205));\n"),
    ("docs/a.md", "See /usr/share/doc and </tmp_is_a_name>.\n"),
    ("vectors/data/a.json", "{}"),
    ("tools/__pycache__/a.py", "as Python leaves it\n"),
    ("cli/meson.build", f"# {TAG}\ntest('a', a, timeout: hang_s)\n"),
]


# What a meson.build says, where; and whether it names lib/base/a_test.cpp.
LOOPS = "foreach {0}\n  files({1} + '{2}')\nendforeach"
NAMED = [
    ("lib/base/meson.build", "files('a_test.cpp')", True),
    ("lib/meson.build", "files('base/a_test.cpp')", True),
    ("tools/meson.build", "files('../lib/base/a_test.cpp')", True),
    ("lib/base/meson.build", "files('b_test.cpp', 'aa_test.cpp')", False),
    ("lib/crypto/meson.build", "files('a_test.cpp')", False),
    # A word that is no more than the stem: the name of a program, a room, a loop of something else.
    ("lib/base/meson.build", "{'a': files('b_test.cpp')}", False),
    ("lib/base/meson.build", "{'a_test': files('b_test.cpp')}", False),
    ("lib/base/meson.build", "foreach name : ['a']\n  subdir(name)\nendforeach", False),
    ("lib/base/meson.build", "# files('a_test.cpp')", False),
    ("lib/base/meson.build", LOOPS.format("name : ['b', 'a']", "name", "_test.cpp"), True),
    ("lib/base/meson.build", LOOPS.format("name : ['b']", "name", "_test.cpp"), False),
    ("lib/base/meson.build", LOOPS.format("name : ['a']", "name", ".cpp"), False),
    ("lib/base/meson.build", LOOPS.format("name : ['a']", "other", "_test.cpp"), False),
    ("lib/base/meson.build", LOOPS.format("name, flag : {'a': 'b'}", "name", "_test.cpp"), True),
    ("lib/base/meson.build", LOOPS.format("name, flag : {'b': 'a'}", "name", "_test.cpp"), False),
    ("lib/base/meson.build", "all = ['b']\nall += [\n  'a']\n"
                             + LOOPS.format("name : all + more.keys()", "name", "_test.cpp"), True),
    ("lib/base/meson.build", "more = {'a': 'b'}\n"
                             + LOOPS.format("name : all + more.keys()", "name", "_test.cpp"), True),
    ("lib/base/meson.build", "other = ['a']\n" + LOOPS.format("name : all", "name", "_test.cpp"), False),
    ("lib/base/meson.build", "foreach name : ['a']\nendforeach\n"
                             + LOOPS.format("name : ['b']", "name", "_test.cpp"), False),
]

# Which of two tests a build has, its options, and whether that is a fault.
BUILDS = [
    (["a_test.cpp", "a_test.py"], {}, False),
    (["a_test.py"], {}, True),
    (["a_test.cpp"], {}, True),
    ([], {"tests": False}, False),
    ([], {"b_sanitize": "address,undefined"}, False),
]


def write(root, files):
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def wrong_names():
    for name, text, named in NAMED:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            write(root, {name: f"# {TAG}\n{text}\n", "lib/base/a_test.cpp": GOOD})
            if bool(check(root)[0]) == named:
                yield f"{name}: {text}: expected {named}"


def wrong_builds():
    for has, options, faulty in BUILDS:
        with tempfile.TemporaryDirectory() as folder:
            root, build = pathlib.Path(folder) / "sotto", pathlib.Path(folder) / "build"
            sources = {"a_test.cpp": GOOD, "a_test.py": f"# {TAG}\n"}
            write(root, {"lib/base/meson.build": f"# {TAG}\nfiles({', '.join(map(repr, sources))})\n",
                         "bench/meson.build": f"# {TAG}\nfiles('a.cpp')\n", "bench/a.cpp": GOOD,
                         **{f"lib/base/{name}": text for name, text in sources.items()}})
            values = {**built.BUILT_WITH, **options}
            write(build, {
                "compile_commands.json": json.dumps(
                    [{"directory": str(build), "file": f"../sotto/lib/base/{name}"}
                     for name in has if name.endswith(".cpp")]),
                "meson-info/intro-tests.json": json.dumps(
                    [{"cmd": ["python3", str(root / "lib/base" / name)]}
                     for name in has if name.endswith(".py")]),
                "meson-info/intro-buildoptions.json": json.dumps(
                    [{"name": name, "value": value} for name, value in values.items()])})
            if bool(check(root, build)[0]) != faulty:
                yield f"a build with {has} and {options}: expected {faulty}"


def wrong_places():
    """No file at all, no meson.build at all, and an unpacked archive in another repository, which ignores it."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        if not check(root)[0]:
            yield "a tree without a file passes"
        write(root, {"lib/base/a.cpp": GOOD})
        if not check(root)[0]:
            yield "a source without any meson.build passes"
        subprocess.run(["git", "init", "-q", str(root)], check=True)
        write(root, {".gitignore": "sotto\n", "sotto/lib/base/a.hpp": GOOD, "sotto/lib/base/b.hpp": "int b;\n"})
        faults, count = check(root / "sotto")
        if count != 2 or len(faults) != 1:
            yield f"in a repository that ignores it: {count} files, {faults}"


def self_test():
    wrong = [*wrong_names(), *wrong_builds(), *wrong_places()]
    for expected, cases in ((True, PLANTS), (False, ALLOWED)):
        for name, text in cases:
            with tempfile.TemporaryDirectory() as folder:
                write(pathlib.Path(folder), {"meson.build": f"# {TAG}\nfiles('{name}')\n", name: text})
                if bool(check(pathlib.Path(folder))[0]) != expected:
                    wrong.append(f"{name}: {text[-60:]!r}: expected {expected}")
    print("\n".join(wrong) or f"{len(PLANTS)} planted violations caught, {len(ALLOWED)} let pass; "
          f"{len(NAMED)} ways to name a source and {len(BUILDS)} builds judged as they must be")
    return 1 if wrong else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    root, build = ([pathlib.Path(word).resolve() for word in sys.argv[1:]] + [None, None])[:2]
    faults, count = check(root or pathlib.Path(".").resolve(), build)
    print("\n".join(faults) or f"{count} files keep the rules")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
