// SPDX-License-Identifier: MIT OR Apache-2.0
/// Numbers that a seed determines: the only source of chance in a simulation.
#pragma once

#include <cstdint>

namespace sotto::prop::sim {

/// One step of SplitMix64: a number that looks random, of any other number.
[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t of) noexcept {
  std::uint64_t z = of + 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/// A sequence of numbers, the same for the same seed.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) noexcept : state_(mixed(seed)) {}

  /// A number below `n`, which is not 0.
  [[nodiscard]] std::uint32_t below(std::uint32_t n) noexcept {
    state_ += 0x9e3779b97f4a7c15;
    return static_cast<std::uint32_t>((mixed(state_) >> 16) % n);
  }

 private:
  std::uint64_t state_;
};

}  // namespace sotto::prop::sim
