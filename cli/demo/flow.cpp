// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/flow.hpp"

namespace sotto::demo {

Blob write_taken(std::uint32_t count) {
  Blob datagram{datagram_taken};
  put_u32(datagram, count);
  return datagram;
}

std::optional<std::uint32_t> read_taken(Bytes datagram) {
  if (datagram.size() != 5 || datagram[0] != datagram_taken) return std::nullopt;
  return Cursor(datagram.subspan(1)).take_u32();
}

std::optional<std::uint8_t> read_role(Bytes datagram, std::uint8_t kind) {
  if (datagram.size() != 2 || datagram[0] != kind) return std::nullopt;
  return datagram[1];
}

bool is_media(Bytes datagram) {
  constexpr std::uint8_t rtp_version_2 = 0x80;
  return !datagram.empty() && datagram[0] >= rtp_version_2;
}

void SendQueue::put(Blob datagram) {
  waiting_.push_back(std::move(datagram));
  flush();
}

void SendQueue::taken(std::uint32_t count) {
  // Both count modulo 2^32.
  if (count - taken_ > sent_ - taken_) return;
  taken_ = count;
  flush();
}

void SendQueue::flush() {
  while (!waiting_.empty() && has_room()) {
    send_(waiting_.front());
    waiting_.pop_front();
    ++sent_;
  }
}

}  // namespace sotto::demo
