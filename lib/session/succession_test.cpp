// SPDX-License-Identifier: MIT OR Apache-2.0
/// Which session is the current one after a message opened in an archived one [SES-4-10].
#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "session/test_peers.hpp"

namespace sotto::session {
namespace {

bool is_larger(const EphemeralPublic& one, const EphemeralPublic& other) {
  return std::ranges::lexicographical_compare(other.bytes(), one.bytes());
}

/// Both have begun, and neither has heard of it; Alice's base key is the larger one, or not.
struct AtOnce : Two {
  explicit AtOnce(bool alice_larger) : Two({}, seed_of(alice_larger)) { begin(*this); }

 private:
  static void begin(Two& two) {
    EXPECT_TRUE(two.alice.connect(two.bob));
    EXPECT_TRUE(two.bob.connect(two.alice));
  }
  static std::uint64_t seed_of(bool alice_larger) {
    for (std::uint64_t seed = 1;; ++seed) {
      Two two({}, seed);
      begin(two);
      if (is_larger(in_use(two.alice), in_use(two.bob)) == alice_larger) return seed;
    }
  }
};

TEST(Succession, a_late_message_of_an_answered_session_leaves_the_later_one_current) {
  // Whoever began the old one; and the new one, which Bob begins, is answered or not.
  for (const bool by_alice : {true, false})
    for (const bool answered : {true, false}) {
      Two two;
      Person& one = by_alice ? two.alice : two.bob;
      Person& other = by_alice ? two.bob : two.alice;
      ASSERT_TRUE(one.connect(other));
      ASSERT_TRUE(other.receive(one.send("first")));
      ASSERT_TRUE(one.receive(other.send("answer")));
      ASSERT_TRUE(other.receive(one.send("goes on")));
      const Letter late = two.bob.send("late"), later = two.bob.send("later");
      two.bob.peer->erase_sessions();
      ASSERT_TRUE(two.bob.connect(two.alice));
      ASSERT_TRUE(two.alice.receive(two.bob.send("anew")));
      EXPECT_TRUE(two.alice.last_opened.changed_session);
      if (answered) {
        ASSERT_TRUE(two.bob.receive(two.alice.send("yes")));
      }
      for (const Letter& letter : {later, late}) {
        two.later(std::chrono::milliseconds(10));
        ASSERT_TRUE(two.alice.receive(letter));
        EXPECT_FALSE(two.alice.last_opened.changed_session);
        ASSERT_TRUE(together(two));
        EXPECT_EQ(two.bob.receive(two.alice.send("not lost")), "not lost");
      }
    }
}

TEST(Succession, a_message_of_an_archived_session_does_not_make_it_younger) {
  // [SES-4-6]: it keeps its place in the archive and its time.
  Two two;
  two.settle();
  const Letter late = two.bob.send("late");
  const EphemeralPublic first = in_use(two.alice);
  for (int i = 0; i < 2; ++i) {
    two.later(std::chrono::milliseconds(10));
    ASSERT_TRUE(two.bob.connect(two.alice));
    ASSERT_TRUE(two.alice.receive(two.bob.send("anew")));
    ASSERT_TRUE(two.bob.receive(two.alice.send("yes")));
  }
  const Peer& alice = *two.alice.peer;
  const Instant archived = alice.archived(1).archived;
  two.later(SessionLimits{}.max_archived_age - std::chrono::milliseconds(11));
  ASSERT_TRUE(two.alice.receive(late));
  ASSERT_EQ(alice.archived_count(), 2U);
  EXPECT_EQ(alice.archived(1).base_key, first);
  EXPECT_EQ(alice.archived(1).archived, archived);
}

TEST(Succession, what_opens_in_the_archive_also_erases_what_is_old) {
  // [SES-6-2]
  Two two;
  Letter late;
  for (int i = 0; i < 3; ++i) {
    two.later(std::chrono::days(14));
    ASSERT_TRUE(two.bob.connect(two.alice, false));
    ASSERT_TRUE(two.alice.receive(two.bob.send("begin")));
    ASSERT_TRUE(two.bob.receive(two.alice.send("yes")));
    if (i == 1) late = two.bob.send("late");
  }
  two.later(std::chrono::days(17));
  ASSERT_EQ(two.alice.peer->archived_count(), 2U);
  const EphemeralPublic kept = two.alice.peer->archived(0).base_key;
  ASSERT_TRUE(two.alice.receive(late));
  ASSERT_EQ(two.alice.peer->archived_count(), 1U);
  EXPECT_EQ(two.alice.peer->archived(0).base_key, kept);
}

TEST(Succession, two_who_begin_at_once_come_together_also_in_lockstep) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Two two({}, seed);
    ASSERT_TRUE(two.alice.connect(two.bob));
    ASSERT_TRUE(two.bob.connect(two.alice));
    for (int round = 0; round < 50; ++round) {
      const Letter a = two.alice.send("a"), b = two.bob.send("b");
      ASSERT_EQ(two.alice.receive(b), "b");
      ASSERT_EQ(two.bob.receive(a), "a");
      if (round < 3) continue;  // Two round trips are four messages of each, in lockstep.
      EXPECT_TRUE(together(two)) << seed << ' ' << round;
      EXPECT_FALSE(two.alice.last_opened.changed_session);
      EXPECT_FALSE(two.bob.last_opened.changed_session);
    }
    EXPECT_EQ(two.alice.send("x").kind, MessageKind::signal);
    EXPECT_EQ(two.bob.send("x").kind, MessageKind::signal);
  }
}

TEST(Succession, of_two_begun_at_once_the_larger_base_key_decides) {
  for (const bool alice_larger : {true, false}) {
    AtOnce two(alice_larger);
    const EphemeralPublic larger = in_use(alice_larger ? two.alice : two.bob);
    Letter a = two.alice.send("a"), b = two.bob.send("b");
    ASSERT_TRUE(two.alice.receive(b));
    ASSERT_TRUE(two.bob.receive(a));
    // Each goes where the other one speaks.
    a = two.alice.send("a");
    b = two.bob.send("b");
    ASSERT_TRUE(two.alice.receive(b));
    EXPECT_TRUE(two.alice.last_opened.changed_session);
    ASSERT_TRUE(two.bob.receive(a));
    EXPECT_TRUE(two.bob.last_opened.changed_session);
    ASSERT_FALSE(together(two));
    // Then one stays.
    Person& stays = alice_larger ? two.alice : two.bob;
    Person& follows = alice_larger ? two.bob : two.alice;
    ASSERT_TRUE(stays.receive(follows.send("mine")));
    EXPECT_FALSE(stays.last_opened.changed_session);
    ASSERT_TRUE(follows.receive(stays.send("no, mine")));
    EXPECT_TRUE(follows.last_opened.changed_session);
    EXPECT_EQ(in_use(two.alice), larger);
    EXPECT_TRUE(together(two));
  }
}

TEST(Succession, who_follows_goes_back_when_the_message_was_late) {
  // Bob, whose key is the smaller, had opened Alice's answer before her first message came: his
  // own session is over for nobody but him. Alice goes there and back, for a message was late.
  AtOnce two(false);
  Person& one = two.alice;  // her key is the smaller: she follows
  Person& other = two.bob;
  const EphemeralPublic mine = in_use(one);
  const Letter first = one.send("first, and late");
  ASSERT_TRUE(one.receive(other.send("b1")));
  ASSERT_TRUE(other.receive(one.send("answer")));
  const Letter late = other.send("late, of the other's session");
  ASSERT_TRUE(other.receive(first));
  ASSERT_EQ(in_use(other), mine);
  ASSERT_TRUE(one.receive(other.send("in yours")));
  EXPECT_EQ(in_use(one), mine);
  ASSERT_TRUE(one.receive(late));
  EXPECT_FALSE(together(two));
  ASSERT_TRUE(one.receive(other.send("in yours again")));
  EXPECT_TRUE(one.last_opened.changed_session);
  EXPECT_TRUE(together(two));
  EXPECT_EQ(one.send("x").kind, MessageKind::signal);
  EXPECT_TRUE(other.receive(one.send("there")));
  EXPECT_TRUE(together(two));
}

TEST(Succession, what_we_begin_ourselves_gives_way_to_a_first_answer_alone) {
  // A settled session, one that Bob never answered, and one that Alice never answered; the new one
  // is answered or not. Only when Bob answers the one that she began for the first time, Alice
  // goes there: her messages may have come to him in this order.
  for (int old = 0; old < 3; ++old)
    for (const bool answered : {true, false}) {
      Two two;
      Person& one = two.alice;
      if (old == 0) two.settle();
      if (old == 1) {
        ASSERT_TRUE(one.connect(two.bob));
        ASSERT_TRUE(two.bob.receive(one.send("first")));
      }
      if (old == 2) {
        ASSERT_TRUE(two.bob.connect(one));
        ASSERT_TRUE(one.receive(two.bob.send("first")));
      }
      const Letter late = two.bob.send("late"), later = two.bob.send("later");
      ASSERT_TRUE(one.connect(two.bob));
      const EphemeralPublic mine = in_use(one);
      if (answered) {
        ASSERT_TRUE(two.bob.receive(one.send("anew")));
        ASSERT_TRUE(one.receive(two.bob.send("yes")));
      }
      for (const Letter* const letter : {&late, &later}) {
        ASSERT_TRUE(one.receive(*letter));
        EXPECT_EQ(one.last_opened.changed_session, old == 1 && letter == &late);
        EXPECT_EQ(in_use(one) != mine, old == 1) << old << answered;
      }
    }
}

TEST(Succession, what_we_began_long_ago_is_not_brought_back_by_an_answer) {
  // To the millisecond. A time that cannot be right ends nothing.
  using std::chrono::milliseconds;
  const milliseconds longest = SessionLimits{}.max_archived_age;
  for (const milliseconds after : {longest - milliseconds(1), longest}) {
    Two two;
    ASSERT_TRUE(two.alice.connect(two.bob));
    ASSERT_TRUE(two.bob.receive(two.alice.send("first")));
    const Letter late = two.bob.send("late");
    two.later(milliseconds(5));
    ASSERT_TRUE(two.alice.connect(two.bob));
    ASSERT_TRUE(two.bob.receive(two.alice.send("anew")));
    ASSERT_TRUE(two.alice.receive(two.bob.send("yes")));
    two.later(after - milliseconds(5));
    ASSERT_TRUE(two.alice.receive(late));
    EXPECT_EQ(two.alice.last_opened.changed_session, after < longest);
  }
}

TEST(Succession, a_peer_that_goes_on_in_the_later_one_is_followed) {
  // Bob answered Alice's session and began his own; the answer comes after it. Alice's base key is
  // the larger, so she waits for him; he does not come, for he began his own later.
  for (std::uint64_t seed = 1;; ++seed) {
    Two two({}, seed);
    ASSERT_TRUE(two.alice.connect(two.bob));
    ASSERT_TRUE(two.bob.receive(two.alice.send("first")));
    const Letter late = two.bob.send("late");
    ASSERT_TRUE(two.bob.connect(two.alice));
    if (!is_larger(in_use(two.alice), in_use(two.bob))) continue;
    ASSERT_TRUE(two.alice.receive(two.bob.send("anew")));
    ASSERT_TRUE(two.alice.receive(late));
    for (std::uint32_t number = 1; number < 8; ++number) {
      ASSERT_TRUE(two.alice.receive(two.bob.send("goes on")));
      ASSERT_FALSE(together(two)) << number;
      ASSERT_TRUE(two.bob.receive(two.alice.send("not lost")));
      ASSERT_FALSE(two.bob.last_opened.changed_session);
    }
    ASSERT_TRUE(two.alice.receive(two.bob.send("the eighth")));
    EXPECT_TRUE(two.alice.last_opened.changed_session);
    EXPECT_TRUE(together(two));
    return;
  }
}

TEST(Succession, a_repetition_of_a_session_that_we_answered_does_not_bring_it_back) {
  Two two;
  ASSERT_TRUE(two.alice.connect(two.bob));
  const Letter first = two.alice.send("first"), late = two.alice.send("late");
  ASSERT_TRUE(two.bob.receive(first));
  two.bob.send("an answer that is lost");
  two.alice.peer->erase_sessions();
  ASSERT_TRUE(two.alice.connect(two.bob));
  ASSERT_TRUE(two.bob.receive(two.alice.send("anew")));
  ASSERT_EQ(late.kind, MessageKind::prekey);
  ASSERT_TRUE(two.bob.receive(late));
  EXPECT_FALSE(two.bob.last_opened.changed_session);
  EXPECT_TRUE(together(two));
}

TEST(Succession, an_established_session_gives_way_to_no_repetition) {
  // The peer got our answer in the later one: it writes there.
  Two two;
  ASSERT_TRUE(two.alice.connect(two.bob));
  const Letter first = two.alice.send("first"), late = two.alice.send("late");
  ASSERT_TRUE(two.bob.receive(first));
  two.alice.peer->erase_sessions();
  ASSERT_TRUE(two.alice.connect(two.bob));
  ASSERT_TRUE(two.bob.receive(two.alice.send("anew")));
  ASSERT_TRUE(two.alice.receive(two.bob.send("yes")));
  ASSERT_TRUE(two.bob.receive(two.alice.send("goes on")));
  ASSERT_TRUE(two.bob.receive(late));
  EXPECT_FALSE(two.bob.last_opened.changed_session);
  EXPECT_TRUE(together(two));
}

/// Alice began, Bob answered; then she lost all that, and began anew, which Bob has heard of.
struct Answered : Two {
  explicit Answered(bool goes_on) {
    EXPECT_TRUE(alice.connect(bob));
    const Letter first = alice.send("first");
    repetition = alice.send("repetition");
    EXPECT_TRUE(bob.receive(first));
    EXPECT_TRUE(alice.receive(bob.send("answer")));
    signal = alice.send("the first after the answer");
    if (goes_on) {
      EXPECT_TRUE(bob.receive(signal));
    }
    alice.peer->erase_sessions();
    EXPECT_TRUE(alice.connect(bob));
    EXPECT_TRUE(bob.receive(alice.send("anew")));
  }
  Letter repetition;
  Letter signal;
};

TEST(Succession, the_first_after_our_answer_does_not_bring_its_session_back) {
  Answered two(false);
  ASSERT_EQ(two.signal.kind, MessageKind::signal);
  ASSERT_TRUE(two.bob.receive(two.signal));
  EXPECT_FALSE(two.bob.last_opened.changed_session);
  EXPECT_TRUE(together(two));
}

TEST(Succession, a_repetition_after_our_answer_came_through_does_not_bring_its_session_back) {
  Answered two(true);
  ASSERT_EQ(two.repetition.kind, MessageKind::prekey);
  ASSERT_TRUE(two.bob.receive(two.repetition));
  EXPECT_FALSE(two.bob.last_opened.changed_session);
  EXPECT_TRUE(together(two));
}

TEST(Succession, an_answer_in_the_archive_counts_as_one) {
  // [SES-4-4], [SES-4-5]: of a session that stays archived as well, for it was begun long ago.
  SessionLimits limits;
  limits.max_unanswered_connects = 2;
  Two two(limits);
  ASSERT_TRUE(two.alice.connect(two.bob));
  ASSERT_TRUE(two.bob.receive(two.alice.send("first")));
  const Letter answer = two.bob.send("answer");
  two.later(limits.max_archived_age);
  ASSERT_TRUE(two.alice.connect(two.bob));
  EXPECT_EQ(testing::error_of(two.alice.connect(two.bob)), Error::exhausted);
  ASSERT_TRUE(two.alice.receive(answer));
  EXPECT_TRUE(two.alice.peer->archived(0).established);
  EXPECT_TRUE(two.alice.peer->current()->pending);
  EXPECT_TRUE(two.alice.peer->proved());
  EXPECT_TRUE(two.alice.connect(two.bob));
}

}  // namespace
}  // namespace sotto::session
