#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The arrows of the house: which folder may include what.

    check_arrows.py [ROOT]      check the sources under ROOT
    check_arrows.py --self-test plant a violation of each kind and see it caught

The table below is the law; docs/architecture.md draws it.
"""
import pathlib
import re
import sys
import tempfile

# What each room of lib/ may use of the others. Siblings are not in each other's lists.
ROOMS = {
    "base": {"base"},
    "crypto": {"base", "crypto"},
    "x3dh": {"base", "crypto", "x3dh"},
    "ratchet": {"base", "crypto", "ratchet"},
    "media": {"base", "crypto", "media"},
    "sframe": {"base", "crypto", "sframe"},
    "call": {"base", "crypto", "call"},
    "wire": {"base", "wire"},
    "session": {"base", "crypto", "x3dh", "ratchet", "wire", "session"},
    "conversation": {"base", "crypto", "conversation"},
    "messenger": {"base", "messenger"},
    "store": {"base", "store"},
}
# Headers of cryptographic libraries, and the rooms that may name them: base compares and wipes
# with libsodium, crypto does everything else with either.
BACKENDS = re.compile(r"^(sodium(/.*)?|sodium\.h|openssl/.*)$")
BACKEND_ROOMS = {"base": re.compile(r"^sodium\.h$"), "crypto": BACKENDS}
BACKEND_FAULT = "only lib/crypto may name a cryptographic library"
# What the program may use besides the public headers, of this repository.
CLI_EXTRA = {"vectors/runner.hpp"}
# Headers that are slow to compile, and the one source of the program that may include each.
SLOW = [
    (re.compile(r"^CLI/"), "cli/command_line.cpp"),
    (re.compile(r"^nlohmann/(?!json_fwd\.hpp$)"), "cli/json.cpp"),
]
TEST_NAMES = re.compile(r"(_test\.cpp|/test_[a-z0-9_]*\.hpp)$|^lib/[a-z0-9]+/peers/")
# Tests may also use these: the tapes and helpers under tools/, and the framework.
TEST_FOLDERS = {"testing"}
TEST_SYSTEM = re.compile(r"^(gtest|gmock|rapidcheck)(/.*|\.h)$")
# What a test may use of the system beyond the standard library, by room.
TEST_EXTRA = {"base": re.compile(r"^(sched\.h|unistd\.h|sys/(syscall|wait)\.h)$"),
              "crypto": re.compile(r"^(sodium\.h|openssl/.*|dlfcn\.h|unistd\.h|linux/(filter|seccomp)\.h|"
                                   r"sys/(prctl|syscall|wait)\.h)$"),
              "session": re.compile(r"^(unistd\.h|sys/wait\.h)$"),
              "store": re.compile(r"^sys/wait\.h$")}
# Other people's implementations that ours talks to, in lib/<room>/peers/.
PEERS = re.compile(r"^(srtp2|signal)/")
# The one file that computes for such a peer, with a library that we do not use.
PEER_PROVIDER = "lib/session/peers/openssl_provider.cpp"
# The operating system's own headers, by room: memory that a fork wipes, loading a library, random
# bytes, a database and its files; nothing else.
SYSTEM = {"base": {"pthread.h", "sys/mman.h", "unistd.h"}, "crypto": {"dlfcn.h", "unistd.h"},
          "store": {"sqlite3.h", "fcntl.h", "sys/stat.h", "unistd.h"}}
# Libraries that one room is built on: framing.
FOUNDATIONS = {"wire": re.compile(r"^protozero/")}

# What is no code: strings are kept, for an include may name a file in one; of the others only line
# breaks stay.
RAW_STRING = r'\b(?:u8|[uUL])?R"([^()\\\s]*)\((?s:.*?)\)\1"'
NOT_CODE = re.compile(RAW_STRING + r'|(?P<kept>"(?:[^"\\\n]|\\.)*"|(?<!\w)\'(?:[^\'\\\n]|\\.)+\')|'
                      r'/\*(?s:.*?)\*/|//[^\n]*')
SPLICED = re.compile(r"(?:[^\n]*\\\n)+[^\n]*")
INCLUDE = re.compile(r"^[^\S\n]*(?:#|%:)[^\S\n]*(?:include|include_next|import|embed)\b([^\n]*)", re.MULTILINE)
IMPORT = re.compile(r"^[^\S\n]*(?:export\s+)?import\s*[<\":\w][^\n;=(]*;", re.MULTILINE)
NAMED = re.compile(r'([<"])([^>"]+)[>"]')
STANDARD = re.compile(r"^[a-z0-9_]+$")


def code_of(text):
    """The text without comments, each logical line on one, and all of them where they were."""
    text = SPLICED.sub(lambda lines: lines[0].replace("\\\n", "") + "\n" * lines[0].count("\n"), text)
    return NOT_CODE.sub(lambda found: found["kept"] or " " + "\n" * found[0].count("\n"), text)


def includes_of(path):
    """Line, whether in angle brackets, name; of an include that names no file itself, None."""
    code = code_of(path.read_text())
    found = [(include.start(), NAMED.fullmatch(include[1].strip())) for include in INCLUDE.finditer(code)]
    found += [(module.start(), None) for module in IMPORT.finditer(code)]
    for at, name in sorted(found, key=lambda item: item[0]):
        yield code.count("\n", 0, at) + 1, bool(name) and name[1] == "<", name and name[2]


def public_fault(angle, name):
    if angle and (STANDARD.match(name) or name.startswith("sotto/")):
        return None
    return "a public header may include the standard library and sotto/ only"


def room_fault(room, test, angle, name):
    if angle:
        if STANDARD.match(name) or name.startswith("sotto/"):
            return None
        if room in BACKEND_ROOMS and BACKEND_ROOMS[room].match(name):
            return None
        if name in SYSTEM.get(room, set()):
            return None
        if room in FOUNDATIONS and FOUNDATIONS[room].match(name):
            return None
        if test and (TEST_SYSTEM.match(name) or PEERS.match(name) or
                     (room in TEST_EXTRA and TEST_EXTRA[room].match(name))):
            return None
        if BACKENDS.match(name):
            return BACKEND_FAULT
        return f"lib/{room} has no business with this system header"
    folder = name.split("/")[0]
    if folder in ROOMS[room] or (test and folder in TEST_FOLDERS):
        return None
    return f"lib/{room} may use {', '.join(sorted(ROOMS[room]))}"


def cli_fault(relative, angle, name):
    for slow, place in SLOW:
        if slow.match(name) and relative.as_posix() != place:
            return f"slow to compile: only {place} may include it"
    if angle and name.split("/")[0] not in ROOMS:
        return BACKEND_FAULT if BACKENDS.match(name) else None
    if name in CLI_EXTRA or "/" not in name or name.startswith("cli/"):
        return None
    top = name.split("/")[0]
    if top not in ROOMS and top not in {"vectors", "tools", "testing", "proptests", "fuzz"}:
        return None  # A folder of the program's own.
    return f"cli/ may use the public headers and {', '.join(sorted(CLI_EXTRA))}"


def example_fault(angle, name):
    if angle and not BACKENDS.match(name) and name.split("/")[0] not in ROOMS:
        return None
    return "an example may use the public headers only"


def fault(relative, angle, name):
    if name is None:
        return "an include names its file itself"
    if {".", ".."} & set(name.split("/")):
        return "an include names its file from a root, without `..`"
    top = relative.parts[0]
    if top == "include":
        return public_fault(angle, name)
    if top == "lib":
        room = relative.parts[1]
        if room not in ROOMS:
            return f"lib/{room} is not in the table of rooms"
        if relative.as_posix() == PEER_PROVIDER and name == "openssl/evp.h":
            return None
        return room_fault(room, bool(TEST_NAMES.search(relative.as_posix())), angle, name)
    if top == "cli":
        return cli_fault(relative, angle, name)
    if top == "examples":
        return example_fault(angle, name)
    return None


def check(root):
    faults, seen = [], 0
    for top in ("include", "lib", "cli", "examples"):
        for path in sorted((root / top).rglob("*.[ch]pp")):
            relative = path.relative_to(root)
            for number, angle, name in includes_of(path):
                seen += 1
                why = fault(relative, angle, name)
                if why:
                    faults.append(f"{relative}:{number}: includes {name or 'something'}: {why}")
    if not seen:
        faults.append(f"no include was looked at under {root}")
    return faults, seen


PLANTS = [
    ("include/sotto/a.hpp", '#include "base/reader.hpp"'),
    ("include/sotto/a.hpp", "#include <sodium.h>"),
    ("lib/base/a.hpp", '#include "crypto/hkdf.hpp"'),
    ("lib/base/a.cpp", "#include <openssl/mem.h>"),
    ("lib/crypto/a.cpp", '#include "ratchet/suite.hpp"'),
    ("lib/ratchet/a.cpp", '#include "x3dh/agree.hpp"'),
    ("lib/ratchet/a.cpp", '# include "media/labels.hpp"'),
    ("lib/x3dh/a.cpp", '#include "ratchet/suite.hpp"'),
    ("lib/x3dh/a.cpp", "#include <openssl/sha.h>"),
    ("lib/x3dh/a.cpp", '#include "testing/tape_entropy.hpp"'),
    ("lib/media/a_test.cpp", '#include "ratchet/suite.hpp"'),
    ("lib/media/a_test.cpp", "#include <sodium.h>"),
    ("lib/media/a.cpp", "#include <sys/socket.h>"),
    ("lib/media/a.cpp", "#include <gtest/gtest.h>"),
    ("lib/media/a.cpp", "#include <srtp2/srtp.h>"),
    ("lib/attic/a.cpp", "#include <array>"),
    ("lib/wire/a.cpp", '#include "crypto/hkdf.hpp"'),
    ("lib/session/a.cpp", "#include <protozero/pbf_reader.hpp>"),
    ("lib/session/a.cpp", '#include "store/rows.hpp"'),
    ("lib/session/a.cpp", "#include <sqlite3.h>"),
    ("lib/session/peers/a.cpp", "#include <openssl/evp.h>"),
    ("lib/store/a.cpp", '#include "session/peer.hpp"'),
    ("cli/a.cpp", '#include "crypto/hkdf.hpp"'),
    ("cli/a.cpp", '#include "vectors/kind.hpp"'),
    ("cli/demo/a.cpp", "#include <openssl/sha.h>"),
    ("cli/a.cpp", "#include <CLI/CLI.hpp>"),
    ("cli/json.cpp", "#include <CLI/App.hpp>"),
    ("cli/peer/a.hpp", "#include <nlohmann/json.hpp>"),
    ("cli/command_line.cpp", '#include "nlohmann/json.hpp"'),
    ("examples/a.cpp", '#include "base/reader.hpp"'),
    ("examples/a.cpp", "#include <base/reader.hpp>"),
    ("cli/a.cpp", "#include <crypto/hkdf.hpp>"),
    ("cli/a.cpp", '#include "../lib/crypto/hkdf.hpp"'),
    ("lib/base/a.cpp", '#include "base/../crypto/hkdf.hpp"'),
    ("lib/base/a.cpp", '%:include "crypto/hkdf.hpp"'),
    ("lib/base/a.cpp", '/* first */ #include "crypto/hkdf.hpp"'),
    ("lib/base/a.cpp", '/* over\n two lines */ # /* and here */ include /**/ "crypto/hkdf.hpp" // this'),
    ("lib/base/a.cpp", '#include \\\n "crypto/hkdf.hpp"'),
    ("lib/base/a.cpp", '#inc\\\nlude "crypto/hkdf.hpp"'),
    ("lib/base/a.cpp", "const char* a = \"/*\";\n#include <openssl/mem.h>\nconst char* b = \"*/\";"),
    ("lib/base/a.cpp", "constexpr int a = 1'000;  // it's\n#include <openssl/mem.h>"),
    ("lib/base/a.cpp", "#include HEADER"),
    ("lib/base/a.cpp", '#include_next "crypto/hkdf.hpp"'),
    ("lib/base/a.cpp", "import <vector>;"),
    ("lib/base/a.cpp", "export import sotto.crypto;"),
]
ALLOWED = [
    ("lib/base/a.cpp", "#include <sodium.h>"),
    ("include/sotto/a.hpp", "#include <span>\n#include <sotto/bytes.hpp>"),
    ("lib/crypto/a.cpp", '#include "base/reader.hpp"\n#include <openssl/sha.h>'),
    ("lib/media/a_test.cpp", '#include "testing/tape_entropy.hpp"\n#include <gtest/gtest.h>'),
    ("lib/media/peers/a.cpp", "#include <srtp2/srtp.h>"),
    (PEER_PROVIDER, "#include <openssl/evp.h>"),
    ("lib/wire/a.cpp", "#include <protozero/pbf_reader.hpp>"),
    ("lib/store/sqlite_store.cpp", "#include <sqlite3.h>"),
    ("lib/session/a.cpp", '#include "wire/frame.hpp"\n#include "ratchet/state.hpp"'),
    ("cli/a.cpp", '#include "vectors/runner.hpp"\n#include <nlohmann/json_fwd.hpp>'),
    ("cli/command_line.cpp", "#include <CLI/CLI.hpp>"),
    ("cli/json.cpp", "#include <nlohmann/json.hpp>"),
    ("lib/base/a.cpp", '// #include "crypto/hkdf.hpp"\n/*\n#include "crypto/hkdf.hpp"\n*/\n#include <span>'),
    ("lib/base/a.cpp", '#include <span>\nconst char* text = R"x(\n#include "crypto/hkdf.hpp"\n)" )x";'),
    ("lib/base/a.cpp", "#include <span>  // std::span\nimport_key(key);\n  import = 3;"),
]


def self_test():
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "lib/base").mkdir(parents=True)
        (pathlib.Path(folder) / "lib/base/a.cpp").touch()
        if not check(pathlib.Path(folder))[0]:
            wrong.append("a tree without an include passes")
    for expected, cases in ((1, PLANTS), (0, ALLOWED)):
        for path, text in cases:
            with tempfile.TemporaryDirectory() as folder:
                file = pathlib.Path(folder) / path
                file.parent.mkdir(parents=True)
                file.write_text(text + "\n")
                if len(check(pathlib.Path(folder))[0]) != expected:
                    wrong.append(f"{path}: {text!r}: expected {expected} fault(s)")
    print("\n".join(wrong) or f"{len(PLANTS) + 1} planted violations caught, {len(ALLOWED)} let pass")
    return 1 if wrong else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    faults, seen = check(root)
    print("\n".join(faults) or f"{seen} includes, all arrows point down")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
