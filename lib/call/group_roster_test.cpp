// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>

#include <gtest/gtest.h>

#include <sotto/group_call.hpp>

#include "call/test_group.hpp"

namespace sotto::call {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::error_of;

TEST(GroupCall, TheHashBindsEveryMember) {  // [GC-7-1]
  const CallId id = Meeting().terms(0).id;
  const auto hash = *group_roster_hash(id, 5, members({0, 1, 2}));
  EXPECT_EQ(hash, *group_roster_hash(id, 5, members({2, 0, 1})));
  EXPECT_NE(hash, *group_roster_hash(id, 6, members({0, 1, 2})));
  EXPECT_NE(hash, *group_roster_hash(id, 5, members({0, 1})));
  EXPECT_NE(hash, *group_roster_hash(CallId(), 5, members({0, 1, 2})));
  auto others = members({0, 1, 2});
  ++others[1].device;
  EXPECT_NE(hash, *group_roster_hash(id, 5, others));
  others = members({0, 1, 2});
  others[1].identity = member(9).identity;
  EXPECT_NE(hash, *group_roster_hash(id, 5, others));
}

TEST(GroupCall, AGhostIsReported) {  // [GC-7-1] [GC-7-2]
  Meeting meeting;
  meeting.see({0, 1, 2});
  meeting.deliver();
  EXPECT_FALSE(meeting.at(0).next_difference());
  // The server tells 1 of a member that it hides from the others.
  ++meeting.number;
  ASSERT_TRUE(
      meeting.at(0).set_roster(meeting.number, members({0, 1, 2, 3}), meeting.tape, meeting.now));
  ASSERT_TRUE(meeting.at(1).set_roster(meeting.number, members({0, 1, 2, 3, 66}), meeting.tape,
                                       meeting.now));
  const auto note = meeting.at(1).roster_note();
  ASSERT_TRUE(meeting.at(0).take(member(1), note, meeting.tape, meeting.now));
  EXPECT_EQ(meeting.at(0).next_difference(), member(1));
  EXPECT_FALSE(meeting.at(0).next_difference());  // once
  // The ghost gets nothing from who does not see it.
  meeting.enter(66, members({0, 1, 2, 3, 66}));
  meeting.collect();
  std::size_t refused = 0;
  for (const auto& letter : meeting.letters) {
    EXPECT_FALSE(letter.from == member(0) && letter.to == member(66));
    if (letter.from == member(66) && letter.to == member(0)) {
      EXPECT_EQ(error_of(meeting.at(0).take(letter.from, letter.bytes, meeting.tape, meeting.now)),
                Error::rosters_differ);
      ++refused;
    }
  }
  EXPECT_EQ(refused, 1U);
  EXPECT_EQ(meeting.open(66, 0, meeting.seal(0)), Error::unknown_key);
  // They see the same again.
  ++meeting.number;
  for (const auto n : {0U, 1U})
    ASSERT_TRUE(
        meeting.at(n).set_roster(meeting.number, members({0, 1, 2}), meeting.tape, meeting.now));
  ASSERT_TRUE(
      meeting.at(0).take(member(1), meeting.at(1).roster_note(), meeting.tape, meeting.now));
  EXPECT_FALSE(meeting.at(0).next_difference());
  EXPECT_EQ(meeting.at(0).confirmed(), 1U);
}

TEST(GroupCall, WhoStaysAheadIsReported) {  // [GC-7-3]
  Meeting meeting;
  meeting.see({0, 1, 2});
  meeting.deliver();
  ASSERT_TRUE(
      meeting.at(1).set_roster(++meeting.number, members({0, 1}), meeting.tape, meeting.now));
  const auto note = meeting.at(1).roster_note();
  for (const bool follows : {true, false}) {
    Meeting other;
    other.see({0, 1, 2});
    other.deliver();
    ASSERT_TRUE(other.at(0).take(member(1), note, other.tape, other.now));
    EXPECT_EQ(other.at(0).next_deadline(), other.now + group_roster_grace);
    other.now += group_roster_grace - milliseconds(1);
    ASSERT_TRUE(other.at(0).tick(other.now));
    EXPECT_FALSE(other.at(0).next_difference());
    if (follows) {
      ASSERT_TRUE(other.at(0).set_roster(2, members({0, 1}), other.tape, other.now));
    }
    other.now += milliseconds(1);
    ASSERT_TRUE(other.at(0).tick(other.now));
    EXPECT_EQ(other.at(0).next_difference().has_value(), !follows);
  }
  // Another roster of the number that it had named is a difference at once.
  ASSERT_TRUE(meeting.at(0).take(member(1), note, meeting.tape, meeting.now));
  ASSERT_TRUE(meeting.at(0).set_roster(2, members({0, 1, 5}), meeting.tape, meeting.now));
  EXPECT_EQ(meeting.at(0).next_difference(), member(1));
}

TEST(GroupCall, WhatIsRefusedChangesNothing) {
  EXPECT_EQ(error_of(group_roster_hash({}, 1, {})), Error::malformed);
  Meeting meeting;
  testing::TapeEntropy& tape = meeting.tape;
  EXPECT_EQ(error_of(GroupCall::create(meeting.terms(0), 1, members({1, 2}), tape, meeting.now)),
            Error::malformed);
  EXPECT_EQ(error_of(GroupCall::create(meeting.terms(0), 1, members({0, 1, 1}), tape, meeting.now)),
            Error::malformed);
  EXPECT_EQ(error_of(GroupCall::create(meeting.terms(0), 1, {}, tape, meeting.now)),
            Error::malformed);
  meeting.see({0, 1, 2});
  meeting.deliver();
  GroupCall& call = meeting.at(0);
  const auto refused = [&](std::uint64_t number, const std::vector<MemberId>& roster, Error error) {
    EXPECT_EQ(error_of(call.set_roster(number, roster, tape, meeting.now)), error);
    EXPECT_EQ(call.roster_number(), 1U);
    EXPECT_FALSE(call.switching());
    EXPECT_EQ(call.kid(), SframeKid{0});
  };
  refused(1, members({0, 1}), Error::replayed);
  refused(0, members({0, 1}), Error::replayed);
  refused(2, members({1, 2}), Error::malformed);
  refused(2, members({0, 1, 1}), Error::malformed);
  refused(2, {}, Error::malformed);
  const auto note = call.roster_note();
  const Buffer own(note.begin(), note.end());
  EXPECT_EQ(error_of(call.take(member(0), own, tape, meeting.now)), Error::own_identity);
  EXPECT_EQ(error_of(call.take(member(8), own, tape, meeting.now)), Error::rosters_differ);
  Buffer other = own;
  other[2] ^= 1;  // of another call
  EXPECT_EQ(error_of(call.take(member(1), other, tape, meeting.now)), Error::malformed);
  Buffer small(group_note_bytes - 1);
  ASSERT_TRUE(call.ask(member(1), meeting.now + seconds(2)));
  EXPECT_EQ(error_of(call.next_message(small)), Error::buffer_too_small);
  Buffer room(group_note_bytes);
  EXPECT_TRUE((*call.next_message(room)).has_value());
  EXPECT_TRUE(meeting.all_hear_all({0, 1, 2}));
}

TEST(GroupCall, WithoutEntropyNothingChanges) {
  Meeting meeting;
  meeting.see({0, 1, 2});
  meeting.deliver();
  struct Nothing final : Entropy {
    Result<void> fill(MutableBytes) noexcept override {
      return std::unexpected(Error::entropy_failed);
    }
  } nothing;
  struct Zeros final : Entropy {
    Result<void> fill(MutableBytes out) noexcept override {
      std::ranges::fill(out, std::uint8_t{0});
      return {};
    }
  } zeros;
  testing::FailingEntropy half;
  for (Entropy* const bad : std::initializer_list<Entropy*>{&nothing, &zeros, &half}) {
    EXPECT_EQ(error_of(meeting.at(0).set_roster(2, members({0, 1}), *bad, meeting.now)),
              Error::entropy_failed);
    EXPECT_EQ(meeting.at(0).roster_number(), 1U);
    EXPECT_FALSE(meeting.at(0).switching());
    EXPECT_EQ(error_of(GroupCall::create(meeting.terms(0), 1, members({0}), *bad, meeting.now)),
              Error::entropy_failed);
  }
  EXPECT_TRUE(meeting.all_hear_all({0, 1, 2}));
}

TEST(GroupCall, AThousandAndNoMore) {
  testing::TapeEntropy tape(1);
  std::vector<MemberId> roster;
  for (std::uint32_t n = 0; n < group_max_members; ++n) roster.push_back(member(n));
  Meeting meeting;
  EXPECT_TRUE(GroupCall::create(meeting.terms(0), 1, roster, tape, meeting.now));
  roster.push_back(member(group_max_members));
  EXPECT_EQ(error_of(GroupCall::create(meeting.terms(0), 1, roster, tape, meeting.now)),
            Error::malformed);
}

}  // namespace
}  // namespace sotto::call
