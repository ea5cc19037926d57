// SPDX-License-Identifier: MIT OR Apache-2.0
#include <gtest/gtest.h>

#include "session/test_archive.hpp"

namespace sotto::session {
namespace {

using std::chrono::milliseconds;
using testing::error_of;

SessionLimits at_most(std::uint32_t archived) {
  SessionLimits limits;
  limits.max_archived = archived;
  return limits;
}

TEST(Archive, holds_what_it_may_newest_first) {
  // [SES-6-1] on both sides of the limit; more than 40 is 40.
  for (const std::uint32_t limit : {0U, 1U, 3U, 40U, 41U, 1'000'000U}) {
    const std::size_t most = std::min(limit, 40U);
    Begun begun(at_most(limit));
    std::vector<EphemeralPublic> all;
    for (std::size_t i = 0; i < most + 3; ++i) {
      all.insert(all.begin(), begun.begin());
      const std::size_t kept = std::min(most, i);
      ASSERT_EQ(begun.archived(),
                std::vector<EphemeralPublic>(all.begin() + 1,
                                             all.begin() + 1 + static_cast<std::ptrdiff_t>(kept)))
          << limit << ' ' << i;
    }
  }
}

TEST(Archive, of_nobody_keeps_nothing_of_two_who_begin_at_once) {
  // As `SessionLimits::max_archived` says.
  Two two(at_most(0));
  ASSERT_TRUE(two.alice.connect(two.bob) && two.bob.connect(two.alice));
  const Letter from_alice = two.alice.send("first");
  const Letter from_bob = two.bob.send("first");
  ASSERT_TRUE(two.alice.receive(from_bob) && two.bob.receive(from_alice));
  EXPECT_EQ(error_of(two.bob.receive(two.alice.send("second"))), Error::authentication_failed);
  EXPECT_EQ(error_of(two.alice.receive(two.bob.send("second"))), Error::authentication_failed);
  ASSERT_TRUE(two.alice.connect(two.bob));
  EXPECT_EQ(two.bob.receive(two.alice.send("third")), "third");
  EXPECT_EQ(two.alice.receive(two.bob.send("third")), "third");
}

TEST(Archive, established_sessions_go_last) {
  // [SES-6-1]
  Begun begun(at_most(3));
  const EphemeralPublic a = begun.begin(true);
  const EphemeralPublic b = begun.begin();
  const EphemeralPublic c = begun.begin(true);
  const EphemeralPublic d = begun.begin();
  ASSERT_EQ(begun.archived(), (std::vector{c, b, a}));
  const EphemeralPublic e = begun.begin(true);
  EXPECT_EQ(begun.archived(), (std::vector{d, c, a})) << "the oldest that is not established";
  const EphemeralPublic f = begun.begin();
  EXPECT_EQ(begun.archived(), (std::vector{e, c, a})) << "the only one that is not";
  const EphemeralPublic g = begun.begin(true);
  EXPECT_EQ(begun.archived(), (std::vector{e, c, a})) << "the newest itself, which is not";
  const EphemeralPublic h = begun.begin();
  EXPECT_EQ(begun.archived(), (std::vector{g, e, c})) << "all are: the oldest";
  static_cast<void>(f);
  static_cast<void>(h);
}

TEST(Archive, a_flood_of_sessions_does_not_wash_away_a_real_one) {
  // [SES-6-1]: first messages are cheap, and answers are not in their sender's hand.
  Begun begun(at_most(40));
  const EphemeralPublic real = begun.begin(true);
  const Letter late = begun.bob.send("late");
  for (int i = 0; i < 200; ++i) begun.begin();
  EXPECT_EQ(begun.alice.peer->archived_count(), 40U);
  EXPECT_EQ(begun.archived().back(), real);
  EXPECT_EQ(begun.alice.receive(late), "late");
}

TEST(Archive, ages_to_the_millisecond) {
  // [SES-6-2]
  for (const milliseconds age : {milliseconds(std::chrono::days(30)), milliseconds(2)}) {
    SessionLimits limits;
    limits.max_archived_age = age;
    for (const bool by_connect : {false, true}) {
      Begun begun(limits);
      const EphemeralPublic first = begun.begin();
      const EphemeralPublic second = begun.begin();
      const auto touch = [&] {
        if (by_connect)
          EXPECT_TRUE(begun.alice.connect(begun.bob, false));
        else
          EXPECT_TRUE(begun.alice.receive(begun.bob.send("touch")));
      };
      begun.later(age - milliseconds(1));
      touch();
      EXPECT_EQ(begun.archived().back(), first);
      begun.later(milliseconds(1));
      EXPECT_EQ(begun.archived().back(), first) << "time alone changes nothing";
      touch();
      if (by_connect)
        EXPECT_EQ(begun.archived().back(), second) << "that one was archived a millisecond ago";
      else
        EXPECT_EQ(begun.archived().size(), 0U);
    }
  }
}

TEST(Archive, failures_and_sending_age_nothing) {
  // [SES-6-2] is of what succeeds [SES-1-1], and not of encrypting.
  SessionLimits limits;
  limits.max_archived_age = milliseconds(10);
  Begun begun(limits);
  begun.begin();
  begun.begin();
  begun.later(milliseconds(10));
  Letter forged = begun.bob.send("forged");
  forged.bytes.back() ^= 1;
  EXPECT_FALSE(begun.alice.receive(forged));
  EXPECT_EQ(error_of(begun.alice.connect(begun.alice.bundle(), {})), Error::own_identity);
  EXPECT_TRUE(begun.alice.try_send("a"));
  EXPECT_EQ(begun.alice.peer->archived_count(), 1U);
}

TEST(Archive, one_old_session_goes_at_a_time) {
  // [SES-6-2]: the last of the list first, and what is old is not tried for that [SES-4-6].
  Aging aging;
  aging.later(milliseconds(100));
  aging.touch();
  EXPECT_EQ(aging.archived(), (std::vector{aging.second}));
  aging.touch();
  EXPECT_EQ(aging.archived().size(), 0U);
}

TEST(Archive, each_goes_by_its_own_time_not_by_its_place) {
  // [SES-6-2]: the list is in the order of archiving, by whatever clock.
  SessionLimits limits;
  limits.max_archived_age = milliseconds(100);
  Begun begun(limits);
  const EphemeralPublic first = begun.begin(true);
  begun.later(milliseconds(50));
  begun.begin(true);  // archives the first at 50
  begun.later(milliseconds(-50));
  ASSERT_TRUE(begun.bob.connect(begun.alice, false));
  ASSERT_TRUE(begun.alice.receive(begun.bob.send("begin")));  // archives the second at 0
  ASSERT_EQ(begun.archived().size(), 2U);
  begun.later(milliseconds(100));
  ASSERT_TRUE(begun.bob.receive(begun.alice.send("answer")));
  ASSERT_TRUE(begun.alice.receive(begun.bob.send("touch")));
  EXPECT_EQ(begun.archived(), (std::vector{first}));
}

TEST(Archive, old_ones_go_before_the_new_one_comes) {
  // [SES-6-2]: so that no place is taken from one that may stay.
  SessionLimits limits = at_most(2);
  limits.max_archived_age = milliseconds(100);
  Begun begun(limits);
  begun.begin(true);
  const EphemeralPublic young = begun.begin();
  begun.later(milliseconds(50));
  const EphemeralPublic younger = begun.begin();
  ASSERT_EQ(begun.archived().size(), 2U);
  ASSERT_EQ(begun.archived().front(), young);
  begun.later(milliseconds(50));
  begun.begin();
  EXPECT_EQ(begun.archived(), (std::vector{younger, young}))
      << "the established one was old, so the unestablished one stays";
}

TEST(Archive, an_old_one_is_not_tried_though_it_is_still_there) {
  // [SES-4-6]: to the millisecond; with the clock set back it opens again, for nothing erased it.
  SessionLimits limits;
  limits.max_archived_age = milliseconds(100);
  Begun begun(limits);
  const EphemeralPublic first = begun.begin();
  const Letter late = begun.bob.send("late");
  begun.begin();
  begun.later(milliseconds(100));
  EXPECT_EQ(error_of(begun.alice.receive(late)), Error::no_session);
  EXPECT_EQ(begun.alice.peer->archived_count(), 1U);
  begun.later(milliseconds(-1));
  ASSERT_EQ(begun.alice.receive(late), "late");
  EXPECT_EQ(begun.archived(), (std::vector{first}));
}

/// Jump over `count` of Bob's messages in his current session with Alice.
void skip(Begun& begun, std::size_t count) {
  Buffer out(200);
  for (; count > 0; --count)
    ASSERT_TRUE(begun.bob.peer->encrypt(begun.bob.self(), out, Buffer{'x'}, begun.bob.prekeys,
                                        begun.bob.now));
  ASSERT_TRUE(begun.alice.receive(begun.bob.send("jump")));
}
std::size_t kept(const Session& session) {
  return session.ratchet->skipped_keys();
}

TEST(Archive, skipped_keys_of_all_sessions_have_one_limit) {
  // [SES-6-3] on both sides: of the oldest archived session first, the current last.
  SessionLimits limits;
  limits.max_skipped_total = 10;
  Begun begun(limits);
  const Peer& alice = *begun.alice.peer;
  begun.begin();
  skip(begun, 4);
  begun.begin();
  skip(begun, 3);
  begun.begin();
  skip(begun, 3);
  EXPECT_EQ(alice.info({}).skipped_keys, 10U) << "at the limit all stay";
  ASSERT_EQ(alice.archived_count(), 2U);
  EXPECT_EQ(kept(alice.archived(1)), 4U);

  skip(begun, 1);
  EXPECT_EQ(alice.info({}).skipped_keys, 10U);
  EXPECT_EQ(kept(alice.archived(1)), 3U) << "the oldest session pays";
  skip(begun, 5);
  EXPECT_EQ(kept(alice.archived(1)), 0U);
  EXPECT_EQ(kept(alice.archived(0)), 1U) << "then the next";
  EXPECT_EQ(kept(*alice.current()), 9U);
  skip(begun, 7);
  EXPECT_EQ(kept(alice.archived(0)), 0U);
  EXPECT_EQ(kept(*alice.current()), 10U) << "the current one last";
}

TEST(Archive, in_each_session_the_oldest_key_goes_first) {
  // [SES-6-3]
  SessionLimits limits;
  limits.max_skipped_total = 3;
  Begun begun(limits);
  begun.begin(true);
  std::vector<Letter> late;
  for (int i = 0; i < 3; ++i) late.push_back(begun.bob.send("late"));
  ASSERT_TRUE(begun.alice.receive(begun.bob.send("jump")));
  ASSERT_TRUE(begun.bob.receive(begun.alice.send("turn")));
  late.push_back(begun.bob.send("late"));
  ASSERT_TRUE(begun.alice.receive(begun.bob.send("jump in a new chain")));
  EXPECT_EQ(error_of(begun.alice.receive(late[0])), Error::replayed);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(begun.alice.receive(late[i]), "late") << i;
}

TEST(Archive, default_limits_of_skipped_keys) {
  // 2,000 in a chain and 10,000 in a session [DR-3.2-2, DR-6.4-1], 20,000 in all [SES-6-3].
  Begun begun;
  const Peer& alice = *begun.alice.peer;
  for (int session = 0; session < 3; ++session) {
    begun.begin(true);
    for (int chain = 0; chain < 5; ++chain) {
      skip(begun, chain == 0 ? 2'001 : 2'000);
      if (session < 2) {
        EXPECT_EQ(alice.info({}).skipped_keys,
                  static_cast<std::size_t>(session * 10'000 + (chain + 1) * 2'000));
      }
      ASSERT_TRUE(begun.bob.receive(begun.alice.send("turn")));
      if (session == 2) break;
    }
  }
  EXPECT_EQ(alice.info({}).skipped_keys, 20'000U);
  EXPECT_EQ(kept(alice.archived(1)), 8'000U);
  EXPECT_EQ(kept(alice.archived(0)), 10'000U);
  EXPECT_EQ(kept(*alice.current()), 2'000U);
}

TEST(Archive, a_negative_age_is_none) {
  // [SES-6-2]
  SessionLimits limits;
  limits.max_archived_age = milliseconds(-5);
  limits.max_unacknowledged_age = milliseconds(-5);
  Begun begun(limits);
  EXPECT_EQ(begun.alice.peer->limits().max_archived_age, milliseconds(0));
  EXPECT_EQ(begun.alice.peer->limits().max_unacknowledged_age, milliseconds(0));
  begun.begin();
  begun.begin();
  EXPECT_EQ(begun.alice.peer->archived_count(), 1U);
  ASSERT_TRUE(begun.alice.receive(begun.bob.send("touch")));
  EXPECT_EQ(begun.alice.peer->archived_count(), 0U) << "no age at all is reached at once";
}

}  // namespace
}  // namespace sotto::session
