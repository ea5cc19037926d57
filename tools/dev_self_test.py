#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""./dev in a small tree of its own, where Meson, ninja and the scripts that take long only play
their parts: what it refuses, what it counts, and how it ends."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

from dev_tree import ROOT, UNHEARD, UNWANTED, Tree

REFUSED = [["dance"], [""], ["test", ""], ["test", "base crypto"], ["test", "base", "bse"],
           ["test", "check", "chek"], ["clean", "tset"], ["format", "--chek"], ["format", "a.cpp"],
           ["fuzz"], ["fuzz", "0"], ["fuzz", "00"], ["fuzz", "-1"], ["fuzz", "60", "test"],
           ["fuzz", "60", "gamma_fuzzer"], ["fuzz", "60", "alpha_fuzzer", "check"],
           ["fuzz", "60", "../fuzz/alpha_fuzzer"], ["test", "fuzz", "0"], ["plants", "bad"],
           ["test", "help"], ["test", "plants", "--list"], ["check", "mutants", "--help"],
           ["mutants", "bad"], ["soak", "bad"], ["test", "soak", "replay", "bad"]]


def faults_of_refusals(tree):
    for words in REFUSED:
        status, said, notes = tree.dev(*words)
        called = [line for line in notes if "--check-words" not in line]
        if status != 2 or called or " passed, " in said:
            yield f"{words} is not refused at once: {status} {called} {said}"
    for words in (["help"], ["plants", "--help"], ["plants", "--list"], ["mutants", "--help"],
                  ["soak", "--help"]):
        status, said, notes = tree.dev(*words)
        if status != 0 or " passed, " in said or any(line.startswith("meson") for line in notes):
            yield f"{words} does more than say something: {status} {notes} {said}"


def faults_of_counts(tree):
    status, said, _ = tree.dev("test", "base")
    if status != 0 or not said.endswith("\n3 passed, 0 failed"):
        yield f"a good run ends wrongly: {status} {said}"
    with tree.told("stops_half_way"):
        status, said, _ = tree.dev("test", "base")
    if status != 1 or "it reports no case" not in said or not said.endswith("1 passed, 1 failed"):
        yield f"the report of another run is counted: {status} {said}"
    status, said, _ = tree.dev("test", "media")
    if status != 1 or not said.endswith(" 1 failed"):
        yield f"a run of no test is no failure: {status} {said}"
    _, said, notes = tree.dev("test", "base", **dict.fromkeys(UNHEARD, UNWANTED))
    if any("hears of" in line for line in notes) or not said.endswith("\n3 passed, 0 failed"):
        yield f"the environment changes what the tests show: {notes} {said}"
    _, said, _ = tree.dev("test", "base", "test", "house", QUOTING_STYLE="c")
    if not said.endswith("\n5 passed, 0 failed"):
        yield f"of two runs in one build one is lost: {said}"
    with tree.told("meson_fails"):
        status, said, _ = tree.dev("test", "base")
    if status != 1 or not said.endswith("\n3 passed, 1 failed"):
        yield f"Meson fails where no test does, and nothing says so: {status} {said}"
    status, said, _ = tree.dev("test", "base", "mutants", "fail")
    if status != 1 or not said.endswith(" passed, 1 failed"):
        yield f"a verb that is not counted fails, and nothing says so: {status} {said}"
    with tree.told("setup_fails"):
        shutil.rmtree(tree.folder / "build")
        for words in (["test", "base"], ["plants"], ["check"]):
            status, said, _ = tree.dev(*words)
            if status != 1 or "the setup is broken" not in said or said.endswith(" 0 failed"):
                yield f"a setup that fails is no failure of {words}: {status} {said}"
        for title in ("build/gcc", "build/tidy"):
            if f"Configure {title} with" not in said:
                yield f"check does not count the setup of {title}: {said}"


def faults_of_floors(tree):
    tests, checks, both = (f"at least {n} must" for n in (1000, 2000, 3000))
    for words, floors in ((["clean", "test"], {tests}), (["test", "base"], set()),
                          (["test", "format", "--check"], {tests}), (["test", "clean"], {tests}),
                          (["check"], {checks}),
                          (["check", "clean", "test"], {tests, checks, both})):
        status, said, _ = tree.dev(*words)
        if {floor for floor in (tests, checks, both) if floor in said} != floors or \
                " passed, " not in said.splitlines()[-1] or said.splitlines()[-1].startswith("0 "):
            yield f"{words} has not its floor: {status} {said}"


def faults_of_fuzzing(tree):
    status, said, _ = tree.dev("fuzz", "1", "alpha_fuzzer")
    if status != 0 or not said.endswith("\n2 passed, 0 failed"):
        yield f"fuzz ends wrongly: {status} {said}"
    with tree.told("beta_fuzzer"):
        status, said, _ = tree.dev("fuzz", "1")
    if status != 1 or not said.endswith("\n2 passed, 1 failed") or "it runs" not in said:
        yield f"a finding is no failure: {status} {said}"
    for told in ("no_beta_fuzzer", "idle_beta_fuzzer"):
        with tree.told(told):
            status, said, _ = tree.dev("fuzz", "1")
        if status != 1 or not said.endswith("\n2 passed, 1 failed") or "Fuzz beta" not in said:
            yield f"{told} is no failure: {status} {said}"
    (tree.folder / "fuzz/beta_fuzzer.cpp").unlink()
    status, said, _ = tree.dev("fuzz", "1")
    if not said.endswith("\n2 passed, 0 failed"):
        yield f"a program whose source is gone is fuzzed: {status} {said}"


def faults_of_caches(tree):
    """Objects of g++ serve every clone; those of clang hold the path of theirs."""
    for words, what, whose in ((["test"], "meson builds gcc", "all"),
                               (["test", "base"], "meson builds gcc", "all"),
                               (["fuzz", "1"], "ninja -C build/checked", tree.folder),
                               (["check"], "meson builds release-clang", tree.folder)):
        _, said, notes = tree.dev(*words, CCACHE_NAMESPACE="all")
        if f"{what} with the cache of {whose}" not in notes:
            yield f"{words} shares its cache wrongly: {notes} {said}"
    if "'-fpch-deps'" not in (ROOT / "meson.build").read_text():
        yield "g++ is not asked to name the headers that it has precompiled"
    if not shutil.which("ccache"):
        print("skipped: precompiled headers in the compiler's cache, ccache is not installed")
        return
    # g++ knows a precompiled header by the bytes of its files, comments and all.
    settings = [line for line in (ROOT / "tools/building.sh").read_text().splitlines()
                if line.startswith("export CCACHE_")]
    script = tree.folder / "precompile"
    script.write_text("\n".join([*settings, "set -e", *(line for comment in "ab" for line in (
        "mkdir -p sub; echo '#include \"../header.hpp\"' >sub/all.hpp; rm -f sub/all.hpp.gch",
        f"printf '#pragma once\\n// {comment}\\nstruct S {{ char of[{ord(comment)}]; }};\\n' >header.hpp",
        f"printf 'S {comment};\\n' >source.cpp; printf 'int size = sizeof(S);\\n' >same.cpp",
        "ccache g++ -x c++-header sub/all.hpp -o sub/all.hpp.gch -MD",
        "ccache g++ -Isub -fpch-preprocess -fpch-deps -include all.hpp -MD -c source.cpp",
        f"ccache g++ -Isub -fpch-preprocess -fpch-deps -include all.hpp -MD -c same.cpp "
        f"-o {comment}.o")),
        "! cmp -s a.o b.o"]))
    run = subprocess.run(["bash", script], cwd=tree.folder, capture_output=True, text=True,
                         check=False, env=os.environ | {"CCACHE_DIR": str(tree.folder / "cache")})
    if run.returncode:
        yield f"a precompiled header outlives a change of its files: {run.stderr}"


def faults_of_builds(tree):
    """A build folder is made anew when what decides about it has changed, and only then."""
    build = tree.folder / "build/gcc"
    (build / "meson-private").mkdir(parents=True, exist_ok=True)
    for what, change, anew in (
            ("nothing", lambda: tree.dev("test", "base"), False),
            ("an option that was set in it",
             lambda: tree.write("build/gcc/meson-private/cmd_line.txt", "properties = false"), True),
            ("the options that there are", lambda: tree.write("meson_options.txt", "option(1)"), True),
            ("its default options",
             lambda: tree.write("meson.build", "project('p',\n  default_options: [])\n"), True),
            ("the rest of meson.build",
             lambda: tree.write("meson.build", "project('p',\n  default_options: [])\nx = 1\n"),
             False)):
        (build / "meson-private").mkdir(parents=True, exist_ok=True)
        change()
        _, said, notes = tree.dev("test", "base")
        if ("meson setup build/gcc" in notes) != anew:
            yield f"after {what} was changed the folder is {'not ' * anew}made anew: {notes} {said}"
    changed = tree.folder / "fuzz/test.cpp"
    tree.write("fuzz/test.cpp", "int changed;")
    long_ago = 1_000_000_000
    os.utime(changed, (long_ago, long_ago))
    tree.dev("test", "base")
    if changed.stat().st_mtime == long_ago:
        yield "a file that was changed and is older is not built again"
    began = (tree.folder / "build/.times").stat().st_mtime
    tree.write("fuzz/test.cpp", "int changed_while_a_build_ran;")
    os.utime(changed, (began + 0.001, began + 0.001))
    tree.dev("test", "base")
    if changed.stat().st_mtime <= began + 0.001:
        yield "a file that was put back while a build ran is not built again"
    tree.dev("test", "base")
    tree.write("fuzz/test.cpp", "int changed_after_it;")
    touched = changed.stat().st_mtime
    tree.dev("test", "base")
    if changed.stat().st_mtime != touched:
        yield "a file that nobody changed is touched"


def faults_of_surroundings(tree):
    status, said, notes = tree.dev("test", "base", TMPDIR=str(tree.folder / "no/where"))
    if status != 2 or "TMPDIR" not in said or notes:
        yield f"each test finds out that there is no room for files: {status} {said}"
    if shutil.which("ccache"):
        status, said, _ = tree.dev("test", "base", CCACHE_DIR="/proc/none")
        if status != 0 or "without it" not in said:
            yield f"a cache that cannot be written ends the run: {status} {said}"
    for ending in ("raise RecursionError", "sys.exit(0)", "print('1 passed'); sys.exit(1)"):
        tree.write("tools/tally.py", f"import sys\n{ending}\n")
        status, said, _ = tree.dev("test", "base")
        if status != 1 or not said.endswith("\n0 passed, 1 failed"):
            yield f"where the tally ends by {ending} the last line is wrong: {status} {said}"
    shutil.copy(ROOT / "tools/tally.py", tree.folder / "tools/tally.py")


def faults_of_format(tree):
    status, said, notes = tree.dev("format", "--check")
    if status != 1 or notes:
        yield f"format looks at nothing and is content: {status} {said}"
    if not shutil.which("git"):
        print("skipped: what format does with git, which is not here")
        return
    subprocess.run(["git", "init", "-q"], cwd=tree.folder, check=True)
    status, said, notes = tree.dev("format", "--check")
    if status != 0 or not any("--dry-run" in line and "alpha_fuzzer.cpp" in line for line in notes):
        yield f"format --check does not look: {status} {notes} {said}"
    (tree.folder / ".git/HEAD").unlink()
    if tree.dev("format", "--check")[0] != 1:
        yield "format is content with a git that fails"
    shutil.rmtree(tree.folder / ".git")


def faults_of_places(tree):
    """Through a symlink, with a CDPATH, and with files named from where the caller stands."""
    (tree.folder / "build/x").mkdir(parents=True, exist_ok=True)
    tree.dev("clean", dev="./dev", where=tree.elsewhere, CDPATH=str(tree.elsewhere.parent))
    if (tree.folder / "build").exists() or not (tree.elsewhere / "build").exists():
        yield "clean removes the build of another folder"
    decoy = tree.folder.parent / "decoy"
    (decoy / ".ci").mkdir(parents=True)
    (decoy / "dev").write_text("#!/bin/sh\necho another clone\n")
    (decoy / "dev").chmod(0o755)
    with tree.told("setup_fails"):
        _, said, notes = tree.dev(dev=".ci/run", CDPATH=str(decoy))
    if "another clone" in said or not notes:
        yield f".ci/run checks another clone: {said}"
    for words in (["soak", "replay", "f.json"], ["plants", "--table", "f.toml"], ["mutants", "5"]):
        _, said, notes = tree.dev(*words, dev=str(tree.folder / "dev"), where=tree.elsewhere)
        runs = [line.split() for line in notes if line.startswith(words[0])]
        if len(runs) != 2 or any(run[1] != str(tree.elsewhere) for run in runs):
            yield f"{words} looks for files where nobody stands: {runs} {said}"


def faults_of_two_at_once(tree):
    with tree.told("hold"):
        first = tree.start("fuzz", "1")
        tree.wait_for_note("ninja", first)
        for words in (["test", "base"], ["clean"], ["plants"]):
            status, said, _ = tree.dev(*words)
            if status != 2 or "another ./dev works in this clone" not in said:
                yield f"{words} runs beside another: {status} {said}"
        for words in (["help"], [], ["test", "--help"], ["fuzz", "-h"], ["clean", "--help"]):
            status, said, _ = tree.dev(*words)
            if status != 0 or "./dev VERB..." not in said:
                yield f"{words} gives no help, or waits: {status} {said}"
        with open(tree.folder / "dev", "a", encoding="utf-8") as file:
            file.write("\necho the new script runs\n")
    said, _ = first.communicate()
    if "the new script runs" in said or not said.endswith(" passed, 0 failed\n"):
        yield f"a script that is changed while it runs ends wrongly: {said}"
    shutil.copy(ROOT / "dev", tree.folder / "dev")


def faults_of_ends(tree):
    with tree.told("tests_wait"):
        (tree.folder / "notes").unlink(missing_ok=True)
        process = tree.start("test", "base")
        tree.wait_for_note("waits", process)
        os.killpg(process.pid, signal.SIGINT)
        said, _ = process.communicate()
    last = said.splitlines()[-1]
    if process.returncode != 130 or not last.endswith(" 1 failed") or \
            "meson ended" not in tree.notes():
        yield f"one Ctrl-C does not end it: {process.returncode} {tree.notes()} {said}"
    with tree.told("hold"):
        process = tree.start("fuzz", "1")
        tree.wait_for_note("ninja", process)
        os.killpg(process.pid, signal.SIGTERM)
        said, _ = process.communicate()
    if process.returncode != 130 or \
            "-- interrupted" not in said or not said.endswith("\n0 passed, 1 failed\n"):
        yield f"a step that is ended says so in its log alone: {process.returncode} {said}"
    shutil.rmtree(tree.folder / "build")
    tree.write("build", "in the way")
    status, said, _ = tree.dev("test", "base")
    if status != 1 or not said.endswith("0 passed, 1 failed"):
        yield f"without a place for results it ends wrongly: {status} {said}"
    (tree.folder / "build").unlink()


def main():
    faults = []
    for part in (faults_of_refusals, faults_of_counts, faults_of_floors, faults_of_fuzzing,
                 faults_of_caches, faults_of_builds, faults_of_surroundings, faults_of_format,
                 faults_of_places, faults_of_two_at_once, faults_of_ends):
        with tempfile.TemporaryDirectory() as folder:
            faults += part(Tree(pathlib.Path(folder).resolve()))
    print("\n".join(faults) or f"{len(REFUSED)} commands refused; counts, floors, places and ends "
          "are as they should be")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
