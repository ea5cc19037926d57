// SPDX-License-Identifier: MIT OR Apache-2.0
/// How old something is, by a clock that may be wrong for a moment: the one place for that rule.
///
/// Three parts keep one wrong reading, years ahead or years back, from doing lasting harm.
/// A time ahead of the clock makes nothing old (`aged`). An operation erases little of what is old
/// (`most_keys_expired`, one chain, one session). A stored time that lies ahead of the clock is set
/// to it, but only by the second operation in a row that finds one (`ClockDoubt`): the first cannot
/// know whether the stored time is wrong or the clock is wrong now.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include <sotto/entropy.hpp>

namespace sotto::ratchet {

/// Skipped keys of a ratchet that one operation erases for their age, at most.
inline constexpr std::size_t most_keys_expired = 16;

/// Whether at least `age` (not negative) went by from `since` to `now`. A clock that went backwards
/// makes nothing expire, and no pair of moments overflows.
[[nodiscard]] constexpr bool aged(Instant since, Instant now,
                                  std::chrono::milliseconds age) noexcept {
  if (now < since) return false;
  const auto passed = static_cast<std::uint64_t>(now.time_since_epoch().count()) -
                      static_cast<std::uint64_t>(since.time_since_epoch().count());
  return passed >= static_cast<std::uint64_t>(age.count());
}

/// Whether `since` and `now` are at least `age` apart, whichever is earlier: what was stored by a
/// clock that was so far ahead cannot be judged, and is not trusted.
[[nodiscard]] constexpr bool far_apart(Instant since, Instant now,
                                       std::chrono::milliseconds age) noexcept {
  return aged(std::min(since, now), std::max(since, now), age);
}

/// Which of two is wrong: stored times that lie ahead of the clock, or the clock.
class ClockDoubt {
 public:
  ClockDoubt() noexcept = default;
  explicit ClockDoubt(bool doubted) noexcept : doubted_(doubted) {}

  /// One operation that found a stored time ahead of the clock, or found none. Returns whether the
  /// clock is believed, so that the times ahead are to be set to it.
  [[nodiscard]] bool believes_clock(bool found_ahead) noexcept {
    const bool believed = found_ahead && doubted_;
    doubted_ = found_ahead && !believed;
    return believed;
  }

  /// Whether the last operation found one: this is stored.
  [[nodiscard]] bool doubted() const noexcept { return doubted_; }

 private:
  bool doubted_ = false;
};

}  // namespace sotto::ratchet
