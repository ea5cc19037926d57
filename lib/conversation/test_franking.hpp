// SPDX-License-Identifier: MIT OR Apache-2.0
/// A platform and what it passes on, for tests of franking.
#pragma once

#include <deque>
#include <string_view>
#include <vector>

#include <sotto/franking.hpp>

#include "testing/tape_entropy.hpp"

namespace sotto::conversation {

using Buffer = std::vector<std::uint8_t>;

template <class Id>
Id id_of(std::uint8_t byte) {
  std::array<std::uint8_t, Id::size_bytes> bytes{};
  bytes.fill(byte);
  return Id(bytes);
}

/// A content that holds its franking key, as a codec would write it.
inline Buffer content_with(const FrankingKey& key, std::string_view text) {
  Buffer content(key.expose().size() + text.size());
  std::ranges::copy(text, std::ranges::copy(key.expose(), content.begin()).out);
  return content;
}

/// A platform that has passed on some messages of a conversation, of both of its people.
class Passed {
 public:
  explicit Passed(std::uint8_t platform_byte = 0x50, std::uint8_t conversation = 0xc0)
      : platform(std::array<std::uint8_t, 32>{platform_byte}), conversation_(conversation) {}

  void pass(std::uint8_t sender, std::uint8_t recipient, std::string_view text) {
    FrankingKey key = *new_franking_key(entropy_);
    contents_.push_back(content_with(key, text));
    FrankingContext context;
    context.sender = id_of<UserId>(sender);
    context.sender_device = sender;
    context.recipient = id_of<UserId>(recipient);
    context.conversation = id_of<ConversationId>(conversation_);
    context.counter = all.size() + 1;
    context.at = Instant(std::chrono::milliseconds(1'700'000'000'000 + 1000 * all.size()));
    const FrankingStamp stamp = *franking_stamp(platform, frank(key, contents_.back()), context);
    all.push_back({context, stamp, std::move(key), contents_.back()});
  }

  /// Copies of some of them, by counter.
  [[nodiscard]] std::vector<ReportedMessage> some(const std::vector<std::size_t>& counters) const {
    std::vector<ReportedMessage> chosen;
    for (const std::size_t counter : counters) {
      const ReportedMessage& one = all.at(counter - 1);
      chosen.push_back({one.context, one.stamp, one.key.duplicate(), one.content});
    }
    return chosen;
  }

  PlatformKey platform;
  std::vector<ReportedMessage> all;

 private:
  std::uint8_t conversation_;
  testing::TapeEntropy entropy_{7};
  std::deque<Buffer> contents_;
};

/// As bytes, whatever a writer would say to the order: it is asked for each message alone.
inline Buffer joined(const std::vector<ReportedMessage>& messages) {
  Buffer report;
  for (const ReportedMessage& message : messages) {
    Buffer room(report_head_bytes + report_message_bytes + message.content.size());
    static_cast<void>(write_report(room, std::span(&message, 1)).value());
    if (report.empty()) report.assign(room.begin(), room.begin() + report_head_bytes);
    report.insert(report.end(), room.begin() + report_head_bytes, room.end());
  }
  report[report_head_bytes - 2] = static_cast<std::uint8_t>(messages.size() >> 8);
  report[report_head_bytes - 1] = static_cast<std::uint8_t>(messages.size());
  return report;
}

}  // namespace sotto::conversation
