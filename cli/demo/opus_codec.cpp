// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/opus_codec.hpp"

#include <algorithm>
#include <array>

#include <opus/opus.h>

#include "demo/failure.hpp"

namespace sotto::demo {
namespace {

constexpr std::size_t largest_frame_bytes = 1275;  // RFC 6716 §3.4

int check(int answer) {
  if (answer < 0) throw Failure(std::string("Opus: ") + opus_strerror(answer));
  return answer;
}

}  // namespace

void SpeechEncoder::Deleter::operator()(OpusEncoder* encoder) const noexcept {
  opus_encoder_destroy(encoder);
}

SpeechEncoder::SpeechEncoder() {
  int error = OPUS_OK;
  encoder_.reset(opus_encoder_create(static_cast<opus_int32>(sample_rate_hz), 1,
                                     OPUS_APPLICATION_VOIP, &error));
  check(error);
}

Blob SpeechEncoder::encode(std::span<const std::int16_t, frame_samples> frame) {
  Blob out(largest_frame_bytes);
  const int size = check(opus_encode(encoder_.get(), frame.data(), static_cast<int>(frame.size()),
                                     out.data(), static_cast<opus_int32>(out.size())));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

void SpeechDecoder::Deleter::operator()(OpusDecoder* decoder) const noexcept {
  opus_decoder_destroy(decoder);
}

SpeechDecoder::SpeechDecoder() {
  int error = OPUS_OK;
  decoder_.reset(opus_decoder_create(static_cast<opus_int32>(sample_rate_hz), 1, &error));
  check(error);
}

void SpeechDecoder::hear(Bytes frame) {
  std::array<std::int16_t, frame_samples> pcm;
  const bool lost = frame.empty();
  const int decoded = check(opus_decode(decoder_.get(), lost ? nullptr : frame.data(),
                                        static_cast<opus_int32>(frame.size()), pcm.data(),
                                        static_cast<int>(pcm.size()), 0));
  heard_.insert(heard_.end(), pcm.begin(), pcm.begin() + decoded);
}

std::vector<Blob> encode_speech(const Samples& samples) {
  SpeechEncoder encoder;
  std::vector<Blob> frames;
  for (std::size_t at = 0; at < samples.size(); at += frame_samples) {
    std::array<std::int16_t, frame_samples> frame{};
    const std::size_t n = std::min(frame_samples, samples.size() - at);
    std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(at), n, frame.begin());
    frames.push_back(encoder.encode(frame));
  }
  return frames;
}

}  // namespace sotto::demo
