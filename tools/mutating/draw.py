# SPDX-License-Identifier: MIT OR Apache-2.0
"""Small faults of one line each, and how they are drawn from the sources of lib/.

Every place of a source where an operator fits is one mutant. Comments, strings and preprocessor
lines are left alone, and so is what only the compiler looks at (static_assert, constexpr limits of
a declaration). A mutant is named by its file, line and operator, so that a seed draws it again.
"""
import dataclasses
import hashlib
import re

NOT_CODE = re.compile(r'//.*|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])\'')
LEFT_ALONE = re.compile(r"^\s*(#|static_assert|using |namespace |template|friend |class |struct )")
STATEMENT = re.compile(r"^\s+[A-Za-z_][\w:.\->]*(\(.*\)|\s*[-+|^&]?=[^=].*|\+\+|--);\s*$")
DECLARES = re.compile(r"^\s+(?:const |constexpr |static |auto |[\w:<>,]+[&*]? (?:const )?\w+ ?[={(])")

# name, pattern, replacement: each match outside of comments and strings is a mutant.
OPERATORS = [
    ("== to !=", r"(?<![=!<>])==(?!=)", "!="),
    ("!= to ==", r"!=", "=="),
    ("<= to <", r"(?<=\s)<=(?=\s)", "<"),
    (">= to >", r"(?<=\s)>=(?=\s)", ">"),
    ("< to <=", r"(?<=\w |\) )<(?= \w)", "<="),
    ("> to >=", r"(?<=\w |\) )>(?= \w)", ">="),
    ("&& to ||", r"&&(?= )(?<= &&)", "||"),
    ("|| to &&", r"\|\|", "&&"),
    ("+ to -", r"(?<=\w |\) )\+(?= [\w(])", "-"),
    ("- to +", r"(?<=\w |\) )-(?= [\w(])", "+"),
    ("not dropped", r"(?<=[(\s])!(?=[\w(*])", ""),
    ("true to false", r"\btrue\b", "false"),
    ("false to true", r"\bfalse\b", "true"),
    ("0 to 1", r"(?<![\w.'])0(?![\w.'])", "1"),
    ("1 to 2", r"(?<![\w.'])1(?![\w.'])", "2"),
    ("number + 1", r"(?<![\w.'])([2-9]|[1-9][0-9]+)(?![\w.'])", None),
    ("if negated", r"\bif \((?!const|auto)(.*)\)(?= \{?$| return| break| continue)", r"if (!(\1))"),
]
COMPILED = [(name, re.compile(pattern), new) for name, pattern, new in OPERATORS]


@dataclasses.dataclass(frozen=True)
class Mutant:
    file: str  # from the top of the tree
    line: int  # from 1
    column: int
    operator: str
    old: str
    new: str  # the whole line

    @property
    def name(self):
        return f"{self.file}:{self.line}:{self.column} {self.operator}"

    @property
    def room(self):
        return self.file.split("/")[1]


def blanked(line):
    """The line with comments and strings as blanks, as long as before."""
    return NOT_CODE.sub(lambda found: " " * len(found[0]), line)


def of_line(file, number, line):
    code = blanked(line)
    if LEFT_ALONE.match(code) or not code.strip():
        return
    for name, pattern, new in COMPILED:
        for found in pattern.finditer(code):
            old = line[found.start():found.end()]
            if new is None:
                text = str(int(found[0]) + 1)
            elif "\\1" in new:
                # Of the line itself, for the blanked one has lost its strings.
                inner = line[found.start(1):found.end(1)]
                text = new.replace("\\1", inner)
            else:
                text = new
            if name == "if negated" and re.fullmatch(r"![^&|]*", text[6:-2]):
                continue  # `not dropped` is the same
            changed = line[:found.start()] + text + line[found.end():]
            if changed != line and old != text:
                yield Mutant(file, number, found.start() + 1, name, line, changed)
    if STATEMENT.match(code) and not DECLARES.match(code) and "return" not in code:
        kind = "wipe removed" if re.search(r"\bwipe\(", code) else "statement removed"
        yield Mutant(file, number, 1, kind, line, re.sub(r"\S.*", "", line) + ";")


def of_file(root, path):
    file = str(path.relative_to(root))
    for number, line in enumerate(path.read_text().splitlines(), 1):
        yield from of_line(file, number, line)


def sources(root, rooms):
    for path in sorted((root / "lib").rglob("*.[ch]pp")):
        room = path.relative_to(root / "lib").parts[0]
        in_tests = path.stem.endswith("_test") or path.name.startswith("test_") or \
            {"peers", "golden"} & set(path.parts)
        if not in_tests and (not rooms or room in rooms):
            yield path


def all_of(root, rooms):
    return [mutant for path in sources(root, rooms) for mutant in of_file(root, path)]


def turned(mutants, seed, wipes_only=False):
    """In an order of the seed's: the rooms by turns, so that a short run sees all of them."""
    rooms = {}
    for mutant in mutants:
        if not wipes_only or mutant.operator == "wipe removed":
            rooms.setdefault(mutant.room, []).append(mutant)

    def key(text):
        return hashlib.sha256(f"{seed} {text}".encode()).digest()
    queues = [sorted(rooms[room], key=lambda m: key(m.name)) for room in sorted(rooms, key=key)]
    return [queue[i] for i in range(max(map(len, queues), default=0))
            for queue in queues if i < len(queue)]
