// SPDX-License-Identifier: MIT OR Apache-2.0
/// What an attacker between the two ends may try. `End::receive` also checks, on every refusal,
/// that no bit of the state changed and that nothing was left in the output.
#include <set>

#include <gtest/gtest.h>

#include "ratchet/message.hpp"
#include "ratchet/test_pair.hpp"

namespace sotto::ratchet {
namespace {

using testing::FailingEntropy;
using testing::TapeEntropy;

constexpr std::size_t key_at = 1;
constexpr std::size_t pn_at = 33;
constexpr std::size_t n_at = 37;

Buffer with_uint32(Buffer message, std::size_t position, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i)
    message.at(position + i) = static_cast<std::uint8_t>(value >> (24 - 8 * i));
  return message;
}

Buffer with_key(Buffer message, const RatchetPublic& key) {
  std::ranges::copy(key.bytes(), message.begin() + key_at);
  return message;
}

RatchetPublic key_of(const Buffer& message) {
  return RatchetPublic(std::span<const std::uint8_t>(message).subspan<key_at, 32>());
}

Buffer flipped(Buffer message, std::size_t position, int bit = 0) {
  message.at(position) ^= static_cast<std::uint8_t>(1 << bit);
  return message;
}

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

TEST(Attack, attack_R02_storage_limit_is_no_work_limit) {
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

TEST(Attack, attack_R09_evicted_key_is_gone_from_the_state) {
  Pair pair(RatchetLimits{.max_skipped_per_chain = 1});
  ASSERT_EQ(pair.bob.receive((pair.alice.send("a"), pair.alice.send("b"))), "b");
  const Buffer before = image_of(pair.bob.ratchet);
  const Bytes seed = Bytes(before).last(32);
  ASSERT_EQ(pair.bob.receive((pair.alice.send("c"), pair.alice.send("d"))), "d");
  const Buffer after = image_of(pair.bob.ratchet);
  EXPECT_TRUE(std::ranges::search(after, seed).empty());
}

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

TEST(Attack, attack_R14_directions_are_bound_by_the_mac) {
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

TEST(Attack, attack_R15_other_identities) {
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
  auto state = load(with_uint32(image_of(end.ratchet), position_from_front, value));
  ASSERT_TRUE(state);
  end.ratchet = Ratchet(*std::move(state));
}

TEST(Attack, attack_R16_counter_wrap) {
  Pair pair;
  ASSERT_EQ(pair.bob.receive(pair.alice.send("x")), "x");
  constexpr std::size_t ns_at = 2 + 24 + 5 * 32;
  constexpr std::size_t nr_at = ns_at + 4 + 4 + 4 + 64;
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

TEST(Attack, attack_R22_every_byte_of_the_tag_counts) {
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

TEST(Attack, attack_R23_authentic_but_badly_padded) {
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

TEST(Attack, attack_R26_in_order_needs_no_entropy) {
  Pair pair;
  pair.settle();
  ASSERT_EQ(outcome(pair.bob.receive(pair.alice.send("turn"))), "opened");
  FailingEntropy none;
  EXPECT_EQ(pair.bob.receive(pair.alice.send("x"), none), "x");
}

}  // namespace
}  // namespace sotto::ratchet
