// SPDX-License-Identifier: MIT OR Apache-2.0
/// What an attacker between the two ends may try with the parts of a message.
/// `End::receive` also checks, on every refusal, that no bit of the state changed and that nothing
/// was left in the output.
#include <set>

#include <gtest/gtest.h>

#include "ratchet/message.hpp"
#include "ratchet/test_attack.hpp"
#include "ratchet/test_pair.hpp"

namespace sotto::ratchet {
namespace {

using testing::FailingEntropy;
using testing::TapeEntropy;

TEST(Attack, attack_R10_header_bitflip) {
  Pair pair;
  pair.settle();
  const Buffer late = pair.alice.send("late"), message = pair.alice.send("message");
  for (const bool after : {false, true}) {
    for (std::size_t i = 0; i < 41; ++i)
      for (int bit = 0; bit < 8; ++bit)
        ASSERT_NE(outcome(pair.bob.receive(flipped(message, i, bit))), "opened") << i << '.' << bit;
    if (!after) {
      ASSERT_EQ(pair.bob.receive(message), "message");
    }
  }
  for (int bit = 0; bit < 8; ++bit)
    EXPECT_EQ(outcome(pair.bob.receive(flipped(late, 0, bit))), "malformed") << "version";
  ASSERT_EQ(pair.bob.receive(late), "late");
}

TEST(Attack, attack_R11_pn_lie) {
  Pair pair;
  pair.settle();
  const Buffer late = pair.alice.send("late");
  ASSERT_EQ(pair.alice.receive(pair.bob.send("x")), "x");
  const Buffer turn = pair.alice.send("turn");
  for (const std::uint32_t pn : {0U, 2U, 25'000U, 1'000'000U, 0xffffffffU}) {
    const Buffer lie = with_uint32(turn, pn_at, pn);
    if (lie == turn) continue;
    EXPECT_EQ(outcome(pair.bob.receive(lie)), "authentication_failed") << pn;
  }
  ASSERT_EQ(pair.bob.receive(turn), "turn");
  ASSERT_EQ(pair.bob.receive(late), "late");
}

TEST(Attack, attack_R28_old_chain_forged) {
  // A thief of Alice's state speaks on the chain that she has left since.
  Pair pair;
  pair.settle();
  const Buffer late = pair.alice.send("late");
  ASSERT_EQ(pair.bob.receive(pair.alice.send("here")), "here");
  End thief = {Ratchet(*testing::load_image(image_of(pair.alice.ratchet))),
               testing::TapeEntropy(9)};
  for (int turn = 0; turn < 3; ++turn) {
    ASSERT_EQ(pair.alice.receive(pair.bob.send("turn")), "turn");
    ASSERT_EQ(pair.bob.receive(pair.alice.send("turned")), "turned");
    EXPECT_EQ(outcome(pair.bob.receive(thief.send("forged"))), "authentication_failed") << turn;
  }
  EXPECT_EQ(pair.bob.receive(late), "late");
}

// [DR-3.1-2]
TEST(Attack, attack_R12_ratchet_key_low_order) {
  Pair pair;
  pair.settle();
  const Buffer message = pair.alice.send("x");
  // The points of low order and their other encodings [RFC 7748 §6.1, §5: coordinates of order 1,
  // 2, 4 and 8; p - 1, p, p + 1].
  for (const char* const u : {
           "0000000000000000000000000000000000000000000000000000000000000000",
           "0100000000000000000000000000000000000000000000000000000000000000",
           "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
           "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
       })
    EXPECT_EQ(outcome(pair.bob.receive(with_key(message, value_of<RatchetPublic>(u)))), "weak_key")
        << u;
  // Another name for the key at hand: its top bit.
  EXPECT_EQ(outcome(pair.bob.receive(flipped(message, key_at + 31, 7))), "weak_key");
  EXPECT_EQ(pair.bob.receive(message), "x");
}

TEST(Attack, attack_R13_ratchet_key_replayed) {
  Pair pair(RatchetLimits{.max_receiving_chains = 2});
  pair.settle();
  const Buffer old = pair.alice.send("old");
  const RatchetPublic old_key = key_of(old);
  const RatchetPublic own_key = key_of(pair.bob.send("own"));
  for (int turn = 0; turn < 3; ++turn) pair.settle();
  const Buffer now = pair.alice.send("now");
  EXPECT_EQ(outcome(pair.bob.receive(with_key(now, old_key))), "authentication_failed");
  EXPECT_EQ(outcome(pair.bob.receive(old)), "authentication_failed");
  EXPECT_EQ(outcome(pair.bob.receive(with_key(now, own_key))), "authentication_failed");
  EXPECT_EQ(outcome(pair.bob.receive(with_key(now, key_of(pair.bob.send("own"))))),
            "authentication_failed");
  EXPECT_EQ(pair.bob.receive(now), "now");
}

TEST(Attack, attack_R14_reflect_own_message) {
  Pair pair;
  EXPECT_EQ(outcome(pair.alice.receive(pair.alice.send("mine"))), "authentication_failed");
  EXPECT_EQ(outcome(pair.bob.receive(pair.bob.send("mine"))), "authentication_failed");
  pair.settle();
  EXPECT_EQ(outcome(pair.alice.receive(pair.alice.send("mine"))), "authentication_failed");
  EXPECT_EQ(outcome(pair.bob.receive(pair.bob.send("mine"))), "authentication_failed");
}

TEST(Attack, attack_R14_reflect_own_message_directions_are_bound_by_the_mac) {
  // Even one who knows the keys of a message cannot turn it round: the identities are in the MAC.
  const Agreed agreed(1);
  const auto bob = *State::start(agreed.responder(), {});
  Buffer message(Ratchet::encrypted_size(5));
  const auto sent = *bob->next_message();
  sent.keys.seal_into(message, Message::ciphertext_at, bytes_of("hello"),
                      bob->sending_associated_data());
  Buffer out(16);
  EXPECT_FALSE(sent.keys.open(out, message, Bytes(message).subspan(41, 16),
                              bob->receiving_associated_data()));
  EXPECT_TRUE(
      sent.keys.open(out, message, Bytes(message).subspan(41, 16), bob->sending_associated_data()));
}

TEST(Attack, attack_R15_splice_sessions) {
  Pair one({}, 1), two({}, 2);
  EXPECT_EQ(outcome(two.bob.receive(one.alice.send("x"))), "authentication_failed");
  one.settle();
  two.settle();
  EXPECT_EQ(outcome(two.bob.receive(one.alice.send("x"))), "authentication_failed");
  EXPECT_EQ(outcome(two.alice.receive(one.bob.send("x"))), "authentication_failed");
}

TEST(Attack, attack_R15_splice_sessions_other_identities) {
  // The same agreed keys under another pair of names.
  Agreed agreed(1);
  TapeEntropy tape(5);
  auto alice = *Ratchet::start(agreed.initiator(), tape);
  agreed.alice = Agreed(2).alice;
  End bob{*Ratchet::start(agreed.responder()), TapeEntropy(6)};
  Buffer message(Ratchet::encrypted_size(1));
  ASSERT_TRUE(alice.encrypt(message, bytes_of("x")));
  EXPECT_EQ(outcome(bob.receive(message)), "authentication_failed");
}

/// The end after it sent or received nearly all that a chain holds, by way of its image: `position`
/// counts from the image's end.
void set_counter(End& end, std::size_t position_from_front, std::uint32_t value) {
  auto state = testing::load_image(with_uint32(image_of(end.ratchet), position_from_front, value));
  ASSERT_TRUE(state);
  end.ratchet = Ratchet(*std::move(state));
}

TEST(Attack, attack_R16_counter_wrap) {
  Pair pair;
  ASSERT_EQ(pair.bob.receive(pair.alice.send("x")), "x");
  constexpr std::size_t ns_at = testing::image_head_at + 4 * 32;
  constexpr std::size_t nr_at = ns_at + 4 + 4 + 4 + 1 + 1 + 4 + 64;
  set_counter(pair.alice, ns_at, 0xfffffffe);
  set_counter(pair.bob, nr_at, 0xfffffffe);
  const Buffer last = pair.alice.send("last");
  EXPECT_EQ(to_hex(Bytes(last).subspan(n_at, 4)), "fffffffe");
  const Buffer before = image_of(pair.alice.ratchet);
  Buffer out(100, 0xa5);
  for (int i = 0; i < 2; ++i) {
    const auto sent = pair.alice.ratchet.encrypt(out, bytes_of("x"));
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error(), Error::exhausted);
    EXPECT_EQ(out, Buffer(100, 0xa5));
    EXPECT_EQ(image_of(pair.alice.ratchet), before);
  }
  EXPECT_EQ(outcome(pair.bob.receive(with_uint32(last, n_at, 0xffffffff))), "malformed");
  EXPECT_EQ(pair.bob.receive(last), "last");
  EXPECT_EQ(outcome(pair.bob.receive(last)), "replayed");
  EXPECT_EQ(outcome(pair.bob.receive(with_uint32(last, n_at, 0xffffffff))), "malformed");
  EXPECT_EQ(outcome(pair.bob.receive(with_uint32(last, n_at, 0))), "replayed");
  // The next turn opens new chains.
  ASSERT_EQ(pair.alice.receive(pair.bob.send("turn")), "turn");
  const Buffer turned = pair.alice.send("on we go");
  EXPECT_EQ(to_hex(Bytes(turned).subspan(pn_at, 8)), "fffffffe00000000");
  EXPECT_EQ(pair.bob.receive(turned), "on we go");
}

TEST(Attack, attack_R22_tag_truncate) {
  Pair pair;
  pair.settle();
  const Buffer message = pair.alice.send("0123456789abcdef");
  for (std::size_t size = 0; size < message.size(); ++size) {
    const std::string got = outcome(pair.bob.receive(Bytes(message).first(size)));
    // One whole block less is a message in form.
    ASSERT_EQ(got, size == message.size() - 16 ? "authentication_failed" : "malformed") << size;
  }
  for (const std::size_t more : {1U, 8U, 15U, 16U, 32U}) {
    Buffer longer = message;
    longer.resize(longer.size() + more);
    ASSERT_EQ(outcome(pair.bob.receive(longer)),
              more % 16 == 0 ? "authentication_failed" : "malformed");
  }
  EXPECT_EQ(outcome(pair.bob.receive(message)), "opened");
}

TEST(Attack, attack_R22_tag_truncate_every_byte_of_the_tag_counts) {
  Pair pair;
  pair.settle();
  const Buffer message = pair.alice.send("x");
  for (std::size_t i = message.size() - 8; i < message.size(); ++i)
    for (int bit = 0; bit < 8; ++bit)
      ASSERT_EQ(outcome(pair.bob.receive(flipped(message, i, bit))), "authentication_failed");
  EXPECT_EQ(pair.bob.receive(message), "x");
}

TEST(Attack, attack_R23_cbc_padding_oracle) {
  Pair pair;
  pair.settle();
  // Every padding byte and every change to it by way of the block before, without the MAC key: the
  // answer is the one of a wrong MAC, and nothing was decrypted.
  const Buffer message = pair.alice.send(std::string(20, 'x'));
  for (int value = 1; value < 256; ++value) {
    Buffer altered = message;
    altered[41 + 15] ^= static_cast<std::uint8_t>(value);
    Buffer out(altered.size(), 0xa5);
    const auto opened = pair.bob.ratchet.decrypt(out, altered, pair.bob.tape, {});
    ASSERT_FALSE(opened);
    ASSERT_EQ(opened.error(), Error::authentication_failed);
    ASSERT_EQ(out, Buffer(altered.size(), 0xa5));
  }
  EXPECT_EQ(outcome(pair.bob.receive(message)), "opened");
}

TEST(Attack, attack_R23_cbc_padding_oracle_authentic_but_badly_padded) {
  // A peer that breaks the rules, with the true MAC key: the same error, no change, no output.
  const Agreed agreed(1);
  for (const int padding : {0, 17, 255}) {
    TapeEntropy tape(5);
    const auto alice = *State::start(agreed.initiator(), tape, {});
    End bob{*Ratchet::start(agreed.responder()), TapeEntropy(6)};
    const auto outgoing = *alice->next_message();
    // Two blocks under CBC: drop the second, whose padding is good, and what is left ends in ours.
    Buffer text(16, 0x5a);
    text[15] = static_cast<std::uint8_t>(padding);
    Buffer two(41 + 32 + 8);
    base::Writer writer(two);
    writer.put_uint(Message::version);
    outgoing.header.write(writer);
    outgoing.keys.seal_into(two, 41, text, alice->sending_associated_data());
    Buffer message(two.begin(), two.begin() + 41 + 16 + 8);
    std::array<std::uint8_t, 32> mac;
    crypto::HmacSha256Key(outgoing.keys.mac_key())
        .mac(mac, {alice->sending_associated_data(), Bytes(message).first(57)});
    std::copy_n(mac.begin(), 8, message.begin() + 57);
    EXPECT_EQ(outcome(bob.receive(message)), "authentication_failed") << padding;
    EXPECT_EQ(bob.tape.drawn(), 0);
  }
}

TEST(Attack, attack_R24_error_oracle) {
  Pair pair;
  pair.settle();
  const Buffer late = pair.alice.send("late");
  ASSERT_EQ(outcome(pair.bob.receive(pair.alice.send("later"))), "opened");
  const Buffer now = pair.alice.send("now");
  TapeEntropy tape(77);
  const Buffer new_key = with_key(now, RatchetKeyPair::generate(tape)->public_key());
  std::set<std::string> errors;
  for (const Buffer* const message : {&late, &now, &new_key})
    for (const std::size_t position : {pn_at, pn_at + 3, std::size_t{41}, now.size() - 1})
      errors.insert(outcome(pair.bob.receive(flipped(*message, position))));
  EXPECT_EQ(errors, (std::set<std::string>{"authentication_failed"}));
}

TEST(Attack, attack_R26_dh_step_fail) {
  Pair pair;
  pair.settle();
  const Buffer turn = pair.alice.send("turn");
  FailingEntropy none;
  testing::ConstantEntropy zeros(0);
  Buffer out(turn.size(), 0xa5);
  const auto opened = pair.bob.ratchet.decrypt(out, turn, none, {});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error(), Error::entropy_failed);
  // The plaintext had been there and is wiped.
  EXPECT_EQ(Bytes(out).first(16)[0], 0);
  EXPECT_TRUE(std::ranges::all_of(Bytes(out).first(16), [](auto byte) { return byte == 0; }));
  EXPECT_EQ(outcome(pair.bob.receive(turn, none)), "entropy_failed");
  EXPECT_EQ(outcome(pair.bob.receive(turn, zeros)), "entropy_failed");
  EXPECT_EQ(pair.bob.receive(turn), "turn");
  EXPECT_EQ(outcome(pair.bob.receive(turn)), "replayed");
  pair.settle();
}

TEST(Attack, attack_R26_dh_step_fail_in_order_needs_no_entropy) {
  Pair pair;
  pair.settle();
  ASSERT_EQ(outcome(pair.bob.receive(pair.alice.send("turn"))), "opened");
  FailingEntropy none;
  EXPECT_EQ(pair.bob.receive(pair.alice.send("x"), none), "x");
}

}  // namespace
}  // namespace sotto::ratchet
