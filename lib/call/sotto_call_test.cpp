// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>

#include "call/agreed.hpp"
#include "call/test_calls.hpp"

namespace sotto::call {
namespace {

CallOffer offer_of(const CallTerms& terms = {}) {
  TapeEntropy tape(3);
  return OutgoingCall::create(call_id, alice, terms, roster, tape)->offer();
}

TEST(SottoCall, BothEndsSealAndOpen) {
  TwoEnds ends;
  expect_media(*ends.caller, *ends.callee);
  EXPECT_EQ(ends.caller->call.side(), CallSide::caller);
  EXPECT_EQ(ends.callee->call.side(), CallSide::callee);
  EXPECT_EQ(ends.callee->call.id(), call_id);
  EXPECT_EQ(ends.callee->call.epoch(), 0U);
}

TEST(SottoCall, EveryAllowedSuite) {  // [MK-3-1]
  for (const auto frames :
       {SframeSuite::aes_128_gcm_sha256_128, SframeSuite::aes_256_gcm_sha512_128,
        SframeSuite::sotto_aes_256_ctr_hmac_sha512_256}) {
    TwoEnds ends({.frames = frames, .padded = true});
    EXPECT_TRUE(ends.callee->call.terms().padded);
    expect_media(*ends.caller, *ends.callee);
  }
}

TEST(SottoCall, TermsThatAreWeakerAreRefusedOnBothSides) {  // [MK-3-1]
  TapeEntropy tape(1);
  const CallTerms short_tag{.srtp = SrtpProfile::aes_cm_128_hmac_sha1_32};
  const CallTerms short_frames{.frames = SframeSuite::aes_128_ctr_hmac_sha256_32};
  EXPECT_EQ(error_of(OutgoingCall::create(call_id, alice, short_tag, roster, tape)),
            Error::downgraded);
  EXPECT_EQ(error_of(OutgoingCall::create(call_id, alice, short_frames, roster, tape)),
            Error::downgraded);
  for (const CallTerms& terms : {short_tag, short_frames}) {
    auto parsed = *read_offer(offer_of());
    parsed.terms = terms;
    CallOffer weak;
    write(weak, parsed);
    EXPECT_EQ(error_of(IncomingCall::read(weak)), Error::downgraded);
  }
}

TEST(SottoCall, EveryBitOfTheAnswerCounts) {  // [MK-4-1] [MK-4-4]
  TapeEntropy tape(5);
  auto outgoing = *OutgoingCall::create(call_id, alice, {}, roster, tape);
  const auto incoming = *IncomingCall::read(outgoing.offer());
  const auto answered = *incoming.answer(bob, alice.identity, roster, tape);
  for (std::size_t bit = 0; bit < answered.answer.size() * 8; ++bit) {
    CallAnswer altered = answered.answer;
    altered[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_FALSE(outgoing.accept(altered, bob.identity)) << bit;
  }
  EXPECT_TRUE(outgoing.accept(answered.answer, bob.identity)) << "a refusal changed something";
}

TEST(SottoCall, EveryBitOfTheOfferCounts) {  // [MK-4-1]
  TapeEntropy tape(6);
  auto outgoing = *OutgoingCall::create(call_id, alice, {}, roster, tape);
  for (std::size_t bit = 0; bit < call_offer_bytes * 8; ++bit) {
    CallOffer altered = outgoing.offer();
    altered[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    const auto incoming = IncomingCall::read(altered);
    if (!incoming) continue;
    const auto answered = incoming->answer(bob, alice.identity, incoming->roster(), tape);
    if (!answered) continue;
    EXPECT_FALSE(outgoing.accept(answered->answer, bob.identity)) << bit;
  }
}

TEST(SottoCall, AnAnswerInAnotherNameOrToAnotherIsRefused) {  // [MK-4-1]
  TapeEntropy tape(7);
  auto outgoing = *OutgoingCall::create(call_id, alice, {}, roster, tape);
  const auto incoming = *IncomingCall::read(outgoing.offer());
  const auto mallory = filled<IdentityPublic>(0xee);
  // Who answers is not who the session says.
  const auto answered = *incoming.answer(bob, alice.identity, roster, tape);
  EXPECT_EQ(error_of(outgoing.accept(answered.answer, mallory)), Error::authentication_failed);
  // Bob believed that Mallory calls.
  const auto misled = *incoming.answer(bob, mallory, roster, tape);
  EXPECT_EQ(error_of(outgoing.accept(misled.answer, bob.identity)), Error::authentication_failed);
  EXPECT_EQ(error_of(outgoing.accept(answered.answer, alice.identity)), Error::own_identity);
  EXPECT_EQ(error_of(incoming.answer({alice.identity, 2}, alice.identity, roster, tape)),
            Error::own_identity);
}

TEST(SottoCall, AnAnswerThatNamesOtherTermsIsADowngrade) {  // [MK-3-2]
  TapeEntropy tape(8);
  auto outgoing = *OutgoingCall::create(call_id, alice, {}, roster, tape);
  // A callee of its own mind: it knows all keys, and says suite 4.
  const auto offer = *read_offer(outgoing.offer());
  const auto key = *CallKeyPair::generate(tape);
  Answer answer{call_id, bob.device, offer.terms, key.public_key(), {}, roster};
  answer.terms.frames = SframeSuite::aes_128_gcm_sha256_128;
  const auto sign = [&](CallAnswer& message) {
    const auto shared = *agree_with(key, offer.key);
    const auto transcript =
        first_transcript(outgoing.offer(), body_of(message), {alice.identity, bob.identity});
    const auto keys = first_epoch(transcript, shared, offer.terms);
    const auto mac = confirmation(keys.callee.confirm, transcript, body_of(message));
    std::ranges::copy(mac, message.end() - mac_bytes);
  };
  CallAnswer message;
  write(message, answer);
  sign(message);
  EXPECT_EQ(error_of(outgoing.accept(message, bob.identity)), Error::downgraded);
  answer.terms = offer.terms;
  answer.roster = filled<RosterHash>(0x78);
  write(message, answer);
  sign(message);
  EXPECT_EQ(error_of(outgoing.accept(message, bob.identity)), Error::rosters_differ);
  answer.roster = roster;
  answer.id = filled<CallId>(0x12);
  write(message, answer);
  sign(message);
  EXPECT_EQ(error_of(outgoing.accept(message, bob.identity)), Error::malformed) << "another call";
  answer.id = call_id;
  write(message, answer);
  sign(message);
  EXPECT_TRUE(outgoing.accept(message, bob.identity));
}

TEST(SottoCall, ADeviceThatOneSideDoesNotSeeStopsTheCall) {  // [MK-3-3]
  TapeEntropy tape(9);
  const auto incoming = *IncomingCall::read(offer_of());
  EXPECT_EQ(error_of(incoming.answer(bob, alice.identity, filled<RosterHash>(0x78), tape)),
            Error::rosters_differ);
}

TEST(SottoCall, TheFirstAnswerConsumesTheKey) {  // [MK-4-3]
  TapeEntropy tape(10);
  auto outgoing = *OutgoingCall::create(call_id, alice, {}, roster, tape);
  const auto incoming = *IncomingCall::read(outgoing.offer());
  const auto first = *incoming.answer(bob, alice.identity, roster, tape);
  const auto second = *incoming.answer({bob.identity, 8}, alice.identity, roster, tape);
  ASSERT_TRUE(outgoing.accept(second.answer, bob.identity));
  EXPECT_EQ(error_of(outgoing.accept(first.answer, bob.identity)), Error::weak_key);
  EXPECT_EQ(error_of(outgoing.accept(second.answer, bob.identity)), Error::weak_key);
}

TEST(SottoCall, DevicesThatRingHaveNothingInCommon) {  // [MK-4-3]
  TapeEntropy tape(11);
  auto outgoing = *OutgoingCall::create(call_id, alice, {}, roster, tape);
  const auto incoming = *IncomingCall::read(outgoing.offer());
  auto first = *incoming.answer(bob, alice.identity, roster, tape);
  auto second = *incoming.answer({bob.identity, 8}, alice.identity, roster, tape);
  auto accepted = *outgoing.accept(second.answer, bob.identity);
  End caller(std::move(accepted.call), std::move(accepted.send), std::move(accepted.receive));
  End loser(std::move(first.call), std::move(first.send), std::move(first.receive));
  EXPECT_EQ(error_of(loser.open(caller.seal("secret"))), Error::authentication_failed);
  EXPECT_EQ(error_of(loser.call.take(accepted.reveal, tape, noon)), Error::authentication_failed);
}

TEST(SottoCall, KeysServeOneEndEach) {  // [MK-5-2]
  TapeEntropy tape(12);
  auto outgoing = *OutgoingCall::create(call_id, alice, {}, roster, tape);
  const auto incoming = *IncomingCall::read(outgoing.offer());
  auto answered = *incoming.answer(bob, alice.identity, roster, tape);
  ASSERT_TRUE(answered.send.frame_sender());
  EXPECT_EQ(error_of(answered.send.frame_sender()), Error::weak_key);
  ASSERT_TRUE(answered.receive.frame_receiver());
  EXPECT_EQ(error_of(answered.receive.frame_receiver()), Error::weak_key);
}

TEST(SottoCall, NoDirectionOpensItself) {  // [MK-5-1]
  TwoEnds ends;
  EXPECT_EQ(error_of(ends.caller->open(ends.caller->seal("mirror"))), Error::authentication_failed);
}

TEST(SottoCall, WeakKeysAndMirrorsAreRefused) {
  TapeEntropy tape(13);
  auto parsed = *read_offer(offer_of());
  parsed.key = CallPublic();
  CallOffer weak;
  write(weak, parsed);
  EXPECT_EQ(error_of(IncomingCall::read(weak)), Error::weak_key);
  auto outgoing = *OutgoingCall::create(call_id, alice, {}, roster, tape);
  const auto offer = *read_offer(outgoing.offer());
  CallAnswer mirror{};
  write(mirror, Answer{call_id, 7, offer.terms, offer.key, {}, roster});
  EXPECT_EQ(error_of(outgoing.accept(mirror, bob.identity)), Error::own_identity);
  write(mirror, Answer{call_id, 7, offer.terms, filled<CallPublic>(0xff), {}, roster});
  EXPECT_EQ(error_of(outgoing.accept(mirror, bob.identity)), Error::weak_key) << "not canonical";
}

TEST(SottoCall, EntropyThatFailsChangesNothing) {
  for (std::size_t calls = 0; calls < 2; ++calls) {
    testing::FailingEntropy failing(calls);
    EXPECT_EQ(error_of(OutgoingCall::create(call_id, alice, {}, roster, failing)),
              Error::entropy_failed);
    testing::FailingEntropy failing_too(calls);
    EXPECT_EQ(
        error_of(IncomingCall::read(offer_of())->answer(bob, alice.identity, roster, failing_too)),
        Error::entropy_failed);
  }
}

TEST(CallMessages, SizesAndVersionsAreExact) {  // [MK-2-1]
  const CallOffer offer = offer_of();
  for (std::size_t size = 0; size < offer.size(); ++size)
    EXPECT_EQ(error_of(IncomingCall::read(Bytes(offer).first(size))), Error::malformed) << size;
  Buffer longer(offer.begin(), offer.end());
  longer.push_back(0);
  EXPECT_EQ(error_of(IncomingCall::read(longer)), Error::malformed);
  CallOffer other = offer;
  other[0] = 2;
  EXPECT_EQ(error_of(IncomingCall::read(other)), Error::unsupported_version);
  other = offer;
  other[1] = 2;
  EXPECT_EQ(error_of(IncomingCall::read(other)), Error::malformed);
  other = offer;
  other[26] = 2;  // A flag that there is not.
  EXPECT_EQ(error_of(IncomingCall::read(other)), Error::malformed);
}

}  // namespace
}  // namespace sotto::call
