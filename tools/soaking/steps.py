# SPDX-License-Identifier: MIT OR Apache-2.0
"""Checks of the whole tree that run once in a soak, in this order, from the top of the checkout.

A build stands in soak/build, so that one which was cut short goes on from where it was. $JOBS is
how many cores a step has, $CACHED is `ccache` where that is installed. Exit status 77 is skipped.
"""
BOTH = ["g++", "clang++-19"]


def build(name, compiler, *options):
    # A precompiled header of clang names its folder: no other clone may be given it.
    own = 'export CCACHE_NAMESPACE="$PWD"\n' if compiler.startswith("clang") else ""
    return (f'{own}test -f soak/build/{name}/build.ninja || '
            f'CXX="$CACHED {compiler}" meson setup soak/build/{name} {" ".join(options)}\n'
            f'ninja -C soak/build/{name} -j$JOBS\n')


def run(name, *words):
    return f'meson test -C soak/build/{name} --no-rebuild --num-processes $JOBS ' \
           f'--print-errorlogs {" ".join(words)}\n'


FAST = ["-Dbuildtype=release", "-Dcpp_args=-O3", "-Dproperties=false", "-Dcli=false"]
SUITES = ["--suite", "hygiene", "--suite", "attacks", "--suite", "unit"]
STEPS = [
    {"title": "every header alone", "needs": BOTH,
     "shell": f"tools/check_headers.py . {' '.join(BOTH)}"},
    {"title": "refusals one by one", "needs": BOTH,
     "shell": f"tools/check_refusals.py --each . {' '.join(BOTH)}"},
    {"title": "each source with LLVM's standard library", "needs": BOTH,
     "shell": "tools/check_consumers.py --each ."},
    {"title": "O3 with g++", "needs": ["g++"],
     "shell": build("o3-gcc", "g++", *FAST) + run("o3-gcc", *SUITES)},
    {"title": "O3 with clang", "needs": ["clang++-19"],
     "shell": build("o3-clang", "clang++-19", *FAST) + run("o3-clang", *SUITES)},
    {"title": "without precompiled headers", "needs": ["g++"],
     "shell": build("no-pch", "g++", "-Db_pch=false")},
    {"title": "clang-tidy and its static analyzer over every source",
     "needs": ["clang++-19", "clang-tidy-19"],
     "shell": "test -f soak/build/tidy/build.ninja || CXX=clang++-19 meson setup soak/build/tidy "
              "-Db_pch=false -Dproperties=false -Dcli=false\n"
              "tools/tidy.py --fresh soak/build/tidy"},
    {"title": "mutants", "needs": ["g++", "objcopy"],
     "shell": "tools/mutants.py 1800 --jobs $JOBS --at-least 90 --place soak/mutants "
              "--like build/gcc"},
    {"title": "the README on a bare machine", "needs": ["tools/bare_machine.py"],
     "shell": "tools/bare_machine.py --all"},
]
