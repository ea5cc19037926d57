// SPDX-License-Identifier: MIT OR Apache-2.0
// A message that was sealed and waits, when its device is set up anew [CV-3-9].
#include "messenger/test_world.hpp"

namespace sotto::messenger {
namespace {

/// Ben has said something, which is sealed for both devices of Ann's and was not delivered; then
/// Ann's phone is set up anew, and Ben knows it.
struct Waiting : World {
  Waiting() {
    say(ann, "hello");
    for (Phone* phone : {&ben, &tablet}) static_cast<void>(must(hear(*phone), "receive"));
    say(ben, "hello yourself");
    for (Phone* phone : {&ann, &tablet}) static_cast<void>(must(hear(*phone), "receive"));
    static_cast<void>(must(
        ben.messenger().send(talk, ContentKind::text, text("for whom?"), {}, ben.tape, ben.now),
        "send"));
    for (const UserDevice& to : {ann.self(), tablet.self()}) sealed[to] = waiting_for(to).bytes;
    anew = &service.replace(ann.self());
    service.fetch(*anew, user_of(2));
    service.fetch(ben, user_of(1));
  }
  struct Found {
    bool needs_session = false;
    Blob bytes;
  };
  Found waiting_for(const UserDevice& to) {
    Blob out(delivery_max_bytes);
    std::optional<DeliveryKey> after;
    while (const auto next = must(ben.messenger().next_delivery(out, after, ben.now), "delivery")) {
      if (next->key.to == to)
        return {next->needs_session, Blob(next->bytes.begin(), next->bytes.end())};
      after = next->key;
    }
    ADD_FAILURE() << "nothing waits";
    return {};
  }
  Result<void> connect() {
    const auto bundle = anew->bundle();
    return ben.messenger().connect(anew->self(), bundle.registration,
                                   must(verify(bundle.keys), "bundle"), ben.tape, ben.now);
  }
  Result<void> accept() {
    return ben.messenger().accept_identity(anew->self(), anew->keys().public_key());
  }
  std::map<UserDevice, Blob> sealed;
  Phone* anew = nullptr;
};

TEST(ReplacedDevice, GetsWhatWaitedForTheOneBefore) {
  Waiting world;
  const UserDevice to = world.anew->self();
  for (const bool accepted : {false, true}) {
    if (accepted) {
      ASSERT_TRUE(world.accept());
    }
    const auto found = world.waiting_for(to);
    EXPECT_TRUE(found.needs_session) << "what the phone before was to have is not handed out";
    EXPECT_TRUE(found.bytes.empty());
  }
  ASSERT_TRUE(world.connect());
  const auto found = world.waiting_for(to);
  EXPECT_FALSE(found.needs_session);
  EXPECT_NE(found.bytes, world.sealed[to]);
  world.ben.restart();
  EXPECT_EQ(world.waiting_for(to).bytes, found.bytes) << "and is the same from then on";
  EXPECT_EQ(world.waiting_for(world.tablet.self()).bytes, world.sealed[world.tablet.self()]);
  world.service.collect(world.ben);
  EXPECT_EQ(shown(must(world.hear(*world.anew), "receive").content), "for whom?");
  EXPECT_EQ(shown(must(world.hear(world.tablet), "receive").content), "for whom?");
}

TEST(ReplacedDevice, GetsWhatWaitedHoweverThePersonAcceptedIt) {
  // By the device beneath, which knows nothing of what waits.
  Waiting world;
  const UserDevice to = world.anew->self();
  auto tx = must(world.ben.device().begin(), "begin");
  const UserId& user = to.user;
  const Address address{{reinterpret_cast<const char*>(user.bytes().data()), user.bytes().size()},
                        to.device};
  ASSERT_TRUE(tx.forget(address));
  ASSERT_TRUE(std::move(tx).commit());
  EXPECT_TRUE(world.waiting_for(to).needs_session);
  ASSERT_TRUE(world.connect());
  world.service.collect(world.ben);
  EXPECT_EQ(shown(must(world.hear(*world.anew), "receive").content), "for whom?");
}

}  // namespace
}  // namespace sotto::messenger
