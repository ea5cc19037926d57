// SPDX-License-Identifier: MIT OR Apache-2.0
// What a peer says of our own list, over time.
#include <sotto/roster_watch.hpp>

#include "conversation/test_rosters.hpp"

namespace sotto::conversation {
namespace {

using Warning = RosterWarning;
using std::chrono::hours;

constexpr Instant late = noon + hours(100);

class Watch : public ::testing::Test {
 protected:
  Watch() { accept({lists.back()}); }
  void accept(const std::vector<Roster>& chain, Instant now = noon) {
    ASSERT_TRUE(consider(ours, chain, now));
  }
  void add(std::uint32_t device, Instant now = noon) {
    lists.push_back(devices.add(lists.back(), device));
    accept({lists.back()}, now);
  }
  void remove(std::uint32_t device, Instant now = noon) {
    lists.push_back(devices.remove(lists.back(), device));
    accept({lists.back()}, now);
  }
  /// The peer says that it knows list `number`; no time passes on the way.
  Warning hear(std::size_t number, Instant now) {
    return watch.hear(ours, lists[number].claim(), now, now);
  }

  Devices devices{alice};
  std::vector<Roster> lists{devices.begin()};
  KnownRoster ours{alice};
  RosterWatch watch;
};

TEST_F(Watch, APeerThatKnowsOurNewestListIsNoEvent) {
  add(2);
  EXPECT_EQ(hear(1, late), Warning::none);
}

TEST_F(Watch, AnAdditionWithheld) {  // [RO-5-1]
  add(2);
  EXPECT_EQ(hear(0, noon), Warning::none);
  EXPECT_EQ(hear(0, noon + hours(1)), Warning::none);
  EXPECT_EQ(hear(0, noon + hours(1) + milliseconds(1)), Warning::withheld);
  EXPECT_EQ(hear(0, late), Warning::withheld);  // for as long as it holds
  EXPECT_EQ(hear(1, late), Warning::none);
}

TEST_F(Watch, ARemovalWithheld) {  // [RO-5-1]
  add(2);
  remove(2);
  add(3);
  EXPECT_EQ(hear(1, noon + hours(1)), Warning::none);
  EXPECT_EQ(hear(1, noon + hours(1) + milliseconds(1)), Warning::withheld_removal);
  EXPECT_EQ(hear(2, late), Warning::withheld);  // it knows of the removal
}

TEST_F(Watch, ADeviceSetUpAnewIsARemovalOfTheOldOne) {  // [RO-5-1]
  add(2);
  devices.renew(2);
  lists.push_back(devices.replace(lists.back(), 2));
  accept({lists.back()});
  EXPECT_EQ(hear(1, late), Warning::withheld_removal);
}

TEST_F(Watch, EachChangeHasItsOwnGrace) {  // [RO-5-1]
  add(2, noon);
  remove(2, noon + hours(5));
  EXPECT_EQ(hear(0, noon + hours(5)), Warning::withheld);
  EXPECT_EQ(hear(1, noon + hours(5)), Warning::none);
  EXPECT_EQ(hear(0, noon + hours(7)), Warning::withheld_removal);
}

TEST_F(Watch, AMessageThatWasLongOnItsWayIsNoEvent) {  // [RO-5-1]
  add(2);
  remove(2);
  EXPECT_EQ(watch.hear(ours, lists[1].claim(), noon + hours(1), late), Warning::none);
  EXPECT_EQ(watch.hear(ours, lists[1].claim(), noon - hours(1), late), Warning::none);
  // A clock that runs ahead at the peer gains it nothing, and makes nothing overdue.
  EXPECT_EQ(watch.hear(ours, lists[1].claim(), late, noon + hours(1)), Warning::none);
  EXPECT_EQ(watch.hear(ours, lists[1].claim(), late, late), Warning::withheld_removal);
}

TEST_F(Watch, AClockThatGoesBackMakesNothingOverdue) {  // [RO-5-1]
  add(2, late);
  EXPECT_EQ(hear(0, noon), Warning::none);
  EXPECT_EQ(watch.hear(ours, lists[0].claim(), Instant::min(), Instant::min()), Warning::none);
  EXPECT_EQ(watch.hear(ours, lists[0].claim(), Instant::max(), Instant::min()), Warning::none);
  EXPECT_EQ(watch.hear(ours, {5, filled<RosterHash>(5)}, late, late), Warning::fetch_ours);
  EXPECT_EQ(watch.fetched(ours, noon), Warning::none);
  EXPECT_EQ(watch.fetched(ours, Instant::min()), Warning::none);
  EXPECT_TRUE(watch.waiting());
}

/// What a clock showed that was a year ahead once.
constexpr Instant wrong = noon + hours(24 * 365);

TEST_F(Watch, AChangeTakenWhileTheClockWasAheadIsOverdueAfterTheGrace) {  // [RO-5-4]
  add(2);
  remove(2, wrong);
  const auto hear_at = [&](Instant sent, Instant now) {
    const bool moved = ours.correct_clock(std::max(sent, now));
    return std::pair(moved, watch.hear(ours, lists[1].claim(), sent, now));
  };
  EXPECT_EQ(hear_at(noon, noon), std::pair(true, Warning::none));
  EXPECT_EQ(ours.marks().back().since, noon);
  EXPECT_EQ(hear_at(noon + hours(1), noon + hours(1)), std::pair(false, Warning::none));
  EXPECT_EQ(hear_at(noon + hours(2), noon + hours(2)), std::pair(false, Warning::withheld_removal));
}

TEST_F(Watch, AClockThatIsBackOnceLeavesWhatWasRight) {  // [RO-5-4]
  add(2);
  remove(2, late);
  EXPECT_FALSE(ours.correct_clock(std::max(late, Instant{})));
  // The peer wrote this before the change; it comes when the clock is right again.
  EXPECT_EQ(watch.hear(ours, lists[1].claim(), late, Instant{}), Warning::none);
  EXPECT_EQ(watch.hear(ours, lists[1].claim(), late - hours(3), late + hours(3)), Warning::none);
  EXPECT_TRUE(ours.correct_clock(Instant::min()));
  EXPECT_EQ(ours.marks().back().since, Instant{}) << "as a row can hold it";
}

TEST_F(Watch, AGhostHeardOfWhileTheClockWasAheadIsOneAfterTheGrace) {  // [RO-5-4]
  const Roster ghost = devices.add(lists[0], 66);
  EXPECT_EQ(watch.hear(ours, ghost.claim(), noon, wrong), Warning::fetch_ours);
  RosterWatch hears = watch;
  EXPECT_EQ(watch.fetched(ours, noon), Warning::none);
  EXPECT_EQ(watch.fetched(ours, noon + hours(2)), Warning::ghost_device);
  EXPECT_EQ(hears.hear(ours, ghost.claim(), noon, noon), Warning::fetch_ours);
  EXPECT_EQ(hears.fetched(ours, noon + hours(2)), Warning::ghost_device);
}

TEST_F(Watch, APeerThatKnowsNoListAtAll) {  // [RO-5-1]
  EXPECT_EQ(watch.hear(ours, {}, noon, noon), Warning::none);
  EXPECT_EQ(watch.hear(ours, {}, late, late), Warning::withheld);
}

TEST_F(Watch, ListsTooOldToRememberMayHaveRemoved) {  // [RO-5-1]
  for (std::uint32_t device = 2; device <= 18; ++device) add(device);
  ASSERT_EQ(ours.claim().number, 17U);  // 2 to 17 are remembered
  EXPECT_EQ(hear(1, late), Warning::withheld);
  EXPECT_EQ(hear(0, late), Warning::withheld_removal);
  EXPECT_EQ(hear(0, noon), Warning::none);
}

TEST_F(Watch, AGhostUnderANumberThatWeKnow) {  // [RO-5-2]
  add(2);
  const Roster ghost = devices.add(lists[0], 66);
  EXPECT_EQ(watch.hear(ours, ghost.claim(), noon, noon), Warning::ghost_device);
  EXPECT_FALSE(watch.waiting());
  EXPECT_EQ(hear(1, noon), Warning::none);
}

TEST_F(Watch, AListThatAnotherDeviceOfOursMade) {  // [RO-5-3]
  const Roster next = devices.add(lists[0], 2);
  EXPECT_EQ(watch.hear(ours, next.claim(), noon, noon), Warning::fetch_ours);
  EXPECT_TRUE(watch.waiting());
  EXPECT_EQ(watch.fetched(ours, noon), Warning::none);
  EXPECT_TRUE(watch.waiting());
  accept({next});
  EXPECT_EQ(watch.fetched(ours, late), Warning::none);
  EXPECT_FALSE(watch.waiting());
}

TEST_F(Watch, AGhostUnderANumberThatWeReachLater) {  // [RO-5-3]
  const Roster ghost = devices.add(lists[0], 66);
  EXPECT_EQ(watch.hear(ours, ghost.claim(), noon, noon), Warning::fetch_ours);
  RosterWatch other = watch;
  add(2);
  EXPECT_EQ(watch.fetched(ours, noon), Warning::ghost_device);
  EXPECT_FALSE(watch.waiting());
  EXPECT_EQ(watch.fetched(ours, late), Warning::none);  // answered once
  EXPECT_EQ(other.hear(ours, ours.claim(), noon, noon), Warning::ghost_device);
}

TEST_F(Watch, AGhostThatNoListExplains) {  // [RO-5-3]
  const Roster ghost = devices.add(lists[0], 66);
  EXPECT_EQ(watch.hear(ours, ghost.claim(), noon, noon), Warning::fetch_ours);
  EXPECT_EQ(watch.hear(ours, ghost.claim(), late, late), Warning::fetch_ours);  // nobody fetched
  EXPECT_EQ(watch.fetched(ours, noon + hours(1)), Warning::none);
  EXPECT_EQ(watch.fetched(ours, noon + hours(1) + milliseconds(1)), Warning::ghost_device);
  EXPECT_FALSE(watch.waiting());
}

TEST_F(Watch, TwoListsUnderOneNumber) {  // [RO-5-2]
  const Roster one = devices.add(lists[0], 2);
  const Roster two = devices.add(lists[0], 3);
  EXPECT_EQ(watch.hear(ours, one.claim(), noon, noon), Warning::fetch_ours);
  EXPECT_EQ(watch.hear(ours, one.claim(), noon, noon), Warning::fetch_ours);
  EXPECT_EQ(watch.hear(ours, two.claim(), noon, noon), Warning::ghost_device);
}

TEST_F(Watch, AGraceOfTheAppsOwn) {
  watch = RosterWatch(hours(50));
  add(2);
  EXPECT_EQ(hear(0, noon + hours(50)), Warning::none);
  EXPECT_EQ(hear(0, noon + hours(51)), Warning::withheld);
}

}  // namespace
}  // namespace sotto::conversation
