# SPDX-License-Identifier: MIT OR Apache-2.0
"""tools/mutants.py: what it draws of a line, and a run over a small tree of its own."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import unable
from mutating import draw

TOOLS = pathlib.Path(__file__).resolve().parent.parent

# A line, and the operators that must find something in it.
LINES = [
    ("  if (!room) return fail();", {"not dropped"}),
    ("  if (a < b && c) {", {"< to <=", "&& to ||", "if negated"}),
    ("  // if (a < b) return 0;", set()),
    ('  say("a == b && 0");', {"statement removed"}),
    ("  wipe(buffer);", {"wipe removed"}),
    ("  total += size;", {"statement removed"}),
    ("  std::size_t total = 0;", {"0 to 1"}),
    ("  return left - 7;", {"- to +", "number + 1"}),
    ("static_assert(sizeof(int) == 4);", set()),
    ("#if 1", set()),
]
MESON = """project('little', 'cpp')
library = static_library('alpha', 'lib/alpha/code.cpp')
test('alpha_test', executable('alpha_test', 'lib/alpha/alpha_test.cpp', link_with: library),
     suite: ['unit', 'alpha'])
"""
CODE = """int twice(int n) {
  if (n == 0) return 0;
  return n + n;
}
int untested(int n) {
  return n - 3;
}
"""
TEST = """int twice(int n);
int main() {
  return twice(2) == 4 && twice(0) == 0 && twice(1) == 2 ? 0 : 1;
}
"""


def faults_of_lines():
    for line, expected in LINES:
        found = {mutant.operator for mutant in draw.of_line("lib/a/b.cpp", 1, line)}
        if found != expected:
            yield f"{line!r}: {sorted(found)}, not {sorted(expected)}"
    mutants = [draw.Mutant(f"lib/{room}/f.cpp", n, 1, "0 to 1", "", "") for room in "abc"
               for n in range(9)]
    first, second = (draw.turned(mutants, seed) for seed in ("s", "t"))
    if first == second or first != draw.turned(mutants, "s"):
        yield "the order is not the seed's"
    if {mutant.room for mutant in first[:3]} != set("abc"):
        yield "the rooms do not come by turns"


def faults_without_git(empty):
    """On a machine that has no git."""
    run = subprocess.run([sys.executable, TOOLS / "mutants.py", "--list", "base"], check=False,
                         capture_output=True, text=True, env=os.environ | {"PATH": str(empty)})
    if run.returncode:
        yield f"the seed needs git: {run.stderr}"


def faults_of_run(root):
    (root / "lib/alpha").mkdir(parents=True)
    (root / "tools").mkdir()
    for name in ("mutants.py", "arguments.py", "commit.py", "guard.py", "limited.py",
                 "unable.py", "planting", "mutating"):
        copy = shutil.copytree if (TOOLS / name).is_dir() else shutil.copy2
        copy(TOOLS / name, root / "tools" / name)
    (root / "meson.build").write_text(MESON)
    (root / "lib/alpha/code.cpp").write_text(CODE)
    (root / "lib/alpha/alpha_test.cpp").write_text(TEST)
    words = [sys.executable, str(root / "tools/mutants.py"), "--seed", "1"]
    run = subprocess.run([*words, "60"], capture_output=True, text=True, check=False)
    for expected in ("lib/alpha/code.cpp:2:9 == to != | caught by alpha_test",
                     "lib/alpha/code.cpp:3:12 + to - | caught by alpha_test",
                     "lib/alpha/code.cpp:6:12 - to + | survived",
                     "lib/alpha/code.cpp:6:14 number + 1 | survived"):
        if expected not in run.stdout:
            yield f"not said: {expected}\n{run.stdout}{run.stderr}"
            return
    if run.returncode != 0:
        yield f"survivors alone are no failure: {run.returncode}"
    if (root / "build/mutants/lib/alpha/code.cpp").read_text() != CODE:
        yield "a mutant was left in the copy"
    run = subprocess.run([*words, "60", "--at-least", "97"], capture_output=True, text=True,
                         check=False)
    if run.returncode != 1:
        yield f"too many survivors: {run.returncode}"
    run = subprocess.run([*words, "60"], capture_output=True, text=True, check=False,
                         env=os.environ | {"PATH": str(root / "lib")})
    if run.returncode != unable.STATUS or "could not run: objcopy is not here" not in run.stderr:
        yield f"without a tool: {run.returncode} {run.stderr}"
    (root / "lib/alpha/alpha_test.cpp").write_text("int main() { return 1; }\n")
    run = subprocess.run([*words, "60"], capture_output=True, text=True, check=False)
    if run.returncode == 0 or "fails on the code as it is" not in run.stderr:
        yield f"tests that fail without a mutant: {run.returncode} {run.stderr}"


def run():
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as empty:
        faults = [*faults_of_lines(), *faults_without_git(empty),
                  *faults_of_run(pathlib.Path(folder))]
    print("\n".join(faults) or "mutants are drawn, caught, missed and told apart as they should")
    return 1 if faults else 0
