// SPDX-License-Identifier: MIT OR Apache-2.0
/// Flow control of media. A datagram that its receiver's socket has no room for is dropped by the
/// system, and which receiver is slow depends on the machine. So nobody sends more than a window
/// beyond what the receiver said that it took, and all loss is the relay's own doing.
///
/// Datagrams by their first byte: `here` and a role, sent back by the relay; `taken` and how many
/// media packets and ends came (number 4); `end` and the role whose media end with it. All else is
/// media (RTP's version makes the first byte 128 at least) [RFC 3550 §5.1].
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

#include <sotto/bytes.hpp>

#include "demo/codec.hpp"

namespace sotto::demo {

inline constexpr std::uint8_t datagram_here = 0;
inline constexpr std::uint8_t datagram_taken = 1;
inline constexpr std::uint8_t datagram_end = 2;

[[nodiscard]] Blob write_taken(std::uint32_t count);
/// The count of a `taken` datagram; nothing when it is none.
[[nodiscard]] std::optional<std::uint32_t> read_taken(Bytes datagram);
/// The role of a `here` or an `end`; nothing when it is none.
[[nodiscard]] std::optional<std::uint8_t> read_role(Bytes datagram, std::uint8_t kind);
[[nodiscard]] bool is_media(Bytes datagram);

/// What waits to be sent one way, in order.
class SendQueue {
 public:
  /// Datagrams on the way at most. A socket's receive buffer holds several times as many: Linux has
  /// 208 KiB by default and charges 2,304 bytes for a packet of 1,200.
  static constexpr std::uint32_t window = 16;

  using Send = std::function<void(Bytes)>;

  explicit SendQueue(Send send) : send_(std::move(send)) {}

  void put(Blob datagram);
  /// The receiver took `count` datagrams since the beginning. A count beyond what was sent is
  /// passed over.
  void taken(std::uint32_t count);
  /// So much waits that whoever puts more should wait as well.
  [[nodiscard]] bool full() const noexcept { return waiting_.size() >= window; }
  /// All has left, and one more may.
  [[nodiscard]] bool ready() const noexcept { return waiting_.empty() && has_room(); }

 private:
  [[nodiscard]] bool has_room() const noexcept { return sent_ - taken_ < window; }
  void flush();

  Send send_;
  std::deque<Blob> waiting_;
  std::uint32_t sent_ = 0;
  std::uint32_t taken_ = 0;
};

}  // namespace sotto::demo
