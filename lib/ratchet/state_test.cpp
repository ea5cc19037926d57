// SPDX-License-Identifier: MIT OR Apache-2.0
#include "ratchet/state.hpp"

#include <gtest/gtest.h>

#include "crypto/x25519.hpp"
#include "ratchet/test_pair.hpp"

namespace sotto::ratchet {
namespace {

using testing::ConstantEntropy;
using testing::FailingEntropy;
using testing::TapeEntropy;

/// Two engines without a frame: headers and keys are compared, nothing is encrypted.
using testing::image_of;

struct Engines {
  TapeEntropy tape{5};
  std::unique_ptr<State> alice;
  std::unique_ptr<State> bob;

  explicit Engines(const RatchetLimits& limits = {}) {
    const Agreed agreed(1);
    alice = *State::start(agreed.initiator(), tape, limits);
    bob = *State::start(agreed.responder(), limits);
  }

  /// `to` takes the message as if it were authentic; the name of the error, or "".
  std::string deliver(State& to, const Outgoing& message, Instant now = {}) {
    auto plan = to.plan(message.header, now);
    if (!plan) return std::string(name(plan.error()));
    EXPECT_EQ(to_hex(plan->keys().cipher_key()), to_hex(message.keys.cipher_key()));
    EXPECT_EQ(to_hex(plan->keys().mac_key()), to_hex(message.keys.mac_key()));
    EXPECT_EQ(to_hex(plan->keys().iv()), to_hex(message.keys.iv()));
    EXPECT_TRUE(to.prepare(*plan, tape));
    to.commit(*std::move(plan));
    return "";
  }
};

// [DR-2.6-1] [DR-3.5-6]
TEST(State, HeaderNumbersAsPeersWriteThem) {
  Engines e;
  const auto first = *e.alice->next_message();
  EXPECT_EQ(first.header.n, 0);
  EXPECT_EQ(first.header.pn, 0);
  EXPECT_EQ(e.alice->next_message()->header.n, 1);
  EXPECT_EQ(e.alice->next_message()->header.n, 2);
  // Bob had sent nothing on his first chain: PN 0.
  ASSERT_EQ(e.deliver(*e.bob, first), "");
  const auto reply = *e.bob->next_message();
  EXPECT_EQ(reply.header.n, 0);
  EXPECT_EQ(reply.header.pn, 0);
  EXPECT_NE(reply.header.dh, first.header.dh);
  // Alice had sent three: PN is the last number used, not the count.
  ASSERT_EQ(e.deliver(*e.alice, reply), "");
  const auto next = *e.alice->next_message();
  EXPECT_EQ(next.header.n, 0);
  EXPECT_EQ(next.header.pn, 2);
  // One message only: PN 0, as with none.
  ASSERT_EQ(e.deliver(*e.bob, next), "");
  EXPECT_EQ(e.bob->next_message()->header.pn, 0);
}

// [DR-3.3-3] [DR-3.3-4] [DR-5.1-3]
TEST(State, ResponderSendsOnTheAgreedChainWithItsPrekey) {
  const Agreed agreed(1);
  const auto bob = *State::start(agreed.responder(), {});
  ChainKey chain = agreed.chain.duplicate();
  const auto keys =
      MessageKeys::derive(signal_v3, step_chain(signal_v3, chain), crypto::zero_salt());
  const auto outgoing = *bob->next_message();
  EXPECT_EQ(outgoing.header.dh, agreed.bob_prekey.public_key());
  EXPECT_EQ(to_hex(outgoing.keys.cipher_key()), to_hex(keys.cipher_key()));
  EXPECT_EQ(bob->receiving_chains(), 0);
}

// [DR-3.3-1] [DR-3.3-2] [DR-3.1-1]
TEST(State, InitiatorTurnsOnceBeforeItsFirstMessage) {
  const Agreed agreed(1);
  TapeEntropy tape(5), same(5);
  const auto alice = *State::start(agreed.initiator(), tape, {});
  EXPECT_EQ(tape.drawn(), 32);
  const auto keys = *RatchetKeyPair::generate(same);
  const auto shared = *crypto::agree(keys.secret_key(), agreed.bob_prekey.public_key());
  Buffer okm(64);
  crypto::hkdf_sha256(okm, crypto::HmacSha256Key(agreed.root.expose()), shared.expose(),
                      bytes_of("WhisperRatchet"));
  ChainKey chain(std::span<const std::uint8_t>(okm).last<32>());
  const auto want =
      MessageKeys::derive(signal_v3, step_chain(signal_v3, chain), crypto::zero_salt());
  const auto outgoing = *alice->next_message();
  EXPECT_EQ(outgoing.header.dh, keys.public_key());
  EXPECT_EQ(to_hex(outgoing.keys.cipher_key()), to_hex(want.cipher_key()));
}

TEST(State, TurnDrawsEntropyOnlyInPrepare) {
  Engines e;
  const auto first = *e.alice->next_message();
  const auto second = *e.alice->next_message();
  auto plan = *e.bob->plan(first.header, {});
  EXPECT_TRUE(plan.turns());
  TapeEntropy tape(9);
  ASSERT_TRUE(e.bob->prepare(plan, tape));
  EXPECT_EQ(tape.drawn(), 32);
  e.bob->commit(std::move(plan));
  auto in_order = *e.bob->plan(second.header, {});
  EXPECT_FALSE(in_order.turns());
  ASSERT_TRUE(e.bob->prepare(in_order, tape));
  EXPECT_EQ(tape.drawn(), 32);
  e.bob->commit(std::move(in_order));
}

// [DR-3.5-4]
TEST(State, PlanAndPrepareChangeNothing) {
  Engines e;
  const auto first = *e.alice->next_message();
  const Buffer before = image_of(*e.bob);
  auto plan = *e.bob->plan(first.header, {});
  EXPECT_EQ(image_of(*e.bob), before);
  ASSERT_TRUE(e.bob->prepare(plan, e.tape));
  EXPECT_EQ(image_of(*e.bob), before);
  {
    const Plan dropped(std::move(plan));
  }
  EXPECT_EQ(image_of(*e.bob), before);
  EXPECT_EQ(e.deliver(*e.bob, first), "");
  EXPECT_NE(image_of(*e.bob), before);
}

TEST(State, PrepareMayFailAndBeTriedAgain) {
  Engines e;
  const auto first = *e.alice->next_message();
  auto plan = *e.bob->plan(first.header, {});
  FailingEntropy none;
  EXPECT_EQ(e.bob->prepare(plan, none).error(), Error::entropy_failed);
  ConstantEntropy zeros(0);
  EXPECT_EQ(e.bob->prepare(plan, zeros).error(), Error::entropy_failed);
  ASSERT_TRUE(e.bob->prepare(plan, e.tape));
  e.bob->commit(std::move(plan));
  EXPECT_EQ(e.deliver(*e.alice, *e.bob->next_message()), "");
}

TEST(State, AGeneratorThatRepeatsOurKeyIsBroken) {
  const Agreed agreed(1);
  TapeEntropy tape(5), repeated(5);
  const auto alice = *State::start(agreed.initiator(), tape, {});
  const auto bob = *State::start(agreed.responder(), {});
  // Bob's prekey chain first, so that Alice turns and would draw her own key again.
  auto at_bob = *bob->plan(alice->next_message()->header, {});
  ASSERT_TRUE(bob->prepare(at_bob, tape));
  bob->commit(std::move(at_bob));
  auto plan = *alice->plan(bob->next_message()->header, {});
  EXPECT_EQ(alice->prepare(plan, repeated).error(), Error::entropy_failed);
  EXPECT_TRUE(alice->prepare(plan, tape));
}

TEST(State, SendingBetweenPlanAndCommitIsCounted) {
  Engines e;
  ASSERT_EQ(e.deliver(*e.bob, *e.alice->next_message()), "");
  auto plan = *e.alice->plan(e.bob->next_message()->header, {});
  ASSERT_TRUE(e.alice->prepare(plan, e.tape));
  for (int i = 0; i < 4; ++i) static_cast<void>(e.alice->next_message());
  e.alice->commit(std::move(plan));
  EXPECT_EQ(e.alice->next_message()->header.pn, 4);
}

TEST(StateDeathTest, AStalePlanEndsTheProcess) {
  Engines e;
  const auto first = *e.alice->next_message();
  auto one = *e.bob->plan(first.header, {});
  auto two = *e.bob->plan(first.header, {});
  ASSERT_TRUE(e.bob->prepare(one, e.tape));
  ASSERT_TRUE(e.bob->prepare(two, e.tape));
  e.bob->commit(std::move(one));
  EXPECT_DEATH(e.bob->commit(std::move(two)), "");
}

TEST(StateDeathTest, AnUnpreparedTurnEndsTheProcess) {
  Engines e;
  auto plan = *e.bob->plan(e.alice->next_message()->header, {});
  EXPECT_DEATH(e.bob->commit(std::move(plan)), "");
}

TEST(State, APlanTellsItsStepsAndMayBeBoundedInThem) {
  Engines e;
  const crypto::HmacSha256Key& salt = crypto::zero_salt();
  const auto outcome = [&](const Outgoing& message, std::uint32_t max_steps) {
    const auto plan = e.bob->plan(message.header, {}, salt, max_steps);
    return plan ? std::to_string(plan->steps()) : std::string(name(plan.error()));
  };
  std::vector<Outgoing> sent;
  for (int i = 0; i < 8; ++i) sent.push_back(*e.alice->next_message());
  // In a new chain, all numbers before the message's own.
  EXPECT_EQ(outcome(sent[3], 2), "too_far_ahead");
  EXPECT_EQ(outcome(sent[3], 3), "3");
  EXPECT_EQ(outcome(sent[0], 0), "0");
  ASSERT_EQ(e.deliver(*e.bob, sent[3]), "");
  // In a known one, those since its end; none for a late message.
  EXPECT_EQ(outcome(sent[7], 2), "too_far_ahead");
  EXPECT_EQ(outcome(sent[7], 3), "3");
  EXPECT_EQ(outcome(sent[4], 0), "0");
  EXPECT_EQ(outcome(sent[1], 0), "0");
  EXPECT_EQ(outcome(sent[3], 0), "replayed");

  // No bound widens the ratchet's own.
  Engines narrow(RatchetLimits{.max_forward_jump = 1});
  for (int i = 0; i < 2; ++i) static_cast<void>(narrow.alice->next_message());
  EXPECT_EQ(narrow.bob->plan(narrow.alice->next_message()->header, {}, salt, 100).error(),
            Error::too_far_ahead);
}

TEST(State, TheNextHeaderIsThatOfTheNextMessage) {
  Engines e;
  for (int i = 0; i < 3; ++i) {
    const Header next = e.alice->next_header();
    EXPECT_EQ(e.alice->next_message()->header, next);
  }
  ASSERT_EQ(e.deliver(*e.bob, *e.alice->next_message()), "");
  const Header next = e.bob->next_header();
  EXPECT_EQ(e.bob->next_message()->header, next);
}

TEST(State, SaltEntersTheMessageKeysOnly) {
  Engines e;
  const crypto::HmacSha256Key salt(bytes_of("a key of this message"));
  const auto sent = *e.alice->next_message(salt);
  const auto plan = *e.bob->plan(sent.header, {}, salt);
  EXPECT_EQ(to_hex(plan.keys().mac_key()), to_hex(sent.keys.mac_key()));
  const auto unsalted = *e.bob->plan(sent.header, {});
  EXPECT_NE(to_hex(unsalted.keys().mac_key()), to_hex(sent.keys.mac_key()));
  EXPECT_EQ(e.deliver(*e.bob, *e.alice->next_message()), "");
}

TEST(State, AnotherSuiteIsAnotherRatchet) {
  Suite other = signal_v3;
  other.root_info = "another root label";
  const Agreed agreed(1);
  TapeEntropy one(5), two(5);
  const auto here = *State::start(agreed.initiator(), one, {});
  const auto there = *State::start(agreed.initiator(), two, {}, other);
  EXPECT_NE(to_hex(here->next_message()->keys.mac_key()),
            to_hex(there->next_message()->keys.mac_key()));
}

// Turns that Alice's ratchet makes; each leaves one message of the old chain undelivered.
std::vector<Outgoing> turns_with_a_late_message(Engines& e, int turns) {
  std::vector<Outgoing> late;
  for (int i = 0; i < turns; ++i) {
    EXPECT_EQ(e.deliver(*e.bob, *e.alice->next_message()), "");
    late.push_back(*e.alice->next_message());
    EXPECT_EQ(e.deliver(*e.alice, *e.bob->next_message()), "");
  }
  return late;
}

TEST(State, TheOldestSkippedKeyIsOfTheOldestChain) {
  Engines e;
  std::vector<Outgoing> skipped;
  for (int chain = 0; chain < 2; ++chain) {
    skipped.push_back(*e.alice->next_message());
    skipped.push_back(*e.alice->next_message());
    ASSERT_EQ(e.deliver(*e.bob, *e.alice->next_message()), "");
    ASSERT_EQ(e.deliver(*e.alice, *e.bob->next_message()), "");
  }
  ASSERT_EQ(e.bob->skipped_keys(), 4);
  for (std::size_t i = 0; i < skipped.size(); ++i) {
    e.bob->erase_oldest_skipped();
    EXPECT_EQ(e.bob->skipped_keys(), 3 - i);
    EXPECT_EQ(e.bob->plan(skipped[i].header, {}).error(), Error::replayed) << i;
    for (std::size_t left = i + 1; left < skipped.size(); ++left)
      EXPECT_TRUE(e.bob->plan(skipped[left].header, {})) << left;
  }
  const Buffer before = image_of(*e.bob);
  e.bob->erase_oldest_skipped();
  EXPECT_EQ(image_of(*e.bob), before) << "there is none";
}

// [DR-3.5-2]
TEST(State, OldChainsOnBothSidesOfTheirLimit) {
  Engines e(RatchetLimits{.max_receiving_chains = 3});
  const auto late = turns_with_a_late_message(e, 4);
  EXPECT_EQ(e.bob->receiving_chains(), 3);
  // The oldest chain is gone: its key is unknown by now and would make another turn, whose keys
  // are not those of the message.
  const auto plan = *e.bob->plan(late[0].header, {});
  EXPECT_TRUE(plan.turns());
  EXPECT_NE(to_hex(plan.keys().mac_key()), to_hex(late[0].keys.mac_key()));
  for (int i = 1; i < 4; ++i)
    EXPECT_EQ(e.deliver(*e.bob, late[static_cast<std::size_t>(i)]), "") << i;
}

TEST(State, OneChainIsEnoughToTalk) {
  Engines e(RatchetLimits{.max_receiving_chains = 1});
  turns_with_a_late_message(e, 4);
  EXPECT_EQ(e.bob->receiving_chains(), 1);
}

TEST(State, OldChainsExpireTheLiveOneDoesNot) {
  Engines e(RatchetLimits{.max_skipped_age = std::chrono::milliseconds(100)});
  const auto late = turns_with_a_late_message(e, 3);  // all at 0
  EXPECT_EQ(e.bob->receiving_chains(), 3);
  const auto late_in_live = *e.alice->next_message();  // brings the fourth chain
  ASSERT_EQ(e.deliver(*e.bob, late_in_live, at(99)), "");
  EXPECT_EQ(e.bob->receiving_chains(), 4) << "99 ms";
  ASSERT_EQ(e.deliver(*e.bob, *e.alice->next_message(), at(100)), "");
  EXPECT_EQ(e.bob->receiving_chains(), 3) << "chains retired at 0 are 100 ms old: one goes";
  ASSERT_EQ(e.deliver(*e.bob, *e.alice->next_message(), at(100)), "");
  EXPECT_EQ(e.bob->receiving_chains(), 2) << "then the other";
  ASSERT_EQ(e.deliver(*e.bob, *e.alice->next_message(), at(198)), "");
  EXPECT_EQ(e.bob->receiving_chains(), 2);
  ASSERT_EQ(e.deliver(*e.bob, *e.alice->next_message(), at(1'000'000)), "");
  EXPECT_EQ(e.bob->receiving_chains(), 1);
  EXPECT_EQ(e.deliver(*e.bob, *e.alice->next_message(), at(2'000'000)), "");
}

// [DR-6.4-2]
TEST(State, SkippedKeysExpireAtTheirAge) {
  Engines e(RatchetLimits{.max_skipped_age = std::chrono::milliseconds(100)});
  const auto late = *e.alice->next_message();
  const auto later = *e.alice->next_message();
  ASSERT_EQ(e.deliver(*e.bob, *e.alice->next_message(), at(5'000)), "");
  ASSERT_EQ(e.deliver(*e.bob, *e.alice->next_message(), at(5'099)), "");
  EXPECT_EQ(e.bob->skipped_keys(), 2);
  ASSERT_EQ(e.deliver(*e.bob, late, at(5'099)), "");
  ASSERT_EQ(e.deliver(*e.bob, *e.alice->next_message(), at(-1'000'000)), "");
  EXPECT_EQ(e.bob->skipped_keys(), 1) << "a clock that went backwards makes nothing expire";
  ASSERT_EQ(e.deliver(*e.bob, *e.alice->next_message(), at(5'100)), "");
  EXPECT_EQ(e.bob->skipped_keys(), 0);
  EXPECT_EQ(e.deliver(*e.bob, later, at(5'100)), "replayed");
}

// [DR-3.2-2] [DR-6.4-1]
TEST(State, TheTotalTakesFromTheOldestChainFirst) {
  Engines e(RatchetLimits{.max_skipped_per_chain = 3, .max_skipped_total = 5});
  std::vector<Outgoing> late;
  for (int turn = 0; turn < 2; ++turn) {
    for (int i = 0; i < 3; ++i) late.push_back(*e.alice->next_message());
    ASSERT_EQ(e.deliver(*e.bob, *e.alice->next_message()), "");
    ASSERT_EQ(e.deliver(*e.alice, *e.bob->next_message()), "");
    EXPECT_EQ(e.bob->skipped_keys(), turn == 0 ? 3 : 5);
  }
  EXPECT_EQ(e.deliver(*e.bob, late[0]), "replayed");
  for (std::size_t i = 1; i < late.size(); ++i) EXPECT_EQ(e.deliver(*e.bob, late[i]), "") << i;
}

TEST(State, StartLeavesTheAgreementOnFailure) {
  const Agreed agreed(1);
  auto initiator = agreed.initiator();
  FailingEntropy none;
  ASSERT_EQ(State::start(std::move(initiator), none, {}).error(), Error::entropy_failed);
  EXPECT_EQ(to_hex(initiator.root_key.expose()), to_hex(agreed.root.expose()));
  EXPECT_EQ(to_hex(initiator.chain_key.expose()), to_hex(agreed.chain.expose()));
  TapeEntropy tape(5);
  ASSERT_TRUE(State::start(std::move(initiator), tape, {}));
  EXPECT_EQ(to_hex(initiator.root_key.expose()), std::string(64, '0')) << "consumed";
  auto responder = agreed.responder();
  ASSERT_TRUE(State::start(std::move(responder), {}));
  EXPECT_EQ(to_hex(responder.root_key.expose()), std::string(64, '0')) << "consumed";
}

TEST(State, StartRefusesAWeakKey) {
  const Agreed agreed(1);
  auto initiator = agreed.initiator();
  TapeEntropy tape(5);
  for (const std::uint8_t byte : {std::uint8_t{0x00}, std::uint8_t{0xff}}) {
    initiator.their_key = filled<RatchetPublic>(byte);
    EXPECT_EQ(State::start(std::move(initiator), tape, {}).error(), Error::weak_key);
  }
  EXPECT_EQ(tape.drawn(), 0);
}

}  // namespace
}  // namespace sotto::ratchet
