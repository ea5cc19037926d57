// SPDX-License-Identifier: MIT OR Apache-2.0
/// A stream of the size that pictures of 1280 x 720 have at thirty a second and about 1 Mbit/s,
/// with made-up bytes in it that the receiver can check one by one.
#pragma once

#include <cstdint>
#include <vector>

#include "demo/codec.hpp"

namespace sotto::demo {

inline constexpr std::size_t video_packet_bytes = 1200;  ///< with the RTP header
inline constexpr std::uint32_t video_frames_per_second = 30;

/// The video frames that are due after `ticks` speech frames of 20 ms.
[[nodiscard]] constexpr std::uint32_t video_frames_after(std::uint32_t ticks) noexcept {
  return ticks * video_frames_per_second / 50;
}

class VideoSource {
 public:
  explicit VideoSource(std::uint32_t ssrc) noexcept : ssrc_(ssrc) {}

  /// The next frame in RTP packets: twelve each second's first, three any other. All but a frame's
  /// last packet have `video_packet_bytes`.
  [[nodiscard]] std::vector<Blob> next_frame();
  [[nodiscard]] std::uint32_t packets() const noexcept { return packets_; }

 private:
  std::uint32_t ssrc_;
  std::uint32_t frames_ = 0;
  std::uint32_t packets_ = 0;
};

/// Whether an RTP packet is, byte for byte, one that the source of that SSRC makes.
[[nodiscard]] bool is_video_of(std::uint32_t ssrc, Bytes packet);

}  // namespace sotto::demo
