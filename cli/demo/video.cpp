// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/video.hpp"

#include <algorithm>

#include "demo/rtp.hpp"

namespace sotto::demo {
namespace {

constexpr std::size_t full_payload = video_packet_bytes - rtp_header_bytes;
constexpr std::size_t last_payload = 700;

/// RTP, version 2, payload type 96, marker at a frame's last packet, 3,000 ticks of 90 kHz a frame.
Blob video_packet(std::uint32_t ssrc, std::uint32_t number, std::uint32_t frame, bool last) {
  constexpr std::uint8_t version_2 = 0x80;
  constexpr std::uint8_t payload_type = 96;
  Blob packet{version_2, static_cast<std::uint8_t>(payload_type | (last ? 0x80 : 0)),
              static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
  put_u32(packet, frame * 3000);
  put_u32(packet, ssrc);
  put_u32(packet, number);
  put_u32(packet, frame);
  const std::size_t size = rtp_header_bytes + (last ? last_payload : full_payload);
  std::uint32_t state = (ssrc ^ number * 0x9e3779b9U) | 1U;
  while (packet.size() < size) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    packet.push_back(static_cast<std::uint8_t>(state));
  }
  return packet;
}

}  // namespace

std::vector<Blob> VideoSource::next_frame() {
  const std::uint32_t count = frames_ % video_frames_per_second == 0 ? 12 : 3;
  std::vector<Blob> out;
  for (std::uint32_t i = 0; i < count; ++i)
    out.push_back(video_packet(ssrc_, packets_++, frames_, i + 1 == count));
  ++frames_;
  return out;
}

bool is_video_of(std::uint32_t ssrc, Bytes packet) {
  if (packet.size() < rtp_header_bytes) return false;
  Cursor numbers(packet.subspan(rtp_header_bytes));
  const auto number = numbers.take_u32();
  const auto frame = numbers.take_u32();
  if (!number || !frame) return false;
  return std::ranges::equal(packet, video_packet(ssrc, *number, *frame, (packet[1] & 0x80) != 0));
}

}  // namespace sotto::demo
