// SPDX-License-Identifier: MIT OR Apache-2.0
#include "media/protector.hpp"

#include <cstring>

#include "media/buffers.hpp"

namespace sotto::media {

Result<MutableBytes> Protector::protect(MutableBytes out, Bytes packet) noexcept {
  if (packet.size() > max_packet_bytes - GcmTransform::tag_bytes)
    return std::unexpected(Error::malformed);
  const auto header = parse_rtp_header(packet);
  if (!header) return std::unexpected(header.error());
  const auto sealed = usable_output(out, packet, packet.size() + GcmTransform::tag_bytes);
  if (!sealed) return std::unexpected(sealed.error());

  // The index is spent here, before the first byte is written: whatever comes after, no other
  // packet is sealed under it [RFC7714-8.4-1].
  const auto index = spend_index(*header);
  if (!index) return std::unexpected(index.error());

  const Bytes clear = packet.first(header->size_bytes);
  transform_.seal(sealed->subspan(clear.size()), header->ssrc, *index, clear,
                  packet.subspan(clear.size()));
  if (sealed->data() != packet.data()) std::memcpy(sealed->data(), clear.data(), clear.size());
  return *sealed;
}

Result<PacketIndex> Protector::spend_index(const RtpHeader& header) noexcept {
  if (PacketIndex* newest = newest_.find(header.ssrc); newest != nullptr) {
    const auto next = following_index(*newest, header.seq);
    if (next) *newest = *next;
    return next;
  }
  if (newest_.full()) return std::unexpected(Error::too_many_streams);
  const auto first = PacketIndex::of(first_roc_, header.seq);
  newest_.add(header.ssrc, first);
  return first;
}

}  // namespace sotto::media
