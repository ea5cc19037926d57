// SPDX-License-Identifier: MIT OR Apache-2.0
/// Messages that disappear: what a timer is, and the book of those that run. Specified in
/// spec/timers.md.
///
/// The book says what is due; erasing content and keys is its caller's, who tells it when that is
/// done. It reads no clock, and allocates only in `add` and `restore`.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include <sotto/bytes.hpp>
#include <sotto/entropy.hpp>
#include <sotto/error.hpp>
#include <sotto/ids.hpp>

namespace sotto {

enum class TimerType : std::uint8_t {
  off = 0,
  seen_once,   ///< gone once it was shown and closed
  after_read,  ///< `seconds` after it was first read
  after_send,  ///< `seconds` after it was sent, read or not
};

/// A year of 365 days [TM-1-1].
inline constexpr std::uint32_t timer_max_seconds = 365 * 24 * 3600;
/// A message whose timer waits for a reader counts as read after so long [TM-3-3].
inline constexpr std::chrono::milliseconds timer_max_unread = std::chrono::days(14);
/// What is seen once counts as closed so long after it was opened, whatever the app did [TM-3-4].
inline constexpr std::chrono::milliseconds timer_max_open = std::chrono::hours(1);

/// How long a message is to live. It travels inside the message, which it is authenticated with.
struct TimerSetting {
  TimerType type = TimerType::off;
  std::uint32_t seconds = 0;  ///< after_read, after_send: 1 to `timer_max_seconds`; otherwise 0
  Instant set_at{};           ///< when a person chose it, by the clock of that device; only shown

  friend bool operator==(const TimerSetting&, const TimerSetting&) noexcept = default;
};

/// Whether a setting is one that may be sent and taken [TM-1-1].
[[nodiscard]] bool is_valid(const TimerSetting& setting) noexcept;

/// A message whose time is measured.
struct RunningTimer {
  MessageId id;
  TimerType type = TimerType::after_send;
  bool ours = false;    ///< sent by this account, from this device or another
  bool read = false;    ///< somebody whom it waits for has read it
  bool closed = false;  ///< seen once, and closed
  std::uint32_t seconds = 0;
  Instant deadline{};  ///< due from then on

  friend bool operator==(const RunningTimer&, const RunningTimer&) noexcept = default;
};

/// What became of a message that was put into the book.
enum class TimerStart : std::uint8_t {
  untimed,  ///< it has no timer: not in the book
  running,
  known,  ///< it was there before: nothing changed
  over,   ///< its time was up before it came: not in the book, and never to be shown
};

/// The running timers of a conversation, in the order in which they are due. Not thread-safe.
///
/// Time is the largest `now` that was ever given: a clock that goes backwards stands still here,
/// until it has caught up [TM-4-1].
class TimerBook {
 public:
  /// Timers in one book. An app with more begins another book.
  static constexpr std::size_t max_running = 1024;
  static constexpr std::size_t head_bytes = 1 + 8 + 2;
  static constexpr std::size_t entry_bytes = 16 + 1 + 1 + 4 + 8;
  static constexpr std::size_t max_bytes = head_bytes + max_running * entry_bytes;

  TimerBook() noexcept = default;
  TimerBook(TimerBook&& other) noexcept;
  TimerBook& operator=(TimerBook&& other) noexcept;
  ~TimerBook() = default;

  /// A message was sent (`ours`) or has come. `sent_at` is the sender's word [TM-2-1]. Errors:
  /// `malformed` (a setting that is not valid), `exhausted` (the book is full), `out_of_memory`.
  [[nodiscard]] Result<TimerStart> add(const MessageId& id, const TimerSetting& setting,
                                       Instant sent_at, bool ours, Instant now) noexcept;

  /// A message of theirs was read or opened on a device of this account; one of ours was read by
  /// them, as a receipt says. The first time counts; whether anything changed [TM-3-1].
  bool read(const MessageId& id, Instant now) noexcept;

  /// What is seen once has been closed: it is due at once. Whether anything changed [TM-3-4].
  bool close(const MessageId& id, Instant now) noexcept;

  /// The messages whose time is up, the earliest first: a view until the book is changed. They stay
  /// due until `done` [TM-3-5].
  [[nodiscard]] std::span<const RunningTimer> due(Instant now) noexcept;

  /// It has been erased: the book forgets it. Whether it was there.
  bool done(const MessageId& id) noexcept;

  /// When something will be due that is in the book; none when it is empty.
  [[nodiscard]] std::optional<Instant> next_deadline() const noexcept;

  /// The app knows that the clock was wrong and is right now. Every message keeps the time that it
  /// had left, and time goes on from `now` [TM-4-2].
  void correct_clock(Instant now) noexcept;

  /// All of them, in the order in which they are due.
  [[nodiscard]] std::span<const RunningTimer> running() const noexcept {
    return {entries_.get(), count_};
  }
  /// The largest `now` so far; 1970 before the first.
  [[nodiscard]] Instant latest() const noexcept { return latest_; }

  /// The book as bytes [TM-5-1]: `head_bytes`, and `entry_bytes` for each. Errors:
  /// `buffer_too_small`.
  [[nodiscard]] Result<MutableBytes> write(MutableBytes out) const noexcept;
  /// The book from its bytes, and from nothing else. Errors: `malformed`, `unsupported_version`,
  /// `out_of_memory`.
  [[nodiscard]] static Result<TimerBook> restore(Bytes bytes) noexcept;

 private:
  Instant advance(Instant now) noexcept;
  [[nodiscard]] RunningTimer* find(const MessageId& id) noexcept;
  [[nodiscard]] bool reserve(std::size_t room) noexcept;
  void move_to(RunningTimer& entry, Instant deadline) noexcept;

  std::unique_ptr<RunningTimer[]> entries_;
  std::size_t count_ = 0;
  std::size_t room_ = 0;
  Instant latest_{};
};

}  // namespace sotto
