// SPDX-License-Identifier: MIT OR Apache-2.0
/// Files of SQLite under which the process may die, before, in the middle of, and after each write;
/// and which may fail at any call.
#pragma once

#include <cstdint>

namespace sotto::crash {

/// What SQLite asks of its files.
enum class FileCall : std::uint8_t {
  open,
  remove,
  exists,
  read,
  write,
  sync,
  truncate,
  size,
  lock,
  shm_map,
  shm_lock,
};

/// What may happen at a call. What is not set does not.
struct Mortality {
  /// May end the process.
  void (*point)() = nullptr;
  /// Whether the write at hand is to be cut in half before anything else happens to it.
  bool (*torn)() = nullptr;
  /// The code of SQLite with which the call fails without being made; 0: it does not fail.
  int (*fails)(FileCall) = nullptr;
  /// The same of a call that was made.
  int (*fails_late)(FileCall) = nullptr;
  /// Whether a sync need not reach the disk, which is quicker.
  bool lazy = false;
};

/// Make all databases opened from now on mortal.
void register_mortal_files(const Mortality& mortality);

}  // namespace sotto::crash
