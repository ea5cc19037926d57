# SPDX-License-Identifier: MIT OR Apache-2.0
"""A static BoringSSL that is linked in keeps its names to itself: OpenSSL has the same ones."""
from consuming import Fault, run


def names_left(root, work):
    """The global names of the object that -Dboringssl_archive makes. An archive of wrong answers serves."""
    build = work / "linked"
    run(["g++", "-c", "-fPIC", root / "lib/crypto/fake_boring.cpp", "-o", work / "fake.o"])
    run(["ar", "rcs", work / "fake.a", work / "fake.o"])
    run(["meson", "setup", build, root, f"-Dboringssl_archive={work / 'fake.a'}", "-Dtests=false",
         "-Dcli=false", "-Dsqlite=disabled"])
    run(["ninja", "-C", build, "lib/crypto/boring_hidden.o"])
    shown, _ = run(["nm", "--defined-only", "--extern-only", "--format=just-symbols",
                    build / "lib/crypto/boring_hidden.o"])
    return shown.split()


def hides_its_names(root, work):
    left = names_left(root, work)
    if left != ["sotto_linked_boring"]:
        raise Fault(f"an archive that is linked in shows {left}")
