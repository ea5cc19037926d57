// SPDX-License-Identifier: MIT OR Apache-2.0
/// A book of timers under a clock that may be wrong: what the messenger keeps in a row.
#pragma once

#include <chrono>
#include <cstddef>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>
#include <sotto/timers.hpp>

namespace sotto::messenger {

/// A book whose time follows the clock, wherever it is set [CV-5-5]. A step of the clock that is
/// not believed leaves each message the time that it had left. Such are a step back, and a step
/// forward of more than `longest_idle`. How far the clock was put back is remembered, so that a
/// step forward by as much is known for the end of an error, and makes nothing due early.
class ClockedBook {
 public:
  /// So long a device may lie unused before its clock is doubted, not its idleness believed.
  static constexpr std::chrono::milliseconds longest_idle = std::chrono::days(400);

  static constexpr std::size_t head_bytes = 8;
  static constexpr std::size_t max_bytes = head_bytes + TimerBook::max_bytes;

  ClockedBook() noexcept = default;

  /// The clock shows `now`. Called before anything else is done at that time. Whether the clock had
  /// made a step that is not believed: then the row is to be stored.
  bool follow(Instant now) noexcept;

  [[nodiscard]] TimerBook& timers() noexcept { return timers_; }
  [[nodiscard]] const TimerBook& timers() const noexcept { return timers_; }

  /// Bytes: put back(8), in milliseconds, then the book. Errors: `buffer_too_small`.
  [[nodiscard]] Result<MutableBytes> write(MutableBytes out) const noexcept;
  /// Errors: as `TimerBook::restore`.
  [[nodiscard]] static Result<ClockedBook> restore(Bytes bytes) noexcept;

 private:
  TimerBook timers_;
  std::chrono::milliseconds put_back_{};  ///< of the clock, and not put forward since
};

}  // namespace sotto::messenger
