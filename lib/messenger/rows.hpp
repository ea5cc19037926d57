// SPDX-License-Identifier: MIT OR Apache-2.0
/// What the rows of a messenger are called, in a space of their own in the device's store.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <sotto/bytes.hpp>
#include <sotto/content.hpp>
#include <sotto/conversation.hpp>
#include <sotto/ids.hpp>

#include "base/fields.hpp"
#include "base/writer.hpp"

namespace sotto::messenger {

/// The first byte, and what follows it.
enum class RowKind : std::uint8_t {
  account = 'a',       ///< nothing: whose messenger this is
  roster = 'r',        ///< user: the lists that we know of it
  watch = 'w',         ///< user, device: what they say of our list, while we look for it
  conversation = 'c',  ///< conversation: choice, numbers, timer
  content = 'm',       ///< conversation, place: a content that can be shown
  place = 'p',         ///< conversation, author, message id: where it stands, or that it is gone
  timers = 't',        ///< conversation, author: the book of timers of that person's messages
  last_number = 'n',   ///< nothing: the number of the last message sent
  plan = 'o',          ///< conversation, message id: who is to have a message
  job = 'j',           ///< number, user, device: one of them who does not have it yet
  sealed = 's',        ///< the same: the bytes
};

/// The name of a row.
class RowKey {
 public:
  explicit RowKey(RowKind kind) noexcept { put_uint(std::to_underlying(kind)); }
  [[nodiscard]] Bytes bytes() const noexcept { return Bytes(bytes_).first(size_); }

  RowKey& put(Bytes bytes) noexcept;
  template <class T>
  RowKey& put_uint(T value) noexcept {
    std::array<std::uint8_t, sizeof(T)> bytes;
    base::Writer writer(bytes);
    writer.put_uint(value);
    return put(bytes);
  }
  RowKey& put(const UserDevice& device) noexcept {
    return put(device.user.bytes()).put_uint(std::to_underlying(device.device));
  }
  RowKey& put(const OrderKey& place) noexcept;

  static constexpr std::size_t max_bytes = 128;

 private:
  std::array<std::uint8_t, max_bytes> bytes_{};
  std::size_t size_ = 0;
};

[[nodiscard]] inline RowKey roster_row(const UserId& user) noexcept {
  return RowKey(RowKind::roster).put(user.bytes());
}
[[nodiscard]] inline RowKey watch_row(const UserDevice& device) noexcept {
  return RowKey(RowKind::watch).put(device);
}
[[nodiscard]] inline RowKey conversation_row(const ConversationId& id) noexcept {
  return RowKey(RowKind::conversation).put(id.bytes());
}
[[nodiscard]] inline RowKey timers_row(const ConversationId& id, const UserId& author) noexcept {
  return RowKey(RowKind::timers).put(id.bytes()).put(author.bytes());
}
[[nodiscard]] inline RowKey content_row(const ConversationId& id, const OrderKey& place) noexcept {
  return RowKey(RowKind::content).put(id.bytes()).put(place);
}
[[nodiscard]] inline RowKey place_row(const ConversationId& id,
                                      const MessageName& message) noexcept {
  return RowKey(RowKind::place).put(id.bytes()).put(message.author.bytes()).put(message.id.bytes());
}
[[nodiscard]] inline RowKey plan_row(const ConversationId& id, const MessageId& message) noexcept {
  return RowKey(RowKind::plan).put(id.bytes()).put(message.bytes());
}
[[nodiscard]] inline RowKey job_row(RowKind kind, std::uint64_t number,
                                    const UserDevice& to) noexcept {
  return RowKey(kind).put_uint(number).put(to);
}

/// A device as it stands in keys and rows: user(32) device(4).
[[nodiscard]] UserDevice read_device(base::Fields& fields) noexcept;

/// A place as bytes: order(8) user(32) device(4) message(16).
inline constexpr std::size_t place_bytes = 60;
void put_place(base::Writer& writer, const OrderKey& place) noexcept;
[[nodiscard]] OrderKey read_place(base::Fields& fields) noexcept;

}  // namespace sotto::messenger
