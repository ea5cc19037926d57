// SPDX-License-Identifier: MIT OR Apache-2.0
/// libsodium, initialised.
#pragma once

#include <sodium.h>

namespace sotto::crypto {

/// Whether libsodium is ready. It chooses its code for this CPU on the first call.
[[nodiscard]] inline bool sodium_ready() noexcept {
  static const bool ready = sodium_init() >= 0;
  return ready;
}

}  // namespace sotto::crypto
