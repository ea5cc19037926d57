// SPDX-License-Identifier: MIT OR Apache-2.0
#include "media/sent_streams.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <set>

#include "media/test_ends.hpp"

namespace sotto::media {
namespace {

using testing::error_of;
using testing::rtp;

SentStreams from(std::uint32_t roc) {
  return SentStreams(srtp_max_streams, {roc, 0}, {});
}
RtpHeader header(std::uint16_t seq) {
  return {12, Ssrc{5}, seq};
}

// [RFC3711-3.3.1-10] [RFC7714-8.4-1]
TEST(SentStreams, ALateNumberIsSpentOnceWhileTheWindowReachesIt) {
  for (const std::uint32_t roc : {0U, 7U, 0xffffffffU}) {
    auto streams = from(roc);
    ASSERT_EQ(streams.spend(header(5000)), PacketIndex::of(roc, 5000));
    for (const std::uint16_t seq : std::array<std::uint16_t, 4>{4999, 4990, 3978, 3977}) {
      EXPECT_EQ(streams.spend(header(seq)), PacketIndex::of(roc, seq)) << seq;
      EXPECT_EQ(error_of(streams.spend(header(seq))), Error::counter_reused) << seq;
    }
    EXPECT_EQ(error_of(streams.spend(header(5000))), Error::counter_reused);
    EXPECT_EQ(error_of(streams.spend(header(3976))), Error::counter_reused) << "1,024 behind";
    EXPECT_EQ(streams.rollover(Ssrc{5}), roc);
  }
}

TEST(SentStreams, TheCounterStaysRightAroundTheWrap) {
  auto streams = from(3);
  for (const std::uint16_t seq : std::array<std::uint16_t, 2>{65'533, 65'535})
    ASSERT_EQ(streams.spend(header(seq)), PacketIndex::of(3, seq));
  ASSERT_EQ(streams.spend(header(1)), PacketIndex::of(4, 1));
  EXPECT_EQ(streams.spend(header(65'534)), PacketIndex::of(3, 65'534));
  EXPECT_EQ(streams.spend(header(0)), PacketIndex::of(4, 0));
  EXPECT_EQ(error_of(streams.spend(header(65'535))), Error::counter_reused);
  EXPECT_EQ(streams.spend(header(2)), PacketIndex::of(4, 2));
}

TEST(SentStreams, NothingStandsBeforeTheFirstIndex) {
  auto streams = from(0);
  ASSERT_TRUE(streams.spend(header(2)));
  EXPECT_TRUE(streams.spend(header(0)));
  EXPECT_EQ(error_of(streams.spend(header(65'535))), Error::counter_reused);
  EXPECT_EQ(error_of(streams.spend(header(65'000))), Error::counter_reused);
  EXPECT_EQ(streams.spend(header(3)), PacketIndex::of(0, 3));
}

/// Against a set: whatever the order, no index comes twice, and one that the window reaches and
/// that was not spent is given.
TEST(SentStreams, InAnyOrderNoIndexComesTwice) {
  std::mt19937 random(4771);
  for (int run = 0; run < 20; ++run) {
    auto streams = from(1);
    std::set<std::uint64_t> spent;
    std::uint64_t newest = 0;
    auto seq = static_cast<std::uint16_t>(random());
    for (int i = 0; i < 5'000; ++i) {
      const auto index = streams.spend(header(seq));
      if (index) {
        ASSERT_EQ(index->seq(), seq);
        ASSERT_TRUE(spent.insert(index->value).second) << i;
        newest = std::max(newest, index->value);
      } else {
        ASSERT_EQ(index.error(), Error::counter_reused);
        const auto behind = static_cast<std::uint16_t>(newest - seq);
        ASSERT_TRUE(behind >= srtp_replay_window || spent.contains(newest - behind));
      }
      const auto kind = random() % 10;
      const std::uint32_t reach = kind == 0 ? 65'536 : kind < 3 ? 2'500 : 40;
      seq = static_cast<std::uint16_t>(newest + 5 - random() % reach);
    }
    EXPECT_GT(spent.size(), 1'000U);
  }
}

/// Sealed in disorder, by a repair or by who forwards, and heard in another one.
TEST(SentStreams, WhatIsSealedInDisorderOpensOnce) {
  Ends ends;
  std::mt19937 random(1);
  std::vector<std::uint16_t> numbers;
  for (std::uint32_t i = 0; i < 3'000; ++i)
    numbers.push_back(static_cast<std::uint16_t>(64'000 + i));
  for (std::size_t i = 0; i + 20 < numbers.size(); i += 20)
    std::shuffle(numbers.begin() + static_cast<std::ptrdiff_t>(i),
                 numbers.begin() + static_cast<std::ptrdiff_t>(i + 20), random);
  std::vector<Packet> wires;
  for (const std::uint16_t seq : numbers) {
    const auto wire = ends.protect(rtp({.seq = seq}));
    ASSERT_TRUE(wire) << seq;
    ASSERT_EQ(error_of(ends.protect(rtp({.seq = seq}))), Error::counter_reused);
    wires.push_back(*wire);
  }
  for (std::size_t i = 0; i + 90 < wires.size(); i += 90)
    std::shuffle(wires.begin() + static_cast<std::ptrdiff_t>(i),
                 wires.begin() + static_cast<std::ptrdiff_t>(i + 90), random);
  for (const Packet& wire : wires) {
    ASSERT_TRUE(ends.unprotect(wire));
    ASSERT_EQ(error_of(ends.unprotect(wire)), Error::replayed);
  }
}

}  // namespace
}  // namespace sotto::media
