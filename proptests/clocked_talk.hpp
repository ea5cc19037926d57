// SPDX-License-Identifier: MIT OR Apache-2.0
/// A book of timers under a clock that is set as it pleases, and its slow twin.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "messenger/clocked_book.hpp"
#include "twin_timers.hpp"

namespace sotto::prop {

class ClockedTalk {
 public:
  static constexpr std::uint8_t messages = 8;

  /// Let `what` happen, in a manner that the other numbers choose. Empty, or what is wrong.
  std::string apply(std::uint8_t what, std::uint8_t which, std::uint16_t how) {
    using std::chrono::days;
    using std::chrono::minutes;
    switch (what % 12) {
      case 0:
      case 1:
      case 2:
        return add(id_of(which), how);
      case 3:
        look();
        return book_.timers().read(id_of(which), now_) == twin_.read(id_of(which), axis())
                   ? check()
                   : "read came to something else";
      case 4:
        return book_.timers().done(id_of(which)) == twin_.done(id_of(which))
                   ? check()
                   : "done came to something else";
      case 5:
        return restart();
      case 6:
        now_ += std::chrono::milliseconds(how);
        break;
      case 7:
      case 8:
        now_ += minutes(how % 4096);
        break;
      case 9:
        now_ -= minutes(how % 4096);
        break;
      case 10:
        now_ += days(how % 1000);
        break;
      default:
        now_ -= days(how % 1000);
        break;
    }
    now_ = std::max(now_, Instant{});
    return check();
  }

 private:
  static MessageId id_of(std::uint8_t which) {
    std::array<std::uint8_t, MessageId::size_bytes> bytes{};
    bytes[3] = which % messages;
    return MessageId(bytes);
  }

  /// Both see what the clock shows.
  void look() {
    book_.follow(now_);
    if (twin_.running().empty()) clock_.forget();
    time_ = clock_.show(now_);
  }
  /// When it is, on the twin's axis.
  [[nodiscard]] Instant axis() const {
    return Instant(std::chrono::days(20'000)) + std::chrono::milliseconds(time_);
  }

  std::string add(const MessageId& id, std::uint16_t how) {
    look();
    const auto length = static_cast<std::uint32_t>(how / 2 % 64);
    const TimerSetting setting{how % 2 == 0 ? TimerType::after_send : TimerType::after_read,
                               length < 32 ? 60 * (length + 1) : 86'400 * length, Instant{}};
    const auto ago =
        how / 128 % 4 == 0 ? std::chrono::days(how / 512 * 7) : std::chrono::minutes(how / 512);
    const Instant sent_at = now_ - ago;
    const auto begun = book_.add(id, setting, sent_at, false, now_);
    if (!begun) return "a good timer was refused";
    const auto seen = now_ - std::max(sent_at, Instant{});
    const Instant sent = seen > std::chrono::days(400) ? axis() : axis() - seen;
    return *begun == twin_.add(id, setting, sent, false, axis()) ? check()
                                                                 : "add came to something else";
  }

  std::string restart() {
    if (book_.timers().running().empty()) return {};
    std::vector<std::uint8_t> room(messenger::ClockedBook::max_bytes);
    const auto bytes = book_.write(room);
    if (!bytes) return "the book cannot be written";
    auto again = messenger::ClockedBook::restore(*bytes);
    if (!again) return "the book cannot be read";
    book_ = std::move(*again);
    return check();
  }

  std::string check() {
    look();
    std::vector<MessageId> due, twins;
    for (const RunningTimer& one : book_.timers().due(now_)) due.push_back(one.id);
    for (const auto& [at, id] : twin_.due(axis())) twins.push_back(id);
    std::ranges::sort(due);
    std::ranges::sort(twins);
    if (due != twins) return "other messages are due";
    for (const RunningTimer& one : book_.timers().running()) {
      if (std::ranges::find(due, one.id) != due.end()) continue;
      const auto all = twin_.running();
      const auto twin = std::ranges::find(all, one.id, &TwinTimers::Due::value_type::second);
      if (twin == all.end()) return "a message is lost";
      if (twin->first - axis() != one.deadline - now_) return "a message has another time left";
    }
    return book_.timers().running().size() == twin_.running().size() ? "" : "the books differ";
  }

  messenger::ClockedBook book_;
  TwinTimers twin_;
  TwinClock clock_;
  TwinClock::Axis time_ = 0;
  Instant now_ = Instant(std::chrono::days(20'000));
};

}  // namespace sotto::prop
