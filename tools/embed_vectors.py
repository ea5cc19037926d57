#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Write the files of a folder of test vectors into one C++ source.

    embed_vectors.py FOLDER OUT.cpp DEPFILE

The depfile names the folder itself, whose time changes when a file comes or goes: so the build
notices a new file by itself, and no list has to be kept.

Each file is one raw string literal. As lists of numbers, they took a compiler many times as long.
"""
import argparse
import pathlib
import sys


def escaped(path):
    return str(path).replace("\\", "\\\\").replace(" ", "\\ ")


def literal(name, data):
    """The bytes of a file as a raw string literal."""
    text = data.decode("ascii")  # Anything else would be a char of unclear sign.
    if "\r" in text or "\0" in text or ')vectors"' in text:
        sys.exit(f"{name}: a return, a zero or the end of the literal stands in it")
    return f'R"vectors({text})vectors"'


def main(folder, out, depfile):
    folder = pathlib.Path(folder).resolve()
    files = sorted(folder.glob("*.json"))
    if not files:
        sys.exit(f"no vectors in {folder}")
    lines = [
        "// Made by tools/embed_vectors.py; do not edit.",
        '#include "vectors/runner.hpp"',
        "// Above 65,536 characters, which every compiler must take; g++ and clang++ take any number.",
        '#pragma GCC diagnostic ignored "-Woverlength-strings"',
        "namespace sotto::vectors {",
        "namespace {",
        "constexpr EmbeddedFile files[] = {",
    ]
    for path in files:
        data = path.read_bytes()
        lines.append(f'{{"{path.name}", {{{literal(path.name, data)}, {len(data)}}}}},')
    lines += ["};", "}  // namespace"]
    lines += ["std::span<const EmbeddedFile> embedded_files() noexcept { return files; }"]
    lines += ["}  // namespace sotto::vectors", ""]
    pathlib.Path(out).write_text("\n".join(lines))
    inputs = " ".join(escaped(path) for path in [folder, *files])
    pathlib.Path(depfile).write_text(f"{escaped(out)}: {inputs}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for word in ("folder", "out", "depfile"):
        parser.add_argument(word, metavar=word.upper())
    main(**vars(parser.parse_args()))
