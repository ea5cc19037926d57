# SPDX-License-Identifier: MIT OR Apache-2.0
"""In which order planted bugs have their turn, and which properties there are."""
import hashlib
import re


def key_of(seed, name):
    return hashlib.sha256((seed + name).encode()).digest()


def turned(rows, seed):
    """The rows in an order that is another one for each seed."""
    return sorted(rows, key=lambda row: key_of(seed, row["name"]))


def sample(rows, seed, count):
    """So many rows: one of each table, then a second of each, in an order of the seed's."""
    tables = {}
    for row in turned(rows, seed):
        tables.setdefault(row["table"], []).append(row)
    chosen = []
    names = sorted(tables, key=lambda name: key_of(seed, name))
    for round_ in range(max(map(len, tables.values()), default=0)):
        chosen += [tables[name][round_] for name in names if round_ < len(tables[name])]
    return chosen[:count]


def properties(root):
    """All that RapidCheck tries, as Suite.name."""
    found = set()
    for path in sorted((root / "proptests").glob("*_properties.cpp")):
        for match in re.finditer(r"RC_GTEST_PROP\((\w+),\s*(\w+),", path.read_text()):
            found.add(f"{match[1]}.{match[2]}")
    return found
