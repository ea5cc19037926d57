// SPDX-License-Identifier: MIT OR Apache-2.0
/// RTP packets for tests.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <sotto/srtp.hpp>

namespace sotto::testing {

inline constexpr std::array every_srtp_profile{
    SrtpProfile::aes_cm_128_hmac_sha1_80, SrtpProfile::aes_cm_128_hmac_sha1_32,
    SrtpProfile::aead_aes_128_gcm,        SrtpProfile::aead_aes_256_gcm,
    SrtpProfile::aes_cm_256_hmac_sha1_80, SrtpProfile::aes_cm_256_hmac_sha1_32};

/// What a test packet is made of. Its payload is `payload_bytes` bytes that differ from each other
/// and from packet to packet.
struct RtpSpec {
  std::uint32_t ssrc = 0x5501a0b2;
  std::uint16_t seq = 0;
  std::size_t payload_bytes = 40;
  std::uint8_t csrcs = 0;
  int extension_words = -1;  ///< -1: no extension
};

inline std::vector<std::uint8_t> rtp(const RtpSpec& spec) {
  std::vector<std::uint8_t> packet;
  const auto put = [&](std::uint64_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
      packet.push_back(static_cast<std::uint8_t>(value >> shift));
  };
  put(0x80U | (spec.extension_words >= 0 ? 0x10U : 0U) | spec.csrcs, 1);
  put(96, 1);
  put(spec.seq, 2);
  put(std::uint64_t{spec.seq} * 960, 4);
  put(spec.ssrc, 4);
  for (unsigned i = 0; i < spec.csrcs; ++i) put(0xc0000000U + i, 4);
  if (spec.extension_words >= 0) {
    put(0xbede, 2);
    put(static_cast<std::uint64_t>(spec.extension_words), 2);
    for (int i = 0; i < spec.extension_words; ++i) put(0xe0000000U + static_cast<unsigned>(i), 4);
  }
  for (std::size_t i = 0; i < spec.payload_bytes; ++i)
    packet.push_back(static_cast<std::uint8_t>(i * 7 + spec.seq));
  return packet;
}

}  // namespace sotto::testing
