#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the types forbid does not compile.

    check_refusals.py ROOT COMPILER...
    check_refusals.py --self-test ROOT COMPILER...

Each file of tools/compile_fail is one attempt. As it stands it must compile: that is the control,
without which a misspelt name would pass for a refusal. With -DATTEMPT it must be refused, with an
error on the line that says `// refused`.
"""
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

FLAGS = ["-std=c++23", "-fsyntax-only", "-Wall", "-Wextra", "-Werror"]
MARK = "// refused"


def compiles(compiler, root, file, *more):
    run = subprocess.run([compiler, *FLAGS, *more, "-I", str(root / "include"), str(file)],
                         capture_output=True, text=True)
    return run.returncode == 0, run.stderr


def fault(compiler, root, file):
    """What is wrong with one attempt, or None."""
    lines = file.read_text().splitlines()
    marked = [n for n, line in enumerate(lines, 1) if MARK in line]
    if len(marked) != 1:
        return f"{file.name}: {len(marked)} lines say `{MARK}`"
    good, says = compiles(compiler, root, file)
    if not good:
        return f"{file.name}: {compiler} refuses the control:\n{says}"
    good, says = compiles(compiler, root, file, "-DATTEMPT")
    if good:
        return f"{file.name}: {compiler} lets it pass"
    if f"{file.name}:{marked[0]}:" not in says:
        return f"{file.name}: {compiler} refuses it, but elsewhere:\n{says}"
    return None


def check(root, compilers, folder):
    files = sorted(folder.glob("*.cpp"))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        faults = pool.map(lambda job: fault(job[0], root, job[1]),
                          [(c, f) for f in files for c in compilers])
        return [why for why in faults if why], len(files)


PLANTS = {
    "an attempt that compiles": "void f();\n#ifdef ATTEMPT\nvoid g() { f(); }  // refused\n#endif\n",
    "a control that does not": "#ifdef ATTEMPT\nint f() { return no; }  // refused\n"
                               "#else\nint g() { return no; }\n#endif\n",
    "an error elsewhere": "#ifdef ATTEMPT\nint f() { return no; }\nint g();  // refused\n#endif\n",
    "no mark": "#ifdef ATTEMPT\nint f() { return no; }\n#endif\n",
}


def self_test(root, compilers):
    wrong = []
    good = {"": "#ifdef ATTEMPT\nint f() { return no; }  // refused\n#endif\n"}
    for title, text in {**PLANTS, **good}.items():
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "attempt.cpp").write_text(text)
            found = len(check(root, compilers, pathlib.Path(folder))[0])
            if found != (len(compilers) if title else 0):
                wrong.append(f"{title or 'a good attempt'}: {found} faults")
    print("\n".join(wrong) or f"{len(PLANTS)} broken attempts told from a good one")
    return 1 if wrong else 0


def main():
    arguments = [a for a in sys.argv[1:] if a != "--self-test"]
    root, compilers = pathlib.Path(arguments[0]).resolve(), arguments[1:]
    if not compilers or not all(map(shutil.which, compilers)):
        sys.exit(f"no such compiler among: {' '.join(compilers)}")
    if "--self-test" in sys.argv:
        return self_test(root, compilers)
    faults, count = check(root, compilers, root / "tools" / "compile_fail")
    print("\n".join(faults) or f"{count} attempts refused by {' and '.join(compilers)}")
    return 1 if faults or not count else 0


if __name__ == "__main__":
    sys.exit(main())
