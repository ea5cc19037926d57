# SPDX-License-Identifier: MIT OR Apache-2.0
"""Sources joined into few units, so that a tool reads the headers they share once and not for each.

Sources whose private names collide do not compile as one unit: those that the compiler blames go
into a further unit. A source that does not compile even alone is a fault. What a joined unit cannot
show is a source that lacks an include which another one of the unit has.
"""
import concurrent.futures
import itertools
import os
import re
import shlex
import subprocess

MOST = 24  # Sources of one unit: all cores have work, and a changed source costs one unit.
ALONE = ["-MD", "-c"]
WITH_NEXT = ["-MQ", "-MF", "-o", "-include-pch"]


def options(command):
    """What a command says of language and headers: without compiler, cache, source and outputs."""
    kept, words = [], iter(shlex.split(command))
    for word in words:
        if word in WITH_NEXT:
            next(words)
        elif word not in ALONE and not word.endswith((".cpp", "ccache")):
            kept.append(word)
    return kept[1:]


def write(unit, paths):
    unit.parent.mkdir(parents=True, exist_ok=True)
    unit.write_text("".join(f'#include "{path}"\n' for path in paths))


def blamed(unit, paths, said):
    """The sources through which an error was reached; at least one, and not all of them."""
    stacks = re.findall(rf"{re.escape(str(unit))}:(\d+)\b", said)
    found = [paths[number - 1] for number in sorted({int(line) for line in stacks})]
    return found if 0 < len(found) < len(paths) else paths[-1:]


def largest_unit(unit, paths, compiles):
    """As many of these sources as compile together: those, what is said against the unit (only where
    one is left), and the others."""
    later = []
    while True:
        write(unit, paths)
        said = compiles(unit)
        if not said or len(paths) == 1:
            return paths, said, later
        out = blamed(unit, paths, said)
        later += out
        paths = [path for path in paths if path not in out]


def dealt(paths):
    """In turn, as cards are: neighbours, which often share a private name, come into different heaps."""
    heaps = -(-len(paths) // MOST)
    return [paths[heap::heaps] for heap in range(heaps)]


def join(folder, commands, compiles):
    """`commands`: source -> (where it is compiled, its command). Yields a unit, its sources, options
    and place, and what is wrong with it, until every source is in one. compiles(unit, options, place)."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        left = commands
        for turn in itertools.count():
            alike = {}
            for path in sorted(left):
                place, command = left[path]
                alike.setdefault((place, tuple(options(command))), []).append(path)
            heaps = [(how, heap) for how, paths in alike.items() for heap in dealt(paths)]
            units = [folder / f"joined{turn}-{heap}.cpp" for heap in range(len(heaps))]
            found = list(pool.map(lambda job: largest_unit(
                job[0], job[1][1], lambda unit: compiles(unit, list(job[1][0][1]), job[1][0][0])),
                zip(units, heaps)))
            for unit, ((place, words), _), (paths, said, _) in zip(units, heaps, found):
                yield unit, paths, list(words), place, said
            left = {path: commands[path] for *_, later in found for path in later}
            if not left:
                return


def syntax(compiler, unit, words, place):
    """What the compiler has against a unit."""
    done = subprocess.run([compiler, *words, "-fno-color-diagnostics", "-ferror-limit=0", "-fsyntax-only",
                           str(unit)], cwd=place, capture_output=True, text=True)
    return done.stderr if done.returncode else ""
