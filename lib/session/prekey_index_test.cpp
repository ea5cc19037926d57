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

}  // namespace
}  // namespace sotto::session
