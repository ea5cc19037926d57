#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""clang-tidy-19 over the library's own sources (its tests are not looked at), by .clang-tidy.

    tidy.py BUILD [FILE...]     BUILD is a Meson folder configured with clang
    tidy.py --quick BUILD       all sources joined into few units, and without the static analyzer: a
                                quarter of the time. What only looks at a source of its own (unused
                                using declarations, what could have internal linkage) sees nothing
    tidy.py --fresh BUILD       asks clang-tidy about every file, whatever is known

A source without a finding is remembered under a hash of all that the answer depends on: the source,
every file it includes, its command, .clang-tidy and clang-tidy itself. As long as none of them
changes it is not asked about again, in this clone or another one of the same user.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys

import arguments
import joining

ROOT = pathlib.Path(__file__).resolve().parent.parent
TIDY = "clang-tidy-19"
# What follows every path through a function. The long run has it.
SLOW = "-clang-analyzer-*"
# A joined unit includes sources: its findings are in them, and that it does so is none.
JOINED = [f"--checks={SLOW},-bugprone-suspicious-include",
          r"--header-filter=(lib|include/sotto)/.*\.[ch]pp$"]
KNOWN = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "sotto/tidy"


def sources(build):
    """Source -> (its folder, its command)."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
        if path.is_relative_to(ROOT / "lib") and not path.name.endswith("_test.cpp") \
                and "peers" not in path.parts:
            found[path] = entry["directory"], entry["command"]
    return found


def inputs(folder, command):
    """Every file that the compiler reads for this source."""
    words = shlex.split(command)
    if pathlib.Path(words[0]).name == "ccache":
        words.pop(0)
    # What writes a file of its own is left out; -M writes the list of files.
    kept, skip = [], False
    for word in words:
        if skip or word in ("-MD", "-c"):
            skip = False
        elif word in ("-MQ", "-MF", "-o", "-include-pch"):
            skip = True
        else:
            kept.append(word)
    made = subprocess.run([*kept, "-M"], cwd=folder, capture_output=True, text=True)
    if made.returncode:
        return None
    names = made.stdout.replace("\\\n", " ").partition(":")[2].split()
    return sorted((pathlib.Path(folder) / name).resolve() for name in names)


def hash_of(version, asked, folder, command):
    read = inputs(folder, command)
    if read is None:
        return None
    said = hashlib.sha256(version)
    said.update(f"{command} {asked}".replace(str(ROOT), "").encode())
    for path in [ROOT / ".clang-tidy", pathlib.Path(__file__), *read]:
        name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        text = path.read_bytes().replace(str(ROOT).encode(), b"")  # A joined unit names its sources.
        said.update(f"\0{name}\0".encode() + hashlib.sha256(text).digest())
    return said.hexdigest()


def look_at(path, how, version, asked, fresh):
    """Whether it was asked about, whether there is a finding, and what was said."""
    key = hash_of(version, asked, *how)
    if key and not fresh and (KNOWN / key).exists():
        return False, False, ""
    folder, command = how
    run = subprocess.run([TIDY, "--quiet", *asked, str(path), "--", *joining.options(command)],
                         cwd=folder, capture_output=True, text=True)
    if run.returncode == 0 and key:
        KNOWN.mkdir(parents=True, exist_ok=True)
        (KNOWN / key).touch()
    return True, run.returncode != 0, run.stdout + (run.stderr if run.returncode else "")


def joined(build, known):
    """Unit -> (its folder, its command), as `sources` has them, of units of many sources."""
    units = {}
    for unit, _, words, folder, said in joining.join(
            build / "joined", known, lambda *how: joining.syntax("clang++-19", *how)):
        if said:
            sys.exit(said)
        units[unit] = folder, shlex.join(["clang++-19", *words, str(unit)])
    return units


def main():
    parser = arguments.described(__doc__)
    parser.add_argument("build", type=arguments.build, metavar="BUILD")
    parser.add_argument("files", type=arguments.file, nargs="*", metavar="FILE")
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    if not shutil.which(TIDY):
        sys.exit(f"{TIDY} is not installed")
    build, fresh, quick = options.build, options.fresh, options.quick
    known, asked = sources(build), []
    chosen = [path.resolve() for path in options.files] or sorted(known)
    strange = [str(path) for path in chosen if path not in known]
    if strange:
        parser.error(f"{build} has no command for {' '.join(strange)}")
    count = len(chosen)
    if quick:
        known = joined(build, {path: known[path] for path in chosen})
        chosen, asked = sorted(known), JOINED
    version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    questions = bad = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for was_asked, found, says in pool.map(
                lambda p: look_at(p, known[p], version, asked, fresh), chosen):
            questions += was_asked
            bad += found
            if found:
                print(says, flush=True)
    print(f"clang-tidy: {count} files in {len(chosen)} units, {bad} with findings; "
          f"{len(chosen) - questions} unchanged since they had none")
    return 1 if bad or not chosen else 0


if __name__ == "__main__":
    arguments.run(main)
