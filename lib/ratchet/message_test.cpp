// SPDX-License-Identifier: MIT OR Apache-2.0
#include "ratchet/message.hpp"

#include <random>

#include <gtest/gtest.h>

#include "ratchet/test_pair.hpp"

namespace sotto::ratchet {
namespace {

// [DR-2.3-1] [DR-3.5-6]
TEST(Message, ConversationOfManyTurns) {
  Pair pair;
  for (int turn = 0; turn < 40; ++turn) {
    const std::string there = "there " + std::to_string(turn);
    const std::string back = "back " + std::to_string(turn);
    for (int i = 0; i < turn % 4; ++i) ASSERT_EQ(pair.bob.receive(pair.alice.send(there)), there);
    for (int i = 0; i < turn % 3; ++i) ASSERT_EQ(pair.alice.receive(pair.bob.send(back)), back);
  }
}

// [DR-3.3-4]
TEST(Message, EitherMaySpeakFirstOrBothAtOnce) {
  Pair pair;
  const Buffer from_alice = pair.alice.send("a"), from_bob = pair.bob.send("b");
  ASSERT_EQ(pair.alice.receive(from_bob), "b");
  ASSERT_EQ(pair.bob.receive(from_alice), "a");
  pair.settle();
}

// [DR-3.5-4]
TEST(Message, WithoutEntropyForTheTurnNothingIsGivenOut) {
  Pair pair;
  pair.settle();
  const Buffer turn = pair.alice.send("turn");
  testing::FailingEntropy none;
  EXPECT_EQ(outcome(pair.bob.receive(turn, none)), "entropy_failed");
  EXPECT_EQ(pair.bob.receive(turn), "turn");
}

// [DR-2.6-1]
TEST(Message, AnyOrderWithLosses) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Pair pair({}, seed);
    std::mt19937 random(static_cast<unsigned>(seed));
    std::vector<std::pair<std::string, Buffer>> to_alice, to_bob;
    const auto deliver_one = [&](End& end, auto& queue) {
      if (queue.empty()) return;
      const std::size_t i = random() % queue.size();
      ASSERT_EQ(end.receive(queue[i].second), queue[i].first);
      ASSERT_EQ(outcome(end.receive(queue[i].second)), "replayed");
      queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(i));
    };
    for (int step = 0; step < 300; ++step) {
      const std::string text = "message " + std::to_string(step);
      switch (random() % 4) {
        case 0:
          to_bob.emplace_back(text, pair.alice.send(text));
          break;
        case 1:
          to_alice.emplace_back(text, pair.bob.send(text));
          break;
        case 2:
          deliver_one(pair.alice, to_alice);
          break;
        default:
          deliver_one(pair.bob, to_bob);
          break;
      }
      if (step % 20 == 19) {
        while (!to_alice.empty() && !HasFatalFailure()) deliver_one(pair.alice, to_alice);
        while (!to_bob.empty() && !HasFatalFailure()) deliver_one(pair.bob, to_bob);
      }
    }
  }
}

TEST(Message, LayoutAndSize) {
  Pair pair;
  pair.settle();
  static_cast<void>(pair.alice.send("one"));
  for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 64U, 1'000U}) {
    const Buffer message = pair.alice.send(std::string(size, 'x'));
    EXPECT_EQ(message.size(), Ratchet::encrypted_size(size));
    EXPECT_LE(message.size(), size + Ratchet::max_overhead_bytes);
    const auto parsed = Message::parse(message, signal_v3);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(message[0], 0x31);
    EXPECT_EQ(to_hex(parsed->header.dh.bytes()), to_hex(Bytes(message).subspan(1, 32)));
    EXPECT_EQ(parsed->ciphertext.data(), message.data() + 41);
    EXPECT_EQ(parsed->ciphertext.size(), message.size() - 41 - 8);
  }
  const Buffer message = pair.alice.send("x");
  EXPECT_EQ(to_hex(Bytes(message).subspan(33, 8)), "0000000000000008") << "pn, n";
}

TEST(Message, MacCoversBothIdentitiesAndTheFrame) {
  const Agreed agreed(1);
  Pair pair;
  const Buffer message = pair.bob.send("hello");
  ChainKey chain = agreed.chain.duplicate();
  const auto keys =
      MessageKeys::derive(signal_v3, step_chain(signal_v3, chain), crypto::zero_salt());
  Buffer covered =
      from_hex("05" + to_hex(agreed.bob.bytes()) + "05" + to_hex(agreed.alice.bytes()));
  covered.insert(covered.end(), message.begin(), message.end() - 8);
  Buffer mac(32);
  crypto::HmacSha256Key(keys.mac_key()).mac(std::span(mac).first<32>(), {covered});
  EXPECT_EQ(to_hex(Bytes(mac).first(8)), to_hex(Bytes(message).last(8)));
}

TEST(Message, SameTapesSameBytes) {
  Pair one({}, 7), two({}, 7);
  for (int i = 0; i < 10; ++i) {
    const Buffer there = one.alice.send("there");
    ASSERT_EQ(there, two.alice.send("there"));
    ASSERT_TRUE(one.bob.receive(there) && two.bob.receive(there));
    const Buffer back = one.bob.send("back");
    ASSERT_EQ(back, two.bob.send("back"));
    ASSERT_TRUE(one.alice.receive(back) && two.alice.receive(back));
  }
  EXPECT_EQ(image_of(one.alice.ratchet), image_of(two.alice.ratchet));
}

TEST(Message, EncryptNeedsItsWholeBuffer) {
  Pair pair;
  const Buffer before = image_of(pair.alice.ratchet);
  Buffer out(Ratchet::encrypted_size(5) - 1, 0xa5);
  const auto sent = pair.alice.ratchet.encrypt(out, bytes_of("hello"));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error(), Error::buffer_too_small);
  EXPECT_EQ(out, Buffer(out.size(), 0xa5));
  EXPECT_EQ(image_of(pair.alice.ratchet), before) << "a number was spent";
}

TEST(Message, EncryptRefusesOverlap) {
  Pair pair;
  const Buffer before = image_of(pair.alice.ratchet);
  Buffer both(200, 0x5a);
  for (const std::size_t offset : {0U, 41U, 199U}) {
    const auto sent = pair.alice.ratchet.encrypt(both, Bytes(both).subspan(offset, 1));
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error(), Error::buffers_overlap);
  }
  EXPECT_EQ(both, Buffer(200, 0x5a));
  EXPECT_EQ(image_of(pair.alice.ratchet), before);
  // Side by side is no overlap.
  const std::span<std::uint8_t> all(both);
  EXPECT_TRUE(pair.alice.ratchet.encrypt(all.first(150), all.subspan(150)));
}

TEST(Message, DecryptChecksItsBuffers) {
  Pair pair;
  Buffer message = pair.alice.send("hello");
  const Buffer before = image_of(pair.bob.ratchet);
  Buffer small(message.size() - 1, 0xa5);
  auto opened = pair.bob.ratchet.decrypt(small, message, pair.bob.tape, {});
  EXPECT_EQ(opened.error(), Error::buffer_too_small);
  EXPECT_EQ(small, Buffer(small.size(), 0xa5));
  const Buffer copy = message;
  opened = pair.bob.ratchet.decrypt(message, message, pair.bob.tape, {});
  EXPECT_EQ(opened.error(), Error::buffers_overlap);
  EXPECT_EQ(message, copy);
  EXPECT_EQ(image_of(pair.bob.ratchet), before);
  EXPECT_EQ(pair.bob.receive(message), "hello");
}

TEST(Message, EmptyPlaintext) {
  Pair pair;
  EXPECT_EQ(pair.bob.receive(pair.alice.send("")), "");
}

TEST(Message, MovedRatchetGoesOn) {
  Pair pair;
  pair.settle();
  Ratchet moved(std::move(pair.bob.ratchet));
  pair.bob.ratchet = std::move(moved);
  pair.settle();
}

TEST(Message, LongChainAndLongJump) {
  Pair pair;
  pair.settle();
  Buffer last;
  for (int i = 0; i <= 25'000; ++i) last = pair.alice.send("x");
  ASSERT_EQ(pair.bob.receive(last), "x") << "exactly at the limit";
  EXPECT_EQ(pair.bob.ratchet.skipped_keys(), 2'000);
  for (int i = 0; i <= 25'001; ++i) last = pair.alice.send("x");
  ASSERT_EQ(outcome(pair.bob.receive(last)), "too_far_ahead") << "one beyond";
}

}  // namespace
}  // namespace sotto::ratchet
