// SPDX-License-Identifier: MIT OR Apache-2.0
/// libsodium, initialised and checked.
#pragma once

#include <atomic>

#include <sodium.h>

namespace sotto::crypto {

/// True once libsodium is initialised and its answers were found right.
inline constinit std::atomic<bool> sodium_checked = false;

/// Initialises and checks libsodium; `check_backend` does it with a report.
[[nodiscard]] bool check_sodium() noexcept;

/// Whether libsodium is ready. It chooses its code for this CPU on the first call.
[[nodiscard]] inline bool sodium_ready() noexcept {
  return sodium_checked.load(std::memory_order_acquire) || check_sodium();
}

}  // namespace sotto::crypto
