// SPDX-License-Identifier: MIT OR Apache-2.0
// What a chain of lists is to one who knows some: each event, and each attack that it names.
#include <limits>

#include "conversation/roster_form.hpp"
#include "conversation/test_rosters.hpp"
#include "crypto/xeddsa.hpp"

namespace sotto::conversation {
namespace {

using Event = RosterEvent;
using Kind = RosterChangeKind;

class Known : public ::testing::Test {
 protected:
  Known() {
    for (std::uint32_t device = 2; device <= 6; ++device)
      lists.push_back(devices.add(lists.back(), device));
  }
  [[nodiscard]] std::vector<Roster> from_to(std::size_t first, std::size_t last) const {
    return {lists.begin() + static_cast<std::ptrdiff_t>(first),
            lists.begin() + static_cast<std::ptrdiff_t>(last + 1)};
  }
  /// Bob's view of Alice's list, up to `last`.
  [[nodiscard]] KnownRoster known_to(std::size_t last) const {
    KnownRoster known(alice);
    EXPECT_EQ(consider(known, from_to(0, last))->event, Event::first);
    return known;
  }
  /// The event of showing `chain`, after which nothing may have changed.
  static RosterNews shown_in_vain(KnownRoster& known, const std::vector<Roster>& chain) {
    const Buffer before = row_of(known);
    const auto news = consider(known, chain);
    EXPECT_TRUE(news);
    EXPECT_EQ(row_of(known), before);
    return news ? *news : RosterNews{};
  }
  static std::optional<Error> refused(KnownRoster& known, const std::vector<Roster>& chain) {
    const Buffer before = row_of(known);
    const auto news = consider(known, chain);
    EXPECT_EQ(row_of(known), before);
    return error_of(news);
  }

  Devices devices{alice};
  std::vector<Roster> lists{devices.begin()};
};

TEST_F(Known, TheFirstListZeroIsTaken) {  // [RO-4-1]
  KnownRoster known(alice);
  EXPECT_EQ(known.newest(), nullptr);
  EXPECT_EQ(known.claim(), RosterClaim{});
  EXPECT_EQ(shown_in_vain(known, from_to(1, 2)).event, Event::gap);
  EXPECT_EQ(shown_in_vain(known, from_to(1, 2)).fetch_from, 0U);
  const auto news = consider(known, from_to(0, 2));
  ASSERT_TRUE(news);
  EXPECT_EQ(news->event, Event::first);
  EXPECT_EQ(news->changes().size(), 2U);
  EXPECT_EQ(known.claim(), lists[2].claim());
  EXPECT_EQ(known.compared(), std::nullopt);
}

TEST_F(Known, WhatFollowsIsTakenAndTold) {  // [RO-4-1]
  KnownRoster known = known_to(1);
  lists.push_back(devices.remove(lists[5], 1, 3));
  devices.renew(4);
  lists.push_back(devices.replace(lists[6], 4, 2, noon + milliseconds(5)));
  const auto news = consider(known, from_to(4, 7));
  ASSERT_EQ(news->event, Event::gap);
  EXPECT_EQ(news->fetch_from, 2U);
  const auto more = consider(known, from_to(2, 7));
  ASSERT_EQ(more->event, Event::extended);
  ASSERT_EQ(more->changes().size(), 6U);
  const RosterChange& removed = more->changes()[4];
  EXPECT_EQ(removed.kind, Kind::removed);
  EXPECT_EQ(removed.device, DeviceId(1));
  EXPECT_EQ(removed.by, DeviceId(3));
  EXPECT_EQ(removed.number, 6U);
  EXPECT_EQ(removed.identity, devices.keys(1).public_key());
  const RosterChange& replaced = more->changes()[5];
  EXPECT_EQ(replaced.kind, Kind::replaced);
  EXPECT_EQ(replaced.device, DeviceId(4));
  EXPECT_EQ(replaced.by, DeviceId(2));
  EXPECT_EQ(replaced.at, noon + milliseconds(5));
  EXPECT_EQ(replaced.identity, devices.keys(4).public_key());
  EXPECT_EQ(known.claim(), lists[7].claim());
}

TEST_F(Known, WhatCameAndWentAgainIsTold) {  // [RO-4-1]
  KnownRoster known = known_to(0);
  const Roster gone = devices.remove(lists[1], 2);
  const auto news = consider(known, {lists[1], gone});
  ASSERT_EQ(news->event, Event::extended);
  ASSERT_EQ(news->changes().size(), 2U);
  EXPECT_EQ(news->changes()[0].kind, Kind::added);
  EXPECT_EQ(news->changes()[1].kind, Kind::removed);
}

TEST_F(Known, ChainsThatBeginBeforeOursAreTakenFromThereOn) {
  KnownRoster known = known_to(2);
  const auto news = consider(known, from_to(0, 4));
  ASSERT_EQ(news->event, Event::extended);
  EXPECT_EQ(news->changes().size(), 2U);
  EXPECT_EQ(known.claim(), lists[4].claim());
}

TEST_F(Known, NothingNew) {
  KnownRoster known = known_to(3);
  EXPECT_EQ(shown_in_vain(known, from_to(3, 3)).event, Event::same);
  EXPECT_EQ(shown_in_vain(known, from_to(0, 3)).event, Event::same);
}

TEST_F(Known, AListRolledBack) {  // [RO-4-3]
  KnownRoster known = known_to(3);
  EXPECT_EQ(shown_in_vain(known, from_to(1, 2)).event, Event::older);
  EXPECT_EQ(shown_in_vain(known, from_to(0, 0)).event, Event::older);
}

TEST_F(Known, AListForked) {  // [RO-4-3]
  KnownRoster known = known_to(3);
  const Roster other = devices.add(lists[2], 9);
  const Roster after = devices.add(other, 10);
  EXPECT_EQ(shown_in_vain(known, {other}).event, Event::forked);  // the same number
  EXPECT_EQ(shown_in_vain(known, {lists[2], other}).event, Event::forked);
  EXPECT_EQ(shown_in_vain(known, {other, after}).event, Event::forked);
  EXPECT_EQ(shown_in_vain(known, {after}).event, Event::forked);  // does not follow ours
  const Roster past = devices.add(lists[0], 11);
  EXPECT_EQ(shown_in_vain(known, {past}).event, Event::forked);  // a past number
}

TEST_F(Known, ARemovedDeviceSignsACompetingSuccessor) {  // [RO-4-3]
  KnownRoster known = known_to(5);
  const Roster without = devices.remove(lists[5], 2);
  const Roster rival = devices.add(lists[5], 66, 2);  // by the one that was removed
  ASSERT_EQ(consider(known, {without})->event, Event::extended);
  EXPECT_EQ(shown_in_vain(known, {rival}).event, Event::forked);
  // What it hangs onto the new list is refused, for it is no device of that.
  RosterParts parts = without.parts();
  parts.number = 7;
  parts.previous = without.hash();
  parts.claims[parts.count++] = *rival.find(DeviceId(66));
  parts.signer = DeviceId(2);
  TapeEntropy tape(8);
  parts.signature = *crypto::sign(devices.keys(2), RosterMessage(parts).bytes(), tape);
  Buffer room(roster_max_bytes);
  const Bytes bytes = *write_roster(room, parts);
  EXPECT_EQ(error_of(known.consider({&bytes, 1}, noon)), Error::bad_signature);
  EXPECT_EQ(known.claim(), without.claim());
}

TEST_F(Known, AnotherListZeroWaitsForAPerson) {  // [RO-4-4]
  KnownRoster known = known_to(3);
  ASSERT_TRUE(known.mark_compared(known.claim()));
  Devices anew(alice, 99);
  const Roster first = anew.begin();
  const std::vector<Roster> chain{first, anew.add(first, 2)};
  EXPECT_EQ(shown_in_vain(known, chain).event, Event::reset);
  EXPECT_EQ(shown_in_vain(known, {first}).event, Event::reset);
  EXPECT_EQ(known.compared(), 3U);
  const auto news = known.accept_reset(Chain(chain).view(), noon);
  ASSERT_TRUE(news);
  EXPECT_EQ(news->event, Event::reset);
  EXPECT_EQ(known.claim(), chain[1].claim());
  EXPECT_EQ(known.compared(), std::nullopt);
  EXPECT_EQ(known.marks().size(), 2U);
  EXPECT_EQ(shown_in_vain(known, from_to(0, 5)).event,
            Event::reset);  // the old ones are others now
  EXPECT_EQ(shown_in_vain(known, from_to(1, 1)).event, Event::forked);
}

TEST_F(Known, OnlyAResetIsAcceptedAsOne) {  // [RO-4-4]
  KnownRoster known = known_to(1);
  KnownRoster empty(alice);
  const Buffer before = row_of(known);
  for (const auto& chain : {from_to(0, 1), from_to(0, 0), from_to(2, 2), from_to(3, 3)})
    EXPECT_EQ(error_of(known.accept_reset(Chain(chain).view(), noon)), Error::wrong_state);
  EXPECT_EQ(row_of(known), before);
  EXPECT_EQ(error_of(empty.accept_reset(Chain(from_to(0, 1)).view(), noon)), Error::wrong_state);
  EXPECT_EQ(empty.newest(), nullptr);
  Devices anew(alice, 99);
  Devices wrong(alice, 98);
  const Roster first = anew.begin();
  EXPECT_EQ(error_of(known.accept_reset(Chain({first, wrong.add(wrong.begin(), 2)}).view(), noon)),
            Error::malformed);
  EXPECT_EQ(row_of(known), before);
}

TEST_F(Known, AnIllSignedResetIsNoEvent) {  // [RO-4-4]
  KnownRoster known = known_to(1);
  Devices anew(alice, 99);
  RosterParts parts = anew.begin().parts();
  parts.at += milliseconds(1);
  Buffer room(roster_max_bytes);
  const Bytes bytes = *write_roster(room, parts);
  EXPECT_EQ(error_of(known.consider({&bytes, 1}, noon)), Error::bad_signature);
}

TEST_F(Known, AChainOfAnotherUserOrOutOfOrder) {  // [RO-4-2]
  KnownRoster known = known_to(0);
  KnownRoster nobody(bob);
  EXPECT_EQ(refused(nobody, from_to(0, 0)), Error::malformed);
  EXPECT_EQ(refused(known, {}), Error::malformed);
  EXPECT_EQ(refused(known, {lists[1], lists[3]}), Error::malformed);
  EXPECT_EQ(refused(known, {lists[2], lists[1]}), Error::malformed);
  EXPECT_EQ(refused(known, {lists[1], devices.add(devices.add(lists[0], 8), 9)}), Error::malformed);
  // Nor are lists that nobody verifies any more.
  known = known_to(5);
  EXPECT_EQ(refused(known, {lists[1], lists[3]}), Error::malformed);
  EXPECT_EQ(refused(known, {lists[2], lists[1]}), Error::malformed);
  RosterParts last = lists[0].parts();
  last.number = std::numeric_limits<std::uint64_t>::max();
  RosterParts wrapped = lists[0].parts();
  wrapped.previous = roster_hash(last);
  Buffer one(roster_bytes(1)), two(roster_bytes(1));
  EXPECT_TRUE(write_roster(one, last) && write_roster(two, wrapped));
  const Bytes chain[] = {one, two};
  EXPECT_EQ(error_of(known.consider(chain, noon)), Error::malformed) << "numbers do not wrap";
  EXPECT_EQ(error_of(known.consider(Chain(from_to(1, 1)).view(), Instant(milliseconds(-1)))),
            Error::malformed);
}

TEST_F(Known, AFaultAtTheEndOfAChainTakesAllOfItBack) {  // [RO-4-2]
  KnownRoster known = known_to(0);
  const Buffer before = row_of(known);
  Buffer good = bytes_of(lists[1]);
  Buffer bad = bytes_of(lists[2]);
  bad.back() ^= 0x10;
  const Bytes chain[] = {good, bad};
  EXPECT_EQ(error_of(known.consider(chain, noon)), Error::bad_signature);
  EXPECT_EQ(row_of(known), before);
  KnownRoster fresh(alice);
  const Buffer zero = bytes_of(lists[0]);
  const Bytes whole[] = {zero, good, bad};
  EXPECT_EQ(error_of(fresh.consider(whole, noon)), Error::bad_signature);
  EXPECT_EQ(fresh.newest(), nullptr);
}

TEST_F(Known, SixtyFourListsAtOnce) {  // [RO-4-2]
  while (lists.size() < 66)
    lists.push_back(lists.size() % 2 == 0 ? devices.add(lists.back(), 50)
                                          : devices.remove(lists.back(), 50));
  KnownRoster known(alice);
  EXPECT_EQ(refused(known, from_to(0, 64)), Error::malformed);
  EXPECT_EQ(consider(known, from_to(0, 63))->event, Event::first);
  EXPECT_EQ(known.claim(), lists[63].claim());
  // Of lists that are not remembered, only the chain itself can tell.
  EXPECT_EQ(consider(known, {lists[1], lists[2]})->event, Event::older);
  EXPECT_EQ(refused(known, {devices.add(lists[0], 77), lists[2]}), Error::malformed);
  KnownRoster behind = known_to(1);
  const auto news = consider(behind, from_to(2, 65));
  ASSERT_EQ(news->event, Event::extended);
  EXPECT_EQ(news->changes().size(), 64U);
  EXPECT_EQ(behind.claim(), lists[65].claim());
}

TEST_F(Known, WhatPeopleComparedSurvivesChanges) {  // [RO-4-6]
  KnownRoster known(alice);
  EXPECT_EQ(error_of(known.mark_compared({})), Error::wrong_state);
  known = known_to(2);
  EXPECT_EQ(error_of(known.mark_compared(lists[1].claim())), Error::conflict);
  EXPECT_EQ(error_of(known.mark_compared({2, lists[1].hash()})), Error::conflict);
  EXPECT_EQ(known.compared(), std::nullopt);
  ASSERT_TRUE(known.mark_compared(lists[2].claim()));
  ASSERT_EQ(consider(known, from_to(3, 5))->event, Event::extended);
  EXPECT_EQ(known.compared(), 2U);
  known.clear_compared();
  EXPECT_EQ(known.compared(), std::nullopt);
}

TEST_F(Known, WhatOthersSayOfTheList) {  // [RO-4-5]
  const KnownRoster known = known_to(3);
  EXPECT_EQ(known.compare(lists[3].claim()), RosterSight::same);
  EXPECT_EQ(known.compare(lists[2].claim()), RosterSight::behind);
  EXPECT_EQ(known.compare(lists[0].claim()), RosterSight::behind);
  EXPECT_EQ(known.compare({}), RosterSight::behind);
  EXPECT_EQ(known.compare(lists[4].claim()), RosterSight::ahead);
  for (std::uint64_t number = 0; number <= 3; ++number)
    EXPECT_EQ(known.compare({number, filled<RosterHash>(1)}), RosterSight::forked);
  EXPECT_EQ(known.compare({4, filled<RosterHash>(1)}), RosterSight::ahead);
  const KnownRoster empty(alice);
  EXPECT_EQ(empty.compare({}), RosterSight::same);
  EXPECT_EQ(empty.compare(lists[0].claim()), RosterSight::ahead);
}

TEST_F(Known, SixteenListsAreRemembered) {  // [RO-4-5]
  while (lists.size() < 20)
    lists.push_back(lists.size() % 2 == 0 ? devices.add(lists.back(), 50)
                                          : devices.remove(lists.back(), 50));
  KnownRoster known = known_to(19);
  ASSERT_EQ(known.marks().size(), 16U);
  EXPECT_EQ(known.marks().front().hash, lists[4].hash());
  EXPECT_EQ(known.marks().back().hash, lists[19].hash());
  EXPECT_EQ(known.compare(lists[4].claim()), RosterSight::behind);
  EXPECT_EQ(known.compare({4, filled<RosterHash>(1)}), RosterSight::forked);
  EXPECT_EQ(known.compare({3, filled<RosterHash>(1)}), RosterSight::behind);
  EXPECT_EQ(known.compare({0, filled<RosterHash>(1)}), RosterSight::forked);  // list 0 always
  EXPECT_EQ(shown_in_vain(known, {devices.add(lists[2], 33)}).event, Event::older);
  EXPECT_EQ(shown_in_vain(known, {devices.add(lists[3], 33)}).event, Event::forked);
}

}  // namespace
}  // namespace sotto::conversation
