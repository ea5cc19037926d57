// SPDX-License-Identifier: MIT OR Apache-2.0
/// What an attacker between the two ends may try with whole messages and with time.
/// `End::receive` also checks, on every refusal, that no bit of the state changed and that nothing
/// was left in the output.
#include <gtest/gtest.h>

#include "ratchet/message.hpp"
#include "ratchet/test_attack.hpp"
#include "ratchet/test_pair.hpp"

namespace sotto::ratchet {
namespace {

using testing::TapeEntropy;

// [DR-3.5-4]
TEST(Attack, attack_R01_advance_before_auth) {
  Pair pair;
  // A forged new ratchet key, on the very first message and later; then a forged in-order one, a
  // forged jump and a forged late one.
  const Buffer first = pair.alice.send("first");
  EXPECT_EQ(outcome(pair.bob.receive(flipped(first, first.size() - 1))), "authentication_failed");
  EXPECT_EQ(outcome(pair.bob.receive(flipped(first, 50))), "authentication_failed");
  ASSERT_EQ(pair.bob.receive(first), "first");
  TapeEntropy tape(77);
  const auto attacker = *RatchetKeyPair::generate(tape);
  const Buffer second = pair.alice.send("second"), third = pair.alice.send("third");
  EXPECT_EQ(outcome(pair.bob.receive(with_key(second, attacker.public_key()))),
            "authentication_failed");
  EXPECT_EQ(outcome(pair.bob.receive(flipped(third, 60))), "authentication_failed");
  EXPECT_EQ(pair.bob.ratchet.skipped_keys(), 0);
  ASSERT_EQ(pair.bob.receive(third), "third");
  EXPECT_EQ(outcome(pair.bob.receive(flipped(second, 60))), "authentication_failed");
  ASSERT_EQ(pair.bob.receive(second), "second");
  pair.settle();
}

TEST(Attack, attack_R02_skip_single) {
  const RatchetLimits limits{.max_forward_jump = 10, .max_skipped_per_chain = 4};
  Pair at_limit(limits), beyond(limits);
  for (int i = 0; i < 10; ++i) at_limit.alice.send("lost");
  EXPECT_EQ(at_limit.bob.receive(at_limit.alice.send("here")), "here");
  EXPECT_EQ(at_limit.bob.ratchet.skipped_keys(), 4);
  for (int i = 0; i < 11; ++i) beyond.alice.send("lost");
  EXPECT_EQ(outcome(beyond.bob.receive(beyond.alice.send("here"))), "too_far_ahead");
  // The same on a chain that is known already.
  for (int i = 0; i < 10; ++i) at_limit.alice.send("lost");
  const Buffer ten = at_limit.alice.send("ten"), eleven = at_limit.alice.send("eleven");
  EXPECT_EQ(outcome(at_limit.bob.receive(eleven)), "too_far_ahead");
  EXPECT_EQ(at_limit.bob.receive(ten), "ten");
  EXPECT_EQ(at_limit.bob.receive(eleven), "eleven");
}

TEST(Attack, attack_R02_skip_single_storage_limit_is_no_work_limit) {
  // A store that is full refuses nothing: sessions would stop for good.
  Pair pair(RatchetLimits{.max_skipped_per_chain = 2, .max_skipped_total = 2});
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 5; ++i) pair.alice.send("lost");
    ASSERT_EQ(pair.bob.receive(pair.alice.send("here")), "here");
    ASSERT_EQ(pair.bob.ratchet.skipped_keys(), 2);
  }
}

TEST(Attack, attack_R03_skip_aggregate) {
  Pair pair(RatchetLimits{.max_skipped_per_chain = 10, .max_skipped_total = 25});
  for (int turn = 0; turn < 10; ++turn) {
    for (int i = 0; i < 8; ++i) pair.alice.send("lost");
    pair.settle();
    ASSERT_LE(pair.bob.ratchet.skipped_keys(), 25);
  }
  EXPECT_EQ(pair.bob.ratchet.skipped_keys(), 25);
}

TEST(Attack, attack_R04_skip_cpu) {
  Pair pair;
  pair.settle();
  const Buffer message = pair.alice.send("x");
  for (const std::uint32_t n : {25'003U, 1'000'000U, 0xfffffffeU})
    EXPECT_EQ(outcome(pair.bob.receive(with_uint32(message, n_at, n))), "too_far_ahead") << n;
  // The limit counts also where the ratchet key is new, before the Diffie-Hellman.
  TapeEntropy tape(77);
  const auto attacker = *RatchetKeyPair::generate(tape);
  const Buffer forged = with_key(message, attacker.public_key());
  EXPECT_EQ(outcome(pair.bob.receive(with_uint32(forged, n_at, 25'001))), "too_far_ahead");
  EXPECT_EQ(outcome(pair.bob.receive(with_uint32(forged, n_at, 25'000))), "authentication_failed");
}

TEST(Attack, attack_R05_replay_opened) {
  Pair pair;
  std::vector<Buffer> all;
  for (int i = 0; i < 5; ++i) all.push_back(pair.alice.send("once"));
  for (const std::size_t i : {0U, 3U, 1U, 4U, 2U}) ASSERT_EQ(pair.bob.receive(all[i]), "once");
  for (const Buffer& message : all) EXPECT_EQ(outcome(pair.bob.receive(message)), "replayed");
  pair.settle();
  for (const Buffer& message : all) EXPECT_EQ(outcome(pair.bob.receive(message)), "replayed");
  pair.bob.restart();
  for (const Buffer& message : all) EXPECT_EQ(outcome(pair.bob.receive(message)), "replayed");
}

TEST(Attack, attack_R06_replay_after_evict) {
  Pair pair(RatchetLimits{.max_skipped_per_chain = 2, .max_receiving_chains = 2});
  const Buffer evicted = pair.alice.send("evicted");
  for (int i = 0; i < 2; ++i) pair.alice.send("lost");
  const Buffer opened = pair.alice.send("opened");
  ASSERT_EQ(pair.bob.receive(opened), "opened");
  EXPECT_EQ(outcome(pair.bob.receive(evicted)), "replayed");
  // After its whole chain went, a message cannot be told from a forgery; it opens no more.
  for (int turn = 0; turn < 3; ++turn) pair.settle();
  EXPECT_EQ(outcome(pair.bob.receive(opened)), "authentication_failed");
  EXPECT_EQ(outcome(pair.bob.receive(evicted)), "authentication_failed");
}

// [DR-2.6-1] [DR-3.5-2]
TEST(Attack, attack_R07_late_old_chain) {
  Pair pair;
  std::vector<Buffer> late;
  for (int turn = 0; turn < 4; ++turn) {
    late.push_back(pair.alice.send("skipped"));  // before one that arrives
    ASSERT_EQ(pair.bob.receive(pair.alice.send("here")), "here");
    late.push_back(pair.alice.send("at the end"));  // after it: steps the old chain later
    ASSERT_EQ(pair.alice.receive(pair.bob.send("back")), "back");
  }
  for (const Buffer& message : late) {
    EXPECT_EQ(outcome(pair.bob.receive(message)), "opened");
    EXPECT_EQ(outcome(pair.bob.receive(message)), "replayed");
  }
}

TEST(Attack, attack_R08_tampered_then_genuine) {
  Pair pair;
  const Buffer late = pair.alice.send("late"), now = pair.alice.send("now");
  for (const Buffer* message : {&now, &late}) {
    for (std::size_t i = 41; i < message->size(); ++i)
      ASSERT_EQ(outcome(pair.bob.receive(flipped(*message, i))), "authentication_failed");
    EXPECT_EQ(outcome(pair.bob.receive(*message)), "opened");
  }
}

TEST(Attack, attack_R09_skipped_evict_order) {
  Pair pair(RatchetLimits{.max_skipped_per_chain = 3, .max_skipped_total = 4});
  std::vector<Buffer> late;
  for (int turn = 0; turn < 2; ++turn) {
    for (int i = 0; i < 3; ++i) late.push_back(pair.alice.send("late"));
    pair.settle();
  }
  // Two of the first chain went; its last and all of the live chain are still here.
  EXPECT_EQ(outcome(pair.bob.receive(late[0])), "replayed");
  EXPECT_EQ(outcome(pair.bob.receive(late[1])), "replayed");
  for (std::size_t i = 2; i < 6; ++i) EXPECT_EQ(outcome(pair.bob.receive(late[i])), "opened") << i;
  pair.settle();
}

TEST(Attack, attack_R09_skipped_evict_order_evicted_key_is_gone_from_the_state) {
  Pair pair(RatchetLimits{.max_skipped_per_chain = 1});
  ASSERT_EQ(pair.bob.receive((pair.alice.send("a"), pair.alice.send("b"))), "b");
  const Buffer before = image_of(pair.bob.ratchet);
  const Bytes seed = Bytes(before).last(32);
  ASSERT_EQ(pair.bob.receive((pair.alice.send("c"), pair.alice.send("d"))), "d");
  const Buffer after = image_of(pair.bob.ratchet);
  EXPECT_TRUE(std::ranges::search(after, seed).empty());
}

}  // namespace
}  // namespace sotto::ratchet
