// SPDX-License-Identifier: MIT OR Apache-2.0
#include "media/index_guesses.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

namespace sotto::media {
namespace {

using Indices = std::vector<PacketIndex>;

PacketIndex at(std::uint32_t roc, std::uint16_t seq) {
  return PacketIndex::of(roc, seq);
}
Indices guesses(std::optional<PacketIndex> newest, std::uint32_t told, std::uint16_t seq) {
  const IndexGuesses made(newest ? estimate_index(*newest, seq) : at(0, seq), told);
  EXPECT_EQ(*made.begin(), made.first());
  return {made.begin(), made.end()};
}

// [RFC3711-3.3.1-8]
TEST(IndexGuesses, are_the_estimate_and_two_counters_behind_it) {
  EXPECT_EQ(guesses(at(7, 100), 0, 101), (Indices{at(7, 101), at(8, 101), at(9, 101)}));
  EXPECT_EQ(guesses(at(7, 65000), 0, 5), (Indices{at(8, 5), at(9, 5), at(10, 5)}));
  EXPECT_EQ(guesses(at(7, 5), 0, 65000), (Indices{at(6, 65000), at(7, 65000), at(8, 65000)}));
  EXPECT_EQ(guesses(std::nullopt, 0, 9), (Indices{at(0, 9), at(1, 9), at(2, 9)}));
}

// [RFC3711-3.3.1-3]
TEST(IndexGuesses, look_where_the_caller_was_told) {
  EXPECT_EQ(guesses(std::nullopt, 40, 9),
            (Indices{at(0, 9), at(1, 9), at(2, 9), at(40, 9), at(41, 9)}));
  EXPECT_EQ(guesses(at(7, 100), 40, 101),
            (Indices{at(7, 101), at(8, 101), at(9, 101), at(40, 101), at(41, 101)}));
  EXPECT_EQ(guesses(at(7, 100), 9, 101),
            (Indices{at(7, 101), at(8, 101), at(9, 101), at(10, 101)}));
  for (const std::uint32_t behind : {8U, 7U, 6U, 0U})
    EXPECT_EQ(guesses(at(7, 100), behind, 101), guesses(at(7, 100), 0, 101)) << behind;
}

TEST(IndexGuesses, end_with_the_last_index) {
  EXPECT_EQ(guesses(last_index, 0, 65535), Indices{last_index});
  EXPECT_EQ(guesses(at(0xfffffffe, 9), 0, 10), (Indices{at(0xfffffffe, 10), at(0xffffffff, 10)}));
  EXPECT_EQ(guesses(std::nullopt, 0xffffffff, 1),
            (Indices{at(0, 1), at(1, 1), at(2, 1), at(0xffffffff, 1)}));
  EXPECT_EQ(
      guesses(at(0xfffffffc, 9), 0xffffffff, 10),
      (Indices{at(0xfffffffc, 10), at(0xfffffffd, 10), at(0xfffffffe, 10), at(0xffffffff, 10)}));
}

/// Whatever was lost short of two rounds and a half, the true index is among them, and at most
/// three are tried.
TEST(IndexGuesses, hold_what_comes_after_a_loss_of_two_rounds_and_a_half) {
  for (const std::uint64_t newest : {0ULL, 30'000ULL, 65'535ULL, 65'536ULL, 1'000'000ULL})
    for (std::uint64_t step = 1; step < 5 * 32'768; step += 97) {
      const PacketIndex index{newest + step};
      const Indices tried = guesses(PacketIndex{newest}, 0, index.seq());
      EXPECT_LE(tried.size(), 3U);
      ASSERT_NE(std::ranges::find(tried, index), tried.end()) << newest << ' ' << step;
      for (std::size_t i = 1; i < tried.size(); ++i) ASSERT_GT(tried[i].value, newest);
    }
}

}  // namespace
}  // namespace sotto::media
