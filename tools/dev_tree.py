# SPDX-License-Identifier: MIT OR Apache-2.0
"""A small tree in which ./dev runs while Meson, ninja and the scripts that take long only play their
parts. For dev_self_test.py."""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
COPIED = ["dev", ".ci/run", "tools/packages.sh", "tools/building.sh", "tools/tally.py",
          "tools/fuzz.py"]

# Each writes down that it was called; a file of the tree tells it what to do.
BEGIN = r'''#!/usr/bin/env python3
import json, os, pathlib, signal, sys, time
tree = pathlib.Path("@TREE@")
name, words = pathlib.Path(sys.argv[0]).name, sys.argv[1:]
def note(*what):
    with open(tree / "notes", "a") as file: print(name, *what, file=file)
'''
MESON = r'''
if words[0] == "setup":
    note("setup", words[1])
    if (tree / "setup_fails").exists(): sys.exit("the setup is broken")
    (tree / words[1] / "meson-info").mkdir(parents=True)
    (tree / words[1] / "build.ninja").touch()
    tests = json.loads((tree / "tests.json").read_text())
    (tree / words[1] / "meson-info/intro-tests.json").write_text(json.dumps(tests))
    sys.exit()
build = tree / words[2]
note("test", build.name)
if "--no-rebuild" not in words:
    note("builds", build.name, "with the cache of", os.environ.get("CCACHE_NAMESPACE", "all"))
chosen = [words[i + 1] for i, word in enumerate(words) if word == "--suite"]
left_out = [words[i + 1] for i, word in enumerate(words) if word == "--no-suite"]
if (tree / "tests_wait").exists():
    def end(*_):
        note("ended"); sys.exit(1)
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, end)
    note("waits")
    while True: signal.pause()
for variable, value in os.environ.items():
    if value == "@UNWANTED@": note("hears of", variable)
lines, junit = [], ""
for test in json.loads((tree / "tests.json").read_text()):
    if (chosen and test["suite"] not in chosen) or test["suite"] in left_out: continue
    report = build / (test["name"] + ".xml")
    if test["protocol"] == "gtest" and not (tree / "stops_half_way").exists():
        report.write_text(f'<testsuite name="p.p:{test["suite"]} / {test["name"]}.S">'
                          '<testcase name="a" status="run"/><testcase name="b" status="run"/>'
                          '</testsuite>')
    junit += report.read_text() if report.exists() else ""
    lines.append(json.dumps({"name": f'p:{test["suite"]} / {test["name"]}', "result": "OK"}))
if lines:
    (build / "meson-logs").mkdir(exist_ok=True)
    (build / "meson-logs/run.json").write_text("\n".join(lines))
    (build / "meson-logs/run.junit.xml").write_text(f"<testsuites>{junit}</testsuites>")
sys.exit((tree / "meson_fails").exists())
'''
NINJA = r'''
note(*words[:2], "with the cache of", os.environ.get("CCACHE_NAMESPACE", "all"))
while (tree / "hold").exists(): time.sleep(0.02)
if words[1] == "build/checked":
    (tree / "build/checked/fuzz").mkdir(exist_ok=True)
    for target in ("alpha_fuzzer", "beta_fuzzer"):
        program = tree / "build/checked/fuzz" / target
        program.unlink(missing_ok=True)
        if (tree / ("no_" + target)).exists(): continue
        units = 0 if (tree / ("idle_" + target)).exists() else 17
        program.write_text(f"#!/bin/sh\necho it runs; echo stat::number_of_executed_units: {units}\n"
                           f"test ! -e '@TREE@'/{target}")
        program.chmod(0o755)
'''
SCRIPT = r'''
note(os.getcwd(), *words)
if "bad" in words: sys.exit("no such word: bad")
if "fail" in words and "--check-words" not in words: sys.exit("it fails")
'''
QUIET = "note(*words)\n"
INSTALLED = "#!/bin/sh\necho installed\n"
UNWANTED = "what a caller has set"
# What would choose among the tests, silence a sanitizer or a compiler, or name another checkout.
UNHEARD = ["GTEST_FILTER", "SOTTO_TIMES", "RC_PARAMS", "PYTHONOPTIMIZE", "CDPATH", "ASAN_OPTIONS",
           "LSAN_OPTIONS", "UBSAN_OPTIONS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "CPATH",
           "CPLUS_INCLUDE_PATH", "CCACHE_COMPILER", "CCACHE_IGNOREOPTIONS", "GIT_DIR",
           "GIT_WORK_TREE", "GIT_INDEX_FILE", "TESTBRIDGE_TEST_ONLY", "LC_ALL"]
TESTS = [{"name": "base", "suite": "base", "protocol": "gtest"},
         {"name": "arrows", "suite": "house", "protocol": "exitcode"},
         {"name": "headers_clang", "suite": "check", "protocol": "exitcode"},
         *({"name": f"of_{suite}", "suite": suite, "protocol": "exitcode"}
           for suite in ("unit", "attacks", "peers", "hygiene"))]
FLOOR = """[test]
passed = 1000
[check]
passed = 2000
[both]
passed = 3000
"""


class Tree:
    def __init__(self, folder):
        self.folder, self.elsewhere = folder / "tree", folder / "elsewhere"
        for name in ("bin", "tree/.ci", "tree/tools", "tree/bench", "tree/fuzz", "elsewhere/build"):
            (folder / name).mkdir(parents=True)
        for name in COPIED:
            shutil.copy(ROOT / name, self.folder / name)
        parts = {"meson": MESON, "ninja": NINJA, "dpkg-query": INSTALLED, "clang-format-19": QUIET}
        scripts = {f"{name}.py": SCRIPT for name in ("plants", "mutants", "soak")}
        scripts |= {"tidy.py": QUIET, "coverage.py": QUIET}
        for where, what in ((folder / "bin", parts), (self.folder / "tools", scripts)):
            for name, text in what.items():
                whole = text if text.startswith("#!") else BEGIN + text
                (where / name).write_text(whole.replace("@TREE@", str(self.folder))
                                          .replace("@UNWANTED@", UNWANTED))
                (where / name).chmod(0o755)
        self.write("tests.json", json.dumps(TESTS))
        self.write("tools/floor.toml", FLOOR)
        self.write("fuzz/alpha_fuzzer.cpp")
        self.write("fuzz/beta_fuzzer.cpp")
        self.write("fuzz/test.cpp")
        (self.elsewhere / "dev").symlink_to(self.folder / "dev")
        # The tree is in no checkout, whatever this one is in.
        self.environment = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
                            "GIT_CEILING_DIRECTORIES": str(folder)}

    def write(self, name, text=""):
        (self.folder / name).write_text(text)

    @contextlib.contextmanager
    def told(self, name):
        self.write(name)
        yield
        (self.folder / name).unlink()

    def notes(self):
        path = self.folder / "notes"
        return path.read_text().splitlines() if path.exists() else []

    def start(self, *words, dev="./dev", where=None, **more):
        return subprocess.Popen([dev, *words], cwd=where or self.folder, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                stdin=subprocess.DEVNULL, start_new_session=True,
                                env={**self.environment, **more})

    def dev(self, *words, **more):
        """Its exit status, what it said and what it called."""
        (self.folder / "notes").unlink(missing_ok=True)
        process = self.start(*words, **more)
        said, _ = process.communicate()
        return process.returncode, said.rstrip("\n"), self.notes()

    def wait_for_note(self, text, process):
        while not any(text in line for line in self.notes()) and process.poll() is None:
            time.sleep(0.02)
