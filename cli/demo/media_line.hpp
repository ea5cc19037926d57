// SPDX-License-Identifier: MIT OR Apache-2.0
/// One side of a call in progress: speech out, speech in.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sotto/call.hpp>

#include "demo/codec.hpp"
#include "demo/net.hpp"
#include "demo/opus_codec.hpp"
#include "demo/rtp.hpp"

namespace sotto::demo {

class MediaLine {
 public:
  /// Tells the relay where this side listens, and waits until it knows.
  MediaLine(CallSide side, std::uint16_t udp_port);

  void start(CallMedia&& media) { media_.emplace(std::move(media)); }

  [[nodiscard]] int fd() const noexcept { return socket_.get(); }

  /// Protect and send frame `number`.
  void send(std::uint32_t number, Bytes frame);

  /// Open all packets that have come; what does not open is counted and dropped.
  void receive();

  /// The peer sent `total` frames.
  void finish(std::uint32_t total);

  /// Frames played so far: '1' for heard, '0' for lost, in order.
  [[nodiscard]] const std::string& pattern() const noexcept { return pattern_; }
  [[nodiscard]] const Samples& heard() const noexcept { return decoder_.heard(); }
  [[nodiscard]] std::uint32_t opened() const noexcept { return opened_; }
  [[nodiscard]] Clock::time_point last_packet() const noexcept { return last_packet_; }

  /// Say each refusal aloud, not just count it: after the call, when the relay tries its tricks.
  void announce_refusals() noexcept { announce_ = true; }

 private:
  void open(Bytes packet);

  std::uint32_t ssrc_;
  Fd socket_;
  std::optional<CallMedia> media_;
  SpeechDecoder decoder_;
  std::string pattern_;
  JitterBuffer jitter_;
  std::uint32_t opened_ = 0;
  bool announce_ = false;
  Clock::time_point last_packet_ = Clock::now();
};

}  // namespace sotto::demo
