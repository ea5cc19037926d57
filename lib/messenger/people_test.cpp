// SPDX-License-Identifier: MIT OR Apache-2.0
// Whose devices people see: ghosts, lists that are kept from somebody, lists that begin anew.
#include "messenger/desk.hpp"
#include "messenger/test_world.hpp"

namespace sotto::messenger {
namespace {

using std::chrono::milliseconds;
using testing::error_of;

RostersTaken take(Phone& phone, const UserId& user, const Roster& list) {
  Blob bytes(list.size_bytes());
  static_cast<void>(must(list.write(bytes), "list"));
  const std::vector<Bytes> lists{bytes};
  return must(phone.messenger().take_rosters(user, lists, phone.now), "take_rosters");
}

/// A list of Ann's with a device that is none of hers, signed with her tablet's key.
Roster with_ghost(World& world) {
  const Phone ghost(user_of(1), DeviceId{66}, 99, 1);
  testing::TapeEntropy tape(3);
  const auto claim = must(claim_device(user_of(1), DeviceId{66}, ghost.keys(), tape), "claim");
  return must(world.service.newest(user_of(1)).add(claim, world.tablet.keys(), world.ann.now, tape),
              "list with a ghost");
}

/// What Ann's phone is told by Ben's next message, which no list stops.
Notices told(World& world) {
  static_cast<void>(must(world.ben.messenger().send(world.talk, ContentKind::text, text("hm"), {},
                                                    world.ben.tape, world.ben.now),
                         "send"));
  world.service.collect(world.ben, false);
  return must(world.hear(world.ann), "receive").notices;
}

/// Ben has heard of Ann.
struct Talking : World {
  Talking() {
    say(ann, "hello");
    static_cast<void>(must(hear(ben), "receive"));
  }
};

TEST(People, ANewestListIsNoNotice) {
  Talking world;
  EXPECT_TRUE(told(world).empty());
  world.ann.now += 2 * roster_grace;
  world.ben.now = world.ann.now;
  EXPECT_TRUE(told(world).empty());
}

TEST(People, AGhostUnderAKnownNumberIsSeen) {  // [CV-4-3]
  Talking world;
  take(world.ben, user_of(1), with_ghost(world));
  // Ann's phone knows a third device under that number, of which Ben was not told.
  static_cast<void>(world.service.add(1, 3));
  world.service.fetch(world.ann, user_of(1));
  EXPECT_TRUE(told(world).has(Notice::ghost_device));
}

TEST(People, AGhostThatNobodyFindsIsSeenAfterTheGrace) {  // [CV-4-3]
  Talking world;
  take(world.ben, user_of(1), with_ghost(world));
  const Notices first = told(world);
  EXPECT_TRUE(first.has(Notice::our_roster_ahead));
  EXPECT_FALSE(first.has(Notice::ghost_device));
  world.ann.now += roster_grace;
  EXPECT_TRUE(world.service.fetch(world.ann, user_of(1)).notices.empty());
  world.ann.restart();  // What is waited for is stored.
  world.ann.now += milliseconds(1);
  EXPECT_TRUE(world.service.fetch(world.ann, user_of(1)).notices.has(Notice::ghost_device));
  EXPECT_TRUE(world.service.fetch(world.ann, user_of(1)).notices.empty());  // Told once.
}

TEST(People, AListThatIsFoundIsNoGhost) {  // [CV-4-3]
  Talking world;
  static_cast<void>(world.service.add(1, 3));
  world.service.fetch(world.ben, user_of(1));
  EXPECT_TRUE(told(world).has(Notice::our_roster_ahead));
  EXPECT_TRUE(world.service.fetch(world.ann, user_of(1)).notices.empty());
  world.ann.now += 2 * roster_grace;
  EXPECT_TRUE(world.service.fetch(world.ann, user_of(1)).notices.empty());
  world.ben.now = world.ann.now;
  EXPECT_TRUE(told(world).empty());
}

TEST(People, ARemovalThatIsWithheldIsSeenAfterTheGrace) {  // [CV-4-3]
  Talking world;
  const UserDevice tablet = world.tablet.self();
  world.service.remove(tablet);
  world.service.fetch(world.ann, user_of(1));
  const Instant removed = world.ann.now;
  world.ben.now = world.ann.now = removed + roster_grace;
  EXPECT_TRUE(told(world).empty());
  world.ben.now = world.ann.now = removed + roster_grace + milliseconds(1);
  EXPECT_TRUE(told(world).has(Notice::withheld_removal));
  world.service.fetch(world.ben, user_of(1));
  EXPECT_TRUE(told(world).empty());
}

TEST(People, ARemovalTakenWhileTheClockWasAheadIsSeenAfterTheGrace) {  // [RO-5-4]
  for (const milliseconds ahead :
       {milliseconds(std::chrono::hours(3)), milliseconds(std::chrono::days(365)),
        milliseconds(std::chrono::days(365 * 75))}) {
    Talking world;
    const Instant right = world.ann.now;
    world.service.remove(world.tablet.self());
    world.ann.now = right + ahead;
    world.service.fetch(world.ann, user_of(1));
    world.ben.now = world.ann.now = right;
    EXPECT_TRUE(told(world).empty());
    world.ann.restart();  // The time that was set right is stored.
    world.ben.now = world.ann.now = right + roster_grace;
    EXPECT_TRUE(told(world).empty());
    world.ben.now = world.ann.now = right + roster_grace + milliseconds(1);
    EXPECT_TRUE(told(world).has(Notice::withheld_removal)) << ahead.count();
  }
}

TEST(People, AGhostHeardOfWhileTheClockWasAheadIsSeenAfterTheGrace) {  // [RO-5-4]
  Talking world;
  const Instant right = world.ann.now;
  take(world.ben, user_of(1), with_ghost(world));
  world.ann.now = right + std::chrono::days(365);
  EXPECT_TRUE(told(world).has(Notice::our_roster_ahead));
  world.ann.now = right;
  EXPECT_TRUE(world.service.fetch(world.ann, user_of(1)).notices.empty());
  world.ann.restart();
  world.ann.now = right + roster_grace + milliseconds(1);
  EXPECT_TRUE(world.service.fetch(world.ann, user_of(1)).notices.has(Notice::ghost_device));
}

TEST(People, AClockThatIsBackOnceMakesNoRemovalOverdue) {  // [RO-5-4]
  Talking world;
  const Instant right = world.ann.now + std::chrono::hours(24);
  world.ben.now = right - std::chrono::hours(3);
  world.say(world.ben, "before");  // It is on its way for long.
  auto& mail = world.service.mail(world.ann.self());
  const Posted late = mail.front();
  mail.pop_front();
  world.service.remove(world.tablet.self());
  world.ann.now = right;
  world.service.fetch(world.ann, user_of(1));
  world.ben.now = right + milliseconds(1);
  world.ann.now = Instant{};
  EXPECT_TRUE(told(world).empty());
  world.ann.now = right + std::chrono::minutes(1);
  world.room.assign(delivery_max_bytes, 0);
  EXPECT_TRUE(must(world.service.deliver(world.ann, late, world.room), "receive").notices.empty());
}

TEST(People, ADeviceThatIsWithheldIsSeenAfterTheGraceThatTheAppSays) {  // [CV-4-3]
  Talking world;
  world.ann.messenger().set_roster_grace(std::chrono::seconds(5));
  static_cast<void>(world.service.add(1, 3));
  world.service.fetch(world.ann, user_of(1));
  const Instant added = world.ann.now;
  world.ben.now = world.ann.now = added + std::chrono::seconds(5);
  EXPECT_FALSE(told(world).has(Notice::withheld_roster));
  world.ben.now = world.ann.now = added + std::chrono::milliseconds(5001);
  EXPECT_TRUE(told(world).has(Notice::withheld_roster));
}

TEST(People, WhoBeginsAnewWaitsForAPerson) {  // [CV-3-7]
  Talking world;
  const RosterClaim before =
      must(world.ben.messenger().roster(user_of(1)), "roster")->newest()->claim();
  ASSERT_TRUE(world.ben.messenger().mark_compared(user_of(1), before));
  const Phone other(user_of(1), DeviceId{1}, 98, 1);
  testing::TapeEntropy tape(4);
  const Roster anew =
      must(Roster::begin(user_of(1), DeviceId{1}, other.keys(), other.now, tape), "list 0");
  EXPECT_EQ(take(world.ben, user_of(1), anew).news.event, RosterEvent::reset);
  auto known = must(world.ben.messenger().roster(user_of(1)), "roster");
  EXPECT_EQ(known->newest()->claim(), before);
  EXPECT_TRUE(known->compared());

  Blob bytes(anew.size_bytes());
  static_cast<void>(must(anew.write(bytes), "list"));
  const std::vector<Bytes> lists{bytes};
  ASSERT_TRUE(world.ben.messenger().accept_reset(user_of(1), lists, world.ben.now));
  world.ben.restart();
  known = must(world.ben.messenger().roster(user_of(1)), "roster");
  EXPECT_EQ(known->newest()->claim(), anew.claim());
  EXPECT_FALSE(known->compared());
  EXPECT_EQ(error_of(world.ben.messenger().accept_reset(user_of(1), lists, world.ben.now)),
            Error::wrong_state);  // It is their list by now.
}

TEST(People, WhatWasComparedSurvivesARestartAndAddedDevices) {
  Talking world;
  const auto claim = must(world.ben.messenger().roster(user_of(1)), "roster")->newest()->claim();
  ASSERT_TRUE(world.ben.messenger().mark_compared(user_of(1), claim));
  world.ben.restart();
  static_cast<void>(world.service.add(1, 3));
  world.service.fetch(world.ben, user_of(1));
  const auto known = must(world.ben.messenger().roster(user_of(1)), "roster");
  EXPECT_EQ(known->compared(), claim.number);
  EXPECT_EQ(error_of(world.ben.messenger().mark_compared(user_of(1), claim)), Error::conflict);
}

TEST(People, ADeviceThatIsSetUpAnewIsAcceptedByAPerson) {  // [CV-3-7]
  Talking world;
  Phone anew(user_of(1), DeviceId{1}, 97, 4);
  testing::TapeEntropy tape(5);
  const auto claim = must(claim_device(user_of(1), DeviceId{1}, anew.keys(), tape), "claim");
  take(
      world.ben, user_of(1),
      must(
          world.service.newest(user_of(1)).replace(claim, world.tablet.keys(), world.ben.now, tape),
          "list"));
  const auto bundle = anew.bundle();
  const auto verified = must(verify(bundle.keys), "bundle");
  const auto connect = [&] {
    return world.ben.messenger().connect(anew.self(), bundle.registration, verified, world.ben.tape,
                                         world.ben.now);
  };
  // Nothing more is sealed for the phone that it was [CV-3-8].
  static_cast<void>(
      must(world.ben.messenger().send(world.talk, ContentKind::text, text("after the list"), {},
                                      world.ben.tape, world.ben.now),
           "send"));
  const auto waits_for_a_session = [&] {
    Blob out(delivery_max_bytes);
    std::optional<DeliveryKey> after;
    while (const auto next =
               must(world.ben.messenger().next_delivery(out, after, world.ben.now), "delivery")) {
      if (next->key.to == anew.self()) return next->needs_session;
      after = next->key;
    }
    ADD_FAILURE() << "nothing waits for the phone";
    return false;
  };
  EXPECT_TRUE(waits_for_a_session());
  EXPECT_EQ(error_of(connect()), Error::identity_changed);
  const IdentityPublic& shown = claim.identity;
  EXPECT_EQ(error_of(world.ben.messenger().accept_identity({user_of(1), DeviceId{9}}, shown)),
            Error::rosters_differ);
  EXPECT_EQ(error_of(world.ben.messenger().accept_identity(
                anew.self(), world.ann.keys().public_key())),  // What it had before.
            Error::rosters_differ);
  ASSERT_TRUE(world.ben.messenger().accept_identity(anew.self(), shown));
  EXPECT_TRUE(connect());
  EXPECT_FALSE(waits_for_a_session());
}

TEST(People, OnlyWhatThePersonWasShownIsAccepted) {  // [CV-3-7]
  // The service delivers a message by one who poses as Ann's phone; then that key is at hand.
  Talking world;
  Phone stranger(user_of(1), DeviceId{1}, 96, 4);
  const auto bundle = world.ben.bundle();
  ASSERT_TRUE(stranger.device().connect(address_of(world.ben.self()), bundle.registration,
                                        must(verify(bundle.keys), "bundle"), stranger.tape,
                                        stranger.now));
  Blob sealed(max_message_size(5)), out(sealed.size());
  const auto message = must(
      stranger.device().encrypt(sealed, address_of(world.ben.self()), text("hello"), stranger.now),
      "encrypt");
  Envelope envelope;
  envelope.from = world.ann.self();
  envelope.kind = message.kind;
  envelope.bytes = message.bytes;
  EXPECT_EQ(error_of(world.ben.messenger().receive(out, envelope, world.ben.tape, world.ben.now)),
            Error::identity_changed);
  const auto offered =
      must(world.ben.device().offered_identity(address_of(world.ann.self())), "offered");
  ASSERT_EQ(offered, stranger.device().identity());
  EXPECT_EQ(error_of(world.ben.messenger().accept_identity(world.ann.self(), *offered)),
            Error::rosters_differ);
  world.say(world.ann, "still me");
  EXPECT_EQ(shown(must(world.hear(world.ben), "receive").content), "still me");
}

}  // namespace
}  // namespace sotto::messenger
