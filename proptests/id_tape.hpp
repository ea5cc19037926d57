// SPDX-License-Identifier: MIT OR Apache-2.0
/// Entropy for prekeys beside their twin, which is told the ids that were drawn.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>

#include "testing/tape_entropy.hpp"

namespace sotto::prop {

/// Entropy that remembers each id that is drawn, and draws some at the end of their range.
class IdTape final : public Entropy {
 public:
  explicit IdTape(std::uint64_t seed) noexcept : tape_(seed), near_end_(seed % 3 == 0) {}

  [[nodiscard]] Result<void> fill(MutableBytes out) noexcept override {
    static_cast<void>(tape_.fill(out));
    if (out.size() != 4) return {};  // Nothing else is as short.
    if (near_end_) {
      out[0] = 0;
      out[1] = out[2] = 0xff;
    }
    std::uint32_t number = 0;
    for (const std::uint8_t byte : out) number = number << 8 | byte;
    ids_.push_back(1 + number % 0xffffff);
    return {};
  }
  std::deque<std::uint32_t> take() { return std::exchange(ids_, {}); }

 private:
  testing::TapeEntropy tape_;
  bool near_end_;
  std::deque<std::uint32_t> ids_;
};

}  // namespace sotto::prop
