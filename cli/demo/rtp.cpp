// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/rtp.hpp"

#include <algorithm>

#include "demo/opus_codec.hpp"

namespace sotto::demo {

Blob rtp_packet(std::uint32_t ssrc, std::uint32_t number, Bytes frame) {
  constexpr std::uint8_t version_2 = 0x80;
  constexpr std::uint8_t payload_type = 111;
  Blob packet{version_2, payload_type, static_cast<std::uint8_t>(number >> 8),
              static_cast<std::uint8_t>(number)};
  put_u32(packet, number * static_cast<std::uint32_t>(frame_samples));
  put_u32(packet, ssrc);
  put(packet, frame);
  return packet;
}

std::uint16_t rtp_sequence(Bytes packet) noexcept {
  return static_cast<std::uint16_t>(packet[2] << 8 | packet[3]);
}

bool JitterBuffer::put(std::uint16_t sequence, Bytes frame) {
  // The number nearest to the newest one with these low 16 bits.
  const auto ahead = static_cast<std::int16_t>(sequence - static_cast<std::uint16_t>(end_));
  const std::int64_t number = static_cast<std::int64_t>(end_) + ahead;
  if (number < next_) return false;
  const auto at = static_cast<std::uint32_t>(number);
  waiting_.emplace(at, Blob(frame.begin(), frame.end()));
  end_ = std::max(end_, at + 1);
  while (end_ - next_ > depth || waiting_.contains(next_)) play_next();
  return true;
}

void JitterBuffer::finish(std::uint32_t total) {
  while (next_ < total) play_next();
}

void JitterBuffer::play_next() {
  const auto found = waiting_.find(next_);
  play_(next_, found == waiting_.end() ? Bytes{} : Bytes(found->second));
  if (found != waiting_.end()) waiting_.erase(found);
  ++next_;
}

}  // namespace sotto::demo
