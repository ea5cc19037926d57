// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>
#include <vector>

#include <sotto/group_code.hpp>

#include "call/test_calls.hpp"

namespace sotto::call {
namespace {

std::vector<GroupCode> members(std::uint32_t count, std::uint64_t seed = 1,
                               const RosterHash& seen = roster) {
  std::vector<GroupCode> all;
  for (std::uint32_t i = 0; i < count; ++i) {
    TapeEntropy tape(seed * 10'000 + i);
    all.push_back(*GroupCode::create(call_id, seen, count, i, tape));
  }
  return all;
}

void commit(std::vector<GroupCode>& all) {
  for (std::uint32_t to = 0; to < all.size(); ++to)
    for (std::uint32_t from = 0; from < all.size(); ++from) {
      if (from != to) {
        ASSERT_TRUE(all[to].take_commitment(from, all[from].commitment()));
      }
    }
}

void reveal(std::vector<GroupCode>& all) {
  for (std::uint32_t to = 0; to < all.size(); ++to)
    for (std::uint32_t from = 0; from < all.size(); ++from) {
      if (from != to) {
        ASSERT_TRUE(all[to].take_reveal(from, *all[from].reveal()));
      }
    }
}

TEST(GroupCode, IsTheSameAtAllMembers) {  // [MK-9-1] [MK-9-3]
  for (const std::uint32_t count : {2U, 3U, 20U}) {
    auto all = members(count);
    commit(all);
    reveal(all);
    for (const GroupCode& member : all) EXPECT_EQ(*member.code(), *all[0].code());
  }
}

TEST(GroupCode, NobodyRevealsBeforeAllHaveCommitted) {  // [MK-9-2]
  auto all = members(3);
  EXPECT_EQ(error_of(all[0].reveal()), Error::unknown_key);
  ASSERT_TRUE(all[0].take_commitment(1, all[1].commitment()));
  EXPECT_EQ(error_of(all[0].reveal()), Error::unknown_key);
  EXPECT_EQ(error_of(all[0].take_reveal(1, GroupNonce())), Error::unknown_key);
  ASSERT_TRUE(all[0].take_commitment(2, all[2].commitment()));
  EXPECT_TRUE(all[0].reveal());
  EXPECT_EQ(error_of(all[0].code()), Error::unknown_key);
}

TEST(GroupCode, WhatDoesNotFitIsRefusedAndChangesNothing) {  // [MK-9-2]
  auto all = members(3);
  EXPECT_EQ(error_of(all[0].take_commitment(0, all[1].commitment())), Error::malformed);
  EXPECT_EQ(error_of(all[0].take_commitment(3, all[1].commitment())), Error::malformed);
  commit(all);
  EXPECT_EQ(error_of(all[0].take_commitment(1, all[1].commitment())), Error::replayed);
  EXPECT_EQ(error_of(all[0].take_commitment(1, all[2].commitment())), Error::conflict);
  EXPECT_EQ(error_of(all[0].take_reveal(1, *all[2].reveal())), Error::authentication_failed);
  EXPECT_EQ(error_of(all[0].take_reveal(0, *all[0].reveal())), Error::malformed);
  EXPECT_EQ(error_of(all[0].take_reveal(3, *all[0].reveal())), Error::malformed);
  reveal(all);
  EXPECT_EQ(error_of(all[0].take_reveal(1, *all[1].reveal())), Error::replayed);
  EXPECT_EQ(*all[0].code(), *all[2].code());
}

TEST(GroupCode, AGhostInOneRosterGivesAnotherCode) {  // [MK-9-1]
  auto all = members(3);
  TapeEntropy tape(10'002);
  all[2] = *GroupCode::create(call_id, filled<RosterHash>(0x78), 3, 2, tape);
  commit(all);
  EXPECT_EQ(error_of(all[0].take_reveal(2, *all[2].reveal())), Error::authentication_failed);
}

TEST(GroupCode, WhoSaysDifferentThingsToDifferentMembersIsHeard) {  // [MK-9-3]
  // Member 2 is somebody in the middle, who commits to another nonce towards each of the two.
  auto to_first = members(3, 1);
  auto to_second = members(3, 2);
  std::vector<GroupCode> honest;
  honest.push_back(std::move(to_first[0]));
  honest.push_back(std::move(to_first[1]));
  GroupCode& one = to_first[2];
  GroupCode& other = to_second[2];
  ASSERT_TRUE(honest[0].take_commitment(1, honest[1].commitment()));
  ASSERT_TRUE(honest[1].take_commitment(0, honest[0].commitment()));
  ASSERT_TRUE(honest[0].take_commitment(2, one.commitment()));
  ASSERT_TRUE(honest[1].take_commitment(2, other.commitment()));
  for (GroupCode* liar : {&one, &other})
    for (std::uint32_t from = 0; from < 2; ++from)
      ASSERT_TRUE(liar->take_commitment(from, honest[from].commitment()));
  ASSERT_TRUE(honest[0].take_reveal(1, *honest[1].reveal()));
  ASSERT_TRUE(honest[1].take_reveal(0, *honest[0].reveal()));
  ASSERT_TRUE(honest[0].take_reveal(2, *one.reveal()));
  ASSERT_TRUE(honest[1].take_reveal(2, *other.reveal()));
  EXPECT_NE(honest[0].code()->digits, honest[1].code()->digits);
}

TEST(GroupCode, LimitsOnBothSides) {
  TapeEntropy tape(1);
  EXPECT_EQ(error_of(GroupCode::create(call_id, roster, 1, 0, tape)), Error::malformed);
  EXPECT_EQ(error_of(GroupCode::create(call_id, roster, 2, 2, tape)), Error::malformed);
  EXPECT_EQ(error_of(GroupCode::create(call_id, roster, 1025, 0, tape)), Error::malformed);
  EXPECT_TRUE(GroupCode::create(call_id, roster, 1024, 1023, tape));
  testing::FailingEntropy failing;
  EXPECT_EQ(error_of(GroupCode::create(call_id, roster, 2, 0, failing)), Error::entropy_failed);
}

}  // namespace
}  // namespace sotto::call
