# SPDX-License-Identifier: MIT OR Apache-2.0
"""The copy of the tree in which bugs are planted, and its build.

The copy is brought up to date by content: what did not change keeps its time, so that nothing is
built again for it, and what an interrupted run left planted is put right. Its build stands inside
of it as those of the tree do, so that the commands of the compiler are the same and ccache, where
it is installed, serves both. Planted code is kept apart there, for its warnings are no errors.
"""
import fcntl
import json
import os
import re
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import guard
import limited
from unable import Unable

LEFT_OUT = re.compile(r"build.*|\.git|out|soak|\.cache|__pycache__")
# One seed, so that a plant that was caught stays caught; no shrinking, for nobody reads the case.
RAPIDCHECK = "seed=20161120 max_success=600 max_size=80 noshrink=1"
RUN_LIMIT_CPU_S = 180
RUN_LIMIT_WALL_S = 1800
# Of the folder that the copy is to be like; where they stand is no matter of its.
TAKEN_OVER = {"base", "compiler", "user"}
CORE = ("buildtype", "debug", "optimization", "warning_level", "werror", "default_library", "unity")
NOT_SET = {"backend_startup_project", "b_vscrt"}
CACHE = {"CCACHE_NOHASHDIR": "1", "CCACHE_SLOPPINESS":
         "pch_defines,time_macros,include_file_mtime,include_file_ctime"}

LACKING = re.compile(rb"No space left on device|Disk quota exceeded|Read-only file system|"
                     rb"Cannot allocate memory|virtual memory exhausted|"
                     rb"Killed signal terminated program \w+")
LEAST_FREE_BYTES = 2**20


class Stale(Exception):
    """The row does not fit the tree."""


def update_copy(source, copy):
    """Make `copy` the same as `source`, apart from what is left out. Returns what was written."""
    written, wanted = [], set()
    for folder, folders, files in os.walk(source):
        here = Path(folder)
        top = here == source
        folders[:] = [n for n in folders
                      if not (LEFT_OUT.fullmatch(n) and (top or n == "__pycache__"))]
        for name in files + [n for n in folders if (here / n).is_symlink()]:
            if top and LEFT_OUT.fullmatch(name):
                continue
            path = here / name
            relative = path.relative_to(source)
            wanted.add(relative)
            if copy_one(path, copy / relative):
                written.append(relative)
    for folder, folders, files in os.walk(copy):
        here = Path(folder)
        if here == copy:
            folders[:] = [n for n in folders if not LEFT_OUT.fullmatch(n)]
        for name in files:
            if (here / name).relative_to(copy) not in wanted:
                (here / name).unlink()
    return written


def copy_one(path, target):
    """Whether there was anything to do."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        if target.is_symlink() and os.readlink(target) == os.readlink(path):
            return False
        target.unlink(missing_ok=True)
        target.symlink_to(os.readlink(path))
        return True
    mode = stat.S_IMODE(path.stat().st_mode)
    text = path.read_bytes()
    if target.is_file() and not target.is_symlink() and target.read_bytes() == text:
        if stat.S_IMODE(target.stat().st_mode) != mode:
            target.chmod(mode)
        return False
    target.unlink(missing_ok=True)
    target.write_bytes(text)
    target.chmod(mode)
    return True


def introspect(what, build):
    shown = subprocess.run(["meson", "introspect", what, str(build)], capture_output=True,
                           text=True, check=False)
    if shown.returncode != 0:
        raise Unable(f"{build} is no build: {shown.stderr.strip()}")
    return json.loads(shown.stdout)


def options_like(build):
    """The options of a build, as arguments for another."""
    known = {option["name"]: option for option in introspect("--buildoptions", build)}
    names = [name for name in CORE if name in known]
    names += [name for name, option in known.items()
              if option["section"] in TAKEN_OVER and name not in NOT_SET and ":" not in name]
    words = []
    for name in names:
        value = known[name]["value"]
        if isinstance(value, bool):
            value = str(value).lower()
        words.append(f"-D{name}={value}")
    return words


def compiler_of(build):
    """The compiler of a build, with the cache in front of it when it has one."""
    commands = json.loads((build / "compile_commands.json").read_text())
    words = commands[0]["command"].split()
    return " ".join(words[:2] if words[0].endswith("ccache") else words[:1])


def only_run_in(place):
    """A lock on a copy, held as long as this process or a child of it is there."""
    (place / "build").mkdir(parents=True, exist_ok=True)
    lock = open(place / "build" / "lock", "w", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Unable(f"another run works in {place}") from None
    guard.hold(lock)
    return lock


class Bench:
    def __init__(self, place, jobs, like=None):
        self.tree = place
        self.build = place / "build" / (like.name if like else "gcc")
        self.jobs = jobs
        self.like = like
        self.tests, self.built = {}, set()
        self.log = open(place / "build" / "log", "w", encoding="utf-8")
        cache = shutil.which("ccache")
        self.compiler = compiler_of(like) if like else os.environ.get(
            "CXX", "ccache g++" if cache else "g++")
        self.cached = "ccache" in self.compiler
        self.env = {**os.environ, "CXX": self.compiler}
        if self.cached:
            self.env |= {**CACHE, "CCACHE_BASEDIR": str(place)}
        # ccache would take an object with a warning in it for one that -Werror lets pass.
        lenient = place / "build" / "lenient"
        lenient.write_text('#!/bin/sh\nexec "$@" -Wno-error\n')
        lenient.chmod(0o755)
        self.planted_env = {**self.env, "CCACHE_PREFIX": str(lenient),
                            "CCACHE_NAMESPACE": "planted-2"}

    def command(self, *words, env=None):
        print("$", *words, file=self.log, flush=True)
        before = os.lseek(self.log.fileno(), 0, os.SEEK_CUR)
        child = limited.Child(words, self.log, env=env or self.env)
        try:
            status = child.wait()
        finally:
            child.end()
        if status != 0:
            with open(self.log.name, "rb") as file:
                file.seek(before)
                self.check_machine(file.read())
        return status

    def check_machine(self, said=b""):
        """What failed for want of room or memory says nothing of the code."""
        if found := LACKING.search(said):
            raise Unable(f"{found[0].decode()}; see {self.log.name}")
        for folder in (self.build.parent, Path(tempfile.gettempdir())):
            if shutil.disk_usage(folder).free < LEAST_FREE_BYTES:
                raise Unable(f"the disk of {folder} is full")

    def configure(self):
        compiler = self.compiler.split()
        for tool in ("meson", "ninja", *compiler[:2 if compiler[0].endswith("ccache") else 1]):
            if not shutil.which(tool):
                raise Unable(f"{tool} is not here")
        words = options_like(self.like) if self.like else [
            "-Dcpp_args=-O1", "-Ddebug=false", "-Doptimization=plain", "-Dwerror=false"]
        if not self.cached:
            words = [word.replace("-Dwerror=true", "-Dwerror=false") for word in words]
        asked = self.build / ".asked"
        text = "\n".join([self.compiler, *words])
        if not asked.is_file() or asked.read_text() != text or \
                not (self.build / "build.ninja").is_file():
            shutil.rmtree(self.build, ignore_errors=True)
            if self.command("meson", "setup", str(self.build), str(self.tree), *words):
                raise SystemExit(f"the copy does not configure; see {self.log.name}")
            asked.write_text(text)
        elif self.command("ninja", "-C", str(self.build), "build.ninja"):
            raise SystemExit(f"the copy does not configure again; see {self.log.name}")
        self.tests = {test["name"]: test for test in introspect("--tests", self.build)}
        self.built = {str(Path(name).relative_to(self.build))
                      for target in introspect("--targets", self.build)
                      for name in target["filename"]}

    def targets_of(self, name):
        if name not in self.tests:
            raise Stale(f"there is no test {name}")
        found = []
        for word in self.tests[name]["cmd"]:
            path = Path(os.path.normpath(word))  # A script stands at build/../tree.
            if path.is_relative_to(self.build):
                found.append(str(path.relative_to(self.build)))
            elif word in self.built:  # An argument of a script is named from the build folder.
                found.append(word)
        return found

    def compile(self, catchers, planted):
        targets = sorted({t for name, _ in catchers for t in self.targets_of(name)})
        if not targets:
            return True
        return self.command("ninja", "-C", str(self.build), f"-j{self.jobs}", *targets,
                            env=self.planted_env if planted else self.env) == 0

    def run(self, name, pattern):
        """passed, failed, hung or empty (the pattern names nothing)."""
        test = self.tests[name]
        words = list(test["cmd"])
        if pattern:
            words.append(f"--gtest_filter={pattern}")
        extra = test["env"] if isinstance(test["env"], dict) else {}
        output = self.build.parent / "output"
        with open(output, "w", encoding="utf-8") as file:
            child = limited.Child(words, file, RUN_LIMIT_CPU_S, RUN_LIMIT_WALL_S,
                                  cwd=test.get("workdir") or self.build,
                                  env={**os.environ, **extra, "RC_PARAMS": RAPIDCHECK,
                                       "PYTHONDONTWRITEBYTECODE": "1"})
            try:
                status = child.wait()
            finally:
                child.end(grace_s=0)
        said = output.read_text(errors="replace")
        self.log.write(said)
        if status == limited.HUNG:
            return "hung"
        if pattern and "Running 0 tests" in said:
            return "empty"
        if status != 0:
            self.check_machine()
        return "passed" if status == 0 else "failed"
