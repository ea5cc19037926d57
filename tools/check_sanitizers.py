#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""A build with sanitizers has them: each of its commands asks for them, and they report.

    check_sanitizers.py BUILD CONTROL    CONTROL is built of tools/sanitizers/control.cpp in BUILD
    check_sanitizers.py --self-test
"""
import json
import pathlib
import re
import subprocess

import arguments

WANTED = {"address", "undefined"}
FAULTS = ["heap-buffer-overflow", "heap-use-after-free", "signed integer overflow",
          "shift exponent"]
SANITIZE = re.compile(r"(?:^|\s)-f(no-)?sanitize=(\S+)")
# What takes reports away, or lets a program live on after one.
SILENCED = re.compile(r"-fsanitize-(?:recover|ignorelist|blacklist|trap)\S*|-fsanitize-undefined-\S*")


def command_faults(commands):
    if not commands:
        yield "there is no command"
    for entry in commands:
        asked = set()
        for no, names in SANITIZE.findall(entry["command"]):
            names = set(names.split(","))
            asked = asked - names if no else asked | names
            if no and "all" in names:
                asked = set()
        if not WANTED <= asked:
            yield f"{entry['file']} is compiled without {', '.join(sorted(WANTED - asked))}"
        if "-fno-sanitize-recover=all" not in entry["command"].split():
            yield f"{entry['file']} goes on after a report"
        for word in SILENCED.findall(entry["command"]):
            yield f"{entry['file']} is compiled with {word}"


def control_faults(control):
    if subprocess.run([control], check=False).returncode:
        yield "the control fails without a fault"
    for fault in FAULTS:
        run = subprocess.run([control, fault], check=False, capture_output=True, text=True,
                             errors="replace")
        if run.returncode == 0 or fault not in run.stderr:
            yield f"{fault} is not reported: status {run.returncode} {run.stderr[-500:]}"


ON = "c++ -fsanitize=address,undefined -fno-sanitize-recover=all -c a.cpp"
SOUND = [ON, ON + " -fsanitize=fuzzer-no-link"]
PLANTS = [ON.replace("address,", ""), ON.replace(",undefined", ""), ON + " -fno-sanitize=address",
          ON + " -fno-sanitize=all", ON.replace("-fno-sanitize-recover=all ", ""),
          ON + " -fsanitize-recover=undefined", ON + " -fsanitize-ignorelist=list", "c++ -c a.cpp"]


def self_test():
    wrong = [f"{command}: wrong answer" for good, commands in ((True, SOUND), (False, PLANTS))
             for command in commands
             if good == bool(list(command_faults([{"file": "a.cpp", "command": command}])))]
    if not list(command_faults([])):
        wrong.append("a build of nothing passes")
    if len(list(control_faults("true"))) != len(FAULTS) or not list(control_faults("false")):
        wrong.append("a control that reports nothing passes")
    print("\n".join(wrong) or f"{len(PLANTS) + 3} planted faults caught")
    return 1 if wrong else 0


def main():
    parser = arguments.described(__doc__)
    parser.add_argument("build", type=arguments.build, nargs="?", metavar="BUILD")
    parser.add_argument("control", type=arguments.file, nargs="?", metavar="CONTROL")
    options = arguments.only_self_test_or(parser, "build", "control")
    if options.self_test:
        return self_test()
    build, control = options.build, options.control
    commands = json.loads((build / "compile_commands.json").read_text())
    faults = [*command_faults(commands), *control_faults(control.resolve())]
    print("\n".join(faults) or f"{len(commands)} commands ask for the sanitizers, which report "
          f"{len(FAULTS)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    arguments.run(main)
