// SPDX-License-Identifier: MIT OR Apache-2.0
/// Which session is the current one where one side began both [SES-4-10].
#include <gtest/gtest.h>

#include "session/test_peers.hpp"

namespace sotto::session {
namespace {

TEST(Succession, of_two_that_the_peer_began_the_one_goes_on_in_which_it_waits) {
  // Its first messages overtook each other.
  Two two;
  ASSERT_TRUE(two.alice.connect(two.bob, false));
  const Letter first = two.alice.send("first");
  ASSERT_TRUE(two.alice.connect(two.bob, false));
  const Letter second = two.alice.send("second");
  ASSERT_TRUE(two.bob.receive(second));
  ASSERT_TRUE(two.bob.receive(first));
  EXPECT_FALSE(together(two));
  ASSERT_TRUE(two.bob.receive(two.alice.send("third")));
  EXPECT_TRUE(two.bob.last_opened.changed_session);
  EXPECT_FALSE(two.bob.peer->current()->established);
  EXPECT_TRUE(together(two));
}

TEST(Succession, of_two_that_we_began_the_one_goes_on_in_which_the_peer_answers) {
  // Whether the first messages overtook each other, and in which one Bob answers first.
  for (const bool overtook : {true, false}) {
    Two two;
    ASSERT_TRUE(two.alice.connect(two.bob, false));
    const Letter first = two.alice.send("first");
    ASSERT_TRUE(two.alice.connect(two.bob, false));
    const Letter second = two.alice.send("second");
    ASSERT_TRUE(two.bob.receive(overtook ? second : first));
    ASSERT_TRUE(two.bob.receive(overtook ? first : second));
    ASSERT_EQ(together(two), !overtook);
    ASSERT_TRUE(two.alice.receive(two.bob.send("answer")));
    EXPECT_EQ(two.alice.last_opened.changed_session, overtook);
    EXPECT_TRUE(together(two));
    EXPECT_EQ(two.alice.send("x").kind, MessageKind::signal);
  }
}

TEST(Succession, of_two_that_we_began_a_late_answer_is_followed_there_and_back) {
  // Bob answered the first one before he met the second; nothing that Alice says meanwhile is lost.
  Two two;
  ASSERT_TRUE(two.alice.connect(two.bob));
  ASSERT_TRUE(two.bob.receive(two.alice.send("first")));
  const Letter late = two.bob.send("late"), later = two.bob.send("later");
  ASSERT_TRUE(two.alice.connect(two.bob));
  const EphemeralPublic newest = in_use(two.alice);
  const Letter second = two.alice.send("second");
  ASSERT_TRUE(two.alice.receive(late));
  EXPECT_TRUE(two.alice.last_opened.changed_session);
  ASSERT_TRUE(two.bob.receive(second));
  EXPECT_EQ(two.bob.receive(two.alice.send("not lost")), "not lost");
  EXPECT_FALSE(two.bob.last_opened.changed_session);
  ASSERT_TRUE(two.alice.receive(two.bob.send("in the second")));
  EXPECT_TRUE(two.alice.last_opened.changed_session);
  EXPECT_EQ(in_use(two.alice), newest);
  // What is later still is followed there and back as well: Bob may have gone to the first one.
  ASSERT_TRUE(two.alice.receive(later));
  EXPECT_TRUE(two.alice.last_opened.changed_session);
  EXPECT_EQ(two.bob.receive(two.alice.send("not lost either")), "not lost either");
  ASSERT_TRUE(two.alice.receive(two.bob.send("in the second again")));
  EXPECT_TRUE(together(two));
}

TEST(Succession, of_two_that_the_peer_began_an_answer_ends_the_other_one) {
  // Whether Bob answered the earlier or the later one: what comes in the other one may be a
  // thief's.
  for (const bool earlier : {true, false}) {
    Two two;
    ASSERT_TRUE(two.alice.connect(two.bob, false));
    const Letter first = two.alice.send("first"), again = two.alice.send("again");
    ASSERT_TRUE(two.bob.receive(first));
    if (earlier) two.bob.send("an answer");
    two.alice.peer->erase_sessions();
    ASSERT_TRUE(two.alice.connect(two.bob, false));
    ASSERT_TRUE(two.bob.receive(two.alice.send("anew")));
    if (!earlier) two.bob.send("an answer");
    ASSERT_TRUE(two.bob.receive(again));
    EXPECT_FALSE(two.bob.last_opened.changed_session);
    EXPECT_TRUE(together(two));
  }
}

TEST(Succession, a_peer_that_began_both_is_followed_there_and_back) {
  // Whichever base key is the larger: it alone knows which one it began last.
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Two two({}, seed);
    ASSERT_TRUE(two.alice.connect(two.bob, false));
    const Letter first = two.alice.send("first"), late = two.alice.send("late");
    ASSERT_TRUE(two.alice.peer->current()->pending);
    ASSERT_TRUE(two.bob.receive(first));
    ASSERT_TRUE(two.alice.connect(two.bob, false));
    ASSERT_TRUE(two.bob.receive(two.alice.send("second")));
    ASSERT_TRUE(two.bob.receive(late));
    EXPECT_FALSE(together(two)) << "it may have overtaken the other one";
    ASSERT_TRUE(two.bob.receive(two.alice.send("third")));
    EXPECT_TRUE(together(two)) << seed;
  }
}

}  // namespace
}  // namespace sotto::session
