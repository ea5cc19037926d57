#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The prose keeps its promises: README's example is examples/embed.cpp, which runs and says hello;
links and named files exist; every verb of ./dev that is named exists; programs, tests and suites in
commands are what the meson files have; published figures are counted. Another example says what
its first comment has under "Says:", and ends well.

    check_readme.py ROOT [--run EMBED]
    check_readme.py --says SOURCE PROGRAM
    check_readme.py --self-test
"""
import json
import pathlib
import re
import subprocess
import tempfile

import arguments
import prose_commands

FENCE = re.compile(r"^```cpp\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
NAMED = re.compile(r"`((?:lib|include|cli|vectors|proptests|fuzz|bench|spec|docs|examples|tools)/"
                   r"[A-Za-z0-9_./-]*)`")
PROSE = ("docs", "spec", "vectors")  # The folders that hold some.
VERB = re.compile(r"\./dev ([a-z]+)")
# A room whose figures are counted: its vectors are called after it.
FIGURES = re.compile(r"`lib/(\w+)/`, ([\d,]+) published figures")
OWN = "sotto's own figures"


def code_of(example):
    """The example without its opening comment."""
    lines = example.splitlines(keepends=True)
    while lines and (lines[0].startswith("//") or not lines[0].strip()):
        lines.pop(0)
    return "".join(lines)


def prose_of(root):
    folders = [root / name for name in PROSE]
    found = [*root.glob("*.md"), *(path for folder in folders for path in folder.rglob("*.md"))]
    return sorted(path for path in found if path.is_file())


def published(root, room):
    """How many cases of a room come from others."""
    documents = [json.loads(path.read_text()) for path in (root / "vectors/data").glob(f"{room}-*.json")]
    return sum(len(document["cases"]) for document in documents
               if not document["source"]["title"].startswith(OWN))


def faults_of_prose(root):
    promises = 0
    built = prose_commands.Built(root)
    dev = (root / "dev").read_text() if (root / "dev").exists() else ""
    for path in prose_of(root):
        text, name = path.read_text(), path.relative_to(root)
        promises += sum(len(pattern.findall(text)) for pattern in (LINK, NAMED, VERB))
        for link in LINK.findall(text):
            if not (path.parent / link).exists():
                yield f"{name}: a link to nothing: {link}"
        for file in NAMED.findall(text):
            if not (root / file).exists():
                yield f"{name}: names what is not there: {file}"
        for verb in VERB.findall(text):
            if not re.search(rf"^  {verb} ", dev, re.MULTILINE):
                yield f"{name}: ./dev has no verb {verb}"
        for room, figures in FIGURES.findall(text):
            if int(figures.replace(",", "")) != published(root, room):
                yield f"{name}: of {room} {published(root, room)} figures are published, not {figures}"
        for fault in prose_commands.faults(text, root, built):
            yield f"{name}: {fault}"
    if not promises:
        yield "no prose links to a file, or names a file or a verb"


def check(root):
    faults = list(faults_of_prose(root))
    example = root / "examples" / "embed.cpp"
    blocks = FENCE.findall((root / "README.md").read_text())
    if len(blocks) != 1 or not blocks[0].strip() or blocks[0] != code_of(example.read_text()):
        faults.append("README.md: its one example is not that of examples/embed.cpp")
    return faults


def run(embed):
    done = subprocess.run([embed], capture_output=True, text=True)
    if done.returncode or done.stdout != "hello\n":
        return [f"the example exits with {done.returncode} and says {done.stdout!r}"]
    return []


def said_in(source):
    """The lines under "Says:" in the first comment."""
    lines = []
    for line in source.partition("\n// Says:\n")[2].split("\n"):
        if not line.startswith("//   "):
            break
        lines.append(line[len("//   "):] + "\n")
    return "".join(lines)


def says(source, program):
    expected = said_in(pathlib.Path(source).read_text())
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([pathlib.Path(program).resolve()], cwd=folder, capture_output=True,
                              text=True)
    if done.returncode or done.stdout != expected or not expected:
        return [f"{source} ends with {done.returncode} and says\n{done.stdout}instead of\n{expected}"]
    return []


FIGURES_OF = '{{"source": {{"title": "{}"}}, "cases": [{{}}, {{}}]}}'


def self_test():
    good = {"README.md": "`lib/a/` [b](b.md) ./dev demo\n```cpp\nint main() {}\n```\n",
            "examples/embed.cpp": "// Tag.\n\nint main() {}\n", "lib/a/file": "", "b.md": "",
            "dev": "  demo   shows it\n",
            "lib/meson.build": "test('unit_' + name, executable('t_' + name, 'a.cpp'), suite: 'units')\n"
                               "executable('sotto_tool', 'a.cpp')\nnames = ['one']\n",
            "vectors/data/a-1.json": FIGURES_OF.format("An RFC"),
            "vectors/data/a-own.json": FIGURES_OF.format(OWN + ", made"),
            "docs/c.md": "Of `lib/a/`, 2 published figures.\n\n    build/gcc/lib/t_one --seed 1\n\n"
                         "`build/x/lib/sotto_tool`, `meson test -C build/gcc --suite units unit_one`,\n"
                         "the test `unit_one`, `sotto --help`, `lib/a/file --all`\n```sh\nlib/a/file -x\n```\n"}
    plants = {"another example": ("README.md", "`lib/a/`\n```cpp\nint main() { return 1; }\n```\n"),
              "no example": ("README.md", "`lib/a/`\n"),
              "a dead link": ("b.md", "[c](c.md)\n"),
              "a file that is not there": ("b.md", "`lib/none.hpp`\n"),
              "a file that is not there, in a specification": ("spec/a.md", "`lib/none.hpp`\n"),
              "a verb that is not there": ("b.md", "./dev dance\n"),
              "another number of figures": ("b.md", "`lib/a/`, 3 published figures\n"),
              "a program that is not built": ("b.md", "`build/gcc/lib/t_two`\n"),
              "a program of another folder": ("b.md", "`build/gcc/a/t_one --seed 1`\n"),
              "a program that is not built, in a block": ("b.md", "```\nbuild/gcc/lib/t_two\n```\n"),
              "a program without its folder": ("b.md", "`sotto_tool`\n"),
              "a program that is not there": ("b.md", "Words:\n\n    one_test --seed 1\n"),
              "a script that is not there": ("b.md", "`tool.py x --all`\n"),
              "no build": ("b.md", "`meson test unit_one`\n"),
              "a test that is not there": ("b.md", "`meson test -C build/gcc unit_two`\n"),
              "a test that is not there, in words": ("b.md", "The test `unit_two` fails.\n"),
              "a suite that is not there": ("b.md", "`meson test -C build/gcc --suite two`\n")}
    wrong = []
    for title, change in [("", None), *plants.items()]:
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {**good, **dict([change] if change else [])}.items():
                file = pathlib.Path(folder) / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            if len(check(pathlib.Path(folder))) != bool(title):
                wrong.append(f"{title or 'a good README'}: {check(pathlib.Path(folder))}")
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "examples").mkdir()
        (root / "examples/embed.cpp").touch()
        (root / "README.md").write_text("```cpp\n```\n")
        if len(check(root)) != 2:
            wrong.append(f"a tree with nothing in its files: {check(root)}")
    if not run("/bin/false"):
        wrong.append("an example that fails passes")
    with tempfile.TemporaryDirectory() as folder:
        source, program = pathlib.Path(folder) / "a.cpp", pathlib.Path(folder) / "a"
        for title, expected, script in [("", "one", "echo one"), ("another line", "two", "echo one"),
                                        ("an example that ends badly", "one", "echo one; exit 1")]:
            source.write_text(f"// Tag.\n//\n// Says:\n//   {expected}\n#include <a>\n")
            program.write_text(f"#!/bin/sh\n{script}\n")
            program.chmod(0o700)
            if len(says(source, program)) != bool(title):
                wrong.append(f"{title or 'a good example'}: {says(source, program)}")
    print("\n".join(wrong) or f"{len(plants) + 4} planted faults caught")
    return 1 if wrong else 0


def main():
    parser = arguments.described(__doc__)
    parser.add_argument("root", type=arguments.folder, nargs="?", metavar="ROOT")
    parser.add_argument("--run", type=arguments.file, metavar="EMBED")
    parser.add_argument("--says", type=arguments.file, nargs=2, metavar=("SOURCE", "PROGRAM"))
    parser.add_argument("--self-test", action="store_true", help="of this script")
    options = parser.parse_args()
    if options.self_test:
        return self_test()
    if options.says:
        found = says(*options.says)
        print("\n".join(found) or "the example says what it should")
        return 1 if found else 0
    if options.root is None:
        parser.error("which ROOT?")
    faults = check(options.root)
    if options.run:
        faults += run(options.run.resolve())
    print("\n".join(faults) or "the prose keeps its promises")
    return 1 if faults else 0


if __name__ == "__main__":
    arguments.run(main)
