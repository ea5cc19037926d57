# SPDX-License-Identifier: MIT OR Apache-2.0
"""The sources of the library in the language of LLVM's standard library, which other systems have."""
import concurrent.futures
import os
import pathlib
import subprocess

import joining

OPTIONS = ["-std=c++23", "-stdlib=libc++"]


def installed(compiler):
    return subprocess.run([compiler, *OPTIONS, "-fsyntax-only", "-x", "c++", "-"],
                          input="#include <expected>\n", text=True, capture_output=True).returncode == 0


def kept(words):
    """What the options of another compiler say of headers and exceptions."""
    pairs = zip(words, [""] + words[:-1])
    return [word for word, before in pairs
            if word.startswith(("-I", "-D", "-isystem", "-fno-exceptions")) or before == "-isystem"]


def wrong(compiler, unit, words, place):
    return joining.syntax(compiler, unit, [*OPTIONS, *kept(words)], place)


def faults(compiler, entries, folder, each):
    """What does not compile: every source alone, or, which is quicker, joined into few units."""
    commands = {str(pathlib.Path(entry["directory"]) / entry["file"]): (entry["directory"], entry["command"])
                for entry in entries}
    if not commands:
        return ["no source was looked at"]
    if not each:
        units = joining.join(folder, commands, lambda *how: wrong(compiler, *how))
        return [said for *_, said in units if said]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        said = pool.map(lambda item: wrong(compiler, item[0], joining.options(item[1][1]), item[1][0]),
                        commands.items())
        return list(filter(None, said))
