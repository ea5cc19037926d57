// SPDX-License-Identifier: MIT OR Apache-2.0
/// Members of a group call that are gone and come back, and keys that are told again.
#include <gtest/gtest.h>

#include "call/test_group.hpp"

namespace sotto::call {
namespace {

using std::chrono::seconds;
using testing::error_of;

TEST(GroupCall, WhoComesBackIsANewcomer) {
  Meeting meeting;
  meeting.see({0, 1});
  meeting.deliver();
  const Buffer before = meeting.seal(0);
  EXPECT_FALSE(meeting.open(1, 0, before));
  const auto old_stay = meeting.seal(1);
  // 1 restarts, unseen by the roster.
  meeting.now += seconds(5);
  meeting.enter(1, members({0, 1}));
  meeting.collect();
  EXPECT_EQ(meeting.deliver(), std::nullopt);
  EXPECT_EQ(meeting.at(0).kid(), SframeKid{1});
  EXPECT_TRUE(meeting.all_hear_all({0, 1}));
  EXPECT_EQ(meeting.open(1, 0, before), Error::unknown_key);
  EXPECT_TRUE(meeting.open(0, 1, old_stay));  // of a stay that is over
}

TEST(GroupCall, AMemberThatFlickersIsNotHeardTwice) {  // [GC-5-6]
  Meeting meeting;
  meeting.see({0, 1, 2});
  meeting.deliver();
  const Buffer frame = meeting.seal(0);
  EXPECT_FALSE(meeting.open(1, 0, frame));
  // For 1 alone 0 is gone, and back; it asks for the key and gets the same.
  for (const auto& roster : {members({1, 2}), members({0, 1, 2})})
    ASSERT_TRUE(meeting.at(1).set_roster(++meeting.number, roster, meeting.tape, meeting.now));
  EXPECT_EQ(meeting.open(1, 0, frame), Error::replayed);
  ASSERT_TRUE(meeting.at(1).ask(member(0), meeting.now + seconds(1)));
  meeting.collect();
  meeting.deliver();
  EXPECT_EQ(meeting.open(1, 0, frame), Error::replayed);
  EXPECT_FALSE(meeting.open(1, 0, meeting.seal(0)));
}

TEST(GroupCall, AKeyThatIsToldAgainGoesOnWithItsWindow) {  // [GC-5-6]
  // 2 leaves, which 0 does not see until its key is over at 1; or 0 is gone for 1 meanwhile.
  for (const bool gone : {false, true}) {
    Meeting meeting;
    meeting.see({0, 1, 2});
    meeting.deliver();
    const Buffer frame = meeting.seal(0);
    EXPECT_FALSE(meeting.open(1, 0, frame));
    ++meeting.number;
    const auto without = gone ? members({1}) : members({0, 1});
    ASSERT_TRUE(meeting.at(1).set_roster(meeting.number, without, meeting.tape, meeting.now));
    meeting.now += group_leave_limit;
    ASSERT_TRUE(meeting.at(1).tick(meeting.now));
    EXPECT_EQ(meeting.at(1).keys_of(member(0)), 0U);
    const auto again = members({0, 1, 2});
    ++meeting.number;
    ASSERT_TRUE(meeting.at(1).set_roster(meeting.number, again, meeting.tape, meeting.now));
    ASSERT_TRUE(meeting.at(0).set_roster(meeting.number, again, meeting.tape, meeting.now));
    EXPECT_EQ(meeting.at(1).keys_of(member(0)), 0U);
    EXPECT_EQ(meeting.open(1, 0, frame), Error::unknown_key);
    ASSERT_TRUE(meeting.at(1).ask(member(0), meeting.now));
    meeting.collect();
    meeting.deliver();
    EXPECT_EQ(meeting.open(1, 0, frame), Error::replayed) << gone;
    EXPECT_FALSE(meeting.open(1, 0, meeting.seal(0))) << gone;
  }
}

TEST(GroupCall, AStepThatIsOverAndToldLateIsReplayed) {  // [GC-5-2] [GC-5-3]
  Meeting meeting;
  meeting.see({0, 1});
  const auto first = meeting.letters;  // of the first step, and told once more at the end
  meeting.deliver();
  EXPECT_FALSE(meeting.open(1, 0, meeting.seal(0)));
  meeting.see({0, 1, 2});  // a join is a step
  meeting.deliver();
  EXPECT_FALSE(meeting.open(1, 0, meeting.seal(0)));
  meeting.now += group_old_keys_age;
  EXPECT_FALSE(meeting.open(1, 0, meeting.seal(0)));
  // 2 leaves, which 0 does not see until its key is over at 1.
  const auto left = members({0, 1});
  ASSERT_TRUE(meeting.at(1).set_roster(++meeting.number, left, meeting.tape, meeting.now));
  meeting.now += group_leave_limit;
  ASSERT_TRUE(meeting.at(1).tick(meeting.now));
  ASSERT_EQ(meeting.at(1).keys_of(member(0)), 0U);
  for (const auto& letter : first) {
    if (letter.from != member(0)) continue;
    EXPECT_EQ(error_of(meeting.at(1).take(member(0), letter.bytes, meeting.tape, meeting.now)),
              Error::replayed);
  }
}

TEST(GroupCall, GhostsDoNotTakeThePlaceOfWhoLeft) {  // [GC-5-6]
  Meeting meeting;
  meeting.see({0, 1});
  meeting.deliver();
  const Buffer frame = meeting.seal(0);
  EXPECT_FALSE(meeting.open(1, 0, frame));
  const auto see = [&](const std::vector<MemberId>& roster) {
    return meeting.at(1).set_roster(++meeting.number, roster, meeting.tape, meeting.now);
  };
  ASSERT_TRUE(see(members({1})));
  for (std::uint32_t time = 1; time <= 2; ++time) {
    auto ghosts = members({1});
    while (ghosts.size() < group_max_members)
      ghosts.push_back(member(time * 2'000 + static_cast<std::uint32_t>(ghosts.size())));
    ASSERT_TRUE(see(ghosts));
    ASSERT_TRUE(see(members({1})));
  }
  ASSERT_TRUE(see(members({0, 1})));
  EXPECT_EQ(meeting.open(1, 0, frame), Error::replayed);
}

TEST(GroupCall, AnEarlierStayIsOver) {
  Meeting meeting;
  meeting.see({0, 1});
  const auto first = meeting.letters;
  meeting.deliver();
  meeting.now += seconds(1);
  meeting.enter(1, members({0, 1}));
  meeting.collect();
  meeting.deliver();
  for (const auto& letter : first) {
    if (letter.from != member(1)) continue;
    EXPECT_EQ(error_of(meeting.at(0).take(member(1), letter.bytes, meeting.tape, meeting.now)),
              Error::replayed);
  }
  EXPECT_TRUE(meeting.all_hear_all({0, 1}));
}

}  // namespace
}  // namespace sotto::call
