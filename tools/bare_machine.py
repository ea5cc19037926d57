#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""README.md from nothing: its commands, word for word, on a Debian 12 that has nothing else.

    bare_machine.py [--all | --part embed|demo|test...] [--folder FOLDER] [--root TREE]
    bare_machine.py --self-test TREE

Makes a minimal system with debootstrap in FOLDER (else in a temporary folder), with the sources and
keys of this machine's apt. Each part gets a copy of it and a clone of the last commit of TREE:

    embed   installs the packages that README.md names, builds, installs, compiles the example, runs it;
            then runs it on another copy with the packages that it names for running only
    demo    ./dev demo --plain
    test    ./dev test

A log of each part stands in FOLDER. Exit status: 0 all passed, 1 something failed, 77 skipped, because
root or debootstrap is missing. What is mounted lives in a mount namespace of the part: it is gone when
the part ends, however it ends.
"""
import dataclasses
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

import arguments

SUITE = "bookworm"
PARTS = ("embed", "demo", "test")
HOME = "root/sotto"  # Where the clone stands in the machine.
SKIPPED = 77
KEYS = ("/etc/apt/trusted.gpg", "/etc/apt/trusted.gpg.d", "/etc/apt/keyrings", "/usr/share/keyrings")
SOURCES = ("/etc/apt/sources.list", "/etc/apt/sources.list.d")
NETWORK = ("/etc/resolv.conf", "/etc/hosts")
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
# Run in a namespace of its own, so that nothing stays mounted on the machine that runs this.
ENTER = """
set -e
mount -t proc proc "$0/proc"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$0/dev/pts"
mkdir -p "$0/dev/shm" && mount -t tmpfs tmpfs "$0/dev/shm"
exec chroot "$0" /bin/sh -c "$1"
"""


class Failure(Exception):
    """What did not work, in words."""


# ---- What README.md says ---------------------------------------------------------------------------

def section(readme, title):
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", readme, re.MULTILINE | re.DOTALL)
    if not found:
        raise Failure(f"README.md has no section {title}")
    return found.group(1)


def shell_lines(text):
    """The commands of the code blocks in `text`, without their comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    lines = [re.sub(r"\s+# .*$", "", line) for block in blocks
             for line in block.replace("\\\n", "").splitlines()]
    return [line for line in lines if line.strip()]


def commands_of(readme):
    """For each part its commands; and what only runs an app installs, and which program that is."""
    embed = shell_lines(section(readme, "Embed it"))
    see = shell_lines(section(readme, "See it"))
    found = {"embed": embed}
    for verb in ("demo", "test"):
        found[verb] = [line for line in see if line.split()[:2] == ["./dev", verb]]
    # Without colours and moving lines, for the log.
    found["demo"] = [line + " --plain" for line in found["demo"]]
    for part, lines in found.items():
        if not lines:
            raise Failure(f"README.md has no command for {part}")
    if not embed[0].startswith("apt-get install "):
        raise Failure("the commands to embed do not begin with the packages that they need")
    runtime = re.search(r"only\s+runs the app needs\s+`([^`]+)`", readme)
    if not runtime:
        raise Failure("README.md does not say which packages an app needs at run time")
    return found, f"apt-get install {runtime.group(1)}", embed[-1]


# ---- Machines -----------------------------------------------------------------------------------------

def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def mirror():
    """Where this machine's apt has the suite from."""
    lines = output("apt-get", "indextargets", "--format", "$(CODENAME) $(COMPONENT) $(REPO_URI)",
                   "Created-By: Packages").splitlines()
    for line in lines:
        codename, component, address = line.split(maxsplit=2)
        if codename == SUITE and component == "main":
            return address
    raise Failure(f"this machine's apt has no source of {SUITE}")


def copy_into(machine, paths):
    for path in map(pathlib.Path, paths):
        target = machine / path.relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, target, dirs_exist_ok=True)
        elif path.exists():
            shutil.copy(path, target)


def environment():
    kept = {name: os.environ[name] for name in PROXIES if name in os.environ}
    return {**kept, "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
            "LANG": "C.UTF-8", "TERM": "dumb", "DEBIAN_FRONTEND": "noninteractive"}


def isolated(command, log, environment_of_it):
    """Run with mounts and processes of its own, and say how it ended. None of them is left behind,
    also when this script is told to end."""
    ended, held = os.pipe()  # Each of the processes holds the end to write.
    try:
        done = subprocess.run(
            ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child",
             *command], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            env=environment_of_it, pass_fds=[held])
        return done.returncode
    finally:
        os.close(held)
        os.read(ended, 1)
        os.close(ended)


def in_machine(machine, script, log):
    """Run a line of shell in the clone; everything it says goes to the log."""
    log.write(f"\n$ {script}\n")
    log.flush()
    where = f"cd /{HOME} 2>/dev/null || cd /; {script}"
    return isolated(["sh", "-c", ENTER, str(machine), where], log, environment())


def expect(machine, script, log):
    status = in_machine(machine, script, log)
    if status:
        raise Failure(f"status {status}: {script}")


def make_base(folder, log):
    """A minimal system that has apt as this machine has it, and no package of ours."""
    base, unfinished = folder / "base", folder / "unfinished"
    if base.exists():
        return base
    shutil.rmtree(unfinished, ignore_errors=True)
    proxy = re.findall(r'^Acquire::https?::Proxy "([^"]+)"', output("apt-config", "dump"), re.MULTILINE)
    surroundings = {**os.environ, **({"http_proxy": proxy[0], "https_proxy": proxy[0]} if proxy else {})}
    if isolated(["debootstrap", "--variant=minbase", SUITE, str(unfinished), mirror()], log, surroundings):
        raise Failure("debootstrap failed")
    (unfinished / "etc/apt/sources.list").unlink(missing_ok=True)
    copy_into(unfinished, [*SOURCES, *KEYS, *NETWORK])
    # How this machine fetches, and the answer that a reader of the README gives to apt's question.
    fetching = [line for line in output("apt-config", "dump").splitlines()
                if line.startswith("Acquire::")]
    (unfinished / "etc/apt/apt.conf.d/90bare").write_text("\n".join([
        *fetching, 'APT::Get::Assume-Yes "true";', 'APT::Install-Recommends "false";', ""]))
    # No service is started in here.
    policy = unfinished / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    expect(unfinished, "apt-get -q update", log)
    unfinished.rename(base)
    return base


def new_machine(folder, name):
    machine = folder / name
    shutil.rmtree(machine, ignore_errors=True)
    subprocess.run(["cp", "-a", folder / "base", machine], check=True)
    return machine


def clone_into(machine, tree):
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", f"file://{tree}", machine / HOME], check=True)


# ---- Parts ----------------------------------------------------------------------------------------------

def embed(folder, tree, commands, log):
    lines, runtime, program = commands
    machine = new_machine(folder, "embed")
    clone_into(machine, tree)
    for line in lines:
        expect(machine, line, log)
    said = folder / "said"
    with said.open("w+") as answer:
        in_machine(machine, program, answer)
        answer.seek(0)
        if answer.read().splitlines()[-1:] != ["hello"]:
            raise Failure(f"{program} does not say hello")

    other = new_machine(folder, "runtime")
    binary = shlex.split(program)[0]
    (other / HOME / binary).parent.mkdir(parents=True)
    shutil.copy(machine / HOME / binary, other / HOME / binary)
    # Without the packages the program must fail: else they are not what it needs.
    if in_machine(other, program, log) == 0:
        raise Failure(f"{program} runs without the packages of the README")
    expect(other, runtime, log)
    expect(other, program, log)


def dev_verb(part, folder, tree, lines, log):
    machine = new_machine(folder, part)
    clone_into(machine, tree)
    for line in lines:
        expect(machine, line, log)


@dataclasses.dataclass
class Row:
    part: str
    seconds: float
    failure: str | None


def timed(part, folder, work):
    """Do `work`, which gets a log; what fails is told with the log's end."""
    began, failure = time.monotonic(), None
    path = folder / f"{part}.log"
    print(f"-- {part}: {path}", flush=True)
    with path.open("w") as log:
        try:
            work(log)
        except (Failure, subprocess.CalledProcessError, OSError) as problem:
            failure = str(problem)
    if failure:
        print("\n".join(path.read_text(errors="replace").splitlines()[-30:]))
    return Row(part, time.monotonic() - began, failure)


def table(rows):
    lines = [f"{'part':10}{'seconds':>8}  result"]
    for row in rows:
        lines.append(f"{row.part:10}{row.seconds:8.0f}  " +
                     (f"failed: {row.failure.splitlines()[0]}" if row.failure else "passed"))
    return "\n".join(lines)


def run_parts(parts, folder, tree):
    found, runtime, program = commands_of((tree / "README.md").read_text())
    print(f"commit {output('git', '-C', str(tree), 'rev-parse', 'HEAD').strip()}")
    if output("git", "-C", str(tree), "status", "--porcelain"):
        print("what is not committed is left out")
    rows = [timed("machine", folder, lambda log: make_base(folder, log))]
    if not rows[0].failure:
        for part in parts:
            if part == "embed":
                rows.append(timed(part, folder, lambda log: embed(
                    folder, tree, (found["embed"], runtime, program), log)))
            else:
                rows.append(timed(part, folder, lambda log, p=part: dev_verb(
                    p, folder, tree, found[p], log)))
    print(table(rows))
    return 1 if any(row.failure for row in rows) else 0


# ---- Self-test --------------------------------------------------------------------------------------------

GOOD = """## See it
```sh
./dev demo    # shows it
./dev test
```
## Embed it
```sh
apt-get install x
build/embed
```
A machine that only runs the app needs `y z`.
"""
PLANTS = {"no packages": ("apt-get install x\n", ""), "no run-time packages": ("`y z`", "much"),
          "no demo": ("./dev demo    # shows it\n", ""), "no test": ("./dev test\n", ""),
          "no section": ("## Embed it", "## Elsewhere")}


def self_test(tree):
    wrong = []
    expected = ({"embed": ["apt-get install x", "build/embed"], "demo": ["./dev demo --plain"],
                 "test": ["./dev test"]}, "apt-get install y z", "build/embed")
    if commands_of(GOOD) != expected:
        wrong.append(f"a good README gives {commands_of(GOOD)}")
    for title, change in PLANTS.items():
        try:
            commands_of(GOOD.replace(*change))
            wrong.append(f"{title}: not noticed")
        except Failure:
            pass
    with tempfile.TemporaryDirectory() as name:
        def fails(_):
            raise Failure("on purpose")
        rows = [timed(word, pathlib.Path(name), work) for word, work in
                (("good", lambda log: None), ("bad", fails))]
    if rows[0].failure or not rows[1].failure or "failed: on purpose" not in table(rows):
        wrong.append(f"a part that fails is told as:\n{table(rows)}")
    try:
        commands_of((tree / "README.md").read_text())
    except Failure as failure:
        wrong.append(str(failure))
    print("\n".join(wrong) or f"{len(PLANTS) + 1} planted faults caught; README.md has every command")
    return 1 if wrong else 0


def main():
    words = arguments.described(__doc__)
    words.add_argument("--all", action="store_true", help="all parts: most of an hour and some GB")
    words.add_argument("--part", action="append", choices=PARTS, help="this part; may be repeated")
    words.add_argument("--folder", type=pathlib.Path, help="where the machines stand, and stay")
    words.add_argument("--root", type=arguments.folder, metavar="TREE", default=pathlib.Path(__file__).parent.parent)
    words.add_argument("--self-test", type=arguments.folder, metavar="TREE")
    asked = words.parse_args()
    if asked.self_test:
        return self_test(asked.self_test)
    if asked.part and asked.all:
        words.error("either --all, or --part for each that is wanted")
    if not asked.part and not asked.all:
        words.error("--all, or --part for each that is wanted")
    parts = [part for part in PARTS if part in (asked.part or PARTS)]
    missing = [tool for tool in ("debootstrap", "unshare", "apt-config", "git") if not shutil.which(tool)]
    if os.geteuid() != 0:
        missing.insert(0, "root")
    if missing:
        print(f"skipped: {', '.join(parts)} on a bare machine: {', '.join(missing)} missing here")
        return SKIPPED
    tree = asked.root.resolve()
    if asked.folder:
        asked.folder.mkdir(parents=True, exist_ok=True)
        return run_parts(parts, asked.folder.resolve(), tree)
    with tempfile.TemporaryDirectory(prefix="sotto-bare-") as folder:
        return run_parts(parts, pathlib.Path(folder).resolve(), tree)


if __name__ == "__main__":
    arguments.run(main)
