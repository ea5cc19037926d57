#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Write the files of a folder of test vectors into one C++ source.

    embed_vectors.py FOLDER OUT.cpp DEPFILE

The depfile names the folder itself, whose time changes when a file comes or goes: so the build
notices a new file by itself, and no list has to be kept.
"""
import json
import pathlib
import sys


def escaped(path):
    return str(path).replace("\\", "\\\\").replace(" ", "\\ ")


def main(folder, out, depfile):
    folder = pathlib.Path(folder).resolve()
    files = sorted(folder.glob("*.json"))
    if not files:
        sys.exit(f"no vectors in {folder}")
    lines = [
        "// Made by tools/embed_vectors.py; do not edit.",
        '#include "vectors/runner.hpp"',
        "namespace sotto::vectors {",
        "namespace {",
    ]
    table = []
    for number, path in enumerate(files):
        data = path.read_bytes()
        data.decode("ascii")  # Anything else would be a char of unclear sign.
        values = list(data)
        lines.append(f"constexpr char text_{number}[] = {{")
        lines += [",".join(map(str, values[i:i + 64])) + "," for i in range(0, len(values), 64)]
        lines.append("0};")
        table.append(f"    {{{json.dumps(path.name)}, {{text_{number}, {len(data)}}}}},")
    lines += ["constexpr EmbeddedFile files[] = {", *table, "};", "}  // namespace"]
    lines += ["std::span<const EmbeddedFile> embedded_files() noexcept { return files; }"]
    lines += ["}  // namespace sotto::vectors", ""]
    pathlib.Path(out).write_text("\n".join(lines))
    inputs = " ".join(escaped(path) for path in [folder, *files])
    pathlib.Path(depfile).write_text(f"{escaped(out)}: {inputs}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
