#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Every public header stands alone: compiles by itself with each compiler, also without exceptions
and RTTI; holds no preprocessor line but `#pragma once` and `#include`; names no backend. The one
condition, on the language, stands in language.hpp (what it says: tools/check_consumers.py).

    check_headers.py ROOT COMPILER...
    check_headers.py --self-test COMPILER...
"""
import pathlib
import re
import tempfile

import arguments
import compiling

FLAGS = ["-Wpedantic", "-Wconversion", "-Wsign-conversion", "-Wshadow", "-Wnon-virtual-dtor",
         "-Wold-style-cast", "-Wcast-qual", "-Woverloaded-virtual", "-fno-exceptions", "-fno-rtti"]
DIRECTIVE = re.compile(r"^\s*#\s*(\w+)")
ALLOWED = re.compile(r"^\s*#\s*(pragma\s+once\b|include\b)")
# The condition of language.hpp, and of no other header.
LANGUAGE = re.compile(r'^#(if __cplusplus <= 202002L|error "sotto needs C\+\+23: .*"|endif)$')
BACKENDS = re.compile(r"sodium|boringssl|openssl|protozero|\bEVP_|\bcrypto_[a-z]|\bBN_|\bAES_(?!\d|cm_)",
                      re.IGNORECASE)


def text_faults(path):
    lines = path.read_text().splitlines()
    if "#pragma once" not in lines:
        yield f"{path.name}: no #pragma once"
    for number, line in enumerate(lines, 1):
        allowed = ALLOWED.match(line) or (path.name == "language.hpp" and LANGUAGE.match(line))
        if DIRECTIVE.match(line) and not allowed:
            yield f"{path.name}:{number}: a preprocessor line: {line.strip()}"
        if BACKENDS.search(line):
            yield f"{path.name}:{number}: names a backend: {line.strip()}"


def compile_fault(path, include, compiler):
    # Twice in one unit: the guard works and nothing is defined again.
    unit = f"#include <sotto/{path.name}>\n#include <sotto/{path.name}>\n"
    good, says = compiling.compiles(compiler, FLAGS, include, path.stem + ".cpp", unit)
    return None if good else f"{path.name}: {compiler} refuses it alone:\n{says}"


# What sotto.hpp has not: itself, and what is in a library of its own.
APART = {"sotto.hpp", "sqlite_store.hpp"}


def check(root, compilers):
    include = root / "include"
    headers = sorted((include / "sotto").glob("*.hpp"))
    faults = [] if headers else [f"no header is in {include / 'sotto'}"]
    for path in headers:
        faults += text_faults(path)
    faults += filter(None, compiling.on_all_cores(
        compile_fault, [(path, include, c) for path in headers for c in compilers]))
    if (include / "sotto" / "sotto.hpp").exists():
        all_in_one = (include / "sotto" / "sotto.hpp").read_text()
        faults += [f"sotto.hpp does not include {path.name}" for path in headers
                   if path.name not in APART and f"<sotto/{path.name}>" not in all_in_one]
    return faults, len(headers)


PLANTS = {
    "needs another header": "#pragma once\ninline std::size_t f() { return 0; }\n",
    "a conditional": "#pragma once\n#if 1\n#endif\n",
    "a macro": "#pragma once\n  # define LIMIT 3\n",
    "the condition of another header":
        '#pragma once\n#if __cplusplus <= 202002L\n#error "sotto needs C++23: it"\n#endif\n',
    "a backend's name": "#pragma once\n/// Made by libsodium.\n",
    "a backend's function": "#pragma once\nint EVP_thing();\n",
    "no guard": "inline int f() { return 0; }\n",
    "an exception": "#pragma once\ninline int f() { throw 1; }\n",
    "RTTI": "#pragma once\n#include <typeinfo>\ninline auto n(int i) { return typeid(i).name(); }\n",
    "a silent conversion": "#pragma once\ninline int f(long n) { return n; }\n",
}


def self_test(compilers):
    wrong = []
    for compiler in compilers:
        for title, text in {**PLANTS, "": "#pragma once\ninline int f() { return 0; }\n"}.items():
            with tempfile.TemporaryDirectory() as folder:
                header = pathlib.Path(folder) / "include" / "sotto" / "a.hpp"
                header.parent.mkdir(parents=True)
                header.write_text(text)
                if bool(check(pathlib.Path(folder), [compiler])[0]) != bool(title):
                    wrong.append(f"{compiler}: {title or 'a good header'}: wrong answer")
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "include" / "sotto").mkdir(parents=True)
        if not check(pathlib.Path(folder), compilers)[0]:
            wrong.append("a tree without a header passes")
    print("\n".join(wrong) or f"{len(PLANTS)} planted violations caught by each compiler")
    return 1 if wrong else 0


def main():
    root, compilers, _ = compiling.asked(arguments.described(__doc__))
    if root is None:
        return self_test(compilers)
    faults, count = check(root, compilers)
    print("\n".join(faults) or f"{count} headers stand alone with {' and '.join(compilers)}")
    return 1 if faults else 0


if __name__ == "__main__":
    arguments.run(main)
