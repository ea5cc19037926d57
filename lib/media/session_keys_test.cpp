// SPDX-License-Identifier: MIT OR Apache-2.0
// The session keys that are told are those that the ends seal with.
#include <algorithm>
#include <array>

#include "media/test_ends.hpp"

namespace sotto::media {
namespace {

using testing::error_of;
using testing::rtp;
using testing::unhex;

bool is(Bytes secret, const char* hex) {
  return std::ranges::equal(secret, unhex(hex));
}

/// RFC 3711 B.3: the published keys of RTP.
TEST(SessionKeys, AreThoseOfRfc3711) {
  const auto keys = srtp_session_keys(SrtpProfile::aes_cm_128_hmac_sha1_80,
                                      unhex("e1f97a0d3e018be0d64fa32c06de4139"),
                                      unhex("0ec675ad498afeebb6960b3aabe6"));
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->key_bytes, 16U);
  EXPECT_EQ(keys->salt_bytes, 14U);
  EXPECT_EQ(keys->auth_bytes, 20U);
  EXPECT_TRUE(is(keys->rtp_key.expose().first(16), "c61e7a93744f39ee10734afe3ff7a087"));
  EXPECT_TRUE(is(keys->rtp_salt.expose(), "30cbbc08863d8c85d49db34a9ae1"));
  EXPECT_TRUE(is(keys->rtp_auth.expose(), "cebe321f6ff7716b6fd4ab49af256a156d38baa4"));
}

/// Under an AEAD a transform can be made of session keys: it seals what the sender seals.
TEST(SessionKeys, AreThoseThatASenderUses) {
  for (const auto profile : {SrtpProfile::aead_aes_128_gcm, SrtpProfile::aead_aes_256_gcm}) {
    const Packet key(srtp_sizes(profile).key, 0x31);
    const Packet salt = unhex(test_salt);
    const auto keys = srtp_session_keys(profile, key, salt);
    ASSERT_TRUE(keys);
    EXPECT_EQ(keys->auth_bytes, 0U);
    EXPECT_TRUE(std::ranges::all_of(keys->rtp_auth.expose(), [](auto b) { return b == 0; }));
    const auto transform = [&](const auto& session_key, const auto& session_salt) {
      return *GcmTransform::from_session(session_key.expose().first(keys->key_bytes),
                                         SessionSalt(session_salt.expose().template first<12>()));
    };
    Protector by_session(transform(keys->rtp_key, keys->rtp_salt),
                         transform(keys->rtcp_key, keys->rtcp_salt));
    auto by_master = *SrtpSender::create(profile, key, salt);
    const Packet packet = rtp({.seq = 9});
    Packet one(packet.size() + by_master.overhead_bytes());
    Packet other(one.size());
    ASSERT_TRUE(by_session.protect(one, packet) && by_master.protect(other, packet));
    EXPECT_EQ(one, other);
    Packet report(28, 0x5a);
    report[0] = 0x80;
    report[1] = 200;
    one.assign(report.size() + by_master.rtcp_overhead_bytes(), 0);
    other.assign(one.size(), 1);
    ASSERT_TRUE(by_session.protect_control(one, report) && by_master.protect_rtcp(other, report));
    EXPECT_EQ(one, other);
  }
}

/// With HMAC: the tag of what the sender seals, and its keystream over a payload of zeros.
TEST(SessionKeys, MakeTheTagsOfASender) {
  const auto profile = SrtpProfile::aes_cm_256_hmac_sha1_80;
  const Packet key(32, 0x31);
  const Packet salt(14, 0x72);
  const auto keys = *srtp_session_keys(profile, key, salt);
  auto sender = *SrtpSender::create(profile, key, salt);
  const auto tag_of = [](const auto& auth, Bytes authenticated) {
    std::array<std::uint8_t, 20> mac{};
    crypto::HmacSha1Key(auth.expose()).mac(mac, {authenticated});
    return Packet(mac.begin(), mac.begin() + 10);
  };
  const auto stream_of = [](const auto& with, const auto& from, std::uint8_t ssrc) {
    Packet counter(from.expose().begin(), from.expose().end());
    counter.resize(16);
    counter[7] ^= ssrc;
    Packet stream(16);
    crypto::AesCtr::create(with.expose())
        ->apply(stream, std::span(counter).template first<16>(), Packet(16));
    return stream;
  };
  for (const bool control : {false, true}) {
    const std::size_t head = control ? 8 : 12;
    Packet plain(head + 16);
    plain[0] = 0x80;
    plain[1] = control ? 200 : 96;
    plain[head - 1] = 5;
    Packet wire(plain.size() + (control ? sender.rtcp_overhead_bytes() : sender.overhead_bytes()));
    ASSERT_TRUE(control ? sender.protect_rtcp(wire, plain) : sender.protect(wire, plain));
    Packet authenticated(wire.begin(), wire.end() - 10);
    if (!control) authenticated.resize(authenticated.size() + 4);  // the rollover counter
    EXPECT_EQ(Packet(wire.end() - 10, wire.end()),
              tag_of(control ? keys.rtcp_auth : keys.rtp_auth, authenticated));
    EXPECT_EQ(Packet(wire.begin() + static_cast<std::ptrdiff_t>(head),
                     wire.begin() + static_cast<std::ptrdiff_t>(head) + 16),
              control ? stream_of(keys.rtcp_key, keys.rtcp_salt, 5)
                      : stream_of(keys.rtp_key, keys.rtp_salt, 5));
  }
}

TEST(SessionKeys, RefuseWhatAnEndRefuses) {
  const auto profile = SrtpProfile::aead_aes_256_gcm;
  const Packet key(32, 1);
  const Packet salt(12, 2);
  EXPECT_TRUE(srtp_session_keys(profile, key, salt));
  for (const std::size_t size : {31U, 33U, 16U, 0U})
    EXPECT_EQ(error_of(srtp_session_keys(profile, Packet(size, 1), salt)), Error::malformed);
  for (const std::size_t size : {11U, 13U, 14U, 0U})
    EXPECT_EQ(error_of(srtp_session_keys(profile, key, Packet(size, 1))), Error::malformed);
  EXPECT_EQ(error_of(srtp_session_keys(SrtpProfile{5}, key, salt)), Error::malformed);
  EXPECT_EQ(error_of(srtp_session_keys(profile, Packet(32, 0), salt)), Error::weak_key);
}

}  // namespace
}  // namespace sotto::media
