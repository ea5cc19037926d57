// SPDX-License-Identifier: MIT OR Apache-2.0
/// Files of SQLite under which the process may die: before, in the middle of, and after each write.
#pragma once

namespace sotto::crash {

/// Something that may end the process here; `torn` asks whether the write at hand is to be cut in
/// half first.
struct Mortality {
  void (*point)() = nullptr;
  bool (*torn)() = nullptr;
};

/// Make all databases opened from now on mortal.
void register_mortal_files(const Mortality& mortality);

}  // namespace sotto::crash
