// SPDX-License-Identifier: MIT OR Apache-2.0
/// The relay: a server between two people that forwards all, keeps all, and opens nothing.
#pragma once

#include <cstdint>

namespace sotto::demo {

struct RelayOptions {
  double loss_percent = 0;
  double reorder_percent = 0;
  double duplicate_percent = 0;
  std::uint64_t seed = 1;
  /// Deliver the caller's third message after its fourth.
  bool swap = false;
};

/// Runs until told to stop. Orders: `attack TEXT-FILE CALLERS-FRAMES CALLEES-FRAMES`, `stop`.
void run_relay(const RelayOptions& options);

}  // namespace sotto::demo
