// SPDX-License-Identifier: MIT OR Apache-2.0
#include "media/protector.hpp"

#include <cstring>

#include "media/buffers.hpp"

namespace sotto::media {

Result<void> Protector::rekey(Transform&& packets, Transform&& control) noexcept {
  if (packets.profile() != transform_.profile() || packets.mki().size() == 0 ||
      packets.mki().size() != transform_.mki().size() || packets.mki() == transform_.mki())
    return std::unexpected(Error::malformed);
  if (const auto followed = streams_.follow(packets.print()); !followed) return followed;
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
  const auto index = streams_.spend(*header);
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

  // Spent before the first byte is written.
  const auto index = streams_.spend_control(*ssrc);
  if (!index) return std::unexpected(index.error());
  const Bytes clear = packet.first(rtcp_header_bytes);
  control->seal_control(sealed->subspan(clear.size()), *ssrc, *index, clear,
                        packet.subspan(clear.size()));
  if (sealed->data() != packet.data()) std::memcpy(sealed->data(), clear.data(), clear.size());
  return *sealed;
}

}  // namespace sotto::media
