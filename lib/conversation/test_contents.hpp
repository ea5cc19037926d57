// SPDX-License-Identifier: MIT OR Apache-2.0
/// Small contents for tests.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <sotto/content.hpp>
#include <sotto/content_body.hpp>

namespace sotto::testing {

using Buffer = std::vector<std::uint8_t>;

/// `N` bytes that are all `byte`, as a public value.
template <class T>
T filled(std::uint8_t byte) {
  std::array<std::uint8_t, T::size_bytes> bytes;
  bytes.fill(byte);
  return T(bytes);
}

inline MessageId message(std::uint8_t byte) {
  return filled<MessageId>(byte);
}

inline FrankingKey franking_key(std::uint8_t byte = 0x77) {
  return FrankingKey::made_by([byte](auto out) { std::ranges::fill(out, byte); });
}

inline Buffer buffer_of(std::string_view text) {
  return Buffer(text.begin(), text.end());
}

/// A head in which no two fields are alike.
inline ContentHead head_of(ContentKind kind) {
  return {
      .kind = kind,
      .id = message(0x11),
      .conversation = filled<ConversationId>(0x22),
      .sent_at = Instant(std::chrono::milliseconds(0x0102030405)),
      .order = 0x33,
      .number = 0x44,
      .sender = {5, filled<RosterHash>(0x55)},
      .recipient = {6, filled<RosterHash>(0x66)},
      .timer = {TimerType::after_read, 0x01020304, Instant(std::chrono::milliseconds(0x0a0b0c))}};
}

inline Buffer content_of(const ContentHead& head, Bytes body) {
  Buffer room(content_max_padded);
  room.resize(write_content(room, head, franking_key(), body)->size());
  return room;
}

/// A body that its kind allows.
inline Buffer body_of(ContentKind kind) {
  Buffer room(64);
  const auto made = [&room](const Result<MutableBytes>& written) {
    room.resize(written->size());
    return room;
  };
  const std::array ids{message(1), message(2)};
  const Buffer reference{9, 8, 7};
  switch (kind) {
    case ContentKind::attachment:
      return made(write_attachment(room, {reference, "a.png", "image/png"}));
    case ContentKind::timer_change:
      return made(write_timer_change(room, {TimerType::seen_once, 0, Instant{}}));
    case ContentKind::reaction:
      return made(write_reaction(room, {message(1), "\xe2\x9c\x93"}));
    case ContentKind::edit:
      return made(write_edit(room, {message(1), "better"}));
    case ContentKind::delete_for_all:
      return made(write_delete(room, message(1)));
    case ContentKind::read_receipt:
      return made(write_receipt(room, ids));
    default:
      return buffer_of("hello");
  }
}

}  // namespace sotto::testing
