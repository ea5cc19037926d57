# SPDX-License-Identifier: MIT OR Apache-2.0
"""What there is to run in a tree and its builds."""
import dataclasses
import json
import subprocess
import sys
import tomllib

from planting import order
from soaking import kinds, steps


def tests_of(build):
    shown = subprocess.run(["meson", "introspect", "--tests", str(build)], capture_output=True,
                           text=True, check=False)
    if shown.returncode != 0:
        raise SystemExit(f"{build} is no build: {shown.stderr.strip()}")
    tests = json.loads(shown.stdout)
    for test in tests:
        test["cmd"] = whole(build, test["cmd"])
    return tests


def whole(build, words):
    """Meson starts a test in the folder of its build and names programs from there; a soak does not."""
    return [str(build / word) if "/" in word and not word.startswith(("/", "-")) and
            (build / word).is_file() else word for word in words]


@dataclasses.dataclass
class Sources:
    root: str
    tests: list  # as Meson tells them
    fuzz_tests: list = dataclasses.field(default_factory=list)
    properties: list = dataclasses.field(default_factory=list)  # Suite.name
    plants: list = dataclasses.field(default_factory=list)  # names
    plant_words: list = dataclasses.field(default_factory=list)
    steps: list = dataclasses.field(default_factory=list)

    @classmethod
    def of_tree(cls, root, build, fuzz):
        build = build.resolve()
        plants = []
        for path in sorted((root / "proptests").glob("plants*.toml")):
            with open(path, "rb") as file:
                plants += [row["name"] for row in tomllib.load(file)["plant"]]
        words = [sys.executable, str(root / "tools/plants.py"), "--place",
                 str(root / "soak/plants"), "--jobs", str(kinds.WIDE), "--like", str(build)]
        return cls(str(root), tests_of(build), tests_of(fuzz.resolve()) if fuzz else [],
                   sorted(order.properties(root)), plants, words, steps.STEPS)

    def turned_plants(self, seed):
        return [row["name"] for row in order.turned([{"name": n} for n in self.plants], str(seed))]
