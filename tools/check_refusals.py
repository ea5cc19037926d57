#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the types forbid does not compile.

    check_refusals.py [--each] ROOT COMPILER...
    check_refusals.py --self-test COMPILER...

Each file of tools/compile_fail is one attempt. As it stands it must compile: that is the control,
without which a misspelt name would pass for a refusal. With -DATTEMPT it must be refused, with an
error on the line that says `// refused` and on no other line of the file.

All attempts are compiled as one batch, each in a namespace of its own. An attempt that the batch
does not show to be good is compiled alone, and that decides. --each compiles every attempt alone.
"""
import pathlib
import re
import tempfile

import arguments
import compiling

# What only the control uses is unused in the attempt.
ATTEMPT = ["-DATTEMPT", "-Wno-unused-parameter"]
MARK = "// refused"
BATCH = "batch.cpp"
INCLUDE = re.compile(r"^#include .*", re.MULTILINE)
# Any other line of the preprocessor could reach the attempts behind it.
FOREIGN = re.compile(r"^\s*#\s*(?!include |ifdef ATTEMPT$|else$|endif$)", re.MULTILINE)
NAMED = re.compile(r"^([^\s:]+):(\d+):", re.MULTILINE)
# An error, or the line from which a template or constant expression with an error is reached.
BLAMED = re.compile(r"^([^\s:]+):(\d+):(?:\d+:)?\s+(?:(?:fatal )?error:|.*required from|"
                    r"in .constexpr. expansion|note: .*(?:requested|required) here)", re.MULTILINE)


def compiles(compiler, include, name, text, *more):
    every_error = ["-ferror-limit=0" if "clang" in compiler else "-fmax-errors=0",
                   "-ftemplate-backtrace-limit=0"]
    return compiling.compiles(compiler, [*every_error, *more], include, name, text)


def blamed_lines(says):
    lines = {}
    for name, line in BLAMED.findall(says):
        lines.setdefault(name, set()).add(int(line))
    return lines


def marked_lines(text):
    return {n for n, line in enumerate(text.splitlines(), 1) if MARK in line}


# ---- An attempt alone -------------------------------------------------------------------------

def fault(compiler, include, name, text):
    """What is wrong with one attempt, or None."""
    marked = marked_lines(text)
    if len(marked) != 1:
        return f"{name}: {len(marked)} lines say `{MARK}`"
    good, says = compiles(compiler, include, name, text)
    if not good:
        return f"{name}: {compiler} refuses the control:\n{says}"
    good, says = compiles(compiler, include, name, text, *ATTEMPT)
    if good:
        return f"{name}: {compiler} lets it pass"
    if blamed_lines(says).get(name) != marked:
        return f"{name}: {compiler} refuses it, but elsewhere:\n{says}"
    return None


# ---- Many in one unit -------------------------------------------------------------------------

def batch_of(attempts):
    """One unit: what all include, then each attempt under its own name, without its includes."""
    includes = sorted({line for text in attempts.values() for line in INCLUDE.findall(text)})
    parts = [f'namespace attempt_{n} {{\n#line 1 "{name}"\n{INCLUDE.sub("", text)}\n'
             f'#line 1 "{BATCH}"\n}}\n' for n, (name, text) in enumerate(attempts.items())]
    return "\n".join([*includes, *parts])


def good_controls(compiler, include, attempts):
    """Those that compile together. Whichever the compiler names is left out until it is content."""
    while attempts:
        good, says = compiles(compiler, include, BATCH, batch_of(attempts))
        if good:
            break
        named = {name for name, _ in NAMED.findall(says)}
        rest = {name: text for name, text in attempts.items() if name not in named}
        attempts = rest if len(rest) < len(attempts) else {}
    return attempts


def good_in_batch(compiler, include, attempts):
    """The names of those that one batch shows to be good; of the others it says nothing."""
    fit = {name: text for name, text in attempts.items()
           if len(marked_lines(text)) == 1 and not FOREIGN.search(text)}
    fit = good_controls(compiler, include, fit)
    _, says = compiles(compiler, include, BATCH, batch_of(fit), *ATTEMPT)
    blamed = blamed_lines(says)
    if BATCH in blamed:  # An attempt reaches beyond its namespace.
        return set()
    return {name for name, text in fit.items() if blamed.get(name) == marked_lines(text)}


def check(root, compilers, each):
    """What is wrong, how many attempts there are, and how often one was compiled alone."""
    include = root / "include"
    attempts = {path.name: path.read_text()
                for path in sorted((root / "tools" / "compile_fail").glob("*.cpp"))}
    good = [set()] * len(compilers) if each else compiling.on_all_cores(
        good_in_batch, [(compiler, include, attempts) for compiler in compilers])
    alone = [(compiler, include, name, text) for compiler, names in zip(compilers, good)
             for name, text in attempts.items() if name not in names]
    faults = [why for why in compiling.on_all_cores(fault, alone) if why]
    if not attempts:
        faults.append("no attempt was found in tools/compile_fail")
    return faults, len(attempts), len(alone)


# ---- The check checked ------------------------------------------------------------------------

HEADER = ("#pragma once\ntemplate <class T> int size_of(T t) { return t.size(); }\n"
          "struct Sized { int size() { return 0; } };\n")
GOOD = {
    "refused.cpp": "int f();\n#ifdef ATTEMPT\nint g() { return no; }  // refused\n#endif\n",
    "refused_too.cpp": "int f();\n#ifdef ATTEMPT\nint g() { return f(1); }  // refused\n"
                       "#else\nint g() { return f(); }\n#endif\n",
    "refused_in_a_header.cpp": "#include <sized.hpp>\n#ifdef ATTEMPT\n"
                               "int g() { return size_of(1); }  // refused\n"
                               "#else\nint g() { return size_of(Sized{}); }\n#endif\n",
}
# More than the errors that a compiler shows unless told otherwise.
MANY = {f"refused_{n}.cpp": GOOD["refused.cpp"] for n in range(40)}
# Each of these stands for itself only, and the batch is good without it.
APART = {"a_macro.cpp": "#define F f\n" + GOOD["refused.cpp"]}
# Each of these spoils the batch that it stands in.
SPOILERS = {
    "a_brace_too_few.cpp": "#ifdef ATTEMPT\nint f() { return no;  // refused\nint g();\n#endif\n",
    "a_brace_too_many.cpp": "#ifdef ATTEMPT\n}\nint f() { return no; }  // refused\n#endif\n",
}
PLANTS = {
    "an_attempt_that_compiles.cpp":
        "void f();\n#ifdef ATTEMPT\nvoid g() { f(); }  // refused\n#endif\n",
    "a_control_that_does_not.cpp":
        "#ifdef ATTEMPT\nint f() { return no; }  // refused\n"
        "#else\nint g() { return no; }\n#endif\n",
    "an_error_elsewhere.cpp":
        "#ifdef ATTEMPT\nint f() { return no; }\nint g();  // refused\n#endif\n",
    "an_error_elsewhere_too.cpp":
        "#ifdef ATTEMPT\nint f() { return no; }\nint g() { return no; }  // refused\n#endif\n",
    "an_error_elsewhere_in_a_header.cpp":
        "#include <sized.hpp>\n#ifdef ATTEMPT\nint f() { return size_of('c'); }\n"
        "int g() { return no; }  // refused\n#endif\n",
    "named_without_an_error.cpp":
        "#ifdef ATTEMPT\nvoid f(char*);  // refused\nvoid g() { f(1); }\n#endif\n",
    "no_mark.cpp": "#ifdef ATTEMPT\nint f() { return no; }\n#endif\n",
    "two_marks.cpp":
        "#ifdef ATTEMPT\nint f() { return no; }  // refused\n"
        "int g() { return no; }  // refused\n#endif\n",
    "no_end.cpp": "#ifdef ATTEMPT\nint f() { return no; }  // refused\n",
}


def complaint(title, compiler, attempts, bad, alone):
    """Whether the check names exactly the bad ones, and compiles so many alone; if not, words."""
    with tempfile.TemporaryDirectory() as made:
        folder = pathlib.Path(made)
        (folder / "include").mkdir()
        (folder / "include" / "sized.hpp").write_text(HEADER)
        (folder / "tools" / "compile_fail").mkdir(parents=True)
        for name, text in attempts.items():
            (folder / "tools" / "compile_fail" / name).write_text(text)
        faults, _, counted = check(folder, [compiler], alone is None)
    named = sorted(why.partition(":")[0] for why in faults)
    if named != sorted(bad) or alone not in (None, counted):
        return f"{compiler}: {title}: {counted} compiled alone, faults: " + "\n".join(faults)
    return None


def self_test(compilers):
    """Good attempts and bad ones in one batch; a spoiler in a batch with good ones; all alone."""
    every = {**GOOD, **APART, **PLANTS}
    cases = [("batch", {**every, **MANY}, PLANTS, len(APART) + len(PLANTS)),
             *((f"batch with {name}", {**GOOD, name: text}, {name}, len(GOOD) + 1)
               for name, text in SPOILERS.items()),
             ("alone", {**every, **SPOILERS}, {**PLANTS, **SPOILERS}, None)]
    wrong = [why for why in compiling.on_all_cores(
        complaint, [(title, compiler, attempts, bad, alone)
                    for title, attempts, bad, alone in cases for compiler in compilers]) if why]
    with tempfile.TemporaryDirectory() as made:
        (pathlib.Path(made) / "tools/compile_fail").mkdir(parents=True)
        if not check(pathlib.Path(made), compilers, False)[0]:
            wrong.append("a tree without an attempt passes")
    bad = len(PLANTS) + len(SPOILERS)
    print("\n".join(wrong) or f"{bad} broken attempts told from good ones, in a batch and alone")
    return 1 if wrong else 0


def main():
    parser = arguments.described(__doc__)
    parser.add_argument("--each", action="store_true", help="compile every attempt alone")
    root, compilers, options = compiling.asked(parser)
    if root is None:
        return self_test(compilers)
    faults, count, alone = check(root, compilers, options.each)
    print("\n".join(faults) or f"{count} attempts refused by {' and '.join(compilers)}")
    print(f"{alone} of {count * len(compilers)} compiled alone")
    return 1 if faults else 0


if __name__ == "__main__":
    arguments.run(main)
