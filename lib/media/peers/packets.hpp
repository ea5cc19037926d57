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

/// One end of theirs with one key; `encrypted` are the ids of header extension elements.
class PlainEnd {
 public:
  PlainEnd(srtp_ssrc_type_t direction, const Profile& profile, Packet key, const Packet& salt,
           std::vector<int> encrypted = {})
      : key_(std::move(key)), encrypted_(std::move(encrypted)) {
    key_.insert(key_.end(), salt.begin(), salt.end());
    srtp_policy_t policy{};
    profile.set_rtp(&policy.rtp);
    profile.set_rtcp(&policy.rtcp);
    policy.ssrc.type = direction;
    policy.key = key_.data();
    policy.window_size = srtp_replay_window;
    policy.enc_xtn_hdr = encrypted_.empty() ? nullptr : encrypted_.data();
    policy.enc_xtn_hdr_count = static_cast<int>(encrypted_.size());
    EXPECT_EQ(srtp_create(&session_, &policy), srtp_err_status_ok);
  }
  PlainEnd(const PlainEnd&) = delete;
  PlainEnd& operator=(const PlainEnd&) = delete;
  ~PlainEnd() { srtp_dealloc(session_); }

  using Function = srtp_err_status_t(srtp_t, void*, int*);
  /// The packet after one of their functions; empty when they refuse it.
  Packet pass(Function* function, Packet packet) {
    int size = static_cast<int>(packet.size());
    packet.resize(packet.size() + SRTP_MAX_TRAILER_LEN + 4);
    if (function(session_, packet.data(), &size) != srtp_err_status_ok) return {};
    packet.resize(static_cast<std::size_t>(size));
    return packet;
  }

 private:
  Packet key_;
  std::vector<int> encrypted_;
  srtp_t session_{};
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
