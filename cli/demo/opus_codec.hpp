// SPDX-License-Identifier: MIT OR Apache-2.0
/// Opus as the call uses it: 48 kHz, one channel, frames of 20 ms.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <sotto/bytes.hpp>

#include "demo/codec.hpp"
#include "demo/wav.hpp"

struct OpusEncoder;
struct OpusDecoder;

namespace sotto::demo {

inline constexpr std::size_t frame_samples = 960;
inline constexpr std::uint32_t frame_ms = 20;

/// Throws `Failure` when libopus fails.
class SpeechEncoder {
 public:
  SpeechEncoder();
  [[nodiscard]] Blob encode(std::span<const std::int16_t, frame_samples> frame);

 private:
  struct Deleter {
    void operator()(OpusEncoder* encoder) const noexcept;
  };
  std::unique_ptr<OpusEncoder, Deleter> encoder_;
};

/// A decoder and what it has heard so far. Throws `Failure` when libopus fails.
class SpeechDecoder {
 public:
  SpeechDecoder();
  /// Hear one frame; an empty one is a frame that was lost, which is concealed.
  void hear(Bytes frame);
  [[nodiscard]] const Samples& heard() const noexcept { return heard_; }

 private:
  struct Deleter {
    void operator()(OpusDecoder* decoder) const noexcept;
  };
  std::unique_ptr<OpusDecoder, Deleter> decoder_;
  Samples heard_;
};

/// A recording as Opus frames; the last one is filled up with silence.
[[nodiscard]] std::vector<Blob> encode_speech(const Samples& samples);

}  // namespace sotto::demo
