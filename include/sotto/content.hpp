// SPDX-License-Identifier: MIT OR Apache-2.0
/// What one message says, as the bytes that a session encrypts: a fixed head, a body, padding to a
/// size class. Specified in spec/content.md.
///
/// Buffers hold plaintext and the franking key: wiping them is their owner's. On an error every
/// output is untouched.
#pragma once

#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>

#include <sotto/address.hpp>
#include <sotto/bytes.hpp>
#include <sotto/entropy.hpp>
#include <sotto/error.hpp>
#include <sotto/franking.hpp>
#include <sotto/ids.hpp>
#include <sotto/roster.hpp>
#include <sotto/secret.hpp>
#include <sotto/timers.hpp>

namespace sotto {

/// Numbers that are not here, above zero, are kinds of newer versions: they are read and written
/// with their body as it is [CN-2-2].
enum class ContentKind : std::uint16_t {  // NOLINT(performance-enum-size): 2 bytes on the wire
  text = 1,
  attachment,      ///< a reference to a sealed file
  timer_change,    ///< the conversation's timer from here on
  reaction,        ///< to a message, or the removal of one
  edit,            ///< a new text for a message of one's own
  delete_for_all,  ///< of a message of one's own
  read_receipt,
  call,         ///< a call's signal
  device_note,  ///< of rosters
};

[[nodiscard]] constexpr bool is_known(ContentKind kind) noexcept {
  return kind >= ContentKind::text && kind <= ContentKind::device_note;
}

inline constexpr std::size_t content_head_bytes = 205;
inline constexpr std::size_t content_max_body = 66'560;

/// The size class of a content of `size` bytes, head included: the next multiple of 512 up to
/// 4,096; beyond, eight classes to a doubling [CN-3-1].
[[nodiscard]] constexpr std::size_t padded_content_size(std::size_t size) noexcept {
  const std::size_t step = size <= 4096 ? 512 : std::bit_floor(size - 1) / 8;
  return (size + step - 1) & ~(step - 1);  // A step is a power of two.
}

/// 73,728: room for any content.
inline constexpr std::size_t content_max_padded =
    padded_content_size(content_head_bytes + content_max_body);

/// What every content says before its body.
struct ContentHead {
  ContentKind kind = ContentKind::text;
  MessageId id;
  ConversationId conversation;
  Instant sent_at{};         ///< by the sender's clock: to be shown, and for timers; orders nothing
  std::uint64_t order = 1;   ///< Lamport number, see `next_order`
  std::uint64_t number = 0;  ///< contents this device has sent in this conversation before
  RosterClaim sender;        ///< of the sender's own list
  RosterClaim recipient;     ///< of the other person's, as the sender knows it
  TimerSetting timer;

  friend bool operator==(const ContentHead&, const ContentHead&) noexcept = default;
};

/// A content that was read: views of the bytes that were handed in.
struct ContentView {
  ContentHead head;
  std::span<const std::uint8_t, FrankingKey::size_bytes> franking_key;
  Bytes body;
  Bytes franked;  ///< all but the padding: what a franking tag is over
};

/// Write a content, padded to its size class; `body` is what its kind's writer made
/// (content_body.hpp). Errors: `malformed` (a body that its kind has not, a timer that is not
/// valid, order 0, a time before 1970), `buffer_too_small`, `buffers_overlap`.
[[nodiscard]] Result<MutableBytes> write_content(MutableBytes out, const ContentHead& head,
                                                 const FrankingKey& franking_key,
                                                 Bytes body) noexcept;

/// Read a padded content. The body of a known kind is known to be good then. Errors: `malformed`,
/// `unsupported_version` [CN-2-1].
[[nodiscard]] Result<ContentView> read_content(Bytes padded) noexcept;

/// Read a content without its padding, as a report shows it. Errors: as `read_content`.
[[nodiscard]] Result<ContentView> read_franked_content(Bytes franked) noexcept;

/// Place of a content in the one order in which all devices show a conversation [CN-4-1]. What a
/// device wrote knowing another content comes after it; two that knew nothing of each other come
/// in an order that is arbitrary, but everywhere the same.
struct OrderKey {
  std::uint64_t order = 0;
  UserId sender;
  DeviceId device{};
  MessageId id;

  friend auto operator<=>(const OrderKey&, const OrderKey&) noexcept = default;
};

/// `device` is the one whose session the content came through.
[[nodiscard]] inline OrderKey order_key(const ContentHead& head, const UserId& sender,
                                        DeviceId device) noexcept {
  return {head.order, sender, device, head.id};
}

/// The order of the next content to send, after the `largest` that this device has sent or taken in
/// the conversation (0: none). At the end it stays, and ties decide [CN-4-2].
[[nodiscard]] constexpr std::uint64_t next_order(std::uint64_t largest) noexcept {
  return largest + (largest != UINT64_MAX ? 1 : 0);
}

}  // namespace sotto
