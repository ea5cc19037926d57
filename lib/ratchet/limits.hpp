// SPDX-License-Identifier: MIT OR Apache-2.0
/// The limits of a ratchet, cut to what is sane.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include <sotto/ratchet.hpp>

namespace sotto::ratchet {

/// Most receiving chains that any limit allows: their places stand in the state itself.
inline constexpr std::size_t most_receiving_chains = 32;
/// Most steps that any limit allows for one message: some 0.2 s of one core.
inline constexpr std::uint32_t most_forward_jump = 1'000'000;
/// Most skipped keys that any limit allows: some 60 MB.
inline constexpr std::uint32_t most_skipped_keys = 1'000'000;

[[nodiscard]] constexpr RatchetLimits clamped(const RatchetLimits& asked) noexcept {
  return {
      .max_forward_jump = std::min(asked.max_forward_jump, most_forward_jump),
      .max_skipped_per_chain = std::min(asked.max_skipped_per_chain, most_skipped_keys),
      .max_skipped_total = std::min(asked.max_skipped_total, most_skipped_keys),
      .max_receiving_chains = std::clamp(asked.max_receiving_chains, std::uint32_t{1},
                                         static_cast<std::uint32_t>(most_receiving_chains)),
      .max_skipped_age = std::max(asked.max_skipped_age, std::chrono::milliseconds(0)),
  };
}

/// Keys that one chain keeps at most.
[[nodiscard]] constexpr std::size_t storage_limit(const RatchetLimits& limits) noexcept {
  return std::min(limits.max_skipped_per_chain, limits.max_skipped_total);
}

}  // namespace sotto::ratchet
