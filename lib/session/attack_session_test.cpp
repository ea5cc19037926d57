// SPDX-License-Identifier: MIT OR Apache-2.0
/// What an attacker does to the sessions of a device. `Person` checks, on every refusal, that no
/// bit of the state changed and that no plaintext was left.
#include <gtest/gtest.h>

#include "session/test_peers.hpp"
#include "testing/error_of.hpp"

namespace sotto::session {
namespace {

using std::chrono::milliseconds;
using testing::error_of;

Letter flipped(Letter letter, std::size_t from_end, unsigned mask = 1) {
  letter.bytes.at(letter.bytes.size() - from_end) ^= static_cast<std::uint8_t>(mask);
  return letter;
}

TEST(Attack, attack_H03_uks_initiator_name) {
  // Alice is known to Bob; her first message comes under Charlie's name, of whom he knows nothing.
  Two two;
  ASSERT_TRUE(two.alice.connect(two.bob));
  const Letter first = two.alice.send("hello");
  two.bob.prekeys.others.push_back(two.alice.identity.public_key());
  EXPECT_EQ(error_of(two.bob.receive(first)), Error::identity_in_use);
  EXPECT_FALSE(two.bob.peer->identity());
  EXPECT_EQ(two.bob.peer->current(), nullptr);
  // A known limit, pinned: of an identity that nobody has, the name cannot be told.
  two.bob.prekeys.others.clear();
  EXPECT_EQ(two.bob.receive(first), "hello");
}

TEST(Attack, attack_H02_identity_misbinding_of_a_name_in_use) {
  // Charlie publishes Bob's bundle as his own.
  Two two;
  two.alice.prekeys.others.push_back(two.bob.identity.public_key());
  EXPECT_EQ(error_of(two.alice.connect(two.bob)), Error::identity_in_use);
}

TEST(Attack, attack_H15_initial_replay_no_opk) {
  SessionLimits limits;
  limits.max_archived = 1;
  Two two(limits);
  ASSERT_TRUE(two.alice.connect(two.bob, false));
  const Letter first = two.alice.send("pay 10");
  ASSERT_EQ(two.bob.receive(first), "pay 10");
  EXPECT_EQ(error_of(two.bob.receive(first)), Error::replayed) << "while its session is current";
  // Two newer sessions push it out of the archive; the prekey remembers.
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(two.alice.connect(two.bob, false));
    ASSERT_EQ(two.bob.receive(two.alice.send("again")), "again");
  }
  EXPECT_EQ(two.bob.peer->archived_count(), 1U);
  EXPECT_EQ(error_of(two.bob.receive(first)), Error::replayed) << "when its session is gone";
  two.bob.peer->erase_sessions();
  EXPECT_EQ(error_of(two.bob.receive(first)), Error::replayed) << "when all are";
}

TEST(Attack, attack_H16_opk_reuse) {
  Two two;
  const VerifiedBundle bundle = two.bob.bundle(true);
  Person mallory(9);
  ASSERT_TRUE(two.alice.connect(bundle, two.bob.registration));
  ASSERT_TRUE(mallory.connect(bundle, two.bob.registration));
  ASSERT_EQ(two.bob.receive(two.alice.send("first")), "first");
  EXPECT_TRUE(two.bob.last_consumed->one_time);
  // Another name's view of the same device: a peer of its own, the prekeys are Bob's.
  const auto peer_of_alice = std::exchange(two.bob.peer, std::make_unique<Peer>(SessionLimits{}));
  EXPECT_EQ(error_of(two.bob.receive(mallory.send("second"))), Error::unknown_prekey);
}

TEST(Attack, attack_H21_stale_bundle_rollback) {
  Two two;
  const VerifiedBundle old = two.bob.bundle();
  ASSERT_TRUE(two.alice.connect(two.bob));
  two.bob.rotate();
  ASSERT_TRUE(two.alice.connect(two.bob));
  EXPECT_EQ(error_of(two.alice.connect(old, two.bob.registration)), Error::stale_bundle);
  EXPECT_TRUE(two.alice.connect(two.bob));
}

// Pinned: bundles have no order of their own, so one that was not seen here is taken for the
// newest.
TEST(Attack, attack_H21_stale_bundle_rollback_to_one_that_was_not_seen) {
  Two two;
  const VerifiedBundle never_seen = two.bob.bundle();
  two.bob.rotate();
  const VerifiedBundle newest = two.bob.bundle();
  ASSERT_TRUE(two.alice.connect(newest, two.bob.registration));
  ASSERT_TRUE(two.alice.connect(never_seen, two.bob.registration));
  EXPECT_EQ(error_of(two.alice.connect(newest, two.bob.registration)), Error::stale_bundle);
  EXPECT_TRUE(two.alice.connect(never_seen, two.bob.registration)) << "fetched again, the same";
  two.bob.rotate();
  EXPECT_TRUE(two.alice.connect(two.bob)) << "it ends with the next signed prekey";
  EXPECT_EQ(error_of(two.alice.connect(never_seen, two.bob.registration)), Error::stale_bundle);
}

TEST(Attack, attack_H23_suite_downgrade) {
  Two two;
  ASSERT_TRUE(two.alice.connect(two.bob));
  const Letter first = two.alice.send("hello");
  for (unsigned byte = 0; byte < 256; ++byte) {
    Letter altered = first;
    if (byte == altered.bytes[0]) continue;
    altered.bytes[0] = static_cast<std::uint8_t>(byte);
    // The outer byte alone: the versions inside and outside must be one; its low half says nothing.
    if (byte >> 4 != 3) {
      EXPECT_FALSE(two.bob.receive(altered)) << byte;
    }
  }
  ASSERT_EQ(two.bob.receive(first), "hello");
  ASSERT_EQ(two.alice.receive(two.bob.send("hi")), "hi");
  const Letter message = two.alice.send("signal");
  for (unsigned byte = 0; byte < 256; ++byte) {
    Letter altered = message;
    if (byte == altered.bytes[0]) continue;
    altered.bytes[0] = static_cast<std::uint8_t>(byte);
    EXPECT_EQ(error_of(two.bob.receive(altered)),
              byte >> 4 == 3 ? Error::authentication_failed : Error::unsupported_version)
        << byte;
  }
  EXPECT_EQ(two.bob.receive(message), "signal");
}

TEST(Attack, attack_R03_skip_aggregate_over_all_sessions) {
  SessionLimits limits;
  limits.max_skipped_total = 30;
  Two two(limits);
  for (int session = 0; session < 5; ++session) {
    ASSERT_TRUE(two.alice.connect(two.bob, false));
    for (int i = 0; i < 10; ++i) two.alice.send("lost");
    ASSERT_EQ(two.bob.receive(two.alice.send("here")), "here");
    ASSERT_LE(two.bob.peer->info({}).skipped_keys, 30U);
  }
  EXPECT_EQ(two.bob.peer->info({}).skipped_keys, 30U);
}

TEST(Attack, attack_R04_skip_cpu_over_all_sessions) {
  // A forged message of a new ratchet key is tried on each session. The steps of all trials
  // together stay within four times the limit of one: with 12 sessions and a limit of 2, a counter
  // of 1 costs 8 trials one step each, and the ninth is not worked for.
  SessionLimits limits;
  limits.ratchet.max_forward_jump = 2;
  Two two(limits);
  std::vector<Letter> late;
  for (int session = 0; session < 12; ++session) {
    ASSERT_TRUE(two.alice.connect(two.bob, false));
    ASSERT_EQ(two.bob.receive(two.alice.send("here")), "here");
    ASSERT_EQ(two.alice.receive(two.bob.send("back")), "back");
    // A turn that Bob has not seen: a new ratchet key, at its second message.
    two.alice.send("lost");
    late.push_back(two.alice.send("late"));
  }
  const auto newest = two.bob.receive(flipped(late.back(), 1));
  EXPECT_EQ(error_of(newest), Error::too_far_ahead)
      << "the trials' steps were not counted together";
  // The genuine ones open where the steps reach: the oldest session is beyond them.
  EXPECT_EQ(error_of(two.bob.receive(late.front())), Error::too_far_ahead);
  EXPECT_EQ(two.bob.receive(late[5]), "late");
}

TEST(Attack, attack_S01_clobber_by_bad_prekey) {
  Two two;
  two.settle();
  Person mallory(9);
  // Mallory under Alice's name, Alice's own first message altered, and one with her identity on it.
  ASSERT_TRUE(mallory.connect(two.bob));
  EXPECT_EQ(error_of(two.bob.receive(mallory.send("I am Alice"))), Error::identity_changed);
  ASSERT_TRUE(two.alice.connect(two.bob));
  Letter genuine = two.alice.send("new session");
  int opened = 0;
  for (std::size_t i = 1; i <= genuine.bytes.size(); ++i)
    for (const unsigned mask : {1U, 0x80U}) {
      const auto outcome = two.bob.receive(flipped(genuine, i, mask));
      if (!outcome) continue;
      // The registration id and the outer version's low half are in no MAC (threat model, 17).
      EXPECT_EQ(outcome, "new session");
      ++opened;
      ASSERT_TRUE(two.alice.connect(two.bob, false));
      genuine = two.alice.send("new session");
    }
  EXPECT_LE(opened, 6);
  ASSERT_EQ(two.bob.receive(genuine), "new session");
}

TEST(Attack, attack_S02_simultaneous_init) {
  // Whatever is lost of the two first messages, and in whatever order they come.
  for (int losses = 0; losses < 4; ++losses) {
    Two two;
    ASSERT_TRUE(two.alice.connect(two.bob));
    ASSERT_TRUE(two.bob.connect(two.alice));
    const Letter a = two.alice.send("a"), b = two.bob.send("b");
    if ((losses & 1) == 0) {
      ASSERT_EQ(two.bob.receive(a), "a");
    }
    if ((losses & 2) == 0) {
      ASSERT_EQ(two.alice.receive(b), "b");
    }
    for (int trip = 0; trip < 2; ++trip) {
      ASSERT_EQ(two.bob.receive(two.alice.send("there")), "there");
      ASSERT_EQ(two.alice.receive(two.bob.send("back")), "back");
    }
    EXPECT_EQ(two.alice.peer->current()->base_key, two.bob.peer->current()->base_key) << losses;
    EXPECT_EQ(two.alice.send("x").kind, MessageKind::signal);
    EXPECT_EQ(two.bob.send("x").kind, MessageKind::signal);
  }
  // Both speak at once in every round, whichever base key is the larger.
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    Two two({}, seed);
    ASSERT_TRUE(two.alice.connect(two.bob));
    ASSERT_TRUE(two.bob.connect(two.alice));
    for (int trip = 0; trip < 4; ++trip) {
      const Letter a = two.alice.send("a"), b = two.bob.send("b");
      ASSERT_EQ(two.alice.receive(b), "b");
      ASSERT_EQ(two.bob.receive(a), "a");
    }
    EXPECT_EQ(two.alice.peer->current()->base_key, two.bob.peer->current()->base_key) << seed;
  }
}

TEST(Attack, attack_S03_session_flood) {
  SessionLimits limits;
  limits.max_unanswered_connects = 1000;
  Two two(limits);
  two.settle();
  two.alice.send("lost");
  ASSERT_EQ(two.bob.receive(two.alice.send("established")), "established");
  const Letter late = two.alice.send("late");
  const EphemeralPublic in_use = two.bob.peer->current()->base_key;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(two.alice.connect(two.bob, false));
    ASSERT_EQ(two.bob.receive(two.alice.send("flood")), "flood");
    ASSERT_LE(two.bob.peer->archived_count(), most_archived);
  }
  EXPECT_EQ(two.bob.peer->archived_count(), most_archived);
  EXPECT_EQ(two.bob.peer->archived(most_archived - 1).base_key, in_use);
  EXPECT_EQ(two.bob.receive(late), "late");
}

TEST(Attack, attack_S04_archived_clone_pcs) {
  // What a thief took of the first session lets him speak in it, until its age is over: to the
  // millisecond, whether or not anything has erased it.
  for (const bool in_time : {true, false}) {
    Two two;
    two.settle();
    const Letter stolen = two.alice.send("from the stolen session");
    ASSERT_TRUE(two.alice.connect(two.bob));
    ASSERT_EQ(two.bob.receive(two.alice.send("new session")), "new session");
    two.later(SessionLimits{}.max_archived_age - milliseconds(in_time ? 1 : 0));
    if (in_time)
      EXPECT_EQ(two.bob.receive(stolen), "from the stolen session");
    else
      EXPECT_EQ(error_of(two.bob.receive(stolen)), Error::no_session);
    ASSERT_TRUE(two.bob.receive(two.alice.send("goes on")));
    EXPECT_EQ(two.bob.peer->archived_count(), in_time ? 1U : 0U);
  }
}

TEST(Attack, attack_S05_unacked_expiry) {
  Two two;
  ASSERT_TRUE(two.alice.connect(two.bob));
  two.later(SessionLimits{}.max_unacknowledged_age);
  ASSERT_TRUE(two.alice.try_send("still"));
  two.later(milliseconds(1));
  EXPECT_EQ(error_of(two.alice.try_send("no more")), Error::no_session);
  EXPECT_FALSE(two.alice.peer->info(two.alice.now).can_send);
  ASSERT_TRUE(two.alice.connect(two.bob));
  EXPECT_TRUE(two.alice.try_send("anew"));
}

TEST(Attack, attack_S06_identity_change) {
  Two two;
  two.settle();
  Person new_bob(50);
  EXPECT_EQ(error_of(two.alice.connect(new_bob)), Error::identity_changed);
  ASSERT_TRUE(new_bob.connect(two.alice));
  const Letter first = new_bob.send("new telephone");
  EXPECT_EQ(error_of(two.alice.receive(first)), Error::identity_changed);
  // The old session goes on until the user has decided; then only the new one counts.
  EXPECT_EQ(two.alice.receive(two.bob.send("old")), "old");
  const Letter late = two.bob.send("late");
  ASSERT_TRUE(two.alice.peer->accept_identity(two.alice.self(), new_bob.identity.public_key(),
                                              two.alice.prekeys));
  EXPECT_EQ(error_of(two.alice.receive(late)), Error::no_session);
  EXPECT_EQ(two.alice.receive(first), "new telephone");
  EXPECT_EQ(two.alice.last_opened.identity, new_bob.identity.public_key());
}

TEST(Attack, attack_S09_heal_rate_limit) {
  SessionLimits limits;
  limits.max_unanswered_connects = 5;
  Two two(limits);
  two.settle();
  int connects = 0;
  while (two.alice.connect(two.bob) && connects < 100) ++connects;
  EXPECT_EQ(connects, 5);
  EXPECT_EQ(error_of(two.alice.connect(two.bob)), Error::exhausted);
  // An answer clears it.
  ASSERT_EQ(two.bob.receive(two.alice.send("x")), "x");
  ASSERT_EQ(two.alice.receive(two.bob.send("y")), "y");
  EXPECT_TRUE(two.alice.connect(two.bob));
}

}  // namespace
}  // namespace sotto::session
