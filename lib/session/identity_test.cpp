// SPDX-License-Identifier: MIT OR Apache-2.0
#include <gtest/gtest.h>

#include "session/test_peers.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

std::optional<Error> accept(Person& who, const IdentityPublic& identity) {
  const Buffer before = state_of(*who.peer);
  const auto done = who.peer->accept_identity(who.self(), identity, who.prekeys);
  if (!done) {
    EXPECT_EQ(state_of(*who.peer), before);
  }
  return error_of(done);
}

TEST(Identity, of_nobody_is_accepted) {
  Two two;
  EXPECT_EQ(accept(two.alice, two.bob.identity.public_key()), std::nullopt);
  EXPECT_EQ(two.alice.peer->identity(), two.bob.identity.public_key());
  EXPECT_EQ(two.alice.peer->info({}).epoch, 1U);
  two.settle();
  EXPECT_FALSE(two.bob.last_opened.identity == two.bob.identity.public_key());
}

TEST(Identity, accepted_before_is_not_first_when_met) {
  Two two;
  ASSERT_EQ(accept(two.bob, two.alice.identity.public_key()), std::nullopt);
  ASSERT_TRUE(two.alice.connect(two.bob));
  ASSERT_TRUE(two.bob.receive(two.alice.send("a")));
  EXPECT_TRUE(two.bob.last_opened.began_session);
  EXPECT_FALSE(two.bob.last_opened.first_identity);
}

TEST(Identity, the_same_again_changes_nothing) {
  // [SES-7-1]
  Two two;
  two.settle();
  const Buffer before = state_of(*two.alice.peer);
  EXPECT_EQ(accept(two.alice, two.bob.identity.public_key()), std::nullopt);
  EXPECT_EQ(state_of(*two.alice.peer), before) << "not even the epoch";
  EXPECT_EQ(two.bob.receive(two.alice.send("a")), "a");
}

TEST(Identity, another_erases_all_sessions) {
  // [SES-7-1, SES-1-2]
  Two two;
  Person carol(77);
  two.settle();
  ASSERT_TRUE(two.alice.connect(two.bob));
  const Letter late = two.bob.send("late");
  const VerifiedBundle old = two.bob.bundle(false);
  two.bob.rotate();
  ASSERT_TRUE(two.alice.connect(two.bob, false));
  const std::uint64_t epoch = two.alice.peer->info({}).epoch;

  EXPECT_EQ(accept(two.alice, carol.identity.public_key()), std::nullopt);
  EXPECT_EQ(two.alice.peer->identity(), carol.identity.public_key());
  EXPECT_EQ(two.alice.peer->info({}).epoch, epoch + 1);
  EXPECT_FALSE(two.alice.peer->current());
  EXPECT_EQ(two.alice.peer->archived_count(), 0U);
  EXPECT_EQ(error_of(two.alice.try_send("a")), Error::no_session);
  EXPECT_EQ(error_of(two.alice.receive(late)), Error::no_session);
  EXPECT_EQ(error_of(two.alice.connect(two.bob)), Error::identity_changed);

  // And back: the signed prekeys seen are forgotten.
  EXPECT_EQ(accept(two.alice, two.bob.identity.public_key()), std::nullopt);
  EXPECT_TRUE(two.alice.connect(old, {}));
}

TEST(Identity, another_may_be_connected_to_at_once) {
  // [SES-7-1]: connects that the one before never answered do not count against the new one.
  SessionLimits limits;
  limits.max_unanswered_connects = 1;
  Two two(limits);
  Person carol(77);
  ASSERT_TRUE(two.alice.connect(two.bob));
  ASSERT_EQ(error_of(two.alice.connect(two.bob)), Error::exhausted);
  ASSERT_EQ(accept(two.alice, carol.identity.public_key()), std::nullopt);
  EXPECT_TRUE(two.alice.connect(carol));
}

TEST(Identity, is_refused_when_it_can_be_nobodys) {
  Two two;
  Person carol(77);
  EXPECT_EQ(accept(two.alice, two.alice.identity.public_key()), Error::own_identity);
  EXPECT_EQ(accept(two.alice, IdentityPublic{}), Error::weak_key);
  two.alice.prekeys.others = {carol.identity.public_key()};
  EXPECT_EQ(accept(two.alice, carol.identity.public_key()), Error::identity_in_use);  // [SES-1-3]
  two.settle();
  EXPECT_EQ(accept(two.alice, two.alice.identity.public_key()), Error::own_identity);
  EXPECT_EQ(accept(two.alice, IdentityPublic{}), Error::weak_key);
  EXPECT_EQ(accept(two.alice, carol.identity.public_key()), Error::identity_in_use);
  EXPECT_EQ(two.bob.receive(two.alice.send("a")), "a");
}

TEST(Identity, nothing_else_replaces_it) {
  // [SES-7-2]
  Two two;
  Person carol(77);
  two.settle();
  const Buffer before = state_of(*two.bob.peer);
  EXPECT_EQ(error_of(two.bob.connect(carol)), Error::identity_changed);
  ASSERT_TRUE(carol.connect(two.bob));
  EXPECT_EQ(error_of(two.bob.receive(carol.send("I am Alice"))), Error::identity_changed);
  EXPECT_EQ(state_of(*two.bob.peer), before);
  two.bob.peer->erase_sessions();
  EXPECT_EQ(error_of(two.bob.receive(carol.send("I am Alice"))), Error::identity_changed);
  EXPECT_EQ(two.bob.peer->identity(), two.alice.identity.public_key());
}

TEST(Identity, sessions_stay_with_who_agreed_on_them) {
  // [SES-1-2]: an identity other than ours or the peer's, and nothing opens.
  Two two;
  two.settle();
  const Session& session = *two.alice.peer->current();
  const Bytes ad = session.ratchet->sending_associated_data();
  ASSERT_EQ(ad.size(), 66U);
  EXPECT_TRUE(std::ranges::equal(ad.subspan(1, 32), two.alice.identity.public_key().bytes()));
  EXPECT_TRUE(std::ranges::equal(ad.subspan(34, 32), two.bob.identity.public_key().bytes()));
}

}  // namespace
}  // namespace sotto::session
