// SPDX-License-Identifier: MIT OR Apache-2.0
#include "media/packet_index.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

namespace sotto::media {
namespace {

PacketIndex at(std::uint32_t roc, std::uint16_t seq) {
  return PacketIndex::of(roc, seq);
}

// [RFC3711-3.3.1-1]
TEST(PacketIndex, is_made_of_both_counters) {
  EXPECT_EQ(at(0x01020304, 0x0506).value, 0x010203040506U);
  EXPECT_EQ(at(0x01020304, 0x0506).roc(), 0x01020304U);
  EXPECT_EQ(at(0x01020304, 0x0506).seq(), 0x0506U);
  EXPECT_EQ(at(0xffffffff, 0xffff), last_index);
}

TEST(EstimateIndex, across_the_wrap_in_both_directions) {
  EXPECT_EQ(estimate_index(at(7, 65535), 0), at(8, 0));
  EXPECT_EQ(estimate_index(at(7, 65000), 100), at(8, 100));
  EXPECT_EQ(estimate_index(at(8, 0), 65535), at(7, 65535));
  EXPECT_EQ(estimate_index(at(8, 100), 65000), at(7, 65000));
  EXPECT_EQ(estimate_index(at(8, 100), 101), at(8, 101));
  EXPECT_EQ(estimate_index(at(8, 100), 99), at(8, 99));
}

// [RFC3711-3.3.1-4]
TEST(EstimateIndex, half_a_round_belongs_to_the_same_rollover_counter) {
  EXPECT_EQ(estimate_index(at(8, 100), 100 + 32768), at(8, 100 + 32768));
  EXPECT_EQ(estimate_index(at(8, 100), 101 + 32768), at(7, 101 + 32768));
  EXPECT_EQ(estimate_index(at(8, 40000), 40000 - 32768), at(8, 40000 - 32768));
  EXPECT_EQ(estimate_index(at(8, 40000), 40000 - 32769), at(9, 40000 - 32769));
}

TEST(EstimateIndex, never_before_the_first_index_nor_after_the_last) {
  EXPECT_EQ(estimate_index(at(0, 5), 65530), at(0, 65530));
  EXPECT_EQ(estimate_index(at(1, 5), 65530), at(0, 65530));
  EXPECT_EQ(estimate_index(at(0xffffffff, 65530), 5), at(0xffffffff, 5));
  EXPECT_EQ(estimate_index(at(0xfffffffe, 65530), 5), at(0xffffffff, 5));
}

/// The definition itself: of the three candidates that exist, the nearest.
TEST(EstimateIndex, is_the_nearest_of_the_candidates) {
  for (const std::uint32_t roc : {0U, 1U, 2U, 77U, 0xfffffffeU, 0xffffffffU})
    for (unsigned s_l = 0; s_l < 65536; s_l += 257)
      for (unsigned seq = 0; seq < 65536; seq += 251) {
        const auto newest = at(roc, static_cast<std::uint16_t>(s_l));
        const auto seq16 = static_cast<std::uint16_t>(seq);
        const auto distance = [&](PacketIndex i) {
          return std::llabs(static_cast<long long>(i.value) - static_cast<long long>(newest.value));
        };
        long long best = distance(at(roc, seq16));
        if (roc > 0) best = std::min(best, distance(at(roc - 1, seq16)));
        if (roc < 0xffffffff) best = std::min(best, distance(at(roc + 1, seq16)));
        const auto estimate = estimate_index(newest, seq16);
        ASSERT_EQ(estimate.seq(), seq);
        ASSERT_EQ(distance(estimate), best) << roc << ' ' << s_l << ' ' << seq;
      }
}

TEST(FollowingIndex, rises_by_less_than_half_a_round) {
  const auto newest = at(3, 60000);
  EXPECT_EQ(following_index(newest, 60001), at(3, 60001));
  EXPECT_EQ(following_index(newest, 65535), at(3, 65535));
  EXPECT_EQ(following_index(newest, 0), at(4, 0));
  EXPECT_EQ(following_index(newest, 60000 + 32767 - 65536), at(4, 60000 + 32767 - 65536));
  EXPECT_EQ(following_index(newest, 60000 + 32768 - 65536), std::unexpected(Error::counter_reused));
  EXPECT_EQ(following_index(newest, 60000), std::unexpected(Error::counter_reused));
  EXPECT_EQ(following_index(newest, 59999), std::unexpected(Error::counter_reused));
}

TEST(FollowingIndex, every_receiver_reads_it_as_the_sender_means_it) {
  for (unsigned s_l = 0; s_l < 65536; s_l += 129)
    for (const unsigned step : {1U, 2U, 1024U, 32766U, 32767U}) {
      const auto newest = at(5, static_cast<std::uint16_t>(s_l));
      const auto seq = static_cast<std::uint16_t>(s_l + step);
      ASSERT_EQ(following_index(newest, seq), estimate_index(newest, seq));
    }
}

// [RFC3711-3.3.1-7] [RFC3711-9.2-1] [RFC7714-13.1-2]
TEST(FollowingIndex, attack_M02_nonce_reuse_wrap_stops_at_the_last_index) {
  EXPECT_EQ(following_index(at(0xffffffff, 65534), 65535), last_index);
  EXPECT_EQ(following_index(at(0xffffffff, 65534), 0), std::unexpected(Error::exhausted));
  EXPECT_EQ(following_index(last_index, 0), std::unexpected(Error::exhausted));
  EXPECT_EQ(following_index(last_index, 32766), std::unexpected(Error::exhausted));
  EXPECT_EQ(following_index(last_index, 32767), std::unexpected(Error::counter_reused));
  EXPECT_EQ(following_index(last_index, 65535), std::unexpected(Error::counter_reused));
}

}  // namespace
}  // namespace sotto::media
