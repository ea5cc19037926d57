// SPDX-License-Identifier: MIT OR Apache-2.0
// A device that never answered 2^32 - 1 messages is told of as blocked, until it answers.
#include "messenger/desk.hpp"
#include "messenger/test_world.hpp"
#include "testing/long_chain.hpp"

namespace sotto::messenger {
namespace {

TEST(Exhausted, ADeviceThatNeverAnsweredIsToldOfAndHoldsUpNoOtherUntilItAnswers) {  // [CV-3-4]
  World world;
  world.say(world.ann, "one");
  for (Phone* to : {&world.ben, &world.tablet}) EXPECT_TRUE(world.hear(*to));
  testing::send_so_many(world.ann.device(), address_of(world.ben.self()), 0xfffffffe);
  world.say(world.ann, "the last one");
  world.service.mail(world.ben.self()).clear();
  EXPECT_TRUE(world.hear(world.tablet));

  static_cast<void>(must(world.ann.messenger().send(world.talk, ContentKind::text, text("two"), {},
                                                    world.ann.tape, world.ann.now),
                         "send"));
  Blob out(delivery_max_bytes);
  std::size_t others = 0;
  std::optional<DeliveryKey> after;
  for (int round = 0; round < 2; ++round) {
    const auto next =
        must(world.ann.messenger().next_delivery(out, after, world.ann.now), "delivery");
    ASSERT_TRUE(next);
    after = next->key;
    EXPECT_FALSE(next->needs_session);
    if (next->key.to == world.ben.self()) {
      EXPECT_EQ(next->blocked, Error::exhausted);
      EXPECT_TRUE(next->bytes.empty());
    } else {
      EXPECT_EQ(next->blocked, std::nullopt);
      ++others;
    }
  }
  EXPECT_EQ(others, 1U);

  world.say(world.ben, "an answer");
  EXPECT_TRUE(world.hear(world.ann));
  world.service.collect(world.ann);
  EXPECT_TRUE(world.hear(world.ben));
  EXPECT_EQ(world.kept(world.ben), (Strings{"one", "an answer", "two"}));
}

}  // namespace
}  // namespace sotto::messenger
