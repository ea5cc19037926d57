// SPDX-License-Identifier: MIT OR Apache-2.0
// A rollover counter that was lost, told, or never known, through the public interface.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "media/test_ends.hpp"

namespace sotto::media {
namespace {

using testing::error_of;
using testing::every_srtp_profile;
using testing::rtp;

const Packet first{1}, second{2};
constexpr std::uint64_t round = 65'536;
constexpr std::uint32_t stream = testing::RtpSpec{}.ssrc;

/// One direction; every packet has an index that the test chooses.
struct Line : KeyedEnds {
  explicit Line(SrtpProfile of = SrtpProfile::aead_aes_256_gcm) : KeyedEnds(of, first) {}

  /// The packet at `index`, which is ahead of those before; the way there is sealed in large steps.
  Packet at(std::uint64_t index, std::size_t payload = 40) {
    if (!newest && index >= round) seal(0, payload);
    while (newest && index - *newest > 30'000) seal(*newest + 30'000, payload);
    return seal(index, payload);
  }
  Packet seal(std::uint64_t index, std::size_t payload = 40) {
    const Packet plain = rtp({.seq = static_cast<std::uint16_t>(index), .payload_bytes = payload});
    Packet out(plain.size() + sender.overhead_bytes());
    EXPECT_TRUE(sender.protect(out, plain));
    newest = index;
    return out;
  }
  std::optional<Error> open(const Packet& wire) {
    Packet out(wire.size());
    return error_of(receiver.unprotect(out, wire));
  }
  std::optional<Error> open_in_place(Packet wire) {
    return error_of(receiver.unprotect(wire, wire));
  }

  std::optional<std::uint64_t> newest;
};

/// What libraries usually lose for good: a silence of more than half a round.
TEST(Rollover, AStreamComesBackAfterALongSilence) {  // [RFC3711-3.3.1-8]
  for (const SrtpProfile profile : every_srtp_profile)
    for (const std::uint64_t lost :
         {30'000U, 36'000U, 50'000U, 65'530U, 70'000U, 120'000U, 163'839U})
      for (const bool in_place : {false, true}) {
        Line line(profile);
        ASSERT_EQ(line.open(line.at(30'000)), std::nullopt);
        const Packet back = line.at(30'000 + lost);
        const Packet next = line.at(30'000 + lost + 1);
        if (in_place && lost == 65'530) continue;  // next to the newest: see below
        ASSERT_EQ(in_place ? line.open_in_place(back) : line.open(back), std::nullopt) << lost;
        EXPECT_EQ(line.open(back), Error::replayed);
        EXPECT_EQ(line.open_in_place(next), std::nullopt);
        EXPECT_EQ(line.receiver.rollover(stream), (30'000 + lost) / round);
      }
}

TEST(Rollover, BeyondTheSearchTheCounterHasToBeTold) {  // [RFC3711-3.3.1-3]
  for (const SrtpProfile profile : every_srtp_profile) {
    Line line(profile);
    ASSERT_EQ(line.open(line.at(round + 30'000)), std::nullopt);
    const Packet back = line.at(round + 30'000 + 163'840 + 1);
    EXPECT_TRUE(line.open(back)) << "the search ends";
    ASSERT_EQ(line.sender.rollover(stream), 3U);
    const Packet far = line.at(40 * round + 9);
    EXPECT_TRUE(line.open(far));
    // A wrong one is one guess more, no other.
    ASSERT_TRUE(line.receiver.set_rollover(stream, 77));
    EXPECT_TRUE(line.open(far));
    ASSERT_TRUE(line.receiver.set_rollover(stream, *line.sender.rollover(stream)));
    EXPECT_EQ(line.open_in_place(far), std::nullopt);
    EXPECT_EQ(line.open(far), Error::replayed);
    EXPECT_EQ(line.open(back), Error::replayed);
    EXPECT_EQ(line.open(line.at(40 * round + 10)), std::nullopt);
  }
}

TEST(Rollover, OneThatWrappedSinceItWasToldIsFound) {  // [RFC3711-3.3.1-3]
  Line line;
  ASSERT_EQ(line.open(line.at(5)), std::nullopt);
  static_cast<void>(line.at(9 * round + 65'000));
  ASSERT_TRUE(line.receiver.set_rollover(stream, *line.sender.rollover(stream)));
  EXPECT_EQ(line.open(line.at(10 * round + 3)), std::nullopt);
}

TEST(Rollover, NewKeysFindTheStreamAgain) {
  for (const SrtpProfile profile : every_srtp_profile) {
    Line line(profile);
    ASSERT_EQ(line.open(line.at(30'000)), std::nullopt);
    static_cast<void>(line.at(30'000 + 120'000));
    ASSERT_TRUE(line.sender.rekey(profile, line.key(2), line.salt(), second));
    ASSERT_TRUE(line.receiver.add_key(profile, line.key(2), line.salt(), second));
    EXPECT_EQ(line.open(line.at(30'000 + 120'001)), std::nullopt);
    // With them the counter can be told as well, however long the silence was.
    static_cast<void>(line.at(50 * round));
    ASSERT_TRUE(line.sender.rekey(profile, line.key(3), line.salt(), first));
    ASSERT_TRUE(line.receiver.erase_key(first));
    ASSERT_TRUE(line.receiver.add_key(profile, line.key(3), line.salt(), first));
    ASSERT_TRUE(line.receiver.set_rollover(stream, *line.sender.rollover(stream)));
    EXPECT_EQ(line.open(line.at(50 * round + 1)), std::nullopt);
  }
}

TEST(Rollover, WhoJoinsLaterIsTold) {  // [RFC3711-3.3.1-3]
  Line line;
  static_cast<void>(line.at(1));
  const Packet late = line.at(7 * round + 1);
  EXPECT_EQ(line.open(late), Error::authentication_failed);
  EXPECT_EQ(line.receiver.rollover(stream), std::unexpected(Error::invalid_argument));
  ASSERT_TRUE(line.receiver.set_rollover(stream, 8));
  EXPECT_EQ(line.open(late), Error::authentication_failed) << "of another one";
  ASSERT_TRUE(line.receiver.set_rollover(stream, 7));
  EXPECT_EQ(line.receiver.rollover(stream), std::unexpected(Error::invalid_argument));
  EXPECT_EQ(line.open(late), std::nullopt);
  EXPECT_EQ(line.receiver.rollover(stream), 7U);
}

TEST(Rollover, ASenderTakesAStreamOver) {
  Line line;
  EXPECT_EQ(line.sender.rollover(stream), std::unexpected(Error::invalid_argument));
  ASSERT_TRUE(line.sender.set_rollover(stream, 3));
  ASSERT_TRUE(line.sender.set_rollover(stream, 9));
  EXPECT_EQ(line.sender.rollover(stream), std::unexpected(Error::invalid_argument));
  ASSERT_TRUE(line.receiver.set_rollover(stream, 9));
  EXPECT_EQ(line.open(line.seal(9 * round + 5)), std::nullopt);
  EXPECT_EQ(line.sender.rollover(stream), 9U);
  // Once it has begun its counter rises by itself alone: set, it could come twice.
  EXPECT_EQ(error_of(line.sender.set_rollover(stream, 3)), Error::counter_reused);
  EXPECT_EQ(error_of(line.sender.set_rollover(stream, 99)), Error::counter_reused);
}

TEST(Rollover, ALongPacketInPlaceIsTriedOnce) {
  for (const std::size_t payload :
       {srtp_in_place_search_bytes - 17, srtp_in_place_search_bytes - 16}) {
    Line line(SrtpProfile::aead_aes_128_gcm);
    ASSERT_EQ(line.open(line.at(30'000)), std::nullopt);
    const Packet back = line.at(30'000 + 70'000, payload);
    const auto refused = line.open_in_place(back);
    EXPECT_EQ(refused.has_value(), payload + 16 + 1 > srtp_in_place_search_bytes) << payload;
    EXPECT_EQ(line.open(back), refused ? std::nullopt : std::optional(Error::replayed));
  }
}

/// A whole round of numbers was lost: in place the stream is back once they have moved on.
TEST(Rollover, InPlaceANumberNextToTheNewestIsTriedOnce) {
  for (const SrtpProfile profile : every_srtp_profile) {
    Line line(profile);
    ASSERT_EQ(line.open(line.at(30'000)), std::nullopt);
    const bool spoilt = srtp_sizes(profile).salt == 12;
    const std::uint64_t edge = 30'000 + round + srtp_in_place_near;
    const auto near = line.open_in_place(line.at(edge));
    EXPECT_EQ(near, spoilt ? std::optional(Error::authentication_failed) : std::nullopt);
    EXPECT_EQ(line.open_in_place(line.at(edge + 1)), std::nullopt);
    EXPECT_EQ(line.open_in_place(line.at(edge + 2)), std::nullopt);
  }
}

TEST(Rollover, ForgeriesMoveNoCounter) {
  for (const SrtpProfile profile : every_srtp_profile) {
    Line line(profile);
    ASSERT_EQ(line.open(line.at(30'000)), std::nullopt);
    Packet forged = line.at(30'000 + 70'000);
    const Packet good = forged;
    // Of the tag, behind which an AEAD has its MKI.
    forged[forged.size() - (srtp_sizes(profile).salt == 12 ? 2 : 1)] ^= 1;
    for (std::uint32_t seq = 0; seq < round; seq += 499) {
      forged[2] = static_cast<std::uint8_t>(seq >> 8);
      forged[3] = static_cast<std::uint8_t>(seq);
      ASSERT_TRUE(line.open(forged));
    }
    EXPECT_EQ(line.receiver.rollover(stream), 0U);
    EXPECT_EQ(line.open(good), std::nullopt);
  }
}

}  // namespace
}  // namespace sotto::media
