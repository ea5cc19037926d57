// SPDX-License-Identifier: MIT OR Apache-2.0
/// The header of an RTP packet: what SRTP must know of it, and nothing more.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>

namespace sotto::media {

/// The source of a stream [RFC 3550 §3: SSRC].
enum class Ssrc : std::uint32_t {};

/// The longest packet, protected or not: what the 16-bit lengths of UDP and of RFC 4571 can carry.
inline constexpr std::size_t max_packet_bytes = 65'535;

/// What was found at the front of a packet. The header is authenticated and stays in the clear;
/// all behind it is payload (padding included) and is encrypted.
struct RtpHeader {
  std::size_t size_bytes;  ///< 12, CSRCs and the extension included [RFC 3550 §5.1, §5.3.1]
  Ssrc ssrc;
  std::uint16_t seq;
};

/// Read the header. Version 2 only; CSRCs and extension must lie wholly inside the packet. What
/// they hold, and the padding, is left to who reads the payload: only the peer can have written it.
/// Errors: `malformed`.
[[nodiscard]] Result<RtpHeader> parse_rtp_header(Bytes packet) noexcept;

/// What stays in the clear of an RTCP packet, compound or not: the first 8 bytes, which end in the
/// sender's SSRC [RFC 3711 §3.4].
inline constexpr std::size_t rtcp_header_bytes = 8;

/// The SSRC of an RTCP packet's sender. Version 2 only. Errors: `malformed`.
[[nodiscard]] Result<Ssrc> parse_rtcp_header(Bytes packet) noexcept;

}  // namespace sotto::media
