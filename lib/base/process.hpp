// SPDX-License-Identifier: MIT OR Apache-2.0
/// Which process something belongs to: memory that a fork copied is not the same memory.
#pragma once

#include <cstdint>

namespace sotto::base {

/// A number that a process shares with none that it was forked from, and with none forked from it.
/// Never 0. It is read from memory that a fork wipes, which costs no system call; where the system
/// cannot wipe it, the process id is asked for every time.
[[nodiscard]] std::uint32_t process_number() noexcept;

/// The process that made this object.
class Process {
 public:
  Process() noexcept : number_(process_number()) {}
  [[nodiscard]] bool here() const noexcept { return number_ == process_number(); }

 private:
  std::uint32_t number_;
};

}  // namespace sotto::base
