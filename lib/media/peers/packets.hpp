// SPDX-License-Identifier: MIT OR Apache-2.0
/// What is exchanged with libsrtp: the profiles in their names and ours, packets and reports.
#pragma once

#include <srtp2/srtp.h>

#include "media/test_ends.hpp"

namespace sotto::media {

struct Profile {
  SrtpProfile ours;
  void (*set_rtp)(srtp_crypto_policy_t*);
  void (*set_rtcp)(srtp_crypto_policy_t*);
};

inline constexpr std::array profiles{
    Profile{SrtpProfile::aes_cm_128_hmac_sha1_80, srtp_crypto_policy_set_rtp_default,
            srtp_crypto_policy_set_rtcp_default},
    Profile{SrtpProfile::aes_cm_128_hmac_sha1_32, srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32,
            srtp_crypto_policy_set_rtcp_default},
    Profile{SrtpProfile::aes_cm_256_hmac_sha1_80, srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80,
            srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80},
    Profile{SrtpProfile::aes_cm_256_hmac_sha1_32, srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32,
            srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80},
    Profile{SrtpProfile::aead_aes_128_gcm, srtp_crypto_policy_set_aes_gcm_128_16_auth,
            srtp_crypto_policy_set_aes_gcm_128_16_auth},
    Profile{SrtpProfile::aead_aes_256_gcm, srtp_crypto_policy_set_aes_gcm_256_16_auth,
            srtp_crypto_policy_set_aes_gcm_256_16_auth},
};

/// Packets of all shapes, two streams, over more than two rounds of sequence numbers, a third of
/// them a few places late.
inline std::vector<Packet> schedule() {
  std::vector<Packet> packets;
  std::uint16_t seq = 30000;
  for (unsigned i = 0; i < 6000; ++i) {
    seq = static_cast<std::uint16_t>(seq + 1 + i * 7919 % 50);
    packets.push_back(testing::rtp({.ssrc = 0x10000001 + i % 2,
                                    .seq = seq,
                                    .payload_bytes = i * 31 % 1300,
                                    .csrcs = static_cast<std::uint8_t>(i % 16),
                                    .extension_words = static_cast<int>(i % 5) - 1}));
  }
  return packets;
}
/// Swap some of them with others a few places later.
template <class T>
void disorder(std::vector<T>& packets) {
  for (std::size_t i = 0; i + 7 < packets.size(); i += 9) std::swap(packets[i], packets[i + 7]);
}

/// A report of one of three senders.
inline Packet report(unsigned i) {
  Packet packet(8 + 4 * (i % 40), static_cast<std::uint8_t>(i));
  packet[0] = 0x81;
  packet[1] = 200;
  packet[2] = 0;
  packet[3] = static_cast<std::uint8_t>(packet.size() / 4 - 1);
  packet[4] = packet[5] = packet[6] = 0;
  packet[7] = static_cast<std::uint8_t>(i % 3);
  return packet;
}

}  // namespace sotto::media
