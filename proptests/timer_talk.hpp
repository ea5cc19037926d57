// SPDX-License-Identifier: MIT OR Apache-2.0
/// A book of timers and its slow twin, to which the same happens.
#pragma once

#include <string>

#include <sotto/timers.hpp>

#include "twin_timers.hpp"

namespace sotto::prop {

class TimerTalk {
 public:
  static constexpr std::uint8_t messages = 12;

  /// Let `what` happen, in a manner that the other numbers choose. Empty, or what is wrong.
  std::string apply(std::uint8_t what, std::uint8_t which, std::uint16_t how) {
    const MessageId id = id_of(which);
    switch (what % 12) {
      case 0:
      case 1:
      case 2:
        return add(id, how);
      case 3:
      case 4:
        return agree(book_.read(id, now_), twin_.read(id, now_), "read");
      case 5:
        return agree(book_.close(id, now_), twin_.close(id, now_), "close");
      case 6:
        now_ += std::chrono::milliseconds(how);
        break;
      case 7:
        now_ += std::chrono::minutes(how % 4096);
        break;
      case 8:
        now_ -= std::chrono::minutes(how % 4096);
        break;
      case 9:
        return restart();
      case 10:
        if (how % 4 == 0) {
          book_.correct_clock(now_);
          twin_.correct_clock(now_);
        }
        break;
      default:
        return agree(book_.done(id), twin_.done(id), "done");
    }
    return check_due();
  }

 private:
  static MessageId id_of(std::uint8_t which) {
    std::array<std::uint8_t, MessageId::size_bytes> bytes{};
    bytes[3] = which % messages;
    return MessageId(bytes);
  }

  std::string add(const MessageId& id, std::uint16_t how) {
    TimerSetting setting{.type = static_cast<TimerType>(how % 4), .seconds = 0, .set_at = {}};
    const auto length = static_cast<std::uint32_t>(how / 4 % 64);
    if (setting.type == TimerType::after_read || setting.type == TimerType::after_send)
      setting.seconds = length < 60 ? 1 + length : 3600 * length;
    const Instant sent_at = now_ + std::chrono::seconds(16) * (how / 256 % 8 - 6);
    const bool ours = how / 2048 % 2 == 0;
    const auto begun = book_.add(id, setting, sent_at, ours, now_);
    if (!begun) return "a good timer was refused";
    return agree(*begun, twin_.add(id, setting, sent_at, ours, now_), "add");
  }

  std::string restart() {
    std::array<std::uint8_t, TimerBook::max_bytes> room;
    const auto bytes = book_.write(room);
    if (!bytes) return "the book cannot be written";
    auto again = TimerBook::restore(*bytes);
    if (!again) return "the book cannot be read";
    book_ = std::move(*again);
    return check();
  }

  template <class T>
  std::string agree(const T& ours, const T& twins, const char* what) {
    if (ours != twins) return std::string(what) + " came to something else";
    return check();
  }

  std::string check_due() {
    return same(book_.due(now_), twin_.due(now_)) ? check() : "other messages are due";
  }

  [[nodiscard]] std::string check() const {
    const TwinTimers::Due all = twin_.running();
    if (!same(book_.running(), all)) return "the books differ";
    const auto next = book_.next_deadline();
    if (all.empty() ? next.has_value() : next != all.front().first) return "another deadline";
    return {};
  }

  static bool same(std::span<const RunningTimer> ours, const TwinTimers::Due& twins) {
    return std::ranges::equal(ours, twins, {}, [](const RunningTimer& entry) {
      return std::pair(entry.deadline, entry.id);
    });
  }

  TimerBook book_;
  TwinTimers twin_;
  Instant now_ = Instant(std::chrono::days(20'000));
};

}  // namespace sotto::prop
