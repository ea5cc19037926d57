# SPDX-License-Identifier: MIT OR Apache-2.0
"""Which files the meson.build files name, and which of them a configured build compiles or runs.

A meson.build names a file by its whole path from there, in quotes. Or a loop names it: where the body of `foreach name : words` says `name + '_test.cpp'`, each
of the words names a file. The words stand in the line of the loop, or in a variable of the same
meson.build; of a dictionary they are the keys.

A word in a variable that nothing uses names a file as well. What a build does with it, the build knows.
"""
import json
import os
import pathlib
import re

WORD = re.compile(r"'((?:[^'\\\n]|\\.)*)'")
LOOP = re.compile(r"^[ \t]*foreach[ \t]+(\w+)(?:[ \t]*,[ \t]*\w+)?[ \t]*:", re.MULTILINE)
LOOP_EDGE = re.compile(r"^[ \t]*(foreach|endforeach)\b", re.MULTILINE)
# What a build may leave out although it has the options of BUILT_WITH: each hangs on another option,
# or on a library or tool that need not be installed.
MAY_BE_LEFT_OUT = re.compile(
    r"bench/|tools/(ct|sanitizers)/|lib/(media|session)/peers/|lib/crypto/boring_linked\.cpp$|"
    r"lib/crypto/fake_boring\.cpp$|"  # This one is made by a command of its own.
    r"cli/(qr|png)(_none)?\.cpp$|cli/talk/mqtt_\w+\.cpp$")
# Options of a build that leaves out nothing else.
BUILT_WITH = {"tests": True, "properties": True, "cli": True, "sqlite": "enabled", "fuzz": False,
              "b_sanitize": "none"}


def without_comments(text):
    """A quoted `#` begins no comment."""
    return re.sub(r"('(?:[^'\\\n]|\\.)*')|#[^\n]*", lambda found: found[1] or "", text)


def expression_at(text, begin):
    """From there to the end of the line, or of the line in which the last bracket is closed."""
    depth, quoted = 0, False
    for at in range(begin, len(text)):
        if text[at] == "'" and text[at - 1] != "\\":
            quoted = not quoted
        elif not quoted:
            depth += (text[at] in "([{") - (text[at] in ")]}")
            if text[at] == "\n" and depth <= 0:
                return text[begin:at]
    return text[begin:]


def words_of(expression, text, seen=()):
    """What a loop over the expression goes through."""
    if expression.lstrip().startswith("{"):
        return set(re.findall(WORD.pattern + r"\s*:", expression))
    words = set(WORD.findall(expression))
    for variable in set(re.findall(r"\b[A-Za-z_]\w*", WORD.sub("", expression))) - set(seen):
        for given in re.finditer(rf"^[ \t]*{variable}[ \t]*\+?=(?!=)", text, re.MULTILINE):
            words |= words_of(expression_at(text, given.end()), text, (*seen, variable))
    return words


def body_of(text, begin):
    depth = 1
    for edge in LOOP_EDGE.finditer(text, begin):
        depth += 1 if edge[1] == "foreach" else -1
        if depth == 0:
            return text[begin:edge.start()]
    return text[begin:]


def names_in(text):
    """Each name of a file in a meson.build, as it stands there or as a loop makes it."""
    text = without_comments(text)
    names = set(WORD.findall(text))
    for loop in LOOP.finditer(text):
        expression = expression_at(text, loop.end())
        ends = re.findall(rf"\b{loop[1]}[ \t]*\+[ \t]*{WORD.pattern}",
                          body_of(text, loop.end() + len(expression)))
        names |= {word + end for word in words_of(expression, text) for end in ends}
    return names


def named(builds):
    """The files that meson.build files name; `builds` gives the text of each by its folder."""
    found = set()
    for folder, text in builds.items():
        for name in names_in(text):
            found.add(os.path.normpath(os.path.join(folder, name)))
    return found


def options_of(build):
    listed = json.loads((build / "meson-info/intro-buildoptions.json").read_text())
    return {option["name"]: option["value"] for option in listed}


def leaves_out(root, build, files):
    """Those of the files that the build neither compiles nor runs, and should. A build with other
    options than BUILT_WITH is asked nothing."""
    options = options_of(build)
    if any(options.get(name) != value for name, value in BUILT_WITH.items()):
        return []
    commands = json.loads((build / "compile_commands.json").read_text())
    used = [os.path.join(entry["directory"], entry["file"]) for entry in commands]
    for test in json.loads((build / "meson-info/intro-tests.json").read_text()):
        used += [word for word in test["cmd"] if os.path.isabs(word)]
    used = {os.path.realpath(path) for path in used}
    return [name for name in files if not MAY_BE_LEFT_OUT.match(name)
            and str(pathlib.Path(root, name).resolve()) not in used]
