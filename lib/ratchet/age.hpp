// SPDX-License-Identifier: MIT OR Apache-2.0
/// How old something is, by a clock that may jump.
#pragma once

#include <chrono>
#include <cstdint>

#include <sotto/entropy.hpp>

namespace sotto::ratchet {

/// Whether at least `age` (not negative) went by from `since` to `now`. A clock that went backwards
/// makes nothing expire, and no pair of moments overflows.
[[nodiscard]] constexpr bool aged(Instant since, Instant now,
                                  std::chrono::milliseconds age) noexcept {
  if (now < since) return false;
  const auto passed = static_cast<std::uint64_t>(now.time_since_epoch().count()) -
                      static_cast<std::uint64_t>(since.time_since_epoch().count());
  return passed >= static_cast<std::uint64_t>(age.count());
}

}  // namespace sotto::ratchet
