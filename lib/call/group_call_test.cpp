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

TEST(GroupCall, AllHearAll) {
  for (const auto suite : {SframeSuite::aes_128_gcm_sha256_128, SframeSuite::aes_256_gcm_sha512_128,
                           SframeSuite::sotto_aes_256_ctr_hmac_sha512_256}) {
    Meeting meeting(suite);
    meeting.see({0, 1, 2, 3});
    EXPECT_EQ(meeting.letters.size(), 12U);
    EXPECT_FALSE(meeting.deliver());
    EXPECT_TRUE(meeting.all_hear_all({0, 1, 2, 3}));
    EXPECT_EQ(meeting.at(0).confirmed(), 3U);
    EXPECT_EQ(meeting.at(0).kid(), SframeKid{0});
  }
}

TEST(GroupCall, OnlyThreeSuites) {  // [GC-2-2]
  testing::TapeEntropy tape(1);
  const auto roster = members({0, 1});
  for (const std::uint16_t number : std::array<std::uint16_t, 7>{0, 1, 2, 3, 6, 7, 8}) {
    Meeting meeting(static_cast<SframeSuite>(number));
    EXPECT_EQ(error_of(GroupCall::create(meeting.terms(0), 1, roster, tape, meeting.now)),
              Error::downgraded);
  }
}

TEST(GroupCall, AnotherSuiteIsADowngrade) {
  Meeting meeting;
  Meeting weaker(SframeSuite::aes_128_gcm_sha256_128);
  meeting.see({0, 1});
  weaker.see({0, 1});
  for (const auto& letter : weaker.letters)
    EXPECT_EQ(error_of(meeting.calls.at(letter.to).take(letter.from, letter.bytes, meeting.tape,
                                                        meeting.now)),
              Error::downgraded);
}

TEST(GroupCall, ANewcomerOpensNothingFromBefore) {  // [GC-4-1] [GC-5-5] [GC-3-1]
  Meeting meeting;
  meeting.see({0, 1, 2});
  meeting.deliver();
  const Buffer before = meeting.seal(0);
  const std::size_t told = meeting.messages;
  meeting.see({0, 1, 2, 3});
  EXPECT_EQ(meeting.messages - told, 6U);  // each of three tells the newcomer, which tells them
  EXPECT_FALSE(meeting.deliver());
  EXPECT_EQ(meeting.at(0).kid(), SframeKid{1});
  EXPECT_TRUE(meeting.all_hear_all({0, 1, 2, 3}));
  EXPECT_EQ(meeting.open(3, 0, before), Error::unknown_key);
  EXPECT_FALSE(meeting.open(1, 0, before));  // it was late, and is for who was there
}

TEST(GroupCall, WhoLeftOpensNothingAfterTheSwitch) {  // [GC-4-2] [GC-4-3]
  Meeting meeting;
  meeting.see({0, 1, 2, 3});
  meeting.deliver();
  meeting.see({0, 1, 2});  // 3 goes on listening
  meeting.deliver();
  EXPECT_TRUE(meeting.at(0).switching());
  EXPECT_EQ(meeting.at(0).next_deadline(), meeting.now + group_switch_delay);
  // The overlap: until the switch it still opens what is sealed.
  meeting.now += group_switch_delay - milliseconds(1);
  EXPECT_FALSE(meeting.open(3, 0, meeting.seal(0)));
  EXPECT_TRUE(meeting.all_hear_all({0, 1, 2}));
  meeting.now += milliseconds(1);
  EXPECT_EQ(meeting.open(3, 0, meeting.seal(0)), Error::unknown_key);
  EXPECT_TRUE(meeting.all_hear_all({0, 1, 2}));
  EXPECT_EQ(meeting.at(0).kid(), SframeKid{1 << 8});
  EXPECT_FALSE(meeting.at(0).switching());
  // And nobody hears it.
  EXPECT_EQ(meeting.open(0, 3, meeting.seal(3)), Error::rosters_differ);  // [GC-5-1]
}

TEST(GroupCall, FurtherLeavesDoNotPutOffTheSwitch) {  // [GC-4-3]
  Meeting meeting;
  meeting.see({0, 1, 2, 3});
  meeting.deliver();
  meeting.see({0, 1, 2});
  meeting.deliver();
  meeting.now += group_switch_delay - milliseconds(1);
  meeting.see({0, 1});
  // Who left second was told of the key that waited: another one waits now.
  meeting.now += milliseconds(1);
  const Buffer after = meeting.seal(0);
  EXPECT_EQ(meeting.at(0).kid(), SframeKid{2 << 8});
  EXPECT_EQ(meeting.open(2, 0, after), Error::unknown_key);
  EXPECT_EQ(meeting.open(1, 0, after), Error::unknown_key);  // not told yet
  meeting.deliver();
  EXPECT_FALSE(meeting.open(1, 0, after));
}

TEST(GroupCall, JoinAndLeaveAtOnce) {
  Meeting meeting;
  meeting.see({0, 1, 2});
  meeting.deliver();
  meeting.see({0, 1, 3});
  meeting.deliver();
  EXPECT_TRUE(meeting.all_hear_all({0, 1}));
  EXPECT_EQ(meeting.open(3, 0, meeting.seal(0)), Error::unknown_key);  // of before its first key
  meeting.now += group_switch_delay;
  EXPECT_TRUE(meeting.all_hear_all({0, 1, 3}));
  EXPECT_EQ(meeting.open(2, 0, meeting.seal(0)), Error::unknown_key);
}

TEST(GroupCall, AJoinWhileAKeyWaits) {
  Meeting meeting;
  meeting.see({0, 1, 2});
  meeting.deliver();
  meeting.see({0, 1});
  meeting.deliver();
  meeting.now += seconds(1);
  meeting.see({0, 1, 4});
  meeting.deliver();
  meeting.now += seconds(1);
  EXPECT_TRUE(meeting.all_hear_all({0, 1, 4}));
  EXPECT_EQ(meeting.at(0).kid(), SframeKid{1 << 8});
}

TEST(GroupCall, AChainsEndIsANewGeneration) {  // [GC-4-4]
  Meeting meeting;
  meeting.see({0, 1});
  meeting.deliver();
  for (std::uint32_t joins = 0; joins < 255; ++joins) {
    meeting.see({0, 1, 2 + joins % 2 * 100});  // each time another one: a leave too
    meeting.see({0, 1});
    meeting.letters.clear();
  }
  Meeting long_one;
  long_one.see({0, 1});
  std::vector<MemberId> roster = members({0, 1});
  for (std::uint32_t n = 2; n <= 256; ++n) {
    roster.push_back(member(n));
    ASSERT_TRUE(long_one.at(0).set_roster(++long_one.number, roster, long_one.tape, long_one.now));
  }
  EXPECT_EQ(long_one.at(0).kid(), SframeKid{255});
  EXPECT_FALSE(long_one.at(0).switching());
  roster.push_back(member(257));
  ASSERT_TRUE(long_one.at(0).set_roster(++long_one.number, roster, long_one.tape, long_one.now));
  EXPECT_TRUE(long_one.at(0).switching());
  long_one.now += group_switch_delay;
  long_one.seal(0);
  EXPECT_EQ(long_one.at(0).kid(), SframeKid{1 << 8});
}

TEST(GroupCall, AWithheldRemovalEndsToo) {  // [GC-5-4]
  Meeting meeting;
  meeting.see({0, 1, 2});
  meeting.deliver();
  // 0 and 1 see 2 leave; the server withholds that from... 1, which seals on under the old key.
  ASSERT_TRUE(
      meeting.at(0).set_roster(++meeting.number, members({0, 1}), meeting.tape, meeting.now));
  meeting.now += group_leave_limit - milliseconds(1);
  EXPECT_FALSE(meeting.open(0, 1, meeting.seal(1)));
  meeting.now += milliseconds(1);
  EXPECT_EQ(meeting.open(0, 1, meeting.seal(1)), Error::unknown_key);
  ASSERT_TRUE(meeting.at(0).tick(meeting.now));
  EXPECT_EQ(meeting.at(0).keys_of(member(1)), 0U);
  // Nor does it help that 1 says its key again: it is as old.
  meeting.collect();
  meeting.deliver();
  EXPECT_EQ(meeting.open(0, 1, meeting.seal(1)), Error::unknown_key);
  ASSERT_TRUE(meeting.at(1).set_roster(meeting.number, members({0, 1}), meeting.tape, meeting.now));
  meeting.collect();
  meeting.deliver();
  meeting.now += group_switch_delay;
  EXPECT_FALSE(meeting.open(0, 1, meeting.seal(1)));
}

TEST(GroupCall, ASkippedRosterIsConfirmed) {  // [GC-5-4]
  Meeting meeting;
  meeting.see({0, 1, 2});
  meeting.deliver();
  // 2 leaves and 3 joins; 0 sees neither before 4 joins.
  ++meeting.number;
  const auto without = members({0, 1});
  ASSERT_TRUE(meeting.at(1).set_roster(meeting.number, without, meeting.tape, meeting.now));
  meeting.collect();
  meeting.deliver();
  ++meeting.number;
  const auto with = members({0, 1, 3});
  ASSERT_TRUE(meeting.at(1).set_roster(meeting.number, with, meeting.tape, meeting.now));
  meeting.enter(3, with);
  meeting.see({0, 1, 3, 4});
  meeting.deliver();
  meeting.now += group_switch_delay;
  EXPECT_TRUE(meeting.all_hear_all({0, 1, 3, 4}));
  // For 0, what 1 and 3 seal under was told before 2 was gone; it asks in time, and is told better.
  EXPECT_TRUE(meeting.at(0).next_deadline());
  meeting.now += group_leave_limit / 2;
  ASSERT_TRUE(meeting.at(0).tick(meeting.now));
  meeting.collect();
  EXPECT_FALSE(meeting.letters.empty());
  EXPECT_FALSE(meeting.deliver());
  meeting.now += group_leave_limit;
  EXPECT_TRUE(meeting.all_hear_all({0, 1, 3, 4}));
  EXPECT_FALSE(meeting.at(0).next_deadline());
}

TEST(GroupCall, OldKeysGoAfterAWhile) {  // [GC-5-3]
  Meeting meeting;
  meeting.see({0, 1, 2});
  meeting.deliver();
  const Buffer early = meeting.seal(0);
  const Buffer late = meeting.seal(0);
  meeting.see({0, 1});
  meeting.deliver();
  meeting.now += group_switch_delay;
  EXPECT_FALSE(meeting.open(1, 0, meeting.seal(0)));
  meeting.now += group_old_keys_age - milliseconds(1);
  EXPECT_FALSE(meeting.open(1, 0, early));
  meeting.now += milliseconds(2);
  EXPECT_TRUE(meeting.open(1, 0, late));
}

TEST(GroupCall, ALostKeyIsAskedFor) {  // [GC-6-1] [GC-6-2]
  Meeting meeting;
  meeting.see({0, 1, 2});
  std::erase_if(meeting.letters,
                [](const auto& l) { return l.from == member(0) && l.to == member(1); });
  meeting.deliver();
  const Buffer frame = meeting.seal(0);
  EXPECT_EQ(meeting.open(1, 0, frame), Error::unknown_key);
  ASSERT_TRUE(meeting.at(1).ask(member(0), meeting.now));
  meeting.collect();
  EXPECT_EQ(meeting.letters.size(), 1U);
  ASSERT_TRUE(meeting.at(1).ask(member(0), meeting.now + milliseconds(999)));
  meeting.collect();
  EXPECT_EQ(meeting.letters.size(), 1U);  // too soon
  const auto question = meeting.letters.front();
  meeting.deliver();
  EXPECT_FALSE(meeting.open(1, 0, frame));
  // Asked again within a second it does not answer.
  const std::size_t said = meeting.messages;
  ASSERT_TRUE(
      meeting.at(0).take(member(1), question.bytes, meeting.tape, meeting.now + milliseconds(999)));
  meeting.collect();
  EXPECT_EQ(meeting.messages, said);
  ASSERT_TRUE(
      meeting.at(0).take(member(1), question.bytes, meeting.tape, meeting.now + seconds(1)));
  meeting.collect();
  EXPECT_EQ(meeting.messages, said + 1);
  EXPECT_EQ(error_of(meeting.at(1).ask(member(9), meeting.now)), Error::rosters_differ);
}

TEST(GroupCall, AKeyMessageCountsOnce) {  // [GC-5-2]
  Meeting meeting;
  meeting.see({0, 1, 2});
  const auto letters = meeting.letters;
  meeting.deliver();
  const Buffer frame = meeting.seal(0);
  EXPECT_FALSE(meeting.open(1, 0, frame));
  for (const auto& letter : letters)
    EXPECT_EQ(error_of(meeting.calls.at(letter.to).take(letter.from, letter.bytes, meeting.tape,
                                                        meeting.now)),
              Error::replayed);
  EXPECT_EQ(meeting.open(1, 0, frame), Error::replayed);
}

TEST(GroupCall, EveryByteOfAFrameIsBound) {  // [GC-8-1]
  Meeting meeting;
  meeting.see({0, 1, 2});
  meeting.deliver();
  const Buffer frame = meeting.seal(0);
  for (std::size_t i = 0; i < frame.size(); ++i) {
    Buffer altered = frame;
    altered[i] ^= 1;
    EXPECT_TRUE(meeting.open(1, 0, altered));
  }
  EXPECT_TRUE(meeting.open(1, 2, frame));  // another member's
  meeting.metadata.push_back(0);
  EXPECT_EQ(meeting.open(1, 0, frame), Error::authentication_failed);
  meeting.metadata.pop_back();
  EXPECT_FALSE(meeting.open(1, 0, frame));
  meeting.metadata.assign(group_max_metadata_bytes, 1);
  EXPECT_FALSE(meeting.open(1, 0, meeting.seal(0)));
  meeting.metadata.push_back(1);
  EXPECT_TRUE(meeting.seal(0).empty());
}

}  // namespace
}  // namespace sotto::call
