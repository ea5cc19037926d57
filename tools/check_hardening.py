#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the option `hardening` promises is in what was built, by the words of readelf and nm.

    check_hardening.py BUILD       the libraries and, if it is there, the program of a build folder
    check_hardening.py --self-test COMPILER
                                   build a program without each of the flags and see it refused

In every object of the libraries and of the program: control-flow protection, on a processor that
has it (a linked program has it when its system's start files do). In each library and in the
program: calls of the stack protector's failure, and of fortified functions. In the program:
read-only relocations that are bound at the start, a position that is drawn, and no stack that can
be executed. What leaves no trace in an object, stack clash protection, is looked for among the
words by which the compiler was called.
"""
import json
import pathlib
import platform
import re
import shutil
import subprocess
import tempfile

import arguments

FORTIFIED = re.compile(r"\b__\w+_chk\b(?<!__stack_chk)")
CONTROL_FLOW = {"x86_64": "IBT, SHSTK", "aarch64": "BTI"}
HARDENED = re.compile(r"lib/libsotto(_wire|-sqlite)?\.a\.p/|cli/(libsotto_program\.a|sotto)\.p/")
CLASH = "-fstack-clash-protection"
FLAGS = ["-fstack-protector-strong", CLASH, "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=3",
         "-fcf-protection" if platform.machine() == "x86_64" else "-mbranch-protection=standard"]
LINK_FLAGS = ["-Wl,-z,relro", "-Wl,-z,now", "-pie"]
# The opposites of the flags, one fault each.
NO_CONTROL_FLOW = ("-fcf-protection=none" if platform.machine() == "x86_64"
                   else "-mbranch-protection=none")
WITHOUT = [["-fno-stack-protector"], ["-U_FORTIFY_SOURCE"],
           ["-Wl,-z,norelro"], ["-Wl,-z,lazy"], ["-no-pie"], ["-Wl,-z,execstack"]]


def said_by(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def property_faults(path, notes):
    wanted = CONTROL_FLOW.get(platform.machine())
    if wanted and wanted not in notes:
        yield f"{path}: no control-flow protection"


def call_faults(path, names):
    if "__stack_chk_fail" not in names:
        yield f"{path}: no stack protector"
    if not FORTIFIED.search(names):
        yield f"{path}: no fortified call"


def archive_faults(path):
    yield from object_faults(path)
    yield from call_faults(path, said_by("nm", "-u", str(path)))


def object_faults(path):
    notes = said_by("readelf", "-nW", str(path))
    members = re.split(r"^File: ", notes, flags=re.MULTILINE)[1:]
    if not members:
        yield f"{path}: no object is in it"
    for member in members:
        name = member.splitlines()[0]
        if "boring_hidden" not in name:  # BoringSSL, as somebody else built it.
            yield from property_faults(name, member)


def program_faults(path):
    header = said_by("readelf", "-hW", str(path))
    segments = said_by("readelf", "-lW", str(path))
    dynamic = said_by("readelf", "-dW", str(path))
    if not re.search(r"Type:\s+DYN", header):
        yield f"{path}: its position is fixed"
    if "GNU_RELRO" not in segments:
        yield f"{path}: its relocations can be written to"
    if not re.search(r"BIND_NOW|Flags:.*\bNOW\b", dynamic):
        yield f"{path}: its functions are bound when they are first called"
    stack = re.search(r"GNU_STACK.*", segments)
    if not stack or re.search(r"\bRWE\b", stack[0]):
        yield f"{path}: its stack can be executed"
    yield from call_faults(path, said_by("nm", "-D", str(path)))


def command_faults(build):
    commands = [command for command in json.loads((build / "compile_commands.json").read_text())
                if HARDENED.match(command["output"])]
    if not commands:
        yield f"{build}: no command compiles a source of the library"
    for command in commands:
        if CLASH not in command["command"].split():
            yield f"{command['output']}: no stack clash protection"


def faults_of(build):
    archives = [p for p in (build / "lib" / n for n in ("libsotto.a", "libsotto-sqlite.a"))
                if p.is_file()]
    if not archives:
        yield f"{build}: no library was built there"
    for path in archives:
        yield from archive_faults(path)
    if (build / "cli" / "sotto").is_file():
        yield from object_faults(build / "cli" / "libsotto_program.a")
        yield from program_faults(build / "cli" / "sotto")
    yield from command_faults(build)


PROGRAM = r"""
#include <string.h>
extern "C" int read_all(char*, const char*);
int main(int count, char** words) {
  char room[64];
  if (count > 1) strcpy(room, words[1]);
  return read_all(room, words[0]);
}
extern "C" __attribute__((noinline)) int read_all(char* a, const char* b) { return a[0] - b[0]; }
"""


def self_test(compiler):
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "a.cpp"
        source.write_text(PROGRAM)
        made = pathlib.Path(folder) / "a"
        for without in [[], *WITHOUT]:
            subprocess.run([compiler, "-O2", *FLAGS, *LINK_FLAGS, *without, str(source), "-o",
                            str(made)], check=True, stderr=subprocess.DEVNULL)
            faults = list(program_faults(made))
            if bool(faults) != bool(without):
                wrong.append(f"{without}: {faults}")
        build = pathlib.Path(folder)
        for without in [[], [NO_CONTROL_FLOW]]:
            subprocess.run([compiler, "-O2", *FLAGS, *without, "-c", str(source), "-o",
                            str(build / "a.o")], check=True)
            subprocess.run(["ar", "rcs", str(build / "a.a"), str(build / "a.o")], check=True)
            if bool(list(archive_faults(build / "a.a"))) != bool(without):
                wrong.append(f"{without} in an archive")
            (build / "a.a").unlink()
        for flag, faulty in ((CLASH, False), ("", True)):
            (build / "compile_commands.json").write_text(json.dumps(
                [{"output": "lib/libsotto.a.p/a.o", "command": f"c++ {flag} -c a.cpp"}]))
            if bool(list(command_faults(build))) != faulty:
                wrong.append(f"a command with {flag!r}")
        (build / "compile_commands.json").write_text("[]")
        subprocess.run(["ar", "rcs", str(build / "a.a")], check=True)
        if not list(command_faults(build)) or not list(object_faults(build / "a.a")):
            wrong.append("a build of nothing passes")
    print("\n".join(wrong) or f"{len(WITHOUT) + 2} missing flags are seen")
    return 1 if wrong else 0


def main():
    parser = arguments.described(__doc__)
    parser.add_argument("build", type=arguments.build, nargs="?", metavar="BUILD")
    parser.add_argument("--self-test", metavar="COMPILER")
    options = parser.parse_args()
    if options.self_test:
        if not shutil.which(options.self_test):
            parser.error(f"no such compiler: {options.self_test}")
        return self_test(options.self_test)
    if options.build is None:
        parser.error("which BUILD?")
    faults = list(faults_of(options.build))
    print("\n".join(faults) or "hardened as promised")
    return 1 if faults else 0


if __name__ == "__main__":
    arguments.run(main)
