#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The headers list the errors that their functions answer: no fewer, and no more.

The tests error_table_*_test.cpp of lib/ and tools/alloc/ hold rows {"Class::function", Error::x, ...}, each of which
provokes its error. Here the rows are compared with the comments of the headers. An error that a row
provokes must be listed. An error that is listed must be provoked, or stand in
spec/errors_not_shown.toml with a reason. Every function that returns a Result has a row.

lib/session/test_uses.hpp asks each function of a device and of a transaction at the wrong time. It is
compared with the headers too.

What a comment lists: the names of errors between "Errors:" and the end of its paragraph. A name of a
function or class there stands for all that is listed at it. What the comment of a class names holds
for all its functions, and is shown by any of them.

    check_errors.py ROOT
    check_errors.py --self-test
"""
import pathlib
import re
import sys
import tempfile
import tomllib

HEADERS = ["device", "transaction", "committed", "snapshot", "store", "memory_store", "sqlite_store", "messenger"]
USES = "lib/session/test_uses.hpp"
USE = re.compile(r'\{"([\w:]+)",\s*testing::error_of\(')
ROW = re.compile(r'\{"([\w:]+)",\s*Error::(\w+),\s*Fault::\w+,')
CLASS = re.compile(r"^(?:template <class T>\s*)?(?:class|struct) (\w+)(?: final)?(?: : public (\w+))? \{")
FUNCTION = re.compile(r"Result<[^()]*>&?\s+(\w+)\(")
QUOTED = re.compile(r"`([\w:]+)`")


def errors_of(root):
    text = (root / "include/sotto/error.hpp").read_text()
    return set(re.findall(r"^  (\w+),\s+///<", text, re.MULTILINE))


def paragraphs_of(comment):
    return [" ".join(lines.split("\n")) for lines in re.split(r"\n\n+", "\n".join(comment))]


class Listing:
    """What the headers say."""

    def __init__(self, root):
        self.errors = errors_of(root)
        self.direct, self.named, self.bases, self.of_class = {}, {}, {}, {}
        self.uses = set()  # the functions of an object that may be used at the wrong time
        for header in HEADERS:
            self.read((root / "include/sotto" / f"{header}.hpp").read_text())

    def read(self, text):
        comment, inside, statement, public = [], None, "", True
        for line in text.split("\n"):
            bare = line.strip()
            if bare.startswith("///"):
                comment.append(bare[3:].strip())
                continue
            if found := CLASS.match(line):
                inside, public = found[1], line.startswith("struct")
                names = set(QUOTED.findall("\n".join(comment)))
                self.of_class[inside] = names & self.errors
                self.bases[inside] = found[2]
                comment, statement = [], ""
                continue
            if line.startswith("}") and inside:
                inside = None
            if bare in ("public:", "private:", "protected:"):
                public = bare == "public:"
            if not bare or bare.startswith("//") or bare.endswith(":"):
                comment, statement = ([] if not bare else comment), ""
                continue
            statement += " " + bare
            if not statement.endswith((";", "}", "{")):
                continue
            if "[[nodiscard]]" in statement and public and (found := FUNCTION.search(statement)):
                function = f"{inside}::{found[1]}" if inside else found[1]
                self.add(function, comment)
                if inside in ("Device", "Transaction") and "static" not in statement or "(Transaction& " in statement:
                    self.uses.add(function)
            statement, comment = "", []

    def add(self, function, comment):
        self.direct.setdefault(function, set())
        self.named.setdefault(function, set())
        for paragraph in paragraphs_of(comment):
            if "Errors:" not in paragraph:
                continue
            names = set(QUOTED.findall(paragraph.split("Errors:", 1)[1]))
            self.direct[function] |= names & self.errors
            self.named[function] |= names - self.errors

    def resolved(self, name, at):
        """The function or class that a comment at `at` means by `name`."""
        inside = at.rpartition("::")[0]
        for candidate in (name, f"{inside}::{name}"):
            if candidate in self.direct or candidate in self.of_class:
                return candidate
        return None

    def allowed(self, function, seen=()):
        if function in seen:
            return set()
        seen += (function,)
        if function in self.of_class:
            return set(self.of_class[function])
        inside, _, name = function.rpartition("::")
        found = self.direct.get(function, set()) | self.of_class.get(inside, set())
        base = self.bases.get(inside)
        for other in self.named.get(function, set()):
            if target := self.resolved(other, function):
                found |= self.allowed(target, seen)
        return found | (self.allowed(f"{base}::{name}", seen) if base else set())

    def heirs(self, name):
        return {name} | {heir for heir, base in self.bases.items() if base == name}


def rows_of(root):
    return {row for room in ("lib", "tools/alloc")
            for path in sorted((root / room).rglob("error_table_*_test.cpp"))
            for row in ROW.findall(path.read_text())}


def faults(root):
    listing, rows = Listing(root), rows_of(root)
    for what, found in (("an error", listing.errors), ("a function that may fail", listing.direct),
                        ("a row that provokes an error", rows)):
        if not found:
            yield f"{what} is nowhere"
    table = tomllib.loads((root / "spec/errors_not_shown.toml").read_text()).get("not_shown", [])
    excused = {(entry["at"], error) for entry in table for error in entry["errors"]}
    for entry in table:
        if not entry.get("why"):
            yield f"{entry['at']}: not shown without a reason"

    def shown(at, error):
        if at in listing.of_class:
            return any(function.rpartition("::")[0] in listing.heirs(at) and error == provoked
                       for function, provoked in rows)
        inside, _, name = at.rpartition("::")
        names = {f"{heir}::{name}" for heir in listing.heirs(inside)} if inside else {name}
        return any((one, error) in rows for one in names)

    for function, error in sorted(rows):
        if function not in listing.direct:
            yield f"{function} has a row, and is in no header"
        elif error not in listing.allowed(function):
            yield f"{function} answers {error}, which its header does not list"
    listed = {(at, error) for at, errors in [*listing.direct.items(), *listing.of_class.items()]
              for error in errors}
    for at, error in sorted(listed):
        if shown(at, error) and (at, error) in excused:
            yield f"{at}: {error} is shown, and stands in spec/errors_not_shown.toml"
        elif not shown(at, error) and (at, error) not in excused:
            yield f"{at} lists {error}, which no row provokes"
    for at, error in sorted(excused - listed):
        yield f"spec/errors_not_shown.toml: {at} does not list {error}"
    for function in sorted(listing.direct):
        inside, _, name = function.rpartition("::")
        tried = {f"{heir}::{name}" for heir in listing.heirs(inside)} if inside else {function}
        if not tried & {row[0] for row in rows} and listing.allowed(function):
            if all((function, error) not in excused for error in listing.direct[function]):
                yield f"{function} may fail, and has no row"
    yield from unused(root)


def unused(root):
    path = root / USES
    used = set(USE.findall(path.read_text())) if path.is_file() else set()
    uses = Listing(root).uses
    for function in sorted(uses - used):
        yield f"{function} is not asked at the wrong time in {USES}"
    for function in sorted(used - uses):
        yield f"{function} is asked in {USES}, and is in no header"


def summary(root):
    listing, rows = Listing(root), rows_of(root)
    table = tomllib.loads((root / "spec/errors_not_shown.toml").read_text()).get("not_shown", [])
    provoked = {function for function, _ in rows}
    return (f"errors: {len(rows)} provoked, in {len(provoked)} of {len(listing.direct)} functions, "
            f"{sum(len(entry['errors']) for entry in table)} listed and not shown")


def self_test():
    good = {
        "include/sotto/error.hpp": "  one,  ///< a\n  two,  ///< b\n  three,  ///< c\n  four,  ///< d\n",
        "include/sotto/store.hpp":
            "/// A store. Answers `three`.\nclass Store {\n public:\n"
            "  /// Read. Errors: `one`.\n  [[nodiscard]] virtual Result<std::optional<Row>> get(Bytes key) = 0;\n"
            "};\n",
        "include/sotto/memory_store.hpp":
            "class MemoryStore final : public Store {\n public:\n"
            "  [[nodiscard]] Result<std::optional<Row>> get(Bytes key) noexcept override;\n"
            "  /// As `get`. Errors: `two`,\n  /// and as `get`.\n"
            "  [[nodiscard]] Result<void> put(Bytes key,\n                                 Bytes value) noexcept;\n"
            " private:\n  [[nodiscard]] Result<void> hidden() noexcept;\n};\n",
        "include/sotto/snapshot.hpp": "/// Save. Errors: `four`.\n[[nodiscard]] Result<X> save(Key key) noexcept;\n",
        "spec/errors_not_shown.toml":
            '[[not_shown]]\nat = "save"\nerrors = ["four"]\nwhy = "takes a broken machine"\n',
        "lib/a/error_table_a_test.cpp":
            '{"MemoryStore::get", Error::one, Fault::caller, "x"},\n'
            '{"MemoryStore::get", Error::three, Fault::caller, "x"},\n'
            '{"MemoryStore::put", Error::two, Fault::caller, "x"},\n'
            '{"MemoryStore::put", Error::one, Fault::caller, "x"},\n'}
    for header in HEADERS:
        good.setdefault(f"include/sotto/{header}.hpp", "")
    rows = good["lib/a/error_table_a_test.cpp"]
    excuses = good["spec/errors_not_shown.toml"]
    plants = {
        "an error that is not listed": ("lib/a/error_table_a_test.cpp",
                                        rows + '{"MemoryStore::put", Error::four, Fault::peer, "x"},'),
        "an error that is not provoked": ("lib/a/error_table_a_test.cpp", rows.replace("::two", "::one")),
        "a class's error that is not provoked": ("lib/a/error_table_a_test.cpp",
                                                 rows.replace("::three", "::one")),
        "a function that is not there": ("lib/a/error_table_a_test.cpp",
                                         rows + '{"load", Error::four, Fault::peer, "x"},'),
        "a function without a row": ("include/sotto/device.hpp",
                                     "/// A.\nclass A : public Store {\n public:\n  /// As `Store::get`. Errors: as `Store::get`.\n"
                                     "  [[nodiscard]] Result<void> look() noexcept;\n};\n"),
        "a function that is not asked at the wrong time": (
            "include/sotto/transaction.hpp",
            "/// A.\nclass Transaction {\n public:\n  /// Look.\n  [[nodiscard]] Result<void> look() noexcept;\n};\n"),
        "a function that is asked and not there": ("lib/session/test_uses.hpp",
                                                   '{"Device::look", testing::error_of(device.look())},'),
        "no reason": ("spec/errors_not_shown.toml", excuses.replace("takes a broken machine", "")),
        "an excuse for what is shown": ("spec/errors_not_shown.toml", excuses +
                                        '[[not_shown]]\nat = "MemoryStore::put"\nerrors = ["two"]\nwhy = "x"\n'),
        "an excuse for what is not listed": ("spec/errors_not_shown.toml", excuses +
                                             '[[not_shown]]\nat = "save"\nerrors = ["one"]\nwhy = "x"\n'),
    }
    wrong = []
    for title, change in [("", None), *plants.items()]:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in {**good, **dict([change] if change else [])}.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            found = list(faults(root))
            if len(found) != bool(title):
                wrong.append(f"{title or 'a good tree'}: {found}")
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name in good:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text("")
        if not list(faults(root)):
            wrong.append("a tree with nothing in its files passes")
    print("\n".join(wrong) or f"{len(plants) + 1} planted faults caught")
    return 1 if wrong else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    root = pathlib.Path(sys.argv[1]).resolve()
    found = list(faults(root))
    print("\n".join(found) or summary(root))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
