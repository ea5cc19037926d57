// SPDX-License-Identifier: MIT OR Apache-2.0
/// The life of a device's own prekeys: how many, how long, and what is to be done next.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include <sotto/x3dh.hpp>

namespace sotto {

struct PrekeyPolicy {
  /// One-time prekeys that `replenish` tops up to, at most 1,000, and the number under which it
  /// should be called.
  std::uint32_t batch = 100;
  std::uint32_t low_water = 20;
  /// A signed prekey is due for rotation after this; the one replaced serves late first messages
  /// this much longer and is then destroyed, with what remembers its use.
  std::chrono::milliseconds rotate_after = std::chrono::days(7);
  std::chrono::milliseconds overlap = std::chrono::days(30);
  /// First messages without one-time prekey that one signed prekey serves; each is remembered (67
  /// bytes) so that a replay is seen. Beyond it: `exhausted`, until rotation.
  std::uint32_t max_last_resort = 10'000;
};

/// What the app should look at after every first message and once a day.
struct PrekeyStatus {
  std::uint32_t one_time_left = 0;         ///< not consumed yet
  std::uint32_t one_time_unpublished = 0;  ///< of these, not yet marked as published
  bool replenish_due = false;              ///< fewer than `low_water` are left
  bool rotate_due = false;           ///< no signed prekey, or the current one is `rotate_after` old
  std::uint32_t signed_prekeys = 0;  ///< kept: the current one and those in their overlap
  /// First messages served without a one-time prekey by the current signed prekey: these have less
  /// forward secrecy.
  std::uint32_t last_resort_used = 0;
};

}  // namespace sotto
