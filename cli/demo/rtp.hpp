// SPDX-License-Identifier: MIT OR Apache-2.0
/// RTP packets as the call sends them, and the jitter buffer that puts them in order again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>

#include <sotto/bytes.hpp>

#include "demo/codec.hpp"

namespace sotto::demo {

inline constexpr std::size_t rtp_header_bytes = 12;

/// One Opus frame as an RTP packet: version 2, payload type 111, 960 ticks a frame [RFC 7587].
[[nodiscard]] Blob rtp_packet(std::uint32_t ssrc, std::uint32_t number, Bytes frame);

/// The sequence number of a packet of at least a header's size.
[[nodiscard]] std::uint16_t rtp_sequence(Bytes packet) noexcept;

/// Holds frames back until those before them had a fair chance to come.
class JitterBuffer {
 public:
  /// Frames that may still be missing while this many later ones have come.
  static constexpr std::uint32_t depth = 8;

  /// `play(number, frame)` hears frames in order; an empty one is lost.
  using Play = std::function<void(std::uint32_t, Bytes)>;

  explicit JitterBuffer(Play play) : play_(std::move(play)) {}

  /// A packet opened. Answers false when its turn has passed.
  bool put(std::uint16_t sequence, Bytes frame);

  /// One above the highest number seen.
  [[nodiscard]] std::uint32_t end() const noexcept { return end_; }

  /// The stream had `total` frames: play what is left.
  void finish(std::uint32_t total);

 private:
  void play_next();

  Play play_;
  std::map<std::uint32_t, Blob> waiting_;
  std::uint32_t next_ = 0;
  std::uint32_t end_ = 0;
};

}  // namespace sotto::demo
