// SPDX-License-Identifier: MIT OR Apache-2.0
// Ends of packets that are held as they should not be.
#include "media/test_ends.hpp"
#include "testing/moves.hpp"
#include "testing/one_hand.hpp"

namespace sotto::media {
namespace {

using testing::error_of;

/// A sender report of nothing.
constexpr std::array<std::uint8_t, 28> report{0x80, 200, 0, 6, 1, 2, 3, 4};

TEST(Use, OfASenderInTwoHandsSpendsNoNumberTwice) {
  auto sender = *SrtpSender::create(test_master());
  testing::expect_no_number_twice(sender, [](SrtpSender& end) -> Result<std::uint64_t> {
    std::array<std::uint8_t, report.size() + srtcp_overhead_bytes> out;
    const auto packet = end.protect_rtcp(out, report);
    if (!packet) return std::unexpected(packet.error());
    std::uint64_t index = 0;
    for (const std::uint8_t byte : packet->last(4)) index = index << 8 | byte;
    return index;
  });
}

TEST(Use, OfASenderElsewhereSealsNoPacket) {
  auto sender = *SrtpSender::create(test_master());
  const auto protect = [](SrtpSender& end, std::uint16_t number) {
    testing::RtpSpec spec;
    spec.seq = number;
    const Packet packet = testing::rtp(spec);
    Packet out(packet.size() + srtp_overhead_bytes);
    return error_of(end.protect(out, packet));
  };
  EXPECT_EQ(protect(sender, 1), std::nullopt);
  EXPECT_EQ(testing::in_a_forked_process([&] { return protect(sender, 2); }), Error::wrong_state);
  EXPECT_EQ(protect(sender, 2), std::nullopt);
  SrtpSender taken(std::move(sender));
  // NOLINTBEGIN(bugprone-use-after-move)
  EXPECT_EQ(protect(sender, 3), Error::consumed);
  EXPECT_EQ(error_of(sender.rekey(test_master(), {})), Error::consumed);
  EXPECT_EQ(error_of(sender.rollover(1)), Error::consumed);
  EXPECT_EQ(error_of(sender.set_rollover(1, 1)), Error::consumed);
  EXPECT_EQ(error_of(sender.remove_stream(1)), Error::consumed);
  EXPECT_EQ(sender.overhead_bytes(), 0U);
  EXPECT_EQ(sender.rtcp_overhead_bytes(), 0U);
  // NOLINTEND(bugprone-use-after-move)
  EXPECT_EQ(protect(taken, 3), std::nullopt);
}

TEST(Use, OfAReceiverInTwoHandsIsRefused) {
  auto sender = *SrtpSender::create(test_master());
  auto receiver = *SrtpReceiver::create(test_master());
  const Packet packet = testing::rtp({});
  Packet wire(packet.size() + srtp_overhead_bytes);
  ASSERT_TRUE(sender.protect(wire, packet));
  static_cast<void>(
      testing::held_in_two_hands(receiver, [&](SrtpReceiver& end) -> Result<std::size_t> {
        Packet out(wire.size());
        const auto opened = end.unprotect(out, wire);
        if (!opened && opened.error() != Error::replayed) return std::unexpected(opened.error());
        return wire.size();
      }));
  const SrtpReceiver taken(std::move(receiver));
  // NOLINTBEGIN(bugprone-use-after-move)
  Packet out(wire.size());
  EXPECT_EQ(error_of(receiver.unprotect_rtcp(out, wire)), Error::consumed);
  EXPECT_EQ(error_of(receiver.add_key(test_master(), {})), Error::consumed);
  EXPECT_EQ(error_of(receiver.erase_key({})), Error::consumed);
  EXPECT_EQ(error_of(receiver.open(out, wire)), Error::consumed);
  EXPECT_EQ(error_of(receiver.open_rtcp(out, wire)), Error::consumed);
  EXPECT_EQ(error_of(receiver.rollover(1)), Error::consumed);
  EXPECT_EQ(error_of(receiver.set_rollover(1, 1)), Error::consumed);
  EXPECT_EQ(error_of(receiver.remove_stream(1)), Error::consumed);
  EXPECT_FALSE(receiver.needs_new_key());
  EXPECT_EQ(receiver.overhead_bytes(), 0U);
  EXPECT_EQ(receiver.rtcp_overhead_bytes(), 0U);
  // NOLINTEND(bugprone-use-after-move)
}

TEST(Use, OfEndsThatAreMovedAbout) {
  constexpr std::array profiles{SrtpProfile::aes_cm_128_hmac_sha1_80,
                                SrtpProfile::aead_aes_128_gcm};
  const auto number = [&](const auto& end) {
    for (std::size_t i = 0; i < profiles.size(); ++i)
      if (end.overhead_bytes() == srtp_sizes(profiles.at(i)).srtp_tag)
        return static_cast<int>(i) + 1;
    return 0;
  };
  const auto make = [&]<class End>(int n) {
    const SrtpProfile profile = profiles.at(static_cast<std::size_t>(n) - 1);
    const SrtpSizes sizes = srtp_sizes(profile);
    return *End::create(profile, Packet(sizes.key, 1), Packet(sizes.salt, 2));
  };
  testing::expect_moves<SrtpSender>([&](int n) { return make.operator()<SrtpSender>(n); }, number,
                                    [](SrtpSender& sender) {
                                      Packet out(100);
                                      return error_of(sender.protect_rtcp(out, report));
                                    });
  testing::expect_moves<SrtpReceiver>([&](int n) { return make.operator()<SrtpReceiver>(n); },
                                      number,
                                      [](SrtpReceiver& receiver) {
                                        Packet out(100);
                                        return error_of(receiver.unprotect_rtcp(out, report));
                                      });
}

}  // namespace
}  // namespace sotto::media
