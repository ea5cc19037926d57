// SPDX-License-Identifier: MIT OR Apache-2.0
#include "media/unprotector.hpp"

#include <cstring>

#include "media/buffers.hpp"

namespace sotto::media {

Result<MutableBytes> Unprotector::unprotect(MutableBytes out, Bytes packet) noexcept {
  const auto header = parse_rtp_header(packet);
  if (!header) return std::unexpected(header.error());
  if (packet.size() - header->size_bytes < GcmTransform::tag_bytes)
    return std::unexpected(Error::malformed);
  const auto plain = usable_output(out, packet, packet.size() - GcmTransform::tag_bytes);
  if (!plain) return std::unexpected(plain.error());

  // Plan: where the packet stands, and whether it may. All of it is a guess about bytes that
  // anybody can have written, so nothing is kept of it until they open
  // [RFC3711-3.3-2] [RFC7714-5.3-1].
  ReplayWindow* const window = windows_.find(header->ssrc);
  if (window == nullptr && windows_.full()) return std::unexpected(Error::too_many_streams);
  const PacketIndex index = window != nullptr ? estimate_index(window->newest(), header->seq)
                                              : PacketIndex::of(first_roc_, header->seq);
  if (window != nullptr && !window->accepts(index)) return std::unexpected(Error::replayed);

  const Bytes clear = packet.first(header->size_bytes);
  const auto opened = transform_.open(plain->subspan(clear.size()), header->ssrc, index, clear,
                                      packet.subspan(clear.size()));
  if (!opened) return std::unexpected(opened.error());

  // Commit [RFC3711-3.3.1-5].
  if (window != nullptr)
    window->commit(index);
  else
    windows_.add(header->ssrc, ReplayWindow(index));
  if (plain->data() != packet.data()) std::memcpy(plain->data(), clear.data(), clear.size());
  return *plain;
}

}  // namespace sotto::media
