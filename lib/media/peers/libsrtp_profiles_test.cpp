// SPDX-License-Identifier: MIT OR Apache-2.0
// Every profile against libsrtp 2, RTP and RTCP, in both directions.
#include "media/peers/packets.hpp"

namespace sotto::media {
namespace {

using testing::error_of;

class Profiles : public ::testing::TestWithParam<Profile> {
 protected:
  static void SetUpTestSuite() { ASSERT_EQ(srtp_init(), srtp_err_status_ok); }
  static void TearDownTestSuite() { ASSERT_EQ(srtp_shutdown(), srtp_err_status_ok); }

  static Packet key() { return Packet(srtp_sizes(GetParam().ours).key, 0x31); }
  static Packet salt() { return Packet(srtp_sizes(GetParam().ours).salt, 0x72); }
  static SrtpSender sender() { return *SrtpSender::create(GetParam().ours, key(), salt()); }
  static SrtpReceiver receiver() { return *SrtpReceiver::create(GetParam().ours, key(), salt()); }
};

TEST_P(Profiles, makes_the_same_packets) {
  auto ours = sender();
  PlainEnd theirs(ssrc_any_outbound, GetParam(), key(), salt());
  for (const auto& packet : schedule()) {
    Packet out(packet.size() + ours.overhead_bytes());
    ASSERT_TRUE(ours.protect(out, packet));
    ASSERT_EQ(out, theirs.pass(srtp_protect, packet));
  }
}

/// As a repair or who forwards sends them: both senders give each number once.
TEST_P(Profiles, makes_the_same_packets_out_of_order) {
  auto ours = sender();
  PlainEnd theirs(ssrc_any_outbound, GetParam(), key(), salt());
  auto packets = schedule();
  disorder(packets);
  std::size_t refused = 0;
  for (std::size_t i = 0; i < packets.size(); ++i)
    for (const std::size_t which : {i, i - i % 40}) {
      const Packet& packet = packets[which];
      Packet out(packet.size() + ours.overhead_bytes());
      const auto sealed = ours.protect(out, packet);
      const Packet other = theirs.pass(srtp_protect, packet);
      ASSERT_EQ(sealed.has_value(), !other.empty()) << i;
      if (sealed)
        ASSERT_EQ(out, other) << i;
      else
        ++refused;
    }
  EXPECT_EQ(refused, packets.size());
}

TEST_P(Profiles, opens_ours_once_in_disorder) {
  auto ours = sender();
  PlainEnd theirs(ssrc_any_inbound, GetParam(), key(), salt());
  std::vector<std::pair<Packet, Packet>> both;
  for (const auto& packet : schedule()) {
    Packet out(packet.size() + ours.overhead_bytes());
    ASSERT_TRUE(ours.protect(out, packet));
    both.emplace_back(packet, out);
  }
  disorder(both);
  for (const auto& [packet, wire] : both) {
    ASSERT_EQ(theirs.pass(srtp_unprotect, wire), packet);
    ASSERT_TRUE(theirs.pass(srtp_unprotect, wire).empty());
  }
}

TEST_P(Profiles, is_opened_by_us_once_in_disorder) {
  PlainEnd theirs(ssrc_any_outbound, GetParam(), key(), salt());
  auto ours = receiver();
  std::vector<std::pair<Packet, Packet>> both;
  for (const auto& packet : schedule())
    both.emplace_back(packet, theirs.pass(srtp_protect, packet));
  disorder(both);
  for (const auto& [packet, wire] : both) {
    Packet out(wire.size());
    const auto opened = ours.unprotect(out, wire);
    ASSERT_TRUE(opened);
    ASSERT_TRUE(std::ranges::equal(*opened, packet));
    ASSERT_EQ(error_of(ours.unprotect(out, wire)), Error::replayed);
  }
}

TEST_P(Profiles, rtcp_in_both_directions) {
  auto ours = sender();
  auto by_us = receiver();
  PlainEnd inbound(ssrc_any_inbound, GetParam(), key(), salt());
  PlainEnd outbound(ssrc_any_outbound, GetParam(), key(), salt());
  for (unsigned i = 0; i < 2000; ++i) {
    const Packet packet = report(i);
    Packet wire(packet.size() + ours.rtcp_overhead_bytes());
    ASSERT_TRUE(ours.protect_rtcp(wire, packet));
    ASSERT_EQ(inbound.pass(srtp_unprotect_rtcp, wire), packet) << i;
    ASSERT_TRUE(inbound.pass(srtp_unprotect_rtcp, wire).empty());
    const Packet theirs = outbound.pass(srtp_protect_rtcp, packet);
    Packet out(theirs.size());
    const auto opened = by_us.unprotect_rtcp(out, theirs);
    ASSERT_TRUE(opened) << i;
    ASSERT_TRUE(std::ranges::equal(*opened, packet));
    ASSERT_EQ(error_of(by_us.unprotect_rtcp(out, theirs)), Error::replayed);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Profiles, ::testing::ValuesIn(profiles));

}  // namespace
}  // namespace sotto::media
