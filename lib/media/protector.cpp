// SPDX-License-Identifier: MIT OR Apache-2.0
#include "media/protector.hpp"

#include <cstring>

#include "media/buffers.hpp"

namespace sotto::media {

Result<void> Protector::rekey(Transform&& packets, Transform&& control) noexcept {
  if (packets.profile() != transform_.profile() || packets.mki().size() == 0 ||
      packets.mki().size() != transform_.mki().size() || packets.mki() == transform_.mki())
    return std::unexpected(Error::malformed);
  transform_ = std::move(packets);
  control_ = std::move(control);
  return {};
}

Result<MutableBytes> Protector::protect(MutableBytes out, Bytes packet) noexcept {
  if (packet.size() > max_packet_bytes - transform_.overhead_bytes())
    return std::unexpected(Error::malformed);
  const auto header = parse_rtp_header(packet);
  if (!header) return std::unexpected(header.error());
  if (const auto found = transform_.check_header(packet.first(header->size_bytes)); !found)
    return std::unexpected(found.error());
  const auto sealed = usable_output(out, packet, packet.size() + transform_.overhead_bytes());
  if (!sealed) return std::unexpected(sealed.error());

  // The index is spent here, before the first byte is written: whatever comes after, no other
  // packet is sealed under it [RFC7714-8.4-1].
  const auto index = spend_index(*header);
  if (!index) return std::unexpected(index.error());

  // The header as it is sent is what is authenticated, so it comes first [RFC6904-3-3].
  const MutableBytes sent = sealed->first(header->size_bytes);
  if (sealed->data() != packet.data()) std::memcpy(sent.data(), packet.data(), sent.size());
  transform_.apply_to_header(sent, header->ssrc, *index);
  transform_.seal(sealed->subspan(sent.size()), header->ssrc, *index, sent,
                  packet.subspan(sent.size()));
  return *sealed;
}

Result<MutableBytes> Protector::protect_control(MutableBytes out, Bytes packet) noexcept {
  const std::optional<Transform>& control = control_;
  if (!control) return std::unexpected(Error::unknown_key);
  if (packet.size() > max_packet_bytes - control_overhead_bytes())
    return std::unexpected(Error::malformed);
  const auto ssrc = parse_rtcp_header(packet);
  if (!ssrc) return std::unexpected(ssrc.error());
  const auto sealed = usable_output(out, packet, packet.size() + control_overhead_bytes());
  if (!sealed) return std::unexpected(sealed.error());

  std::uint32_t* next = next_control_.find(*ssrc);
  if (next == nullptr) {
    if (next_control_.full()) return std::unexpected(Error::too_many_streams);
    next_control_.add(*ssrc, first_control_);
    next = next_control_.find(*ssrc);
  }
  // Spent before the first byte is written; 2^31 - 1 is the last [RFC3711-3.4-2].
  if (*next > last_control_index) return std::unexpected(Error::exhausted);
  const PacketIndex index{(*next)++};
  const Bytes clear = packet.first(rtcp_header_bytes);
  control->seal_control(sealed->subspan(clear.size()), *ssrc, index, clear,
                        packet.subspan(clear.size()));
  if (sealed->data() != packet.data()) std::memcpy(sealed->data(), clear.data(), clear.size());
  return *sealed;
}

Result<PacketIndex> Protector::spend_index(const RtpHeader& header) noexcept {
  Stream* stream = streams_.find(header.ssrc);
  if (stream == nullptr) {
    if (streams_.full()) return std::unexpected(Error::too_many_streams);
    stream = streams_.add(header.ssrc, {std::nullopt, first_roc_});
  }
  const auto index = stream->newest ? following_index(*stream->newest, header.seq)
                                    : PacketIndex::of(stream->first_roc, header.seq);
  if (index) stream->newest = *index;
  return index;
}

Result<std::uint32_t> Protector::rollover(Ssrc ssrc) noexcept {
  const Stream* const stream = streams_.find(ssrc);
  if (stream == nullptr || !stream->newest) return std::unexpected(Error::invalid_argument);
  return stream->newest->roc();
}

Result<void> Protector::set_rollover(Ssrc ssrc, std::uint32_t roc) noexcept {
  Stream* stream = streams_.find(ssrc);
  if (stream == nullptr) {
    if (streams_.full()) return std::unexpected(Error::too_many_streams);
    stream = streams_.add(ssrc, {});
  }
  if (stream->newest) return std::unexpected(Error::counter_reused);
  stream->first_roc = roc;
  return {};
}

}  // namespace sotto::media
