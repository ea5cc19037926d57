# SPDX-License-Identifier: MIT OR Apache-2.0
# What each verb of ./dev needs, and how what is missing is installed. ./dev reads this.

# ---- What each verb needs, as Debian 12 names it --------------------------------------------

packages_demo=(g++ meson ninja-build pkg-config libsodium-dev android-libboringssl-dev
  libprotozero-dev libsqlite3-dev nlohmann-json3-dev libcli11-dev libopus-dev alsa-utils
  libqrencode-dev libpng-dev libmosquitto-dev)
packages_test=("${packages_demo[@]}" ccache clang-19 cmake libc++-19-dev libc++abi-19-dev libgtest-dev librapidcheck-dev
  libsrtp2-dev libsignal-protocol-c-dev libssl-dev mosquitto valgrind)
packages_check=("${packages_test[@]}" libclang-rt-19-dev libfuzzer-19-dev llvm-19
  clang-tidy-19 clang-format-19 git)
packages_soak=("${packages_check[@]}" debootstrap)
packages_bench=("${packages_demo[@]}" libbenchmark-dev)
packages_format=(clang-format-19 git)

# ---- Installing what is missing ---------------------------------------------------------------

need() {
  local package missing=() as_root=()
  if ! command -v dpkg-query >/dev/null; then
    echo "This is no Debian: taking for granted that these are here: $*"
    return
  fi
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
      missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  heading "Installing ${missing[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      complain "Some packages are missing, and installing them takes root. Run as root:"
      complain "  apt-get update && apt-get install --no-install-recommends ${missing[*]}"
      exit 1
    fi
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get -q update &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q install -y \
      --no-install-recommends "${missing[@]}" || {
      complain "apt-get failed: the packages above are needed."
      exit 1
    }
}
