// SPDX-License-Identifier: MIT OR Apache-2.0
/// One fault at the n-th call of SQLite to its files, or at the n-th allocation.
#pragma once

#include <cstdint>
#include <string>

namespace sotto::crash {

struct Fault {
  enum class Kind : std::uint8_t {
    io,      ///< the disk errs
    full,    ///< a write finds no room
    busy,    ///< a lock is another's
    memory,  ///< no memory, for SQLite or for the store
  };
  enum class Way : std::uint8_t {
    once,  ///< the call is not made, the next one is
    late,  ///< the call is made, and fails all the same; no lock does that
    torn,  ///< of a write the first half is made
    on,    ///< this call is not made, and none after it
  };
  Kind kind = Kind::io;
  Way way = Way::once;
  std::uint64_t at = 0;  ///< which call, from 1 on; at 0 there is no fault
};

[[nodiscard]] std::string name(const Fault& fault);

/// Make the files of SQLite and its memory fail as asked. Before anything else uses SQLite.
void install_faults();

/// From now on calls are counted, from 0 on, and this fault strikes.
void set_fault(const Fault& fault);

/// Nothing fails and nothing is counted, until this is called with true. Returns what was so
/// before.
bool let_fail(bool on);

/// Calls that this fault might have struck, so far.
[[nodiscard]] std::uint64_t calls();
/// Whether it has struck.
[[nodiscard]] bool struck();

}  // namespace sotto::crash
