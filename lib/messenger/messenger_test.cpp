// SPDX-License-Identifier: MIT OR Apache-2.0
// Two people, three phones, a service: who gets what. Random runs are in proptests/.
#include <map>
#include <set>

#include "messenger/desk.hpp"
#include "messenger/test_world.hpp"

namespace sotto::messenger {
namespace {

using std::chrono::seconds;
using testing::error_of;

TEST(Messenger, AMessageReachesEveryDeviceButItsOwn) {  // [CV-1-1] [CV-1-2] [CV-3-1]
  World world;
  world.say(world.ann, "hello");
  for (Phone* phone : {&world.tablet, &world.ben}) {
    const auto arrival = world.hear(*phone);
    ASSERT_TRUE(arrival) << name(arrival.error());
    EXPECT_EQ(arrival->kind, Arrival::Kind::content);
    EXPECT_TRUE(arrival->notices.has(Notice::conversation_begun));
    EXPECT_TRUE(arrival->notices.has(Notice::first_identity));
    EXPECT_EQ(shown(arrival->content), "hello");
    EXPECT_EQ(arrival->place.sender, user_of(1));
  }
  EXPECT_TRUE(world.service.mail(world.ann.self()).empty());
  world.say(world.ben, "good morning");
  EXPECT_EQ(shown(world.hear(world.ann)->content), "good morning");
  EXPECT_EQ(shown(world.hear(world.tablet)->content), "good morning");
  for (Phone* phone : {&world.ann, &world.tablet, &world.ben})
    EXPECT_EQ(world.kept(*phone), (Strings{"hello", "good morning"}));
}

TEST(Messenger, OnlyChosenDevicesGetAnything) {  // [CV-2-2] [CV-2-3] [CV-3-1]
  World world;
  world.say(world.ann, "to all");
  static_cast<void>(world.hear(world.tablet));
  static_cast<void>(world.hear(world.ben));
  const std::vector<DeviceId> one{DeviceId{1}};
  must(world.ann.messenger().choose(world.talk, *ChosenDevices::only(user_of(1), one),
                                    ChosenDevices::all(user_of(2))),
       "choose");
  world.say(world.ann, "to the phones");
  EXPECT_TRUE(world.service.mail(world.tablet.self()).empty());
  const auto told = world.hear(world.ben);
  EXPECT_TRUE(told->notices.has(Notice::devices_chosen));
  world.say(world.ben, "understood");
  EXPECT_TRUE(world.service.mail(world.tablet.self()).empty());
  EXPECT_EQ(shown(world.hear(world.ann)->content), "understood");
  EXPECT_EQ(world.kept(world.tablet), Strings{"to all"});
  // The tablet has not been told; what it says is not shown.
  world.say(world.tablet, "me too");
  EXPECT_EQ(world.hear(world.ben)->kind, Arrival::Kind::not_chosen);
  EXPECT_EQ(world.hear(world.ann)->kind, Arrival::Kind::not_chosen);
  EXPECT_EQ(world.kept(world.ben), (Strings{"to all", "to the phones", "understood"}));
}

TEST(Messenger, AChoiceIsTheSendersWhomeverItNames) {  // [CV-2-4]
  World world;
  world.say(world.ann, "to all");
  static_cast<void>(world.hear(world.ben));
  // Ann's phone makes a choice, and says that her tablet did.
  auto desk = must(Desk::open(world.ann.device()), "open");
  auto state = must(desk.state(world.talk), "state");
  state.choice =
      must(DeviceChoice::create(state.choice.number() + 1, world.tablet.self(),
                                ChosenDevices::all(user_of(1)), ChosenDevices::all(user_of(2))),
           "choice");
  must(desk.put(world.talk, state), "put");
  static_cast<void>(must(desk.commit(), "commit"));
  world.say(world.ann, "the tablet chose");
  const auto told = must(world.hear(world.ben), "receive");
  EXPECT_TRUE(told.notices.has(Notice::devices_chosen));
  EXPECT_EQ(told.place.sender, user_of(1));
  EXPECT_EQ(told.place.device, world.ann.self().device) << "who says so";
  const auto choice = must(world.ben.messenger().choice(world.talk), "choice");
  EXPECT_EQ(choice.author(), world.tablet.self()) << "whom it names";
}

TEST(Messenger, WhatIsOnlyPlannedForTheChosen) {  // [CV-3-1]
  World world;
  const std::vector<DeviceId> one{DeviceId{1}};
  must(world.ann.messenger().choose(world.talk, *ChosenDevices::only(user_of(1), one),
                                    ChosenDevices::all(user_of(2))),
       "choose");
  static_cast<void>(must(world.ann.messenger().send(world.talk, ContentKind::text, text("for one"),
                                                    {}, world.ann.tape, world.ann.now),
                         "send"));
  // Chosen only now: what was said before is not for it [CV-3-6].
  must(world.ann.messenger().choose(world.talk, ChosenDevices::all(user_of(1)),
                                    ChosenDevices::all(user_of(2))),
       "choose");
  world.service.collect(world.ann);
  EXPECT_TRUE(world.service.mail(world.tablet.self()).empty());
  EXPECT_EQ(world.service.mail(world.ben.self()).size(), 1U);
}

TEST(Messenger, TheSameBytesTwiceAreShownOnce) {  // [CV-3-3] [CV-4-1]
  World world;
  static_cast<void>(must(world.ann.messenger().send(world.talk, ContentKind::text, text("once"), {},
                                                    world.ann.tape, world.ann.now),
                         "send"));
  // The service takes it, and the phone dies before it hears of that.
  Blob out(delivery_max_bytes);
  std::vector<Blob> twice;
  for (int i = 0; i < 2; ++i) {
    std::optional<DeliveryKey> after;
    auto next = must(world.ann.messenger().next_delivery(out, after, world.ann.now), "delivery");
    while (next && (next->needs_session || next->key.to != world.ben.self())) {
      if (next->needs_session) {
        Phone& to = *world.service.find(next->key.to);
        const auto bundle = to.bundle();
        must(world.ann.messenger().connect(to.self(), bundle.registration,
                                           must(verify(bundle.keys), "verify"), world.ann.tape,
                                           world.ann.now),
             "connect");
      } else {
        after = next->key;
      }
      next = must(world.ann.messenger().next_delivery(out, after, world.ann.now), "delivery");
    }
    ASSERT_TRUE(next);
    twice.emplace_back(next->bytes.begin(), next->bytes.end());
    world.ann.restart();
  }
  EXPECT_EQ(twice[0], twice[1]);
  world.service.collect(world.ann);
  const Posted posted = world.service.mail(world.ben.self()).front();
  EXPECT_EQ(posted.bytes, twice[0]);
  world.room.resize(delivery_max_bytes);
  EXPECT_EQ(shown(world.service.deliver(world.ben, posted, world.room)->content), "once");
  EXPECT_EQ(error_of(world.service.deliver(world.ben, posted, world.room)), Error::replayed);
  EXPECT_EQ(world.kept(world.ben), Strings{"once"});
}

void ann_says_to_all(World& world) {
  static_cast<void>(must(world.ann.messenger().send(world.talk, ContentKind::text, text("for all"),
                                                    {}, world.ann.tape, world.ann.now),
                         "send"));
}

void ann_connects(World& world, Phone& to) {
  const auto bundle = to.bundle();
  must(world.ann.messenger().connect(to.self(), bundle.registration,
                                     must(verify(bundle.keys), "verify"), world.ann.tape,
                                     world.ann.now),
       "connect");
}

/// What Ann has for each device: nothing is wrong, or what is.
std::map<UserDevice, std::optional<Error>> anns_deliveries(World& world) {
  std::map<UserDevice, std::optional<Error>> all;
  Blob out(delivery_max_bytes);
  std::optional<DeliveryKey> after;
  while (const auto next =
             must(world.ann.messenger().next_delivery(out, after, world.ann.now), "delivery")) {
    after = next->key;
    EXPECT_FALSE(next->needs_session);
    EXPECT_EQ(next->bytes.empty(), next->blocked.has_value());
    all[next->key.to] = next->blocked;
  }
  return all;
}

TEST(Messenger, ADeviceThatFailsHoldsUpNobody) {  // [CV-3-4]
  World world;
  ann_says_to_all(world);
  // Nobody has a session: each is asked for on its own.
  Blob out(delivery_max_bytes);
  const auto first = must(world.ann.messenger().next_delivery(out, {}, world.ann.now), "first");
  ASSERT_TRUE(first && first->needs_session);
  const auto second =
      must(world.ann.messenger().next_delivery(out, first->key, world.ann.now), "second");
  ASSERT_TRUE(second && second->needs_session);
  EXPECT_NE(first->key, second->key);
  EXPECT_FALSE(must(world.ann.messenger().next_delivery(out, second->key, world.ann.now), "none"));
  ann_connects(world, *world.service.find(second->key.to));
  const auto sent =
      must(world.ann.messenger().next_delivery(out, first->key, world.ann.now), "sent");
  ASSERT_TRUE(sent);
  EXPECT_FALSE(sent->needs_session);
}

/// Whoever proves Ben's identity under another name blocks what is for Ben, and nothing else.
TEST(Messenger, ADeviceWhoseIdentityBelongsToAnotherHoldsUpNobody) {  // [CV-3-4]
  World world;
  ann_says_to_all(world);
  for (Phone* to : {&world.ben, &world.tablet}) ann_connects(world, *to);
  auto tx = must(world.ann.device().begin(), "begin");
  must(tx.accept_identity({"somebody else", DeviceId{1}}, world.ben.bundle().keys.identity),
       "accept");
  static_cast<void>(must(std::move(tx).commit(), "commit"));
  EXPECT_EQ(anns_deliveries(world),
            (std::map<UserDevice, std::optional<Error>>{{world.ben.self(), Error::identity_in_use},
                                                        {world.tablet.self(), std::nullopt}}));
}

TEST(Messenger, AMessageLongerThanTheLimitIsToldAndGoesOnceTheLimitAllowsIt) {  // [CV-3-4]
  World world;
  ann_says_to_all(world);
  for (Phone* to : {&world.ben, &world.tablet}) ann_connects(world, *to);
  const std::size_t usual = world.ann.limits().sessions.max_message_bytes;
  world.ann.limits().sessions.max_message_bytes = 16;
  world.ann.restart();
  const auto blocked = anns_deliveries(world);
  EXPECT_EQ(blocked.size(), 2U);
  for (const auto& [device, why] : blocked) EXPECT_EQ(why, Error::too_large);
  world.ann.limits().sessions.max_message_bytes = usual;
  world.ann.restart();
  const auto free = anns_deliveries(world);
  EXPECT_EQ(free.size(), 2U);
  for (const auto& [device, why] : free) EXPECT_EQ(why, std::nullopt);
}

TEST(Messenger, ADeviceThatIsNotInTheListIsNotHeard) {  // [CV-3-2]
  World world;
  Phone& new_phone = world.service.add(2, 5);
  for (const UserId& user : {user_of(1), user_of(2)}) world.service.fetch(new_phone, user);
  const auto talk =
      must(new_phone.messenger().begin(ChosenDevices::all(user_of(2)),
                                       ChosenDevices::all(user_of(1)), new_phone.tape),
           "begin");
  static_cast<void>(must(new_phone.messenger().send(talk, ContentKind::text, text("who am I"), {},
                                                    new_phone.tape, new_phone.now),
                         "send"));
  world.service.collect(new_phone);
  auto& mail = world.service.mail(world.ann.self());
  const Posted posted = mail.back();
  Blob room(delivery_max_bytes, 0xaa);
  const auto before = must(world.ann.rows().revision(), "revision");
  EXPECT_EQ(error_of(world.ann.messenger().receive(room, posted.envelope(), world.ann.tape,
                                                   world.ann.now)),
            Error::rosters_differ);
  EXPECT_EQ(must(world.ann.rows().revision(), "revision"), before) << "nothing has changed";
  world.service.fetch(world.ann, user_of(2));
  // Opened where it stands it is neither changed nor lost.
  Blob mine = posted.bytes;
  Envelope in_place = posted.envelope();
  in_place.bytes = Bytes(mine);
  EXPECT_EQ(error_of(world.ann.messenger().receive(mine, in_place, world.ann.tape, world.ann.now)),
            Error::buffers_overlap);
  EXPECT_EQ(mine, posted.bytes);
  const auto arrival =
      world.ann.messenger().receive(room, posted.envelope(), world.ann.tape, world.ann.now);
  ASSERT_TRUE(arrival) << name(arrival.error());
  EXPECT_EQ(shown(arrival->content), "who am I");
}

TEST(Messenger, ABundleThatTheListDoesNotNameIsRefused) {  // [CV-3-2]
  World world;
  const auto wrong = world.tablet.bundle();  // in Ben's name
  EXPECT_EQ(error_of(world.ann.messenger().connect(world.ben.self(), wrong.registration,
                                                   must(verify(wrong.keys), "verify"),
                                                   world.ann.tape, world.ann.now)),
            Error::rosters_differ);
}

TEST(Messenger, ADeviceAddedLaterSeesNothingFromBefore) {  // [CV-3-5] [CV-3-6]
  World world;
  world.say(world.ann, "before");
  Phone& watch = world.service.add(1, 3);
  world.service.fetch(watch, user_of(2));
  EXPECT_TRUE(world.service.mail(watch.self()).empty());
  // Ben's list of Ann is old: the service refuses, and the message is planned anew.
  static_cast<void>(world.hear(world.ben));
  world.say(world.ben, "after");
  ASSERT_EQ(world.service.mail(watch.self()).size(), 1U);
  EXPECT_EQ(shown(world.hear(watch)->content), "after");
  EXPECT_EQ(world.kept(watch), Strings{"after"});
}

TEST(Messenger, PlannedAnewFiveTimesAtMost) {  // [CV-3-5]
  World world;
  const auto id = must(world.ann.messenger().send(world.talk, ContentKind::text, text("again"), {},
                                                  world.ann.tape, world.ann.now),
                       "send");
  for (int round = 0; round < messenger_max_rounds; ++round)
    EXPECT_TRUE(world.ann.messenger().refused(world.talk, id));
  EXPECT_EQ(error_of(world.ann.messenger().refused(world.talk, id)), Error::exhausted);
  world.service.collect(world.ann);
  EXPECT_EQ(error_of(world.ann.messenger().refused(world.talk, id)), Error::wrong_state)
      << "nothing waits any more";
}

TEST(Messenger, JobsOfARemovedDeviceAreDropped) {  // [CV-3-6]
  World world;
  static_cast<void>(
      must(world.ben.messenger().begin(ChosenDevices::all(user_of(1)),
                                       ChosenDevices::all(user_of(2)), world.ben.tape),
           "begin"));
  static_cast<void>(must(world.ann.messenger().send(world.talk, ContentKind::text, text("late"), {},
                                                    world.ann.tape, world.ann.now),
                         "send"));
  world.service.remove(world.tablet.self());
  world.service.fetch(world.ann, user_of(1));
  Blob out(delivery_max_bytes);
  const auto only = must(world.ann.messenger().next_delivery(out, {}, world.ann.now), "delivery");
  ASSERT_TRUE(only);
  EXPECT_EQ(only->key.to, world.ben.self());
  EXPECT_FALSE(must(world.ann.messenger().next_delivery(out, only->key, world.ann.now), "none"));
}

TEST(Messenger, ConversationsAreListedInTheOrderOfTheirIds) {
  World world;
  std::set<ConversationId> begun{world.talk};
  for (int i = 0; i < 5; ++i)
    begun.insert(must(world.ann.messenger().begin(ChosenDevices::all(user_of(1)),
                                                  ChosenDevices::all(user_of(2)), world.ann.tape),
                      "begin"));
  world.say(world.ann, "hello");
  static_cast<void>(must(world.hear(world.ben), "receive"));
  const auto listed = [](Phone& phone) {
    std::vector<ConversationId> all;
    while (true) {
      const auto next = must(phone.messenger().next_conversation(
                                 all.empty() ? std::nullopt : std::optional(all.back())),
                             "next");
      if (!next) return all;
      all.push_back(*next);
    }
  };
  EXPECT_EQ(listed(world.ann), std::vector<ConversationId>(begun.begin(), begun.end()));
  EXPECT_EQ(listed(world.ben), std::vector{world.talk}) << "what was not begun towards him is not";
  EXPECT_TRUE(listed(world.tablet).empty());
}

/// As an app holds them.
struct App {
  MemoryStore store;
  Device device;
  Messenger messenger;
};

App make_app(std::uint64_t seed) {
  testing::TapeEntropy tape(seed);
  auto store = must(MemoryStore::create(), "store");
  auto device = must(Device::create(store, Phone::storage_key(seed),
                                    must(IdentityKeyPair::generate(tape), "identity"), DeviceId{1},
                                    RegistrationId{1}),
                     "device");
  auto messenger = must(Messenger::create(device, user_of(1)), "messenger");
  return {std::move(store), std::move(device), std::move(messenger)};
}

TEST(Messenger, IsHeldBesideItsDeviceAndMovesWithIt) {
  std::vector<App> apps;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) apps.push_back(make_app(seed));
  testing::TapeEntropy tape(7);
  for (App& app : apps) {
    EXPECT_EQ(app.messenger.self().device, DeviceId{1});
    EXPECT_TRUE(
        app.messenger.begin(ChosenDevices::all(user_of(1)), ChosenDevices::all(user_of(2)), tape));
    const auto open = app.device.begin();
    EXPECT_EQ(testing::error_of(app.messenger.next_conversation({})), Error::wrong_state);
  }
  const Messenger moved = std::move(apps[0].messenger);
  EXPECT_EQ(testing::error_of(apps[0].messenger.next_conversation({})), Error::consumed);
  // It holds the device, but the store is the app's.
  Messenger last = std::move(apps[1].messenger);
  EXPECT_TRUE(last.next_conversation({}));
  apps.clear();
  EXPECT_EQ(testing::error_of(last.next_conversation({})), Error::consumed);
}

}  // namespace
}  // namespace sotto::messenger
