// SPDX-License-Identifier: MIT OR Apache-2.0
/// Where a process of the demo is killed.
#pragma once

#include <cstdint>

namespace sotto::demo {

/// Where a party stands still, to be killed just there.
struct Halt {
  std::uint32_t at = 0;  ///< which commit of a message sent or opened; 0: none
  bool before = false;   ///< it is not stored yet; else it is, and nothing has left since
};

}  // namespace sotto::demo
