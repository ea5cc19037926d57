// SPDX-License-Identifier: MIT OR Apache-2.0
/// Which counters of one key were opened already [RFC9605-9.3-1].
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <sotto/sframe.hpp>

namespace sotto::sframe {

/// The last `sframe_replay_window` counters up to the newest. Older ones count as seen: they cannot
/// be told from a replay.
class Window {
 public:
  /// Whether `counter` may still be opened. Changes nothing.
  [[nodiscard]] bool accepts(std::uint64_t counter) const noexcept;

  /// Whether anything was opened.
  [[nodiscard]] bool any() const noexcept { return any_; }

  /// Count `counter` as seen. Only for a frame that was accepted and then opened.
  void commit(std::uint64_t counter) noexcept;

 private:
  static constexpr std::size_t word_bits = 64;
  static_assert(sframe_replay_window % word_bits == 0);

  void mark(std::uint64_t counter, bool seen) noexcept;

  bool any_ = false;
  std::uint64_t newest_ = 0;
  /// A ring: the bit of a counter stands at its value modulo the width.
  std::array<std::uint64_t, sframe_replay_window / word_bits> seen_{};
};

}  // namespace sotto::sframe
