// SPDX-License-Identifier: MIT OR Apache-2.0
#include "ratchet/limits.hpp"

#include <limits>

#include <gtest/gtest.h>

#include "ratchet/age.hpp"

namespace sotto::ratchet {
namespace {

constexpr std::uint32_t most = std::numeric_limits<std::uint32_t>::max();
using std::chrono::milliseconds;

Instant at(std::int64_t count) {
  return Instant(milliseconds(count));
}

TEST(Limits, DefaultsPassUnchanged) {
  const RatchetLimits limits = clamped({});
  EXPECT_EQ(limits.max_forward_jump, 25'000);
  EXPECT_EQ(limits.max_skipped_per_chain, 2'000);
  EXPECT_EQ(limits.max_skipped_total, 10'000);
  EXPECT_EQ(limits.max_receiving_chains, 5);
  EXPECT_EQ(limits.max_skipped_age, std::chrono::days(30));
}

TEST(Limits, CutAtBothEnds) {
  const RatchetLimits high = clamped({most, most, most, most, milliseconds::max()});
  EXPECT_EQ(high.max_forward_jump, most_forward_jump);
  EXPECT_EQ(high.max_skipped_per_chain, most_skipped_keys);
  EXPECT_EQ(high.max_skipped_total, most_skipped_keys);
  EXPECT_EQ(high.max_receiving_chains, most_receiving_chains);
  EXPECT_EQ(high.max_skipped_age, milliseconds::max());
  const RatchetLimits low = clamped({0, 0, 0, 0, milliseconds::min()});
  EXPECT_EQ(low.max_forward_jump, 0);
  EXPECT_EQ(low.max_receiving_chains, 1);
  EXPECT_EQ(low.max_skipped_age, milliseconds(0));
}

TEST(Limits, StorageIsTheSmallerOfTheTwo) {
  EXPECT_EQ(storage_limit({.max_skipped_per_chain = 3, .max_skipped_total = 4}), 3);
  EXPECT_EQ(storage_limit({.max_skipped_per_chain = 4, .max_skipped_total = 3}), 3);
}

TEST(Age, BothSidesOfTheLimit) {
  EXPECT_FALSE(aged(at(100), at(109), milliseconds(10)));
  EXPECT_TRUE(aged(at(100), at(110), milliseconds(10)));
  EXPECT_TRUE(aged(at(100), at(100), milliseconds(0)));
}

TEST(Age, ClockBackwardsMakesNothingOld) {
  EXPECT_FALSE(aged(at(100), at(99), milliseconds(0)));
  EXPECT_FALSE(aged(Instant::max(), Instant::min(), milliseconds(0)));
}

TEST(Age, NoMomentsOverflow) {
  EXPECT_TRUE(aged(Instant::min(), Instant::max(), milliseconds::max()));
  EXPECT_FALSE(aged(at(-1), Instant::max() - milliseconds(2), milliseconds::max()));
}

}  // namespace
}  // namespace sotto::ratchet
