# SPDX-License-Identifier: MIT OR Apache-2.0
"""How the checks compile one unit: on all cores, and through ccache where it is installed.

Every unit is compiled in a new folder, whose `include` is a link. Only relative names are given to
the compiler, so that a unit compiled in one clone of the sources is found in ccache by another.
"""
import argparse
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import tempfile

import arguments

FLAGS = ["-std=c++23", "-O0", "-Wall", "-Wextra", "-Werror", "-I", "include"]
CCACHE = [path] if (path := shutil.which("ccache")) else []
# The names of files come from the compiler (-MD) and not from a preprocessor run of their own.
# Times of files are not compared, their contents are.
SETTINGS = {"LC_ALL": "C", "CCACHE_DEPEND": "1", "CCACHE_NOHASHDIR": "1",
            "CCACHE_SLOPPINESS": "include_file_mtime,include_file_ctime"}


def asked(parser):
    """What a check is asked: of which folder, none for its self-test, and with which compilers."""
    parser.add_argument("--self-test", action="store_true", help="of this script")
    parser.add_argument("words", nargs="*", metavar="[ROOT] COMPILER")
    options = parser.parse_args()
    root, compilers = None, options.words
    if not options.self_test:
        root, compilers = options.words[:1], options.words[1:]
    if root == [] or not compilers:
        parser.error("ROOT and at least one compiler are wanted; with --self-test, a compiler")
    try:
        root = root and arguments.folder(root[0])
    except argparse.ArgumentTypeError as why:
        parser.error(str(why))
    missing = [compiler for compiler in compilers if not shutil.which(compiler)]
    if missing:
        parser.error(f"no such compiler: {' '.join(missing)}")
    return root, compilers, options


def compiles(compiler, flags, include, name, text):
    """Whether the unit `name` with this text compiles, and what the compiler says."""
    with tempfile.TemporaryDirectory() as made:
        folder = pathlib.Path(made)
        (folder / name).write_text(text)
        (folder / "include").symlink_to(include)
        run = subprocess.run(
            [*CCACHE, compiler, *FLAGS, *flags, "-c", name, "-o", "unit.o", "-MD", "-MF", "unit.d"],
            cwd=folder, env={**os.environ, **SETTINGS}, capture_output=True, text=True)
        return run.returncode == 0, run.stderr


def on_all_cores(function, jobs):
    """The answers to all jobs, each a tuple of arguments, in their order."""
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return list(pool.map(lambda job: function(*job), jobs))
