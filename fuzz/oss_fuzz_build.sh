#!/bin/bash -eu
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Builds every target as OSS-Fuzz wants it: run in the project's folder with CC, CXX, CFLAGS,
# CXXFLAGS, LIB_FUZZING_ENGINE, SANITIZER and OUT set. Leaves in $OUT, for each target, the program,
# <target>_seed_corpus.zip and <target>.dict, and beside them the libraries they load.
# Wants: meson, ninja, zip, libsodium-dev, android-libboringssl-dev, nlohmann-json3-dev.
cd "$(dirname "$0")/.."
: "${OUT:?}" "${CXX:=clang++}"
: "${LIB_FUZZING_ENGINE:=-fsanitize=fuzzer}" "${SANITIZER:=address}"
export CXX
build=${WORK:-$OUT}/build-fuzz

# BoringSSL is loaded at run time; $ORIGIN lets the program find the copy in $OUT. Its name in
# b_sanitize is what keeps the loader's deep binding off, which sanitizers do not stand.
case $SANITIZER in
  address | undefined) sanitize=$SANITIZER ;;
  coverage | none) sanitize=none ;;
  *) echo "SANITIZER=$SANITIZER does not work with libraries built without it" >&2; exit 1 ;;
esac
rm -rf "$build"
# The engine's flags for compiling are in CXXFLAGS already.
meson setup "$build" -Dfuzz=true -Dtests=false -Dcli=false -Dwerror=false \
  -Db_sanitize="$sanitize" -Db_lundef=false \
  -Dfuzz_engine="$LIB_FUZZING_ENGINE" -Dboringssl_library="\$ORIGIN/libcrypto.so.0"
targets=()
for source in fuzz/*_fuzzer.cpp; do
  name=$(basename "$source" .cpp)
  targets+=("fuzz/$name")
done
ninja -C "$build" "${targets[@]}"

boringssl=${BORINGSSL_LIBRARY:-/usr/lib/$(uname -m)-linux-gnu/android/libcrypto.so.0}
cp -L "$boringssl" "$OUT/libcrypto.so.0"
for target in "${targets[@]}"; do
  name=$(basename "$target")
  cp "$build/$target" "$OUT/$name"
  cp "fuzz/$name.dict" "$OUT/"
  rm -f "$OUT/${name}_seed_corpus.zip"
  (cd "fuzz/corpus/$name" && zip -q -r "$OUT/${name}_seed_corpus.zip" .)
  # libsodium comes along, found beside the program.
  ldd "$OUT/$name" | awk '/libsodium/ {print $3}' | xargs -r -I{} cp -L {} "$OUT/"
  if command -v patchelf >/dev/null; then patchelf --set-rpath '$ORIGIN' "$OUT/$name"; fi
done
