# SPDX-License-Identifier: MIT OR Apache-2.0
"""The commands that prose tells its reader to type, held against what the meson files build and test.
For check_readme.py."""
import functools
import re

SPAN = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMANDS = ("", "sh")  # The languages of blocks that are typed in.
# Behind an empty line, so that it is not the rest of an item of a list.
INDENTED = re.compile(r"(?<=\n\n)(?: {4}.*\n)+")
# A name in a meson file is a text, a variable or a sum of them.
NAME = r"('[\w-]+'|\w+)((?:\s*\+\s*(?:'[\w-]+'|\w+))*)"
EXECUTABLE, TEST = (re.compile(rf"\b{what}\(\s*{NAME}\s*,") for what in ("executable", "test"))
QUOTED = re.compile(r"'([\w-]+)'")
SUITE = re.compile(r"\b\w*suites?\b *[:=] *(\[[^]]*\]|[^,\n]*)")
BUILT = re.compile(r"(?<![\w/.-])build/[\w-]+/([\w-]+/[\w./-]+)")
HELD_TEST = re.compile(r"\b[Tt]he tests? `(\w+)`")
WITH_OPTION = re.compile(r"^([^\s-]\S*)(?: \S+)*? --?[a-zA-Z]")
# Programs of others, and ours by its installed name.
KNOWN = {"meson", "ninja", "apt-get", "git", "pkg-config", "g++", "clang++-19", "mosquitto", "sotto"}
TEST_OPTIONS = {"-C": True, "--suite": True, "--no-suite": True, "--no-rebuild": False}


class Built:
    """What the meson files of a tree build, test and call suites. Where a name is put together of
    variables, any text that stands in the files of that folder may be their value."""

    def __init__(self, root):
        texts = {}
        for path in [root / "meson.build", *root.glob("[!.]*/**/meson.build")]:
            folder = path.parent.relative_to(root)
            if path.is_file() and not str(folder).startswith(("build", "subprojects", "soak")):
                texts[str(folder)] = "\n".join(line for line in path.read_text().splitlines()
                                               if not line.lstrip().startswith("#"))
        self.programs, self.tests, self.suites = [], [], set()
        rooms = root / "lib"
        if rooms.is_dir():
            self.suites |= {path.name for path in rooms.iterdir() if path.is_dir()}
        for folder, text in texts.items():
            below = "\n".join(other for name, other in texts.items()
                              if name == folder or name.startswith(folder + "/"))
            values = "|".join(sorted(map(re.escape, set(QUOTED.findall(below)))))
            pattern = functools.partial(self.pattern, values)
            self.programs += [re.compile(re.escape(folder) + "/" + pattern(*found))
                              for found in EXECUTABLE.findall(text)]
            self.tests += [re.compile(pattern(*found)) for found in TEST.findall(text)]
            for found in SUITE.findall(text):
                self.suites |= set(QUOTED.findall(found))

    @staticmethod
    def pattern(values, first, more):
        parts = re.findall(r"'[\w-]+'|\w+", first + more)
        return "".join(re.escape(part[1:-1]) if part[0] == "'" else f"(?:{values})?" for part in parts)

    def has_program(self, path):
        return any(program.fullmatch(path) for program in self.programs)

    def has_test(self, name):
        return any(test.fullmatch(name) for test in self.tests)

    def bare_name(self, word):
        """Whether it is one of our programs, without the folder in which it is built."""
        return word.startswith("sotto_") and any(
            program.pattern.endswith("/" + word) for program in self.programs)


def code_of(text):
    """Every piece of code: in a line, in a block of commands, indented."""
    for language, block in FENCE.findall(text):
        if language in COMMANDS:
            yield from block.splitlines()
    text = FENCE.sub("", text)
    for block in INDENTED.findall(text):
        yield from (line.strip() for line in block.splitlines())
    yield from SPAN.findall(text)


def faults_of_meson_test(words, built):
    """Of `meson test`, behind these two words."""
    if "-C" not in words:
        yield "does not say of which build (-C)"
    words = iter(words)
    for word in words:
        if word not in TEST_OPTIONS:
            if word.startswith("-"):
                yield f"has an option that nobody checks: {word}"
            elif not built.has_test(word):
                yield f"names a test that is not there: {word}"
        elif TEST_OPTIONS[word]:
            value = next(words, "")
            if "suite" in word and value not in built.suites:
                yield f"names a suite that is not there: {value}"


def faults_of_code(code, root, built):
    for path in BUILT.findall(code):
        if not built.has_program(path):
            yield f"no meson file builds {path}"
    words = code.split()
    if words[:2] == ["meson", "test"]:
        yield from faults_of_meson_test(words[2:], built)
    if words and built.bare_name(words[0]):
        yield f"does not say in which folder {words[0]} is"
    found = WITH_OPTION.match(code)
    if found and found[1] not in KNOWN and not BUILT.match(found[1]) \
            and not (root / found[1]).is_file():
        yield f"there is no program {found[1]}"


def faults(text, root, built):
    """What is wrong with the commands of a text."""
    for code in code_of(text):
        for why in faults_of_code(code, root, built):
            yield f"`{code}`: {why}"
    for name in HELD_TEST.findall(text):
        if not built.has_test(name):
            yield f"there is no test {name}"
