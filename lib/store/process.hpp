// SPDX-License-Identifier: MIT OR Apache-2.0
/// Which process something belongs to: memory that a fork copied is not the same memory.
#pragma once

#include <unistd.h>

namespace sotto::store {

/// The process that made this object.
class Process {
 public:
  Process() noexcept : id_(getpid()) {}
  [[nodiscard]] bool here() const noexcept { return id_ == getpid(); }

 private:
  pid_t id_;
};

}  // namespace sotto::store
