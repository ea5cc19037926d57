// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/prekey_index.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "testing/error_of.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

std::vector<std::uint8_t> written(const PrekeyIndex& index) {
  std::vector<std::uint8_t> record(index.size_bytes());
  index.write(record);
  return record;
}

TEST(PrekeyIndex, a_group_spans_a_bounded_number_of_ids) {
  PrekeyIndex index;
  for (std::uint32_t id = 1; id <= 2 * most_group_span + 1; ++id) {
    ASSERT_TRUE(index.groups.reserve(1));
    index.add(OneTimePrekeyId{id}, PrekeyIndex::Place::fresh, 0, {});
  }
  ASSERT_EQ(index.groups.size(), 3U);
  EXPECT_EQ(index.groups[0].span, most_group_span);
  EXPECT_EQ(index.groups[1].first, most_group_span + 1);
  EXPECT_EQ(index.groups[2].span, 1U);
  EXPECT_EQ(index.one_time(PrekeyIndex::Place::fresh), 2 * most_group_span + 1);

  const auto read = PrekeyIndex::read(written(index));
  ASSERT_TRUE(read);
  EXPECT_EQ(written(*read), written(index));
}

TEST(PrekeyIndex, a_record_whose_group_spans_more_is_corrupted) {
  for (const std::uint32_t most_left : {1U, most_group_span}) {
    PrekeyIndex index;
    ASSERT_TRUE(index.groups.reserve(1));
    index.groups.append({7, most_group_span, most_left, PrekeyIndex::Place::fresh});
    EXPECT_TRUE(PrekeyIndex::read(written(index)));
    for (const std::uint32_t span : {most_group_span + 1, UINT32_MAX - 7}) {
      index.groups[0].span = span;
      EXPECT_EQ(error_of(PrekeyIndex::read(written(index))), Error::corrupted) << span;
    }
  }
}

TEST(PrekeyIndex, a_time_set_before_the_beginning_of_time_is_the_beginning) {
  // [SES-8-7]
  PrekeyPolicy policy;
  policy.rotate_after = std::chrono::milliseconds::max();
  for (const Instant now : {Instant::min(), Instant(std::chrono::days(-3))}) {
    PrekeyIndex index;
    ASSERT_TRUE(index.signed_prekeys.reserve(1));
    index.signed_prekeys.append({.id = SignedPrekeyId{1}, .made = Instant{}});
    EXPECT_TRUE(index.settle_times(now, policy)) << "the day is noted";
    EXPECT_FALSE(index.settle_times(now, policy));
    EXPECT_EQ(index.signed_prekeys[0].made, Instant{});
    EXPECT_TRUE(index.settle_times(now + std::chrono::days(2), policy));
    EXPECT_EQ(index.signed_prekeys[0].made, Instant::min());
  }
}

TEST(PrekeyIndex, a_record_with_the_number_of_another_upload_is_corrupted) {
  PrekeyIndex index;
  index.last_upload = 5;
  ASSERT_TRUE(index.groups.reserve(1));
  index.groups.append({1, 1, 1, PrekeyIndex::Place::offered, 5});
  ASSERT_TRUE(index.signed_prekeys.reserve(1));
  index.signed_prekeys.append({.id = SignedPrekeyId{1}, .upload = 9});
  EXPECT_TRUE(PrekeyIndex::read(written(index))) << "a signed prekey may be of an earlier one";
  index.replacing = 5;
  EXPECT_TRUE(PrekeyIndex::read(written(index)));
  index.replacing = 4;
  EXPECT_EQ(error_of(PrekeyIndex::read(written(index))), Error::corrupted);
  index.replacing = 0;
  index.groups[0].upload = 4;
  EXPECT_EQ(error_of(PrekeyIndex::read(written(index))), Error::corrupted);
  index.groups.erase(0);
  index.last_upload = 0;
  EXPECT_EQ(error_of(PrekeyIndex::read(written(index))), Error::corrupted) << "of none";
}

}  // namespace
}  // namespace sotto::session
