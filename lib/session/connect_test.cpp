// SPDX-License-Identifier: MIT OR Apache-2.0
#include <gtest/gtest.h>

#include "session/test_peers.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

TEST(Connect, draws_the_base_key_then_the_ratchet_key) {
  // [SES-2-2]
  Two two;
  testing::TapeEntropy tape = two.alice.tape;
  ASSERT_TRUE(two.alice.connect(two.bob));
  EXPECT_EQ(two.alice.peer->current()->base_key, EphemeralKeyPair::generate(tape)->public_key());
  EXPECT_EQ(two.alice.peer->current()->ratchet->next_header().dh,
            RatchetKeyPair::generate(tape)->public_key());
  EXPECT_EQ(two.alice.tape.drawn(), tape.drawn());
}

TEST(Connect, makes_the_current_session) {
  // [SES-2-3]
  Two two;
  ASSERT_TRUE(two.alice.connect(two.bob));
  const Peer& peer = *two.alice.peer;
  EXPECT_EQ(peer.identity(), two.bob.identity.public_key());
  ASSERT_TRUE(peer.current());
  EXPECT_TRUE(peer.current()->pending);
  EXPECT_FALSE(peer.current()->established);
  EXPECT_EQ(peer.current()->created, two.alice.now);
  EXPECT_EQ(peer.current()->registration, two.bob.registration);
  EXPECT_EQ(peer.archived_count(), 0U);
  const SessionInfo info = peer.info(two.alice.now);
  EXPECT_TRUE(info.can_send);
  EXPECT_FALSE(info.acknowledged);
  EXPECT_EQ(info.version, 3);
  EXPECT_EQ(info.registration, two.bob.registration);
  EXPECT_EQ(info.epoch, 1U);

  const EphemeralPublic first = peer.current()->base_key;
  two.later(std::chrono::milliseconds(5));
  ASSERT_TRUE(two.alice.connect(two.bob));
  EXPECT_NE(peer.current()->base_key, first);
  ASSERT_EQ(peer.archived_count(), 1U);
  EXPECT_EQ(peer.archived(0).base_key, first);
  EXPECT_EQ(peer.archived(0).archived, two.alice.now);
  EXPECT_TRUE(peer.archived(0).pending);
  EXPECT_NE(peer.archived(0).id, peer.current()->id);
}

TEST(Connect, nothing_is_known_before) {
  Two two;
  const SessionInfo info = two.alice.peer->info(two.alice.now);
  EXPECT_FALSE(info.can_send);
  EXPECT_FALSE(info.acknowledged);
  EXPECT_EQ(info.version, 0);
  EXPECT_EQ(info.archived, 0U);
  EXPECT_EQ(info.epoch, 0U);
  EXPECT_FALSE(two.alice.peer->identity());
}

TEST(Connect, refuses_in_one_order) {
  // [SES-2-1], and that nothing is drawn then [SES-2-2]: `Person::connect` looks.
  SessionLimits limits;
  limits.max_unanswered_connects = 2;
  Two two(limits);
  Person carol(77);
  Person& alice = two.alice;
  const VerifiedBundle own = alice.bundle();
  const VerifiedBundle old = two.bob.bundle();

  EXPECT_EQ(error_of(alice.connect(own, {})), Error::own_identity);
  alice.prekeys.others = {carol.identity.public_key(), alice.identity.public_key()};
  EXPECT_EQ(error_of(alice.connect(own, {})), Error::own_identity) << "before identity_in_use";
  EXPECT_EQ(error_of(alice.connect(carol)), Error::identity_in_use);  // [SES-1-3]
  EXPECT_FALSE(alice.peer->identity());

  ASSERT_TRUE(alice.connect(two.bob));
  EXPECT_EQ(error_of(alice.connect(own, {})), Error::own_identity) << "before identity_changed";
  EXPECT_EQ(error_of(alice.connect(carol)), Error::identity_changed) << "before identity_in_use";

  two.bob.rotate();
  ASSERT_TRUE(alice.connect(two.bob));
  EXPECT_EQ(error_of(alice.connect(old, {})), Error::stale_bundle) << "before exhausted";
  EXPECT_EQ(error_of(alice.connect(two.bob)), Error::exhausted);
  EXPECT_EQ(error_of(alice.connect(carol)), Error::identity_changed) << "before exhausted";
}

TEST(Connect, a_failing_source_of_randomness_leaves_nothing) {
  // [SES-1-1]
  for (const std::size_t calls : {0U, 1U}) {
    Two two;
    testing::FailingEntropy failing(calls);
    const Buffer before = state_of(*two.alice.peer);
    EXPECT_EQ(error_of(two.alice.peer->connect(two.alice.self(), {}, two.bob.bundle(),
                                               two.alice.prekeys, failing, two.alice.now)),
              Error::entropy_failed);
    EXPECT_EQ(state_of(*two.alice.peer), before);
    EXPECT_FALSE(two.alice.peer->identity());
  }
}

TEST(Connect, unanswered_ones_are_counted_until_an_answer) {
  // [SES-2-1, SES-2-3], and the count's end [SES-4-4].
  Two two;
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(two.alice.connect(two.bob, false)) << i;
  EXPECT_EQ(error_of(two.alice.connect(two.bob, false)), Error::exhausted);
  ASSERT_TRUE(two.bob.receive(two.alice.send("hello")));
  ASSERT_TRUE(two.alice.receive(two.bob.send("hello")));
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(two.alice.connect(two.bob, false)) << i;
  EXPECT_EQ(error_of(two.alice.connect(two.bob, false)), Error::exhausted);

  // A session that the peer begins is an answer too [SES-5-4].
  ASSERT_TRUE(two.bob.connect(two.alice));
  ASSERT_TRUE(two.alice.receive(two.bob.send("hello")));
  EXPECT_TRUE(two.alice.connect(two.bob, false));
}

TEST(Connect, unanswered_ones_are_counted_anew_after_all_sessions_were_erased) {
  // [SES-7-6]
  SessionLimits limits;
  limits.max_unanswered_connects = 2;
  Two two(limits);
  for (int times = 0; times < 3; ++times) {
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(two.alice.connect(two.bob, false)) << i;
    ASSERT_EQ(error_of(two.alice.connect(two.bob, false)), Error::exhausted);
    two.alice.peer->erase_sessions();
  }
  // What a bundle showed is remembered all the same.
  const VerifiedBundle old = two.bob.bundle(false);
  two.bob.rotate();
  ASSERT_TRUE(two.alice.connect(two.bob, false));
  EXPECT_EQ(error_of(two.alice.connect(old, {})), Error::stale_bundle);
}

TEST(Connect, remembers_nine_signed_prekeys) {
  // [SES-2-4]
  Two two;
  std::vector<VerifiedBundle> bundles;
  for (int i = 0; i < 10; ++i) {
    bundles.push_back(two.bob.bundle(false));
    ASSERT_TRUE(two.alice.connect(bundles.back(), {}));
    ASSERT_TRUE(two.alice.connect(bundles.back(), {})) << "the newest may come again";
    two.bob.rotate();
  }
  for (int i = 1; i < 9; ++i)
    EXPECT_EQ(error_of(two.alice.connect(bundles[static_cast<std::size_t>(i)], {})),
              Error::stale_bundle)
        << i;
  EXPECT_TRUE(two.alice.connect(bundles[9], {}));
  EXPECT_TRUE(two.alice.connect(bundles[0], {})) << "the tenth from the newest is forgotten";
  EXPECT_EQ(error_of(two.alice.connect(bundles[9], {})), Error::stale_bundle);
}

TEST(Connect, one_signed_prekey_seen_fills_one_place) {
  // [SES-2-4]: different ones are counted, not connects.
  Two two;
  const VerifiedBundle first = two.bob.bundle(false);
  ASSERT_TRUE(two.alice.connect(first, {}));
  two.bob.rotate();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(two.alice.connect(two.bob, false));
  EXPECT_EQ(error_of(two.alice.connect(first, {})), Error::stale_bundle);
}

TEST(Connect, no_id_comes_twice) {
  Two two;
  two.settle();
  std::uint32_t highest = two.alice.peer->current()->id;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(two.alice.connect(two.bob, false));
    EXPECT_GT(two.alice.peer->current()->id, highest) << "an id is never used twice";
    highest = two.alice.peer->current()->id;
  }
  two.alice.peer->erase_sessions();
  ASSERT_TRUE(two.alice.connect(two.bob, false));
  EXPECT_GT(two.alice.peer->current()->id, highest);
}

TEST(Connect, ids_come_to_an_end) {
  // An id is never used twice: after the last one no session begins, by whomever.
  Two two;
  const Buffer fresh = state_of(*two.alice.peer);
  Buffer record = fresh;
  for (const std::size_t i : {9U, 10U, 11U}) record[i] = 0xff;  // next_session
  record[12] = 0xfe;
  auto index = PeerRecord::read_peer(record, {});
  ASSERT_TRUE(index);
  two.alice.peer = std::move(index->peer);
  ASSERT_TRUE(two.alice.connect(two.bob));
  EXPECT_EQ(error_of(two.alice.connect(two.bob)), Error::exhausted);
  ASSERT_TRUE(two.bob.receive(two.alice.send("the last one")));
  ASSERT_TRUE(two.alice.receive(two.bob.send("goes on")));
  ASSERT_TRUE(two.bob.connect(two.alice));
  EXPECT_EQ(error_of(two.alice.receive(two.bob.send("another"))), Error::exhausted);
}

}  // namespace
}  // namespace sotto::session
