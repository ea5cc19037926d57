// SPDX-License-Identifier: MIT OR Apache-2.0
/// A book of timers under a clock that may be wrong: what the messenger keeps in a row.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>
#include <sotto/timers.hpp>

namespace sotto::messenger {

/// A book whose time follows the clock, wherever it is set [CV-5-5]. A step of the clock that is
/// not believed leaves each message the time that it had left. Such are a step back, and a step
/// forward of more than `longest_idle`. How far the clock was put back is remembered, step by step,
/// so that steps forward by as much in all are known for the end of an error, and make nothing due
/// early [CV-5-6].
class ClockedBook {
 public:
  /// So long a device may lie unused before its clock is doubted, not its idleness believed.
  static constexpr std::chrono::milliseconds longest_idle = std::chrono::days(400);

  /// So much later the time is stored again, though nothing happened: how far the clock is put back
  /// is seen from the time that was stored.
  static constexpr std::chrono::milliseconds longest_unstored = std::chrono::hours(1);
  /// A step forward is set against the latest steps back of which it is at least such a part in
  /// all. Against others it is time that passes: else a clock that was years ahead and was put
  /// right would let nothing go for years. What is left of the step is time only if it is as many
  /// times as much.
  static constexpr std::int64_t correcting_part = 16;
  /// Steps back that are told apart; of more, the oldest become one.
  static constexpr std::size_t max_steps = 5;

  static constexpr std::size_t head_bytes = 8 * max_steps;
  static constexpr std::size_t max_bytes = head_bytes + TimerBook::max_bytes;

  ClockedBook() noexcept = default;

  /// The clock shows `now`. Called before anything else is done at that time. Whether the row is to
  /// be stored: the clock had made a step that is not believed, or the time is an hour old.
  bool follow(Instant now) noexcept;

  /// `TimerBook::add` of a message that was sent at `sent_at`, by its sender's clock. When this is
  /// more than `longest_idle` ago, one of the two clocks is wrong: it counts as sent now [CV-5-7].
  [[nodiscard]] Result<TimerStart> add(const MessageId& id, const TimerSetting& setting,
                                       Instant sent_at, bool ours, Instant now) noexcept;

  [[nodiscard]] TimerBook& timers() noexcept { return timers_; }
  [[nodiscard]] const TimerBook& timers() const noexcept { return timers_; }

  /// Bytes: put back(8) of each step, in milliseconds, the latest first, zeros behind the oldest;
  /// then the book. Errors: `buffer_too_small`.
  [[nodiscard]] Result<MutableBytes> write(MutableBytes out) const noexcept;
  /// Also of an earlier version, which kept the sum of all steps alone. Errors: as
  /// `TimerBook::restore`.
  [[nodiscard]] static Result<ClockedBook> restore(Bytes bytes) noexcept;

 private:
  using Steps = std::array<std::chrono::milliseconds, max_steps>;

  void put_back(std::chrono::milliseconds by) noexcept;
  [[nodiscard]] std::chrono::milliseconds correction(std::chrono::milliseconds step) const noexcept;
  void put_forward(std::chrono::milliseconds by) noexcept;

  TimerBook timers_;
  Steps back_{};  ///< how far the clock was put back, and not put forward since; the latest first
};

}  // namespace sotto::messenger
