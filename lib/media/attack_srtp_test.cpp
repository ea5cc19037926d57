// SPDX-License-Identifier: MIT OR Apache-2.0
// The attacks on SRTP of spec/attacks.toml, M15 and up, through the public headers.
#include <algorithm>
#include <array>
#include <optional>

#include "media/test_ends.hpp"

namespace sotto::media {
namespace {

using testing::error_of;
using testing::rtp;

constexpr std::uint32_t stream = testing::RtpSpec{}.ssrc;

/// One direction under a tag of 4 bytes, whose budget tells how often a packet was tried.
struct Line {
  Line()
      : sender(*SrtpSender::create(profile, key, salt)),
        receiver(*SrtpReceiver::create(profile, key, salt)) {}

  Packet seal(std::uint16_t seq, std::uint32_t ssrc = stream) {
    const Packet plain = rtp({.ssrc = ssrc, .seq = seq});
    Packet wire(plain.size() + sender.overhead_bytes());
    EXPECT_TRUE(sender.protect(wire, plain));
    return wire;
  }
  std::optional<Error> open(const Packet& wire) {
    Packet out(wire.size());
    return error_of(receiver.unprotect(out, wire));
  }

  static constexpr auto profile = SrtpProfile::aes_cm_128_hmac_sha1_32;
  const Packet key = Packet(16, 1), salt = Packet(14, 2);
  SrtpSender sender;
  SrtpReceiver receiver;
};

Packet forged(Packet wire, std::uint16_t seq) {
  wire[2] = static_cast<std::uint8_t>(seq >> 8);
  wire[3] = static_cast<std::uint8_t>(seq);
  wire.back() ^= 1;
  return wire;
}

TEST(Attack, attack_M15_rollover_search_costs_three_openings) {
  Line line;
  const Packet first = line.seal(100);
  ASSERT_EQ(line.open(first), std::nullopt);
  // Numbers ahead, behind the window and beyond half a round: none is tried more than three times,
  // so that the budget of failed tags lasts for a third as many packets.
  const std::array<std::uint16_t, 4> numbers{101, 5'000, 40'000, 65'000};
  constexpr std::size_t bearable = srtp_short_tag_forgeries / (1 + srtp_rollover_search);
  for (std::size_t i = 0; i < bearable; ++i)
    ASSERT_EQ(line.open(forged(first, numbers[i % numbers.size()])), Error::authentication_failed)
        << i;
  EXPECT_EQ(line.receiver.rollover(stream), 0U) << "no count moves";
  EXPECT_EQ(line.open(line.seal(101)), std::nullopt);
}

TEST(Attack, attack_M15_rollover_search_is_not_for_what_was_seen) {
  Line line;
  const Packet first = line.seal(100);
  ASSERT_EQ(line.open(first), std::nullopt);
  for (std::size_t i = 0; i < 2 * srtp_short_tag_forgeries; ++i)
    ASSERT_EQ(line.open(first), Error::replayed) << i;
  EXPECT_EQ(line.open(line.seal(101)), std::nullopt);
}

TEST(Attack, attack_M19_one_stream_silences_all) {
  Line line;
  const Packet one = line.seal(100, 1);
  ASSERT_EQ(line.open(one), std::nullopt);
  ASSERT_EQ(line.open(line.seal(100, 2)), std::nullopt);
  // 74 kB in the name of one stream, and as many of none.
  for (const std::uint32_t name : {1U, 0x80000000U})
    for (std::uint32_t i = 0; i < srtp_short_tag_forgeries; ++i) {
      Packet wire = forged(one, 101);
      wire[8] = static_cast<std::uint8_t>(name >> 24);
      EXPECT_TRUE(line.open(wire));
    }
  EXPECT_EQ(line.open(line.seal(101, 1)), Error::exhausted) << "this stream needs a new key";
  EXPECT_TRUE(line.receiver.needs_new_key());
  for (std::uint16_t seq = 101; seq < 200; ++seq)
    ASSERT_EQ(line.open(line.seal(seq, 2)), std::nullopt) << "another does not";
  EXPECT_EQ(line.open(line.seal(100, 3)), std::nullopt) << "what opens pays back";
}

/// As a browser does it: each time a camera is switched on again it has new SSRCs.
TEST(Attack, attack_M20_stream_comes_back) {
  Line line;
  const Packet old = line.seal(7, 5);
  ASSERT_EQ(line.open(old), std::nullopt);
  ASSERT_TRUE(line.sender.remove_stream(5));
  ASSERT_TRUE(line.receiver.remove_stream(5));
  Packet out(old.size());
  EXPECT_EQ(error_of(line.sender.protect(out, rtp({.ssrc = 5, .seq = 7}))), Error::counter_reused);
  EXPECT_EQ(line.open(old), Error::replayed);
  // Whatever comes and goes meanwhile.
  for (std::uint32_t ssrc = 100; ssrc < 100 + 2 * srtp_max_streams; ++ssrc) {
    ASSERT_EQ(line.open(line.seal(1, ssrc)), std::nullopt);
    ASSERT_TRUE(line.sender.remove_stream(ssrc));
    ASSERT_TRUE(line.receiver.remove_stream(ssrc));
  }
  EXPECT_EQ(error_of(line.sender.protect(out, rtp({.ssrc = 5, .seq = 8}))), Error::counter_reused);
  EXPECT_EQ(line.open(old), Error::replayed);
}

}  // namespace
}  // namespace sotto::media
