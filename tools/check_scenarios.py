#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Every public type that may hold a secret has a scenario in the erasure run.

    check_scenarios.py ROOT         the headers against tools/erasure/scenarios.toml
    check_scenarios.py ROOT --list  the types that the headers tell
    check_scenarios.py --self-test  plant faults of each kind and see them caught

A type may hold a secret when a member of it, or what it inherits, is a `Secret`, another type that
may hold one, or something of which the headers show the name alone. scenarios.toml names for each
such type the tests of tools/erasure/ that look for what it held, or says why it holds no secret.
A test counts for a type when its file names the type, or an alias of it.

And each public type whose move is declared, and written in a source, is moved about by a test:
`expect_moves` of tools/testing/moves.hpp.
"""
import pathlib
import re
import sys
import tempfile
import tomllib

LIST = "tools/erasure/scenarios.toml"
COMMENT = re.compile(r"//[^\n]*")
TYPE = re.compile(r"^(?:template <[^\n]*>\n)?(?:class|struct) (\w+)(?: final)?\s*(:[^{;]*)?\{", re.MULTILINE)
FORWARD = re.compile(r"^(?:class|struct) (\w+);", re.MULTILINE)
ALIAS = re.compile(r"^using (\w+) = ([^;]*);", re.MULTILINE)
MOVES = re.compile(r"\b(\w+)& operator=\(\1&&\) noexcept;")
MOVED = re.compile(r"\bexpect_moves<(\w+)>")
TEST = re.compile(r"\bTEST(?:_F)?\((\w+),\s*(\w+)\)")


def body_at(text, opened):
    depth = 0
    for at in range(opened, len(text)):
        depth += (text[at] == "{") - (text[at] == "}")
        if depth == 0:
            return text[opened + 1:at]
    return text[opened + 1:]


def statements(body):
    """What stands between the semicolons of a class, without the bodies of its functions."""
    found, now, at = [], "", 0
    while at < len(body):
        if body[at] == "{":
            inner = body_at(body, at)
            at += len(inner) + 2
            if "(" in now:  # A function: it ends here.
                found.append(now)
                now = ""
            else:  # A type inside this one, or what a member starts as.
                now += " " + inner + " "
            continue
        if body[at] == ";":
            found.append(now)
            now = ""
        else:
            now += body[at]
        at += 1
    return found


def members(body):
    for statement in statements(body):
        text = re.sub(r"\b(public|private|protected):", "", statement).strip()
        if text and not text.startswith("friend") and ("(" not in text or "struct " in text):
            yield text


def types_of(root):
    """Type -> what it has: `secret`, or `hidden`, where only a name is known."""
    texts = [COMMENT.sub("", path.read_text())
             for path in sorted((root / "include").rglob("*.hpp"))]
    forward, bodies, aliases = set(), {}, {}
    for text in texts:
        forward |= set(FORWARD.findall(text))
        aliases |= dict(ALIAS.findall(text))
        for found in TYPE.finditer(text):
            bodies[found[1]] = [found[2] or "", *members(body_at(text, found.end() - 1))]
    hidden = forward - set(bodies)
    secret, known = {"Secret"} & set(bodies) | {"Secret"}, {}
    while True:
        before = len(secret) + len(known)
        for name, meaning in aliases.items():
            if secret & set(re.findall(r"\w+", meaning)):
                secret.add(name)
        for name, parts in bodies.items():
            words = {word for part in parts for word in re.findall(r"\b\w+\b(?!::)", part)}
            local = {found[1] for part in parts
                     if (found := re.fullmatch(r"(?:struct|class) (\w+)", part))}
            if secret & words or name == "Secret":
                secret.add(name)
                known[name] = "secret"
            elif (hidden | local | set(known)) & words or hidden_handle(words, aliases, hidden):
                known.setdefault(name, "hidden")
        if len(secret) + len(known) == before:
            return known


def hidden_handle(words, aliases, hidden):
    return any(hidden & set(re.findall(r"\w+", aliases[word])) for word in words & set(aliases))


def tests_of(root):
    """Suite.name -> the text of its file."""
    found = {}
    for path in sorted((root / "tools/erasure").glob("*_test.cpp")):
        text = COMMENT.sub("", path.read_text())
        for suite, name in TEST.findall(text):
            found[f"{suite}.{name}"] = text
    return found


def aliases_of(root, name):
    """The names of a type in the headers."""
    found = {name}
    for path in (root / "include").rglob("*.hpp"):
        for alias, meaning in ALIAS.findall(COMMENT.sub("", path.read_text())):
            if re.match(rf"{name}\b", meaning):
                found.add(alias)
    return found


def faults_of(root):
    known = types_of(root)
    listed = tomllib.loads((root / LIST).read_text())
    tests = tests_of(root)
    for what, found in (("public type that may hold a secret", known), ("test of erasure", tests)):
        if not found:
            yield f"no {what} was found"
    for name in sorted(set(known) - set(listed)):
        yield f"{name} may hold a secret and has no scenario in {LIST}"
    for name in sorted(set(listed) - set(known)):
        yield f"{name} is no public type that may hold a secret"
    for name, shown_by in listed.items():
        if isinstance(shown_by, str):
            if known.get(name) == "secret":
                yield f"{name} holds a secret: a reason is not enough"
            continue
        if not shown_by:
            yield f"{name}: no test is named"
        for test in shown_by:
            if test not in tests:
                yield f"{name}: tools/erasure/ has no test {test}"
            elif not aliases_of(root, name) & set(re.findall(r"\w+", tests[test])):
                yield f"{name}: the file of {test} does not name it"


def unmoved(root):
    declared = {name for path in (root / "include").rglob("*.hpp")
                for name in MOVES.findall(COMMENT.sub("", path.read_text()))}
    moved = {name for path in (root / "lib").rglob("*_test.cpp")
             for name in MOVED.findall(COMMENT.sub("", path.read_text()))}
    if not declared:
        yield "no public type whose move is declared was found"
    for name in sorted(declared - moved):
        yield f"{name} can be moved, and no test says expect_moves<{name}>"


HEADER = """\
class Hidden;
template <class Role, int N>
class Secret {
 public:
  int expose() const { return 1; }
};
using Key = Secret<struct KeyRole, 32>;  // a key
class Sender {
 public:
  Sender(Key&& key) noexcept : key_(1) {}
 private:
  Key key_;
};
class Plain {
 public:
  void take(Key key);
  int number_ = 0;
};
struct View {
  std::span<const int, Key::size_bytes> bytes;
};
class Pimpl {
 public:
  Pimpl& operator=(Pimpl&&) noexcept;
 private:
  std::unique_ptr<call::Hidden> impl_;
};
"""
TESTS = "TEST(Erasure, of_a_sender) { Sender s; Secret t; }\n"
MOVING = "TEST(Use, moves) { expect_moves<Pimpl>(make); }\n"
FITTING = """\
Secret = ["Erasure.of_a_sender"]
Sender = ["Erasure.of_a_sender"]
Pimpl = "it holds numbers"
"""
# Header, list, tests of erasure -> whether it is a fault.
CASES = [
    (HEADER, FITTING, TESTS, False),
    (HEADER, FITTING.replace("Sender = [\"Erasure.of_a_sender\"]\n", ""), TESTS, True),
    (HEADER, FITTING.replace('Pimpl = "it holds numbers"\n', ""), TESTS, True),
    (HEADER, FITTING.replace('Sender = ["Erasure.of_a_sender"]', 'Sender = "none"'), TESTS, True),
    (HEADER, FITTING + 'Plain = "none"\n', TESTS, True),
    (HEADER, FITTING, TESTS.replace("of_a_sender", "of_another"), True),
    (HEADER, FITTING, TESTS.replace("Sender s;", ""), True),
    (HEADER + "using Other = Sender;\n", FITTING, TESTS.replace("Sender s;", "Other s;"), False),
    (HEADER + "struct Both {\n  int a;\n  Sender sender;\n};\n", FITTING, TESTS, True),
    (HEADER + "struct Two {\n  Pimpl one;\n  Pimpl other;\n};\n", FITTING, TESTS, True),
    (HEADER + "struct More : Sender {\n};\n", FITTING, TESTS, True),
    (HEADER + "class Own {\n  struct Handle;\n  std::unique_ptr<Handle> handle_;\n};\n", FITTING,
     TESTS, True),
    (HEADER + "using Handle = std::unique_ptr<Hidden, int>;\nclass Own {\n  Handle handle_;\n};\n",
     FITTING, TESTS, True),
]


def self_test():
    wrong = []
    cases = [(*case[:3], MOVING, case[3]) for case in CASES]
    cases += [(HEADER, FITTING, TESTS, MOVING.replace("Pimpl", "Sender"), True),
              # Nothing to look at: all there and empty, or no type that moves.
              ("", "", "", "", True),
              (HEADER.replace("  Pimpl& operator=(Pimpl&&) noexcept;\n", ""), FITTING, TESTS, MOVING, True)]
    for number, (header, listed, tests, moving, expected) in enumerate(cases):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in (("include/sotto/a.hpp", header), (LIST, listed),
                               ("tools/erasure/a_test.cpp", tests), ("lib/a/use_test.cpp", moving)):
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            faults = [*faults_of(root), *unmoved(root)]
            if bool(faults) != expected:
                wrong.append(f"case {number}: {faults or 'no fault'}")
    print("\n".join(wrong) or f"{len(cases)} cases are judged as they must be")
    return 1 if wrong else 0


def main():
    words = sys.argv[1:]
    if words == ["--self-test"]:
        return self_test()
    root = pathlib.Path(words[0]).resolve()
    if words[1:] == ["--list"]:
        for name, what in sorted(types_of(root).items()):
            print(name, what)
        return 0
    faults = [*faults_of(root), *unmoved(root)]
    print("\n".join(faults) or f"{len(types_of(root))} types have their scenarios")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
