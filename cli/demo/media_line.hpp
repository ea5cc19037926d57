// SPDX-License-Identifier: MIT OR Apache-2.0
/// One side of a call in progress: speech and video out, speech and video in.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <sotto/sotto_call.hpp>

#include "demo/codec.hpp"
#include "demo/net.hpp"
#include "demo/opus_codec.hpp"
#include "demo/rtp.hpp"
#include "demo/video.hpp"

namespace sotto::demo {

/// A socket for media: tells the relay where this role listens, and waits until it knows.
[[nodiscard]] Fd connect_media(std::uint16_t udp_port, std::uint8_t role);

class MediaLine {
 public:
  MediaLine(CallSide side, std::uint16_t udp_port);

  /// Hears the epoch of each packet that opened.
  void on_opened(std::function<void(std::uint32_t)> handler) { on_opened_ = std::move(handler); }

  /// Takes the keys; what came before them is opened now.
  void start(CallSendKeys&& send, CallReceiveKeys&& receive);
  /// New keys while the call goes on, and the end of old ones.
  void seal_under(CallSendKeys&& keys);
  void open_under(CallReceiveKeys&& keys);
  void retire(std::uint32_t epoch);
  [[nodiscard]] std::uint32_t sending_epoch() const noexcept { return sending_epoch_; }

  [[nodiscard]] int fd() const noexcept { return socket_.get(); }

  /// Protect and send speech frame `number`, or the next video frame.
  void send(std::uint32_t number, Bytes frame);
  void send_video();

  /// Open all packets that have come; what does not open is counted and dropped.
  void receive();

  /// The peer sent `total` frames.
  void finish(std::uint32_t total);

  /// Frames played so far: '1' for heard, '0' for lost, in order.
  [[nodiscard]] const std::string& pattern() const noexcept { return pattern_; }
  [[nodiscard]] const Samples& heard() const noexcept { return decoder_.heard(); }
  [[nodiscard]] std::uint32_t opened() const noexcept { return opened_; }
  [[nodiscard]] std::uint32_t video_sent() const noexcept { return video_.packets(); }
  /// Video packets that opened, and those among them that are not byte for byte what was sent.
  [[nodiscard]] std::uint32_t video_opened() const noexcept { return video_opened_; }
  [[nodiscard]] std::uint32_t video_damaged() const noexcept { return video_damaged_; }
  /// Packets of both streams that opened under the keys of `epoch`.
  [[nodiscard]] std::uint64_t opened_in(std::uint32_t epoch) const;
  [[nodiscard]] Clock::time_point last_packet() const noexcept { return last_packet_; }

  /// Say each refusal aloud, not just count it: after the call, when the relay tries its tricks.
  void announce_refusals() noexcept { announce_ = true; }

 private:
  void send_packet(Bytes packet);
  void open(Bytes packet);

  std::uint32_t ssrc_;
  std::uint32_t their_ssrc_;
  VideoSource video_;
  Fd socket_;
  std::optional<SrtpSender> sender_;
  std::optional<SrtpReceiver> receiver_;
  std::uint32_t sending_epoch_ = 0;
  std::function<void(std::uint32_t)> on_opened_;
  std::vector<Blob> early_;  ///< came before the keys were agreed on
  SpeechDecoder decoder_;
  std::string pattern_;
  JitterBuffer jitter_;
  std::uint32_t opened_ = 0;
  std::uint32_t video_opened_ = 0;
  std::uint32_t video_damaged_ = 0;
  std::map<std::uint32_t, std::uint64_t> opened_in_;
  bool announce_ = false;
  Clock::time_point last_packet_ = Clock::now();
};

}  // namespace sotto::demo
