// SPDX-License-Identifier: MIT OR Apache-2.0
/// Bob's second device, in a process of its own: it rings with the same offer, answers too late,
/// and tries what keys that gave it on every media packet of the call.
#pragma once

#include <cstdint>

namespace sotto::demo {

struct TabletOptions {
  std::uint16_t tcp_port = 0;
  std::uint16_t udp_port = 0;
};

/// Runs until the relay hangs up. Orders: `report`, once the call is over.
void run_tablet(const TabletOptions& options);

}  // namespace sotto::demo
