// SPDX-License-Identifier: MIT OR Apache-2.0
/// Which of two KIDs is the newer one [RFC9605-5-1].
#pragma once

#include <sotto/sframe.hpp>

namespace sotto::sframe {

/// KIDs rise from key to key, in all their bits or, where they come round, in the low `kid_bits`:
/// there the newer of two is the one that is ahead by less than half of a round.
[[nodiscard]] constexpr bool is_newer(SframeKid a, SframeKid b, unsigned kid_bits) noexcept {
  if (kid_bits >= 64) return a > b;
  const std::uint64_t round = std::uint64_t{1} << kid_bits;
  const std::uint64_t ahead = (std::to_underlying(a) - std::to_underlying(b)) & (round - 1);
  return ahead != 0 && ahead < round / 2;
}

}  // namespace sotto::sframe
