// SPDX-License-Identifier: MIT OR Apache-2.0
/// A call holds the keys of the epoch that counts, and nothing of the one before; once it is gone,
/// nothing.
#include <memory>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/sotto_call.hpp>

#include "call/agreed.hpp"
#include "call/epoch.hpp"
#include "call/test_calls.hpp"
#include "call/transcript.hpp"
#include "erasure/memory_scan.hpp"

namespace sotto::call {
namespace {

using testing::deep_down;
using testing::found_in_memory;
using testing::learn;
using testing::Notes;
using Names = std::set<std::string>;

constexpr std::uint64_t seed = 1000;

/// All that is drawn and derived for epoch 0, and what is drawn for epoch 1.
void tell_call(Notes& n) {
  TapeEntropy tape(seed);
  TapeEntropy drawn(seed);
  const auto caller_key = *CallKeyPair::generate(drawn);
  std::array<std::uint8_t, 32> caller_nonce;
  static_cast<void>(drawn.fill(caller_nonce));
  const auto callee_key = *CallKeyPair::generate(drawn);

  const auto outgoing = *OutgoingCall::create(call_id, alice, {}, roster, tape);
  const auto incoming = *IncomingCall::read(outgoing.offer());
  const auto answered = *incoming.answer(bob, alice.identity, roster, tape);
  const auto transcript =
      first_transcript(outgoing.offer(), body_of(answered.answer), {alice.identity, bob.identity});
  const auto shared = *agree_with(caller_key, callee_key.public_key());
  const auto keys = first_epoch(transcript, shared, {});
  n.add("caller's key", caller_key.secret_key().expose());
  n.add("callee's key", callee_key.secret_key().expose());
  n.add("nonce", caller_nonce);
  n.add("shared secret", shared.expose());
  n.add("srtp of the caller", keys.caller.srtp.expose());
  n.add("frames of the caller", keys.caller.frames.expose());
  n.add("confirm of the caller", keys.caller.confirm.expose());
  n.add("srtp of the callee", keys.callee.srtp.expose());
  n.add("frames of the callee", keys.callee.frames.expose());
  n.add("confirm of the callee", keys.callee.confirm.expose());
  n.add("chain", keys.chain.expose());
  n.add("code key", keys.code.expose());
  TapeEntropy rekeyed = tape;
  n.add("caller's new key", CallKeyPair::generate(rekeyed)->secret_key().expose());
  n.add("callee's new key", CallKeyPair::generate(rekeyed)->secret_key().expose());
}

struct Line {
  TapeEntropy tape{seed};
  std::optional<OutgoingCall> outgoing;
  std::optional<IncomingCall::Answered> answered;
  std::optional<OutgoingCall::Accepted> accepted;
  std::optional<SframeSender> sender;
  std::optional<SrtpReceiver> receiver;

  void place() { outgoing.emplace(*OutgoingCall::create(call_id, alice, {}, roster, tape)); }
  void answer() {
    const auto incoming = *IncomingCall::read(outgoing->offer());
    answered.emplace(*incoming.answer(bob, alice.identity, roster, tape));
  }
  void accept() {
    accepted.emplace(*outgoing->accept(answered->answer, bob.identity));
    EXPECT_TRUE(answered->call.take(accepted->reveal, tape, noon));
    EXPECT_TRUE(answered->call.code());
  }
  /// Every half is given to an end once; two ends live on.
  void make_ends() {
    sender.emplace(*accepted->send.frame_sender());
    receiver.emplace(*accepted->receive.srtp_receiver());
    EXPECT_TRUE(accepted->send.srtp_sender());
    EXPECT_TRUE(accepted->receive.frame_receiver());
    CallSendKeys& send = answered->send;
    CallReceiveKeys& receive = answered->receive;
    EXPECT_TRUE(send.srtp_sender());
    EXPECT_TRUE(send.frame_sender());
    EXPECT_TRUE(receive.srtp_receiver());
    EXPECT_TRUE(receive.frame_receiver());
  }
  void rekey() {
    Call& caller = accepted->call;
    const auto proposal = *caller.rekey(tape);
    CallNews theirs = *answered->call.take(proposal, tape, noon);
    ASSERT_TRUE(theirs.reply);
    CallNews ours = *caller.take(*theirs.reply, tape, noon);
    ASSERT_TRUE(ours.send);
    ASSERT_TRUE(ours.send->rekey(*sender));
    const CallNews switched = answered->call.peer_sealed(1, noon);
    EXPECT_TRUE(switched.send);
  }
};

TEST(Erasure, a_call_keeps_its_epoch_and_then_nothing) {
  const auto needles = learn(tell_call);
  const auto line = std::make_unique<Line>();
  std::string where;
  const auto found = [&] {
    where.clear();
    return found_in_memory(needles, &where);
  };
  const Names all_keys{"srtp of the caller",
                       "frames of the caller",
                       "confirm of the caller",
                       "srtp of the callee",
                       "frames of the callee",
                       "confirm of the callee",
                       "chain"};
  const auto with = [](Names names, const Names& more) {
    names.insert(more.begin(), more.end());
    return names;
  };
  deep_down([&] { line->place(); });
  EXPECT_EQ(found(), (Names{"caller's key", "nonce"})) << where;
  deep_down([&] { line->answer(); });
  EXPECT_EQ(found(), with(all_keys, {"caller's key", "nonce", "code key"}))
      << where << "the callee's code waits for the reveal";
  deep_down([&] { line->accept(); });
  Names seen = found();
  // The nonce was said, in the reveal.
  seen.erase("nonce");
  EXPECT_EQ(seen, all_keys) << where;

  deep_down([&] { line->make_ends(); });
  seen = found();
  seen.erase("nonce");
  EXPECT_EQ(seen, (Names{"frames of the caller", "confirm of the caller", "confirm of the callee",
                         "chain"}))
      << where << "an SFrame end holds its base key, an SRTP end only what follows from its master";

  deep_down([&] { line->rekey(); });
  seen = found();
  seen.erase("nonce");
  EXPECT_EQ(seen, Names{}) << where;
  deep_down([&] {
    line->outgoing.reset();
    line->accepted.reset();
    line->answered.reset();
    line->sender.reset();
    line->receiver.reset();
  });
  seen = found();
  seen.erase("nonce");
  EXPECT_EQ(seen, Names{}) << where;
}

}  // namespace
}  // namespace sotto::call
