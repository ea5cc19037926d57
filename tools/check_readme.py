#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The prose keeps its promises: README's example is examples/embed.cpp, which runs and says hello;
links and named files exist; every verb of ./dev that is named exists. Another example says what its
first comment has under "Says:", and ends well.

    check_readme.py ROOT [--run EMBED]
    check_readme.py --says SOURCE PROGRAM
    check_readme.py --self-test
"""
import pathlib
import re
import subprocess
import sys
import tempfile

FENCE = re.compile(r"^```cpp\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
NAMED = re.compile(r"`((?:lib|include|cli|vectors|proptests|fuzz|bench|spec|docs|examples|tools)/"
                   r"[A-Za-z0-9_./-]*)`")
VERB = re.compile(r"\./dev ([a-z]+)")


def code_of(example):
    """The example without its opening comment."""
    lines = example.splitlines(keepends=True)
    while lines and (lines[0].startswith("//") or not lines[0].strip()):
        lines.pop(0)
    return "".join(lines)


def prose_of(root):
    return [p for p in sorted([*root.glob("*.md"), *(root / "docs").rglob("*.md")]) if p.is_file()]


def faults_of_prose(root):
    promises = 0
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


def self_test():
    good = {"README.md": "`lib/a` [b](b.md) ./dev demo\n```cpp\nint main() {}\n```\n",
            "examples/embed.cpp": "// Tag.\n\nint main() {}\n", "lib/a": "", "b.md": "",
            "dev": "  demo   shows it\n"}
    plants = {"another example": ("README.md", "`lib/a`\n```cpp\nint main() { return 1; }\n```\n"),
              "no example": ("README.md", "`lib/a`\n"),
              "a dead link": ("b.md", "[c](c.md)\n"),
              "a file that is not there": ("b.md", "`lib/none.hpp`\n"),
              "a verb that is not there": ("b.md", "./dev dance\n")}
    wrong = []
    for title, change in [("", None), *plants.items()]:
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {**good, **dict([change] if change else [])}.items():
                file = pathlib.Path(folder) / name
                file.parent.mkdir(exist_ok=True)
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
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    if sys.argv[1:2] == ["--says"]:
        found = says(sys.argv[2], sys.argv[3])
        print("\n".join(found) or "the example says what it should")
        return 1 if found else 0
    root = pathlib.Path(sys.argv[1]).resolve()
    faults = check(root)
    if sys.argv[2:3] == ["--run"]:
        faults += run(sys.argv[3])
    print("\n".join(faults) or "the prose keeps its promises")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
