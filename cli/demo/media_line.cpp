// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/media_line.hpp"

#include <array>
#include <optional>

#include <sys/socket.h>

#include "demo/failure.hpp"
#include "demo/link.hpp"
#include "demo/report.hpp"

namespace sotto::demo {

MediaLine::MediaLine(CallSide side, std::uint16_t udp_port)
    : ssrc_(side == CallSide::caller ? 0x0a11ce : 0x0b0b),
      socket_(connect_udp(udp_port)),
      jitter_([this](std::uint32_t, Bytes frame) {
        decoder_.hear(frame);
        pattern_ += frame.empty() ? '0' : '1';
      }) {
  const std::array<std::uint8_t, 2> here{
      0, static_cast<std::uint8_t>(side == CallSide::caller ? 0 : 1)};
  for (int attempt = 0; attempt < 50; ++attempt) {
    ::send(fd(), here.data(), here.size(), 0);
    if (wait_readable({fd()}, std::chrono::milliseconds(100)) && receive_datagram(fd())) return;
  }
  throw Failure("the relay takes no media");
}

void MediaLine::send(std::uint32_t number, Bytes frame) {
  const Blob packet = rtp_packet(ssrc_, number, frame);
  Blob out(packet.size() + srtp_overhead_bytes);
  const auto sealed = need(media_->sender.protect(out, packet), "protecting a media packet");
  ::send(fd(), sealed.data(), sealed.size(), 0);
}

void MediaLine::receive() {
  while (const auto packet = receive_datagram(fd())) {
    // An empty datagram cannot be told from none here, and no media packet is.
    if (packet->size() > 2) open(*packet);
  }
}

void MediaLine::open(Bytes packet) {
  last_packet_ = Clock::now();
  if (!media_) return;
  Blob out(packet.size());
  const auto opened = media_->receiver.unprotect(out, packet);
  if (!opened) {
    if (announce_) return report_refusal("a media packet", opened.error());
    tell("dropped-" + std::string(name(opened.error())));
    return;
  }
  ++opened_;
  if (!jitter_.put(rtp_sequence(*opened), opened->subspan(rtp_header_bytes))) tell("late");
}

void MediaLine::finish(std::uint32_t total) {
  jitter_.finish(total);
}

}  // namespace sotto::demo
