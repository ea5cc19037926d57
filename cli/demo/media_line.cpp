// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/media_line.hpp"

#include <optional>

#include <sys/socket.h>

#include "demo/failure.hpp"
#include "demo/link.hpp"
#include "demo/report.hpp"

namespace sotto::demo {
namespace {

constexpr std::uint32_t alice_ssrc = 0x0a11ce;
constexpr std::uint32_t bob_ssrc = 0x0b0b;
constexpr std::uint32_t video_bit = 0x80000000;

std::uint32_t ssrc_of(Bytes packet) {
  return Cursor(packet.subspan(8)).take_u32().value();
}

/// The MKI at the end of a packet, which is its keys' epoch.
std::uint32_t epoch_of(Bytes packet) {
  return Cursor(packet.last(4)).take_u32().value();
}

}  // namespace

Fd connect_media(std::uint16_t udp_port, std::uint8_t role) {
  Fd socket = connect_udp(udp_port);
  const Blob here{datagram_here, role};
  if (::send(socket.get(), here.data(), here.size(), 0) < 0) throw Failure("there is no relay");
  while (!wait_readable({socket.get()})) {
  }
  const auto answer = receive_datagram(socket.get());
  if (!answer || *answer != here) throw Failure("the relay takes no media");
  return socket;
}

MediaLine::MediaLine(CallSide side, std::uint16_t udp_port)
    : ssrc_(side == CallSide::caller ? alice_ssrc : bob_ssrc),
      their_ssrc_(side == CallSide::caller ? bob_ssrc : alice_ssrc),
      video_(ssrc_ | video_bit),
      role_(side == CallSide::caller ? 0 : 1),
      socket_(connect_media(udp_port, role_)),
      queue_([this](Bytes datagram) { ::send(fd(), datagram.data(), datagram.size(), 0); }),
      jitter_([this](std::uint32_t, Bytes frame) {
        decoder_.hear(frame);
        pattern_ += frame.empty() ? '0' : '1';
      }) {
}

void MediaLine::start(CallSendKeys&& send, CallReceiveKeys&& receive) {
  sender_ = need(send.srtp_sender(), "keys to send");
  receiver_ = need(receive.srtp_receiver(), "keys to receive");
}

void MediaLine::seal_under(CallSendKeys&& keys) {
  need(keys.rekey(*sender_), "new keys to send");
  sending_epoch_ = keys.epoch();
}

void MediaLine::open_under(CallReceiveKeys&& keys) {
  need(keys.add_to(*receiver_), "new keys to receive");
}

void MediaLine::retire(std::uint32_t epoch) {
  need(erase_call_epoch(*receiver_, epoch), "forgetting old keys");
}

std::uint64_t MediaLine::opened_in(std::uint32_t epoch) const {
  const auto found = opened_in_.find(epoch);
  return found == opened_in_.end() ? 0 : found->second;
}

void MediaLine::send(std::uint32_t number, Bytes frame) {
  send_packet(rtp_packet(ssrc_, number, frame));
}

void MediaLine::send_video() {
  for (const Blob& packet : video_.next_frame()) send_packet(packet);
}

void MediaLine::send_packet(Bytes packet) {
  Blob out(packet.size() + sender_->overhead_bytes());
  const auto sealed = need(sender_->protect(out, packet), "protecting a media packet");
  queue_.put(Blob(sealed.begin(), sealed.end()));
}

void MediaLine::send_end() {
  queue_.put(Blob{datagram_end, role_});
}

void MediaLine::receive() {
  const std::uint32_t before = taken_;
  while (const auto datagram = receive_datagram(fd())) {
    if (const auto count = read_taken(*datagram)) {
      queue_.taken(*count);
    } else if (is_media(*datagram)) {
      ++taken_;
      open(*datagram);
    } else if (read_role(*datagram, datagram_end)) {
      ++taken_;
      ended_ = true;
    }
  }
  if (taken_ == before) return;
  const Blob count = write_taken(taken_);
  ::send(fd(), count.data(), count.size(), 0);
}

void MediaLine::open(Bytes packet) {
  Blob out(packet.size());
  const auto opened = receiver_->unprotect(out, packet);
  if (!opened) {
    if (announce_) return report_refusal("a media packet", opened.error());
    tell("dropped-" + std::string(name(opened.error())));
    return;
  }
  const std::uint32_t epoch = epoch_of(packet);
  ++opened_in_[epoch];
  if (on_opened_) on_opened_(epoch);
  const std::uint32_t ssrc = ssrc_of(*opened);
  if (ssrc == (their_ssrc_ | video_bit)) {
    ++video_opened_;
    if (!is_video_of(ssrc, *opened)) ++video_damaged_;
    return;
  }
  ++opened_;
  if (!jitter_.put(rtp_sequence(*opened), opened->subspan(rtp_header_bytes))) tell("late");
}

void MediaLine::finish(std::uint32_t total) {
  jitter_.finish(total);
}

}  // namespace sotto::demo
