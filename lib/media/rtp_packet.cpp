// SPDX-License-Identifier: MIT OR Apache-2.0
#include "media/rtp_packet.hpp"

#include "base/reader.hpp"

namespace sotto::media {
namespace {

constexpr std::uint8_t version_mask = 0xc0;
constexpr std::uint8_t version_2 = 0x80;
constexpr std::uint8_t extension_bit = 0x10;
constexpr std::uint8_t csrc_count_mask = 0x0f;
constexpr std::size_t fixed_bytes = 12;
constexpr std::size_t word_bytes = 4;

}  // namespace

Result<RtpHeader> parse_rtp_header(Bytes packet) noexcept {
  if (packet.size() > max_packet_bytes) return std::unexpected(Error::malformed);
  base::Reader reader(packet);
  const auto fixed = reader.take(fixed_bytes);
  if (!fixed) return std::unexpected(fixed.error());
  const std::uint8_t flags = (*fixed)[0];
  if ((flags & version_mask) != version_2) return std::unexpected(Error::malformed);

  base::Reader numbers(fixed->subspan(2));
  const auto seq = numbers.take_uint<std::uint16_t>();
  const auto timestamp = numbers.take_uint<std::uint32_t>();
  const auto ssrc = numbers.take_uint<std::uint32_t>();
  if (!seq || !timestamp || !ssrc) return std::unexpected(Error::malformed);

  if (const auto csrcs = reader.take(word_bytes * (flags & csrc_count_mask)); !csrcs)
    return std::unexpected(csrcs.error());
  if ((flags & extension_bit) != 0) {
    const auto profile = reader.take_uint<std::uint16_t>();
    const auto words = reader.take_uint<std::uint16_t>();
    if (!profile || !words || !reader.take(word_bytes * *words))
      return std::unexpected(Error::malformed);
  }
  return RtpHeader{packet.size() - reader.remaining(), Ssrc{*ssrc}, *seq};
}

Result<Ssrc> parse_rtcp_header(Bytes packet) noexcept {
  if (packet.size() < rtcp_header_bytes || packet[0] >> 6 != 2)
    return std::unexpected(Error::malformed);
  std::uint32_t ssrc = 0;
  for (const std::uint8_t byte : packet.subspan<4, 4>()) ssrc = ssrc << 8 | byte;
  return Ssrc{ssrc};
}

}  // namespace sotto::media
