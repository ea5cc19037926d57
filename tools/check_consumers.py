#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""What an embedder does, done: the library is built as a Meson subproject of a new project by the line
that README.md gives, outside of its source folder and with debug information, and installed; then
programs are built over it in each way that README.md knows, and run. Refusals are consumers too:
what must fail to compile must say why.

    check_consumers.py ROOT
    check_consumers.py --each ROOT    each source alone with LLVM's standard library: minutes more

CXX is the compiler of the library. A fault is planted in each kind of check, and must be found.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import arguments
import beside_others
import libcxx
import linked_archive
from consuming import Fault, fault_of, raise_first, run

CLANG = "clang++-19"
FALLBACK = re.compile(r"`(dependency\('sotto'[^`]*\))`")
SETUP = re.compile(r"^meson setup build/release (.*)$", re.MULTILINE)
WARNED = re.compile(r"\b(?:warning|error):")
FOUND_BY_README = {"libsodium", "sqlite3"}
HELLO = "hello\n"

STORED = """
#include <sotto/sotto.hpp>
#include <sotto/sqlite_store.hpp>
#include <cstdio>
int main() {
  using namespace sotto;
  SystemEntropy entropy;
  if (!check_backend()) return 1;
  auto store = SqliteStore::open("rows.db").value();
  const auto key = StorageKey::made_by([&](MutableBytes out) { entropy.fill(out).value(); });
  const auto identity = IdentityKeyPair::generate(entropy).value();
  Device::create(store, key, identity, DeviceId{1}, RegistrationId{4711}).value();
  const auto again = Device::open(store, key);
  std::puts(again ? "hello" : "lost");
}
"""
# Every inline function of the headers is emitted, so that the optimiser's warnings see them all.
EVERYTHING = """
#include <sotto/sotto.hpp>
#include <sotto/sqlite_store.hpp>
template class sotto::KeyPair<sotto::IdentityRole>;
template class sotto::Secret<sotto::IdentityRole, 32>;
template class sotto::Public<sotto::IdentityRole, 32>;
"""


def from_readme(pattern, root, what):
    found = pattern.findall((root / "README.md").read_text())
    if len(found) != 1:
        raise Fault(f"README.md has {len(found)} times {what}, not once")
    return found[0]


# ---- The library, built by another project ---------------------------------------------------------

def build_app(root, work):
    """A project with Meson's defaults and the line of README.md; returns what it installed."""
    app, prefix = work / "app", work / "prefix"
    (app / "subprojects").mkdir(parents=True)
    (app / "subprojects" / "sotto").symlink_to(root)
    line = from_readme(FALLBACK, root, "the line for a subproject")
    (app / "meson.build").write_text(
        f"project('app', 'cpp')\nexecutable('app', 'app.cpp', dependencies: {line})\n")
    shutil.copy(root / "examples" / "embed.cpp", app / "app.cpp")
    where = [word for word in install_options(root) if word.startswith("--")]
    # `werror` must not reach the library: its warnings are not the app's errors.
    run(["meson", "setup", app / "build", app, f"--prefix={prefix}", *where, "-Dwerror=true"])
    print(f"-- building the library in {app / 'build'}", flush=True)
    run(["ninja", "-C", app / "build"])
    said, _ = run([app / "build" / "app"])
    if said != HELLO:
        raise Fault(f"the app says {said!r}")
    run(["meson", "install", "-C", app / "build", "--no-rebuild"])
    return prefix


def app_commands(work):
    return json.loads((work / "app" / "build" / "compile_commands.json").read_text())


def app_faults(commands):
    """What the options of the library did to its host, and the other way round."""
    if len({"subprojects/sotto" in entry["file"] for entry in commands}) != 2:
        yield "no source of the library was looked at, or none of the app"
    for entry in commands:
        ours, words = "subprojects/sotto" in entry["file"], entry["command"].split()
        if ours and "-Werror" in words:
            yield f"{entry['file']} is compiled with -Werror"
        if not ours and not any(word.startswith("-isystem") for word in words):
            yield "the app takes the headers for its own, and their warnings with them"
        if re.search(r"/(cli|vectors|proptests|tools(?!/pch))/", entry["file"]):
            yield f"a subproject builds {entry['file']}"


# ---- The install command of README.md ----------------------------------------------------------------

def installed_files(plan):
    return {file["destination"] for kind in plan.values() for file in kind.values()}


def install_options(root):
    return from_readme(SETUP, root, "the options of an install").split()


def install_faults(root, work, name, options):
    """The options ask for nothing but what README.md names, and install the same files."""
    build = work / name
    run(["meson", "setup", build, root, f"--prefix={work / 'prefix'}", *options])
    found = json.loads(run(["meson", "introspect", build, "--dependencies"])[0])
    yield from (f"the install looks for {entry['name']}, which README.md does not name"
                for entry in found if entry["name"] not in FOUND_BY_README)
    plans = [installed_files(json.loads(run(["meson", "introspect", folder, "--install-plan"])[0]))
             for folder in (build, work / "app" / "build")]
    if plans[0] != plans[1] or not plans[0]:
        yield f"installed alone and as a subproject differ: {sorted(plans[0] ^ plans[1])}"
    for ours in sorted((build / "meson-private").glob("*.pc")):
        if ours.read_text() != (work / "app" / "build" / "meson-private" / ours.name).read_text():
            yield f"{ours.name} is another one in a subproject"


# ---- Programs over what was installed ------------------------------------------------------------------

def pkg_config(prefix, *words):
    folder = next(prefix.rglob("sotto.pc")).parent
    return run(["pkg-config", "--cflags", "--libs", *words],
               env={**os.environ, "PKG_CONFIG_PATH": str(folder)})[0].split()


def consume(name, prefix, work, compiler, options, packages, source, says=HELLO):
    """Compile, link and run; a warning is a fault."""
    folder = work / re.sub(r"\W+", "-", name)
    folder.mkdir()
    (folder / "main.cpp").write_text(source)
    _, said = run([compiler, *options, "main.cpp", *pkg_config(prefix, *packages), "-o", "main"],
                  cwd=folder)
    if WARNED.search(said):
        raise Fault(f"the compiler warns:\n{said}")
    said, _ = run(["./main"], cwd=folder)
    if said != says:
        raise Fault(f"the program says {said!r}")


def without_warning(prefix, work, level):
    source = work / f"everything{level}.cpp"
    source.write_text(EVERYTHING)
    _, said = run(["g++", "-std=c++23", level, "-Wall", "-Wextra", "-fkeep-inline-functions",
                   "-I", prefix / "include", "-c", source, "-o", os.devnull])
    if WARNED.search(said):
        raise Fault(f"g++ warns:\n{said}")


def refused_in_one_sentence(prefix, compiler):
    """Each header alone under C++20: the sentence, the line that stops, and no other complaint."""
    headers = sorted((prefix / "include" / "sotto").glob("*.hpp"))
    if not headers:
        raise Fault("no header is installed")
    for header in headers:
        done = subprocess.run([compiler, "-std=c++20", "-E", "-x", "c++", "-I", prefix / "include", "-"],
                              input=f"#include <sotto/{header.name}>\n", text=True,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        said = [line for line in done.stderr.splitlines() if WARNED.search(line)]
        if (not done.returncode or len(said) != 2 or "sotto needs C++23: compile with" not in said[0]
                or "sotto/needs_cxx23" not in said[1]):
            raise Fault(f"{header.name} under C++20, {compiler}:\n{done.stderr[-2000:] or 'passes'}")


def whole_program_refused(prefix, root, compiler):
    done = subprocess.run([compiler, "-std=c++20", "-fsyntax-only", "-I", prefix / "include",
                           root / "examples" / "embed.cpp"], text=True, capture_output=True)
    said = [line for line in done.stderr.splitlines() if WARNED.search(line)]
    if not done.returncode or len(said) != 2 or "sotto needs C++23" not in said[0]:
        raise Fault(f"{compiler} of C++20 has {len(said)} complaints:\n{done.stderr[-2000:]}")


def no_path_in(archives, folders):
    """Neither a string of the file nor its debug information names a folder of the builder."""
    if not archives:
        raise Fault("there is no archive to look at")
    for archive in archives:
        data = archive.read_bytes()
        for folder in folders:
            if str(folder).encode() in data:
                raise Fault(f"{archive.name} holds {folder}")
        # Sections may be compressed, where the bytes themselves show nothing. readelf prints the name
        # that it is given, so that has no folder.
        shown, _ = run(["readelf", "--debug-dump=info,line,str", archive.name], cwd=archive.parent,
                       errors="replace")
        if "DW_AT_comp_dir" not in shown:
            raise Fault(f"{archive.name} has no debug information: nothing is shown by it")
        for folder in folders:
            if str(folder) in shown:
                raise Fault(f"the debug information of {archive.name} holds {folder}")


# ---- Faults on purpose -----------------------------------------------------------------------------------

def edited(prefix, work, name, file, old, new):
    """A copy of what is installed in which one file differs. pkg-config finds the copy by itself."""
    copy = work / name
    shutil.copytree(prefix, copy)
    path = next(copy.rglob(file))
    text = path.read_text()
    if old not in text:
        raise Fault(f"{file} has no {old!r}: the plant {name} does not fit")
    path.write_text(text.replace(old, new).replace(str(prefix), str(copy)))
    return copy


def plants(root, prefix, work):
    """Each: its name, and what must find a fault."""
    def no_requires():
        pc = next(prefix.rglob("sotto-sqlite.pc")).read_text()
        line = next(line for line in pc.splitlines() if line.startswith("Requires:"))
        bad = edited(prefix, work, "no-requires", "sotto-sqlite.pc", line, "Requires: sqlite3")
        consume("plant no-requires", bad, work, "g++", ["-O0"], ["sotto-sqlite"], STORED)

    def no_condition():
        bad = edited(prefix, work, "no-condition", "language.hpp", "<= 202002L", "<= 1")
        refused_in_one_sentence(bad, "g++")

    def no_stop():
        bad = edited(prefix, work, "no-stop", "language.hpp", "#include <sotto/needs_cxx23>", "")
        whole_program_refused(bad, root, "g++")

    def warning():
        bad = edited(prefix, work, "warning", "keys.hpp", "std::optional<Error> failed;",
                     "std::optional<Error> failed; int unused;")
        without_warning(bad, work, "-O1")

    def path():
        source = work / "leak.cpp"
        source.write_text("const char* leak() { return __FILE__; }\n")
        run(["g++", "-g", "-c", source, "-o", work / "leak.o"])
        no_path_in([work / "leak.o"], [work])

    def gnu_header():
        source = work / "gnu.cpp"
        source.write_text("#include <bits/stdc++.h>\n")
        entry = {"command": CLANG, "file": str(source), "directory": str(work)}
        raise_first(libcxx.faults(CLANG, [entry], work / "gnu", each=False))

    def nothing_built():
        raise_first(app_faults([]))

    def library_alone():
        raise_first(app_faults([e for e in app_commands(work) if "subprojects/sotto" in e["file"]]))

    def no_source():
        raise_first(libcxx.faults(CLANG, [], work / "none", each=False))

    def no_neighbour():
        raise_first(beside_others.left_out(["false"]))

    def werror():
        raise_first(app_faults([{**entry, "command": entry["command"] + " -Werror"}
                                for entry in app_commands(work)]))

    def headers_of_its_own():
        raise_first(app_faults([{**entry, "command": entry["command"].replace("-isystem", "-I")}
                                for entry in app_commands(work)]))

    def program_wanted():
        options = [word for word in install_options(root) if word != "-Dcli=false"]
        raise_first(install_faults(root, work, "with-program", options))

    return [("a build of nothing", nothing_built), ("a build without the app", library_alone),
            ("no source for LLVM's standard library", no_source),
            ("a compiler without other libraries", no_neighbour),
            ("werror reaches the library", werror),
            ("a header that only GNU's standard library has", gnu_header),
            ("the app warns about headers that are not its own", headers_of_its_own),
            ("an install with the program", program_wanted),
            ("sotto-sqlite.pc requires sqlite3 alone", no_requires),
            ("no condition on the language", no_condition),
            ("C++20 is refused and goes on", no_stop),
            ("a header that warns", warning), ("a path in an archive", path)]


# ---- All of them -------------------------------------------------------------------------------------------

def consumers(root, prefix, work, each):
    hello = (root / "examples" / "embed.cpp").read_text()
    wall, archives = ["-Wall", "-Wextra"], sorted(prefix.rglob("*.a"))

    def leaks():
        no_path_in(archives, [root, work])

    def leaks_of_release_options():
        # Another way from the build folder to the sources; few files are enough to see it.
        build = work / "debug"
        run(["meson", "setup", build, root, "-Dbuildtype=debug", "-Dtests=false", "-Dcli=false"])
        run(["ninja", "-C", build, "lib/libsotto-sqlite.a"])
        no_path_in([build / "lib" / "libsotto-sqlite.a"], [root, work])

    yield "Meson subproject in a default project", lambda: raise_first(app_faults(app_commands(work)))
    yield "install options of README.md", lambda: raise_first(
        install_faults(root, work, "release", install_options(root)))
    for name, compiler, options, packages, source in [
            ("pkg-config with g++", "g++", ["-O1", *wall], ["sotto"], hello),
            (f"pkg-config with {CLANG}", CLANG, ["-O2", *wall], ["sotto"], hello),
            ("static, pkg-config --static", "g++", ["-O2", *wall], ["--static", "sotto"], hello),
            ("sotto-sqlite alone", "g++", ["-O3", *wall], ["sotto-sqlite"], STORED)]:
        yield name, lambda n=name, c=compiler, o=options, p=packages, s=source: consume(
            n, prefix, work, c, o, p, s)
    for what in beside_others.left_out(["g++", CLANG]):
        print(f"skipped: {what}")
    for name, compiler, options, source in beside_others.programs(["g++", CLANG], hello):
        yield name, lambda n=name, c=compiler, o=options, s=source: consume(
            n, prefix, work, c, o, ["sotto"], s, 2 * HELLO)
    yield "a static BoringSSL keeps its names", lambda: linked_archive.hides_its_names(root, work)
    ours = [entry for entry in app_commands(work) if "subprojects/sotto" in entry["file"]]
    if libcxx.installed(CLANG):
        examples = [{"command": f"{CLANG} -I{root / 'include'}", "file": str(path), "directory": str(root)}
                    for path in sorted((root / "examples").glob("*.cpp"))]
        yield (f"each source and example with LLVM's standard library, {CLANG}",
               lambda: raise_first(libcxx.faults(CLANG, ours + examples, work / "libcxx", each)))
    else:
        print(f"skipped: each source with LLVM's standard library, {CLANG}: not installed")
    for level in ("-O1", "-O2", "-O3"):
        yield f"no warning at {level} -Wall -Wextra", lambda x=level: without_warning(prefix, work, x)
    for compiler in ("g++", CLANG):
        yield (f"each header refuses C++20 in one sentence, {compiler}",
               lambda c=compiler: refused_in_one_sentence(prefix, c))
        yield (f"a C++20 program is refused in one sentence, {compiler}",
               lambda c=compiler: whole_program_refused(prefix, root, c))
    yield "no path of the builder in a subproject", leaks
    yield "no path of the builder outside of the source folder", leaks_of_release_options


def check_all(root, work, each):
    try:
        prefix = build_app(root, work)
    except Fault as fault:
        print(f"FAULT   Meson subproject in a default project\n{fault}")
        return 1
    wrong = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for planted, checks in ((False, list(consumers(root, prefix, work, each))),
                                (True, plants(root, prefix, work))):
            for (name, _), fault in zip(checks, pool.map(fault_of, [c for _, c in checks])):
                good = bool(fault) == planted
                wrong += not good
                print(f"{'good' if good else 'FAULT':7} {'found: ' * planted}{name}")
                if not good:
                    print(fault or "        the planted fault was not found")
    print(f"{wrong} faults" if wrong else "every consumer builds and runs; every planted fault is found")
    return 1 if wrong else 0


def main():
    parser = arguments.described(__doc__)
    parser.add_argument("root", type=arguments.folder, metavar="ROOT")
    parser.add_argument("--each", action="store_true",
                        help="each source alone with LLVM's standard library")
    options = parser.parse_args()
    missing = [tool for tool in ("g++", CLANG, "pkg-config", "readelf", "meson", "ninja")
               if not shutil.which(tool)]
    if missing:
        sys.exit(f"not installed: {' '.join(missing)}")
    with tempfile.TemporaryDirectory(prefix="sotto-consumers-") as folder:
        return check_all(options.root, pathlib.Path(folder).resolve(), options.each)


if __name__ == "__main__":
    arguments.run(main)
