// SPDX-License-Identifier: MIT OR Apache-2.0
// What comes of a user id that does not stay with its account, as include/sotto/ids.hpp says.
#include "messenger/desk.hpp"
#include "messenger/test_world.hpp"

namespace sotto::messenger {
namespace {

/// Ann and Ben have spoken.
struct Spoken : World {
  Spoken() {
    say(ann, "hello");
    static_cast<void>(must(hear(ben), "receive"));
    say(ben, "hello yourself");
    static_cast<void>(must(hear(ann), "receive"));
  }
  RostersTaken take(const UserId& user, const Roster& list) {
    Blob bytes(list.size_bytes());
    static_cast<void>(must(list.write(bytes), "list"));
    const std::vector<Bytes> lists{bytes};
    return must(ann.messenger().take_rosters(user, lists, ann.now), "take_rosters");
  }
  /// What Ann makes of a message of `from`, which calls itself `as`.
  std::optional<Error> refusal_of(Device& from, const UserDevice& as) {
    Blob sealed(max_message_size(5)), out(sealed.size());
    const auto message =
        must(from.encrypt(sealed, address_of(ann.self()), text("hello"), ann.now), "encrypt");
    Envelope envelope;
    envelope.from = as;
    envelope.kind = message.kind;
    envelope.bytes = message.bytes;
    return testing::error_of(ann.messenger().receive(out, envelope, ann.tape, ann.now));
  }
};

TEST(AccountId, ThatChangesMakesTheAccountAStranger) {
  Spoken world;
  const UserDevice renamed{user_of(9), DeviceId{1}};
  EXPECT_EQ(world.refusal_of(world.ben.device(), renamed), Error::rosters_differ) << "a stranger";
  testing::TapeEntropy tape(4);
  EXPECT_EQ(world
                .take(renamed.user, must(Roster::begin(renamed.user, renamed.device,
                                                       world.ben.keys(), world.ben.now, tape),
                                         "list 0"))
                .news.event,
            RosterEvent::first);
  const auto bundle = world.ben.bundle();
  EXPECT_EQ(testing::error_of(world.ann.messenger().connect(renamed, bundle.registration,
                                                            must(verify(bundle.keys), "bundle"),
                                                            world.ann.tape, world.ann.now)),
            Error::identity_in_use);
  EXPECT_EQ(world.refusal_of(world.ben.device(), renamed), Error::no_session);
  // What was is still under the id of before.
  const auto choice = must(world.ann.messenger().choice(world.talk), "choice");
  EXPECT_EQ(choice.sides()[1].user(), user_of(2));
  world.say(world.ben, "still here");
  EXPECT_EQ(shown(must(world.hear(world.ann), "receive").content), "still here");
}

TEST(AccountId, ThatGoesToSomebodyElseIsTheSamePersonWithOtherKeys) {
  Spoken world;
  Phone other(user_of(2), DeviceId{1}, 98, 4);
  testing::TapeEntropy tape(4);
  EXPECT_EQ(world
                .take(user_of(2),
                      must(Roster::begin(user_of(2), DeviceId{1}, other.keys(), other.now, tape),
                           "list 0"))
                .news.event,
            RosterEvent::reset);
  const auto bundle = world.ann.bundle();
  ASSERT_TRUE(other.device().connect(address_of(world.ann.self()), bundle.registration,
                                     must(verify(bundle.keys), "bundle"), other.tape, other.now));
  EXPECT_EQ(world.refusal_of(other.device(), world.ben.self()), Error::identity_changed);
}

}  // namespace
}  // namespace sotto::messenger
