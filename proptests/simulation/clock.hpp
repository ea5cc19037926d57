// SPDX-License-Identifier: MIT OR Apache-2.0
/// The clock of one machine: wrong in one of four shapes, and a year ahead for one reading.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include <sotto/entropy.hpp>

#include "dice.hpp"
#include "faults.hpp"

namespace sotto::prop::sim {

/// A clock is no part of a process, so it stays as wrong as it is over restarts. Apart from the
/// year ahead, no clock is ever farther than `max_error` from the true time.
class MachineClock {
 public:
  static constexpr std::chrono::hours max_error{60};

  MachineClock(ClockShape shape, std::uint64_t seed, Instant start) noexcept
      : shape_(shape), seed_(seed), start_(start) {}

  [[nodiscard]] ClockShape shape() const noexcept { return shape_; }

  /// What the clock shows at the true time `now`. The next reading after `leap` is a year ahead.
  [[nodiscard]] Instant read(Instant now) noexcept {
    const std::chrono::milliseconds ahead = leaps_ ? std::chrono::days(365) : std::chrono::days(0);
    leaps_ = false;
    return shown(now) + ahead;
  }

  [[nodiscard]] bool leaps() const noexcept { return leaps_; }
  void leap() noexcept { leaps_ = true; }
  /// It shows the true time from now on.
  void mend() noexcept { mended_ = true, leaps_ = false; }

 private:
  [[nodiscard]] Instant shown(Instant now) const noexcept {
    using std::chrono::duration_cast;
    using std::chrono::milliseconds;
    if (mended_) return now;
    const milliseconds gone = now - start_;
    const auto capped = [](milliseconds error) {
      return std::clamp<milliseconds>(error, -max_error, max_error);
    };
    switch (shape_) {
      case ClockShape::drift:  // 2 % fast or slow
        return now + capped(seed_ % 2 == 0 ? gone / 50 : -gone / 50);
      case ClockShape::period: {  // up to 6 hours to and fro, a triangle of two days
        constexpr std::int64_t period = duration_cast<milliseconds>(std::chrono::days(2)).count();
        const std::int64_t at = gone.count() % period;
        const std::int64_t height = at < period / 2 ? at : period - at;
        return now + milliseconds(height / 4 - period / 16);
      }
      case ClockShape::step: {  // every 5 hours somewhere else within two days
        const auto part = static_cast<std::uint64_t>(gone / std::chrono::hours(5));
        const auto off = static_cast<std::int64_t>(mixed(seed_ ^ part) % 97) - 48;
        return now + std::chrono::hours(off);
      }
      case ClockShape::frozen:  // until somebody sets it right, every 60 hours
        return start_ + gone / max_error * max_error;
    }
    return now;
  }

  ClockShape shape_;
  std::uint64_t seed_;
  Instant start_;
  bool leaps_ = false;
  bool mended_ = false;
};

}  // namespace sotto::prop::sim
