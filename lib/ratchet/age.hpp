// SPDX-License-Identifier: MIT OR Apache-2.0
/// How old something is, by a clock that may be wrong: the one place for that rule [SES-6-4].
///
/// Four parts keep a wrong clock, years ahead or years back, from doing lasting harm.
/// A stored time is doubtful when it lies ahead of the clock, or further back than its age and any
/// plausible time without use (`is_doubtful`): a clock that started in 1970 and is right again
/// makes such times. A doubtful time destroys nothing and closes no session (`over`). It is set to
/// the clock once operations in a row found doubtful times on two days that are not neighbours
/// (`ClockDoubt`): the first cannot know whether the stored time is wrong or the clock is wrong
/// now, and a machine that gets its time late gets it sooner. An operation erases little of what is
/// old (`most_keys_expired`, one chain, one session).
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include <sotto/entropy.hpp>

namespace sotto::ratchet {

/// Skipped keys of a ratchet that one operation erases for their age, at most.
inline constexpr std::size_t most_keys_expired = 16;

/// So long a device may lie unused before its clock is doubted, not its idleness believed.
inline constexpr std::chrono::milliseconds longest_idle = std::chrono::days(400);

/// Whether at least `age` (not negative) went by from `since` to `now`. A clock that went backwards
/// makes nothing expire, and no pair of moments overflows.
[[nodiscard]] constexpr bool aged(Instant since, Instant now,
                                  std::chrono::milliseconds age) noexcept {
  if (now < since) return false;
  const auto passed = static_cast<std::uint64_t>(now.time_since_epoch().count()) -
                      static_cast<std::uint64_t>(since.time_since_epoch().count());
  return passed >= static_cast<std::uint64_t>(age.count());
}

/// Whether the time of something that is destroyed at `age` cannot be right while the clock is.
[[nodiscard]] constexpr bool is_doubtful(Instant since, Instant now,
                                         std::chrono::milliseconds age) noexcept {
  if (since > now) return true;
  const auto passed = static_cast<std::uint64_t>(now.time_since_epoch().count()) -
                      static_cast<std::uint64_t>(since.time_since_epoch().count());
  return passed >
         static_cast<std::uint64_t>(age.count()) + static_cast<std::uint64_t>(longest_idle.count());
}

/// Whether what is destroyed at `age` is to be destroyed, and serves no more: it is as old, and its
/// time is believed.
[[nodiscard]] constexpr bool over(Instant since, Instant now,
                                  std::chrono::milliseconds age) noexcept {
  return aged(since, now, age) && !is_doubtful(since, now, age);
}

/// Which of two is wrong: stored times that are doubtful, or the clock. One byte is all that is
/// kept of it: 0, or 1 + the day modulo 255 on which the first operation in a row found one.
class ClockDoubt {
 public:
  ClockDoubt() noexcept = default;
  explicit ClockDoubt(std::uint8_t stored) noexcept : mark_(stored) {}

  /// One operation that found a doubtful time, or found none. Returns whether the clock is
  /// believed, so that the doubtful times are to be set to it: since the first in a row that found
  /// one, a whole day of the calendar went by, in whichever direction.
  [[nodiscard]] bool believes_clock(bool found, Instant now) noexcept {
    const std::uint8_t today = mark_of(now);
    if (!found || mark_ == 0) mark_ = found ? today : 0;
    const int apart = today > mark_ ? today - mark_ : mark_ - today;
    const bool believed = found && std::min(apart, days_told_apart - apart) >= 2;
    if (believed) mark_ = 0;
    return believed;
  }

  /// This is stored; any value may come back.
  [[nodiscard]] std::uint8_t stored() const noexcept { return mark_; }

 private:
  static constexpr int days_told_apart = 255;
  [[nodiscard]] static std::uint8_t mark_of(Instant now) noexcept {
    const auto day = std::chrono::floor<std::chrono::days>(now.time_since_epoch()).count();
    const auto rest = static_cast<int>(day % days_told_apart);
    return static_cast<std::uint8_t>(1 + (rest < 0 ? rest + days_told_apart : rest));
  }

  std::uint8_t mark_ = 0;
};

}  // namespace sotto::ratchet
