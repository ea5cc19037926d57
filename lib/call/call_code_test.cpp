// SPDX-License-Identifier: MIT OR Apache-2.0
#include <set>
#include <string>

#include "call/agreed.hpp"
#include "call/code_lists.hpp"
#include "call/test_calls.hpp"

namespace sotto::call {
namespace {

TEST(CallCode, IsTheSameAtBothEndsAfterTheReveal) {  // [MK-8-2]
  TwoEnds ends;
  ASSERT_TRUE(ends.caller->call.code());
  EXPECT_EQ(error_of(ends.callee->call.code()), Error::unknown_key);
  ends.revealed();
  EXPECT_EQ(*ends.caller->call.code(), *ends.callee->call.code());
  EXPECT_EQ(error_of(ends.callee->call.take(ends.reveal, ends.tape, noon)), Error::replayed);
  EXPECT_EQ(error_of(ends.caller->call.take(ends.reveal, ends.tape, noon)), Error::malformed);
}

TEST(CallCode, DiffersFromCallToCall) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 64; ++seed) {
    const auto code = *TwoEnds({}, seed).caller->call.code();
    seen.emplace(code.digits.begin(), code.digits.end());
  }
  EXPECT_GE(seen.size(), 63U);
}

TEST(CallCode, EveryBitOfTheRevealCounts) {  // [MK-8-1] [MK-4-4]
  TwoEnds ends;
  for (std::size_t bit = 0; bit < ends.reveal.size() * 8; ++bit) {
    CallReveal altered = ends.reveal;
    altered[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_FALSE(ends.callee->call.take(altered, ends.tape, noon)) << bit;
  }
  ends.revealed();
}

TEST(CallCode, ANonceThatWasNotCommittedToIsRefused) {  // [MK-8-1]
  // A caller of its own mind: all is as it must be, but for the commitment.
  TapeEntropy tape(4);
  const auto key = *CallKeyPair::generate(tape);
  const auto nonce = filled<SaidNonce>(1);
  for (const bool honest : {false, true}) {
    const auto committed = honest ? nonce : filled<SaidNonce>(2);
    CallOffer offer;
    write(offer, {call_id,
                  1,
                  {},
                  key.public_key(),
                  commitment_to(call_id, key.public_key(), committed.bytes()),
                  roster});
    auto answered = *IncomingCall::read(offer)->answer(bob, alice.identity, roster, tape);
    const auto answer = *read_answer(answered.answer);
    const auto transcript =
        first_transcript(offer, body_of(answered.answer), {alice.identity, bob.identity});
    auto keys = first_epoch(transcript, *agree_with(key, answer.key), {});
    const Agreed caller(CallSide::caller, call_id, {}, transcript, keys);
    const auto news = answered.call.take(caller.reveal(nonce), tape, noon);
    EXPECT_EQ(news.has_value(), honest);
    if (!honest) {
      EXPECT_EQ(news.error(), Error::authentication_failed);
    }
  }
}

TEST(CallCode, FormsAreThoseOfTheBytes) {  // [MK-8-3]
  std::array<std::uint8_t, 32> bytes{};
  auto code = call_code_of(bytes);
  EXPECT_EQ(std::string(code.digits.begin(), code.digits.end()), "000000");
  EXPECT_EQ(code.emoji_names[0], "dog");
  EXPECT_EQ(code.words[2], "acorn");
  bytes.fill(0xff);
  code = call_code_of(bytes);
  EXPECT_EQ(std::string(code.digits.begin(), code.digits.end()), "551615");  // 2^64 - 1
  EXPECT_EQ(code.emoji_names[3], "boat");
  EXPECT_EQ(code.words[0], "walnut");
  bytes.fill(0);
  bytes[8] = 65;
  bytes[12] = 1;
  bytes[13] = 2;
  bytes[15] = 0xff;
  code = call_code_of(bytes);
  EXPECT_EQ(code.emoji_names[0], "cat");
  EXPECT_EQ(code.words[0], "actor");
  EXPECT_EQ(code.words[1], "album");
  EXPECT_EQ(code.words[2], "acorn");
}

TEST(CodeLists, AreEasyToTellApart) {
  std::set<std::string_view> names;
  std::set<std::string_view> pictures;
  for (const Emoji& emoji : emoji_list) {
    names.insert(emoji.name);
    pictures.insert(emoji.picture);
  }
  EXPECT_EQ(names.size(), emoji_list.size());
  EXPECT_EQ(pictures.size(), emoji_list.size());
  std::set<std::string_view> beginnings;
  for (const std::string_view word : word_list) {
    EXPECT_GE(word.size(), 3U);
    EXPECT_LE(word.size(), 8U);
    EXPECT_EQ(word.find_first_not_of("abcdefghijklmnopqrstuvwxyz"), word.npos) << word;
    beginnings.insert(word.substr(0, 4));
  }
  EXPECT_EQ(beginnings.size(), word_list.size());
}

/// Somebody in the middle of every message, with sessions to both sides that they take for each
/// other's: the most that a service which lies about identity keys can have. What he sees, he may
/// use for what he says next; but a commitment has to be said before the nonce it must fit.
/// `digits` of the codes' six are compared, so that hits can be counted.
int hits_of_a_man_in_the_middle(int tries, std::size_t digits) {
  const IdentityPublic mallory = filled<IdentityPublic>(0xee);
  const auto starts_alike = [&](const CallCode& a, const CallCode& b) {
    return std::equal(a.digits.begin(), a.digits.begin() + static_cast<std::ptrdiff_t>(digits),
                      b.digits.begin());
  };
  int hits = 0;
  for (int attempt = 0; attempt < tries; ++attempt) {
    TapeEntropy tape(static_cast<std::uint64_t>(attempt) + 1000);
    auto alices = *OutgoingCall::create(call_id, alice, {}, roster, tape);
    // Towards Bob he calls himself; towards Alice he answers himself, as well as he can: after Bob
    // has answered, and choosing the best of several answers by all that he knows by then.
    auto his_call = *OutgoingCall::create(call_id, {mallory, 1}, {}, roster, tape);
    auto bobs = *IncomingCall::read(his_call.offer())->answer(bob, mallory, roster, tape);
    auto to_bob = *his_call.accept(bobs.answer, bob.identity);
    const CallCode code_at_bob = *to_bob.call.code();
    const auto incoming = *IncomingCall::read(alices.offer());
    // Alice's nonce is unknown to him, so no choice of answer is better than another.
    auto his_answer = *incoming.answer({mallory, 7}, alice.identity, roster, tape);
    auto at_alice = *alices.accept(his_answer.answer, mallory);
    EXPECT_TRUE(bobs.call.take(to_bob.reveal, tape, noon));
    EXPECT_EQ(*bobs.call.code(), code_at_bob);
    hits += starts_alike(*at_alice.call.code(), *bobs.call.code()) ? 1 : 0;
    // Having seen Alice's nonce, he may not tell Bob another one than he committed to.
    CallReveal other = to_bob.reveal;
    other[20] ^= 1;
    EXPECT_FALSE(bobs.call.take(other, tape, noon));
  }
  return hits;
}

TEST(CallCode, AManInTheMiddleHitsByChanceOnly) {  // [MK-8-4]
  // One digit: 1 in 10. 2,000 tries: 200 expected, sigma 13.4; the bounds are five of them away.
  const int hits = hits_of_a_man_in_the_middle(2000, 1);
  EXPECT_GT(hits, 133);
  EXPECT_LT(hits, 267);
  // All six: 0.002 expected.
  EXPECT_EQ(hits_of_a_man_in_the_middle(2000, 6), 0);
}

}  // namespace
}  // namespace sotto::call
