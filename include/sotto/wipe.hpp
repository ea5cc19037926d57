// SPDX-License-Identifier: MIT OR Apache-2.0
/// Zeroing of bytes that held a secret.
#pragma once

#include <cstring>

#include <sotto/bytes.hpp>

namespace sotto {

/// Zero `bytes` in a way that no optimiser removes: the empty assembler statement below may read
/// all memory for all the compiler knows, so the stores before it must happen.
inline void wipe(MutableBytes bytes) noexcept {
  if (bytes.empty()) return;
  std::memset(bytes.data(), 0, bytes.size());
  asm volatile("" : : "r"(bytes.data()) : "memory");
}

}  // namespace sotto
