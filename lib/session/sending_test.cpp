// SPDX-License-Identifier: MIT OR Apache-2.0
#include <gtest/gtest.h>

#include "session/test_peers.hpp"

namespace sotto::session {
namespace {

using std::chrono::milliseconds;
using testing::error_of;

TEST(Sending, needs_a_session) {
  // [SES-3-1]
  Two two;
  EXPECT_EQ(error_of(two.alice.try_send("a")), Error::no_session);
  two.settle();
  EXPECT_EQ(two.bob.receive(two.alice.send("a")), "a");
  two.alice.peer->erase_sessions();
  EXPECT_EQ(error_of(two.alice.try_send("a")), Error::no_session);
  EXPECT_EQ(two.alice.peer->identity(), two.bob.identity.public_key());
}

TEST(Sending, is_on_the_current_session) {
  // [SES-3-1]
  Two two;
  two.settle();
  ASSERT_TRUE(two.alice.connect(two.bob));
  const auto parsed = wire::parse_prekey_message(two.alice.send("a").bytes);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->base_key, two.alice.peer->current()->base_key);
}

TEST(Sending, no_session_before_bytes_are_looked_at) {
  Two two;
  Buffer both(10);
  EXPECT_EQ(error_of(two.alice.peer->encrypt(two.alice.self(), both, both, two.alice.prekeys,
                                             two.alice.now)),
            Error::no_session);
}

TEST(Sending, stops_when_nobody_ever_answers) {
  // [SES-3-2], to the millisecond.
  for (const milliseconds age : {milliseconds(std::chrono::days(30)), milliseconds(7),
                                 milliseconds(0), milliseconds::max()}) {
    SessionLimits limits;
    limits.max_unacknowledged_age = age;
    Two two(limits);
    ASSERT_TRUE(two.alice.connect(two.bob));
    const Instant start = two.alice.now;
    if (age == milliseconds::max()) {
      two.alice.now = Instant::max();
      EXPECT_TRUE(two.alice.try_send("a"));
      continue;
    }
    two.alice.now = start + age;
    EXPECT_TRUE(two.alice.peer->info(two.alice.now).can_send);
    const Letter letter = two.alice.send("just in time");
    two.alice.now += milliseconds(1);
    EXPECT_FALSE(two.alice.peer->info(two.alice.now).can_send);
    EXPECT_EQ(error_of(two.alice.try_send("a")), Error::no_session);
    two.alice.now = start - std::chrono::days(100);
    EXPECT_TRUE(two.alice.try_send("a")) << "a clock that goes backwards makes nothing expire";

    // An answer, however late, and it sends for ever.
    two.alice.now = start + age + milliseconds(1);
    ASSERT_TRUE(two.bob.receive(letter));
    ASSERT_TRUE(two.alice.receive(two.bob.send("answer")));
    two.alice.now += std::chrono::days(1000);
    EXPECT_TRUE(two.alice.try_send("a"));
  }
}

TEST(Sending, a_session_that_the_peer_began_never_stops) {
  // [SES-3-2] is of pending ones.
  Two two;
  ASSERT_TRUE(two.alice.connect(two.bob));
  ASSERT_TRUE(two.bob.receive(two.alice.send("a")));
  EXPECT_TRUE(two.bob.peer->info(two.bob.now).acknowledged);
  two.bob.now += std::chrono::days(1000);
  EXPECT_TRUE(two.bob.try_send("b"));
}

TEST(Sending, every_success_is_an_epoch) {
  // [SES-1-1]
  Two two;
  const auto epoch = [&](const Person& who) { return who.peer->info(who.now).epoch; };
  ASSERT_TRUE(two.alice.connect(two.bob));
  EXPECT_EQ(epoch(two.alice), 1U);
  const Letter letter = two.alice.send("a");
  EXPECT_EQ(epoch(two.alice), 2U);
  ASSERT_TRUE(two.bob.receive(letter));
  EXPECT_EQ(epoch(two.bob), 1U);
  EXPECT_FALSE(two.bob.receive(letter));
  EXPECT_EQ(epoch(two.bob), 1U);
  ASSERT_TRUE(two.alice.receive(two.bob.send("b")));
  EXPECT_EQ(epoch(two.bob), 2U);
  EXPECT_EQ(epoch(two.alice), 3U);
  ASSERT_TRUE(two.bob.receive(two.alice.send("c")));
  EXPECT_EQ(epoch(two.bob), 3U);
  two.bob.peer->erase_sessions();
  EXPECT_EQ(epoch(two.bob), 4U);
}

}  // namespace
}  // namespace sotto::session
