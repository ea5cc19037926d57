// SPDX-License-Identifier: MIT OR Apache-2.0
/// KIDs of a sender's chain, taken apart [RFC9605-5.1-2].
#pragma once

#include <sotto/sframe.hpp>

namespace sotto::sframe {

[[nodiscard]] constexpr bool is_valid(SframeChain chain) noexcept {
  return chain.step_bits >= 1 && chain.step_bits <= 16;
}
[[nodiscard]] constexpr std::uint64_t step_mask(SframeChain chain) noexcept {
  return (std::uint64_t{1} << chain.step_bits) - 1;
}
[[nodiscard]] constexpr std::uint64_t step_of(SframeChain chain, SframeKid kid) noexcept {
  return std::to_underlying(kid) & step_mask(chain);
}
[[nodiscard]] constexpr std::uint64_t generation_of(SframeChain chain, SframeKid kid) noexcept {
  return std::to_underlying(kid) >> chain.step_bits;
}

}  // namespace sotto::sframe
