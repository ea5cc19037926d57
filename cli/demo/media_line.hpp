// SPDX-License-Identifier: MIT OR Apache-2.0
/// One side of a call in progress: speech and video out, speech and video in.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include <sotto/sotto_call.hpp>

#include "demo/codec.hpp"
#include "demo/flow.hpp"
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

  /// Takes the keys. Before that nothing is to be received: it waits in the socket, and behind that
  /// at the relay.
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

  /// Nothing follows. The other side's `ended` holds once it has all that was not lost.
  void send_end();
  /// All that was sent has left, and one more packet may.
  [[nodiscard]] bool ready() const noexcept { return queue_.ready(); }

  /// Open all packets that have come; what does not open is counted and dropped.
  void receive();
  /// How far the other side's speech has come, lost frames among it.
  [[nodiscard]] std::uint32_t heard_until() const noexcept { return jitter_.end(); }
  /// The other side's media have come to their end.
  [[nodiscard]] bool ended() const noexcept { return ended_; }

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

  /// Say each refusal aloud, not just count it: after the call, when the relay tries its tricks.
  void announce_refusals() noexcept { announce_ = true; }

 private:
  void send_packet(Bytes packet);
  void open(Bytes packet);

  std::uint32_t ssrc_;
  std::uint32_t their_ssrc_;
  VideoSource video_;
  std::uint8_t role_;
  Fd socket_;
  SendQueue queue_;
  std::optional<SrtpSender> sender_;
  std::optional<SrtpReceiver> receiver_;
  std::uint32_t sending_epoch_ = 0;
  std::function<void(std::uint32_t)> on_opened_;
  SpeechDecoder decoder_;
  std::string pattern_;
  JitterBuffer jitter_;
  std::uint32_t opened_ = 0;
  std::uint32_t video_opened_ = 0;
  std::uint32_t video_damaged_ = 0;
  std::map<std::uint32_t, std::uint64_t> opened_in_;
  bool announce_ = false;
  std::uint32_t taken_ = 0;  ///< packets and ends that came
  bool ended_ = false;
};

}  // namespace sotto::demo
