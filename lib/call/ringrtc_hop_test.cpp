// SPDX-License-Identifier: MIT OR Apache-2.0
#include <gtest/gtest.h>

#include <sotto/ringrtc_hop.hpp>

#include "call/ringrtc_hop_schedule.hpp"
#include "testing/error_of.hpp"
#include "testing/hex.hpp"
#include "testing/rtp.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::call {
namespace {

using testing::error_of;
using testing::hex;
using testing::unhex_array;
using Packet = std::vector<std::uint8_t>;

RingrtcHopKeyPair pair(std::uint64_t seed) {
  testing::TapeEntropy tape(seed);
  return *RingrtcHopKeyPair::generate(tape);
}

/// Both sides of a hop; what each takes for the extra information.
struct Hop {
  explicit Hop(const Packet& at_client = {1, 2, 3}, const Packet& at_server = {1, 2, 3})
      : client(*agree_on_ringrtc_hop(RingrtcHopSide::client, pair(1), pair(2).public_key(),
                                     at_client)),
        server(*agree_on_ringrtc_hop(RingrtcHopSide::server, pair(2), pair(1).public_key(),
                                     at_server)) {}
  CallMedia client, server;
};

std::optional<Error> sent(SrtpSender& from, SrtpReceiver& to, std::uint16_t seq = 1) {
  const Packet packet = testing::rtp({.seq = seq});
  Packet sealed(packet.size() + from.overhead_bytes()), out(packet.size());
  EXPECT_TRUE(from.protect(sealed, packet));
  const auto opened = to.unprotect(out, sealed);
  EXPECT_TRUE(!opened || out == packet);
  return error_of(opened);
}

/// Computed by a second implementation from the description alone; nobody publishes any.
TEST(RingrtcHop, BothDirectionsOfAKnownSecret) {
  const crypto::SharedSecret shared(
      unhex_array<32>("f4097daaf6234b24aa8f471997eec3c10661b74fd243c37c40eb8733b43b6542"));
  const auto masters =
      ringrtc_hop_schedule(shared, testing::unhex("686b64665f65787472615f696e666f"));
  ASSERT_TRUE(masters);
  EXPECT_EQ(hex(masters->client.expose()),
            "ff346bf3143839a8fb2372e4310e2e65572b20e18be1345faa681bbf");
  EXPECT_EQ(hex(masters->server.expose()),
            "115e168291013142eb606c74a4aca17b0398744e14b31e527cfcf108");
}

TEST(RingrtcHop, EachSideOpensWhatTheOtherSealed) {
  Hop hop;
  EXPECT_EQ(sent(hop.client.sender, hop.server.receiver), std::nullopt);
  EXPECT_EQ(sent(hop.server.sender, hop.client.receiver), std::nullopt);
  EXPECT_EQ(sent(hop.client.sender, hop.client.receiver, 2), Error::authentication_failed)
      << "reflected";
}

/// Two of us would agree if both had the directions the wrong way round.
TEST(RingrtcHop, TheClientSealsUnderTheClientKey) {
  Hop hop;
  const auto shared = crypto::agree(pair(1).secret_key(), pair(2).public_key());
  const auto masters = ringrtc_hop_schedule(*shared, Packet{1, 2, 3});
  const Bytes client = masters->client.expose();
  auto receiver =
      SrtpReceiver::create(SrtpProfile::aead_aes_128_gcm, client.first(16), client.last(12));
  ASSERT_TRUE(receiver);
  EXPECT_EQ(sent(hop.client.sender, *receiver), std::nullopt);
}

TEST(RingrtcHop, OtherExtraInformationOtherKeys) {
  Hop hop({1, 2, 3}, {1, 2, 4});
  EXPECT_EQ(sent(hop.client.sender, hop.server.receiver), Error::authentication_failed);
}

TEST(RingrtcHop, ExtraInformationOnBothSidesOfItsBound) {
  const auto with = [](std::size_t size) {
    return error_of(agree_on_ringrtc_hop(RingrtcHopSide::client, pair(1), pair(2).public_key(),
                                         Packet(size, 7)));
  };
  EXPECT_EQ(with(0), std::nullopt);
  EXPECT_EQ(with(ringrtc_hop_max_extra_bytes), std::nullopt);
  EXPECT_EQ(with(ringrtc_hop_max_extra_bytes + 1), Error::malformed);
}

TEST(RingrtcHop, KeysThatAreNoneAreRefused) {
  const auto with = [](RingrtcHopKeyPair&& ours, const RingrtcHopPublic& theirs) {
    return error_of(agree_on_ringrtc_hop(RingrtcHopSide::client, std::move(ours), theirs, {}));
  };
  EXPECT_EQ(with(pair(1), RingrtcHopPublic()), Error::weak_key) << "all zero";
  std::array<std::uint8_t, 32> one{1}, above;
  above.fill(0xff);
  EXPECT_EQ(with(pair(1), RingrtcHopPublic(one)), Error::weak_key) << "low order";
  EXPECT_EQ(with(pair(1), RingrtcHopPublic(above)), Error::weak_key) << "not canonical";
  EXPECT_EQ(with(pair(1), pair(1).public_key()), Error::own_identity);
}

TEST(RingrtcHop, APairServesOneAgreement) {
  auto ours = pair(1);
  EXPECT_EQ(error_of(agree_on_ringrtc_hop(RingrtcHopSide::client, std::move(ours),
                                          pair(2).public_key(), Packet(4097))),
            Error::malformed);
  EXPECT_TRUE(
      agree_on_ringrtc_hop(RingrtcHopSide::client, std::move(ours), pair(2).public_key(), {}))
      << "a failure does not consume it";
  EXPECT_EQ(error_of(agree_on_ringrtc_hop(RingrtcHopSide::client, std::move(ours),
                                          pair(2).public_key(), {})),
            Error::weak_key);
}

}  // namespace
}  // namespace sotto::call
