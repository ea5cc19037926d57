// SPDX-License-Identifier: MIT OR Apache-2.0
// The far end by itself: two devices of libsignal-protocol-c must understand each other through the
// adapter, or nothing that is shown with it means anything.
#include "session/peers/signal_c.hpp"

#include <gtest/gtest.h>

#include "testing/hex.hpp"
#include "testing/soak.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::peers {
namespace {

Blob text(std::string_view words) {
  return {words.begin(), words.end()};
}

struct SignalCTest : ::testing::Test {
  testing::TapeEntropy tape{testing::soak_seed(7)};
  SignalC alice{RegistrationId{11}, tape};
  SignalC bob{RegistrationId{22}, tape};

  void connect(std::optional<OneTimePrekeyId> one_time) {
    const auto bundle = bob.publish(SignedPrekeyId{1}, one_time);
    EXPECT_TRUE(verify(bundle.keys)) << "its signature must be good for us as well";
    ASSERT_TRUE(alice.connect("bob", bundle));
  }
};

TEST_F(SignalCTest, two_of_them_talk_and_survive_a_restart) {
  connect(OneTimePrekeyId{5});
  const auto first = alice.encrypt("bob", text("one"));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->kind, MessageKind::prekey);
  ASSERT_TRUE(bob.has_one_time(OneTimePrekeyId{5}));
  EXPECT_EQ(bob.decrypt("alice", first->kind, first->bytes), text("one"));
  EXPECT_FALSE(bob.has_one_time(OneTimePrekeyId{5}));
  alice.restart();
  bob.restart();
  const auto answer = bob.encrypt("alice", text("two"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->kind, MessageKind::signal);
  EXPECT_EQ(alice.decrypt("bob", answer->kind, answer->bytes), text("two"));
  EXPECT_EQ(alice.decrypt("bob", answer->kind, answer->bytes).error(), Refusal::duplicate);
  const auto third = alice.encrypt("bob", text(""));
  ASSERT_TRUE(third);
  EXPECT_EQ(third->kind, MessageKind::signal);
  EXPECT_EQ(bob.decrypt("alice", third->kind, third->bytes), text(""));
}

TEST_F(SignalCTest, altered_bytes_change_nothing_stored) {
  connect(std::nullopt);
  const auto first = alice.encrypt("bob", text("one"));
  ASSERT_TRUE(first);
  const Rows before = bob.rows();
  Blob altered = first->bytes;
  altered.back() ^= 1;
  EXPECT_FALSE(bob.decrypt("alice", first->kind, altered));
  EXPECT_EQ(bob.rows(), before);
  EXPECT_EQ(bob.decrypt("alice", first->kind, first->bytes), text("one"));
}

TEST_F(SignalCTest, another_identity_is_refused_until_forgotten) {
  connect(std::nullopt);
  SignalC other(RegistrationId{33}, tape);
  const auto bundle = other.publish(SignedPrekeyId{1}, std::nullopt);
  EXPECT_EQ(alice.connect("bob", bundle).error(), Refusal::untrusted_identity);
  alice.forget_identity("bob");
  EXPECT_TRUE(alice.connect("bob", bundle));
}

TEST_F(SignalCTest, the_same_tape_makes_the_same_bytes) {
  const auto script = [] {
    testing::TapeEntropy own(9);
    SignalC a(RegistrationId{1}, own);
    SignalC b(RegistrationId{2}, own);
    EXPECT_TRUE(a.connect("b", b.publish(SignedPrekeyId{3}, OneTimePrekeyId{4})));
    return a.encrypt("b", text("same"))->bytes;
  };
  EXPECT_EQ(script(), script());
}

TEST_F(SignalCTest, without_a_session_nothing_is_sent_or_opened) {
  EXPECT_EQ(alice.encrypt("nobody", text("x")).error(), Refusal::other);
  connect(std::nullopt);
  const auto first = alice.encrypt("bob", text("one"));
  EXPECT_TRUE(bob.decrypt("alice", first->kind, first->bytes));
  const auto answer = bob.encrypt("alice", text("two"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(alice.decrypt("carol", answer->kind, answer->bytes).error(), Refusal::no_session);
}

}  // namespace
}  // namespace sotto::peers
