# SPDX-License-Identifier: MIT OR Apache-2.0
"""The sources of the library in the language of LLVM's standard library, which other systems have."""
import concurrent.futures
import os
import shlex
import subprocess

from consuming import fault_of, run

OPTIONS = ["-std=c++23", "-stdlib=libc++", "-fsyntax-only"]


def installed(compiler):
    return subprocess.run([compiler, *OPTIONS, "-x", "c++", "-"], input="#include <expected>\n",
                          text=True, capture_output=True).returncode == 0


def compiles(compiler, entry):
    """One entry of a build's list of commands, with what its options say of headers."""
    words, kept = shlex.split(entry["command"]), []
    for word, following in zip(words, words[1:] + [""]):
        if word == "-isystem":
            kept += [word, following]
        elif word.startswith(("-I", "-D", "-isystem", "-fno-exceptions")):
            kept.append(word)
    run([compiler, *OPTIONS, *kept, entry["file"]], cwd=entry["directory"])


def faults(compiler, entries):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        yield from filter(None, pool.map(fault_of, [lambda e=e: compiles(compiler, e) for e in entries]))
