// SPDX-License-Identifier: MIT OR Apache-2.0
/// Which counters of one RingRTC secret were opened already.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <sotto/ringrtc.hpp>

namespace sotto::call {

/// The last `ringrtc_replay_window` counters up to the newest. Older ones count as seen: they
/// cannot be told from a replay. Counters are 1 and above.
class RingrtcWindow {
 public:
  /// Whether `counter` may still be opened. Changes nothing.
  [[nodiscard]] bool accepts(std::uint32_t counter) const noexcept {
    if (counter > newest_) return true;
    return newest_ - counter < ringrtc_replay_window && (word(counter) & bit(counter)) == 0;
  }

  /// Count `counter` as seen. Only for a frame that was accepted and then opened.
  void commit(std::uint32_t counter) noexcept {
    if (counter > newest_) {
      // The places of the counters passed over hold those of a whole width ago.
      if (counter - newest_ >= ringrtc_replay_window)
        seen_.fill(0);
      else
        for (std::uint32_t i = newest_ + 1; i < counter; ++i) word(i) &= ~bit(i);
      newest_ = counter;
    }
    word(counter) |= bit(counter);
  }

 private:
  static constexpr std::size_t word_bits = 64;
  static_assert(ringrtc_replay_window % word_bits == 0);

  static constexpr std::uint64_t bit(std::uint32_t counter) noexcept {
    return std::uint64_t{1} << (counter % word_bits);
  }
  [[nodiscard]] const std::uint64_t& word(std::uint32_t counter) const noexcept {
    return seen_[counter % ringrtc_replay_window / word_bits];
  }
  [[nodiscard]] std::uint64_t& word(std::uint32_t counter) noexcept {
    return seen_[counter % ringrtc_replay_window / word_bits];
  }

  std::uint32_t newest_ = 0;  ///< 0 before the first
  /// A ring: the bit of a counter stands at its value modulo the width.
  std::array<std::uint64_t, ringrtc_replay_window / word_bits> seen_{};
};

}  // namespace sotto::call
