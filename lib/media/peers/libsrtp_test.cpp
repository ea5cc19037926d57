// SPDX-License-Identifier: MIT OR Apache-2.0
// A live peer: libsrtp 2, which must make the packets that we make and open them, and the reverse.
#include <memory>

#include <srtp2/srtp.h>

#include "media/test_ends.hpp"
#include "testing/soak.hpp"

namespace sotto::media {
namespace {

using testing::error_of;
using testing::rtp;
using testing::RtpSpec;
using testing::unhex;

/// The library, for as long as a test runs.
class Libsrtp : public ::testing::TestWithParam<std::size_t> {
 protected:
  static void SetUpTestSuite() { ASSERT_EQ(srtp_init(), srtp_err_status_ok); }
  static void TearDownTestSuite() { ASSERT_EQ(srtp_shutdown(), srtp_err_status_ok); }
};

/// One end of theirs: master key (16 or 32 bytes) and salt as ours, the same width of window.
class Theirs {
 public:
  Theirs(srtp_ssrc_type_t direction, std::size_t key_bytes)
      : key_(unhex(test_key)), salt_(unhex(test_salt)) {
    key_.resize(key_bytes);
    key_.insert(key_.end(), salt_.begin(), salt_.end());
    srtp_policy_t policy{};
    const auto set = key_bytes == 32 ? srtp_crypto_policy_set_aes_gcm_256_16_auth
                                     : srtp_crypto_policy_set_aes_gcm_128_16_auth;
    set(&policy.rtp);
    set(&policy.rtcp);
    policy.ssrc.type = direction;
    policy.key = key_.data();
    policy.window_size = srtp_replay_window;
    const auto created = srtp_create(&session_, &policy);
    EXPECT_EQ(created, srtp_err_status_ok) << "built without AES-GCM?";
  }
  Theirs(const Theirs&) = delete;
  Theirs& operator=(const Theirs&) = delete;
  ~Theirs() { srtp_dealloc(session_); }

  Packet protect(Packet packet) {
    int size = static_cast<int>(packet.size());
    packet.resize(packet.size() + SRTP_MAX_TRAILER_LEN + 4);
    EXPECT_EQ(srtp_protect(session_, packet.data(), &size), srtp_err_status_ok);
    packet.resize(static_cast<std::size_t>(size));
    return packet;
  }

  Result<Packet> unprotect(Packet packet) {
    int size = static_cast<int>(packet.size());
    switch (srtp_unprotect(session_, packet.data(), &size)) {
      case srtp_err_status_ok:
        packet.resize(static_cast<std::size_t>(size));
        return packet;
      case srtp_err_status_auth_fail:
        return std::unexpected(Error::authentication_failed);
      case srtp_err_status_replay_fail:
      case srtp_err_status_replay_old:
        return std::unexpected(Error::replayed);
      default:
        return std::unexpected(Error::malformed);
    }
  }

 private:
  Packet key_, salt_;
  srtp_t session_{};
};

/// One end of ours with a master of either size.
template <class End>
End ours(std::size_t key_bytes) {
  auto transform = GcmTransform::from_master(Bytes(unhex(test_key)).first(key_bytes),
                                             testing::unhex_array<12>(test_salt));
  EXPECT_TRUE(transform);
  return End(std::move(*transform));
}

/// Packets of all shapes of header, two streams, over more than two rounds of sequence numbers.
std::vector<Packet> schedule() {
  std::vector<Packet> packets;
  std::uint16_t seq = 30000;
  for (unsigned i = 0; i < 6000; ++i) {
    seq = static_cast<std::uint16_t>(seq + 1 + i * 7919 % 50);
    packets.push_back(rtp({.ssrc = 0x10000001 + i % 2,
                           .seq = seq,
                           .payload_bytes = i * 31 % 1300,
                           .csrcs = static_cast<std::uint8_t>(i % 16),
                           .extension_words = static_cast<int>(i % 5) - 1}));
  }
  return packets;
}

TEST_P(Libsrtp, makes_the_same_packets) {
  auto sender = ours<Protector>(GetParam());
  Theirs theirs(ssrc_any_outbound, GetParam());
  for (const auto& packet : schedule()) {
    Packet out(packet.size() + srtp_overhead_bytes);
    ASSERT_TRUE(sender.protect(out, packet));
    ASSERT_EQ(out, theirs.protect(packet));
  }
}

TEST_P(Libsrtp, opens_ours_once) {
  auto sender = ours<Protector>(GetParam());
  Theirs theirs(ssrc_any_inbound, GetParam());
  for (const auto& packet : schedule()) {
    Packet out(packet.size() + srtp_overhead_bytes);
    ASSERT_TRUE(sender.protect(out, packet));
    ASSERT_EQ(theirs.unprotect(out), packet);
    ASSERT_EQ(theirs.unprotect(out), std::unexpected(Error::replayed));
  }
}

TEST_P(Libsrtp, is_opened_by_us_once) {
  Theirs theirs(ssrc_any_outbound, GetParam());
  auto receiver = ours<Unprotector>(GetParam());
  for (const auto& packet : schedule()) {
    const auto sealed = theirs.protect(packet);
    Packet out(packet.size());
    ASSERT_TRUE(receiver.unprotect(out, sealed));
    ASSERT_EQ(out, packet);
    ASSERT_EQ(error_of(receiver.unprotect(out, sealed)), Error::replayed);
  }
}

/// Late, lost, doubled and altered packets around a wrap: both receivers say the same of each.
TEST_P(Libsrtp, answers_to_disorder_as_we_do) {
  auto sender = ours<Protector>(GetParam());
  auto receiver = ours<Unprotector>(GetParam());
  Theirs theirs(ssrc_any_inbound, GetParam());
  std::vector<Packet> sealed;
  for (unsigned i = 0; i < 4000; ++i) {
    const auto packet = rtp({.seq = static_cast<std::uint16_t>(63000 + i)});
    sealed.emplace_back(packet.size() + srtp_overhead_bytes);
    ASSERT_TRUE(sender.protect(sealed.back(), packet));
  }
  auto state = static_cast<std::uint32_t>(testing::soak_seed(1));
  const auto random = [&](std::uint32_t below) {
    state = state * 1664525 + 1013904223;
    return (state >> 8) % below;
  };
  unsigned opened = 0, replayed = 0, refused = 0;
  for (std::uint32_t i = 0; i < 12'000; ++i) {
    // A walk forward with a spread that goes beyond the window.
    const std::uint32_t front = 1 + i / 3;
    const std::uint32_t back = random(4) == 0 ? random(1200) : random(30);
    Packet packet = sealed[front > back ? std::min(front - back, 3999U) : 0];
    if (random(5) == 0) packet[12 + random(40)] ^= 1;
    Packet out(packet.size());
    const auto by_us = receiver.unprotect(out, packet);
    const auto by_them = theirs.unprotect(packet);
    ASSERT_EQ(by_us.has_value(), by_them.has_value()) << i;
    if (by_us) {
      ++opened;
      ASSERT_EQ(*by_them, Packet(by_us->begin(), by_us->end()));
    } else {
      ASSERT_EQ(error_of(by_us), by_them.error()) << i;
      ++(by_us.error() == Error::replayed ? replayed : refused);
    }
  }
  EXPECT_GT(opened, 2000U);
  EXPECT_GT(replayed, 1000U);
  EXPECT_GT(refused, 500U);
}

INSTANTIATE_TEST_SUITE_P(KeySizes, Libsrtp, ::testing::Values(16, 32));

}  // namespace
}  // namespace sotto::media
