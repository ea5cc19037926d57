# SPDX-License-Identifier: MIT OR Apache-2.0
# What stands before a build: the compiler's cache, the options that its folder was given, and the
# times of the sources. ./dev reads this.

# ---- The compiler's cache ---------------------------------------------------------------------

# Where it is installed, it serves precompiled headers and clones in other folders by these settings.
# Comments count: g++ knows a precompiled header by its bytes. The compiler itself names the files
# that it read, those of a precompiled header too (-fpch-deps in meson.build); what a cache holds
# from before that was so is in another name space.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_COMMENTS=1 CCACHE_DEPEND=1
export CCACHE_NAMESPACE=${CCACHE_NAMESPACE-sotto-3}
export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime

# What the environment lacks is said once, and not by each test.
look_around() {
  local temporary=${TMPDIR:-/tmp} cache
  [ -d "$temporary" ] && [ -w "$temporary" ] ||
    refuse "Temporary files cannot be written to $temporary (TMPDIR)."
  command -v ccache >/dev/null || return 0
  cache=$(ccache --get-config cache_dir 2>/dev/null) && mkdir -p "$cache" 2>/dev/null &&
    [ -w "$cache" ] && return
  complain "The compiler's cache cannot be written (CCACHE_DIR, HOME): going on without it."
  export CCACHE_DISABLE=1
}

# ---- A build folder -----------------------------------------------------------------------------

# All that decides what a build folder is like: how it was asked for, what somebody has set in it
# since, and which options there are.
wanted() {
  local folder=$1
  shift
  echo "$*"
  {
    sed -n '/^project(/,/)$/p' meson.build
    cat meson_options.txt "$folder/meson-private/cmd_line.txt"
  } 2>/dev/null || true
}

# configure NAME COMPILER OPTION...   Only when the folder is new or its options changed.
configure() {
  local folder=build/$1 compiler=$2
  shift 2
  set -- -Dwerror=true "-Dbackend_max_links=$(nproc)" "$@"
  command -v ccache >/dev/null && compiler="ccache $compiler"
  notice_changes || { complain "What has changed since the last build cannot be noted."; return 1; }
  [ -f "$folder/build.ninja" ] &&
    [ "$(cat "$folder/.asked" 2>/dev/null)" = "$(wanted "$folder" "$compiler" "$@")" ] && return
  rm -rf "$folder"
  CXX=$compiler meson setup "$folder" "$@" 7>&- 8>&- && wanted "$folder" "$compiler" "$@" >"$folder/.asked"
}

# Ninja builds again what is newer than what was made of it. A file that was changed and is older, as
# `cp -p`, an archive or a clock that was set back make it, or one that was put back while a build
# ran, is not: so whatever is another than when the last build began is touched, but what was
# changed after that build was done. `build/.done` tells when; it is there while no build runs.
notice_changes() {
  local known=build/.times done=build/.done line
  mkdir -p build || return
  if [ -f "$known" ]; then
    times_of_files | LC_ALL=C comm -13 "$known" - | while IFS= read -r line; do
      line=${line#* } line=${line#* }
      { [ -f "$done" ] && [ "$line" -nt "$done" ]; } || touch -c -- "$line" || exit
    done || return
  fi
  rm -f "$done" && times_of_files >"$known"
}

build_is_done() { : >build/.done; }

# What a build may read.
times_of_files() {
  local path all=()
  for path in meson.build meson_options.txt include lib cli vectors proptests fuzz bench spec examples \
    tools; do [ ! -e "$path" ] || all+=("$path"); done
  find -L "${all[@]}" -type f ! -name '*.pyc' -printf '%T@ %s %p\n' | LC_ALL=C sort
}
