// SPDX-License-Identifier: MIT OR Apache-2.0
/// What calls do when there is no memory: keys and epochs stay as they were.
#include <optional>
#include <tuple>

#include <gtest/gtest.h>

#include <sotto/group_code.hpp>

#include "alloc/starve.hpp"
#include "call/test_calls.hpp"

namespace sotto::call {
namespace {

using testing::keep;
using testing::made_or_not;
using testing::starve;

TEST(OutOfMemory, an_incoming_call_is_answered_or_rings_on) {
  struct Scene {
    TapeEntropy tape{3};
    OutgoingCall outgoing = *OutgoingCall::create(call_id, alice, {}, roster, tape);
    IncomingCall incoming = *IncomingCall::read(outgoing.offer());
    std::optional<IncomingCall::Answered> answered;
    std::optional<OutgoingCall::Accepted> accepted;
  };
  const auto answer = [](Scene& scene) -> std::optional<Error> {
    scene.tape = TapeEntropy(4);
    auto answered = scene.incoming.answer(bob, alice.identity, roster, scene.tape);
    if (!answered) return answered.error();
    scene.answered.emplace(*std::move(answered));
    return std::nullopt;
  };
  EXPECT_GE(starve([] { return std::make_unique<Scene>(); }, answer,
                   [](Scene& scene) {
                     return scene.answered ? std::optional(scene.answered->answer) : std::nullopt;
                   }),
            1U);
  EXPECT_GE(starve(
                [&] {
                  auto scene = std::make_unique<Scene>();
                  EXPECT_EQ(answer(*scene), std::nullopt);
                  return scene;
                },
                [](Scene& scene) -> std::optional<Error> {
                  auto accepted = scene.outgoing.accept(scene.answered->answer, bob.identity);
                  if (!accepted) return accepted.error();
                  scene.accepted.emplace(*std::move(accepted));
                  return std::nullopt;
                },
                [](Scene& scene) {
                  return scene.accepted ? std::optional(scene.accepted->reveal) : std::nullopt;
                }),
            1U);
}

/// A call in which both sides have a new epoch's keys in hand.
struct Rekeyed {
  Rekeyed() {
    ends.revealed();
    expect_media(*ends.caller, *ends.callee);
    const auto proposal = *ends.caller->call.rekey(ends.tape);
    auto taken = *ends.callee->call.take(proposal, ends.tape, noon);
    ours.emplace(*std::move(taken.receive));
    auto answered = *ends.caller->call.take(*taken.reply, ends.tape, noon);
    theirs.emplace(*std::move(answered.send));
  }
  /// Whether the caller's next frame opens at the callee.
  std::optional<Error> pass() { return error_of(ends.callee->open(ends.caller->seal("x"))); }

  TwoEnds ends;
  std::optional<CallReceiveKeys> ours;  // the callee's
  std::optional<CallSendKeys> theirs;   // the caller's
  std::optional<SrtpSender> packets;
  std::optional<SrtpReceiver> packets_in;
  std::optional<SframeSender> frames;
  std::optional<SframeReceiver> frames_in;
};

TEST(OutOfMemory, keys_of_an_epoch_are_kept_until_an_end_has_them) {
  const auto make = [] { return std::make_unique<Rekeyed>(); };
  const auto made = [](Rekeyed& scene) {
    return std::tuple(scene.pass(), scene.packets.has_value(), scene.packets_in.has_value(),
                      scene.frames.has_value(), scene.frames_in.has_value());
  };
  EXPECT_GE(
      starve(make, [](Rekeyed& s) { return keep(s.packets, s.theirs->srtp_sender()); }, made), 1U);
  EXPECT_GE(
      starve(make, [](Rekeyed& s) { return keep(s.frames, s.theirs->frame_sender()); }, made), 1U);
  EXPECT_GE(starve(
                make, [](Rekeyed& s) { return keep(s.packets_in, s.ours->srtp_receiver()); }, made),
            1U);
  EXPECT_GE(starve(
                make, [](Rekeyed& s) { return keep(s.frames_in, s.ours->frame_receiver()); }, made),
            1U);
  EXPECT_GE(starve(
                make, [](Rekeyed& s) { return error_of(s.ours->add_to(s.ends.callee->receiver)); },
                [](Rekeyed& s) { return std::tuple(s.pass(), s.ends.callee->receiver.keys()); }),
            1U);
  EXPECT_GE(starve(
                [] {
                  auto scene = std::make_unique<Rekeyed>();
                  EXPECT_TRUE(scene->ours->add_to(scene->ends.callee->receiver));
                  return scene;
                },
                [](Rekeyed& s) { return error_of(s.theirs->rekey(s.ends.caller->sender)); },
                [](Rekeyed& s) { return std::tuple(s.pass(), s.ends.caller->sender.kid()); }),
            1U);
}

TEST(OutOfMemory, taking_a_rekey_is_whole_or_nothing) {
  struct Scene {
    Scene() {
      ends.revealed();
      proposal = *ends.caller->call.rekey(ends.tape);
    }
    TwoEnds ends;
    CallRekey proposal{};
  };
  starve([] { return std::make_unique<Scene>(); },
         [](Scene& s) {
           s.ends.tape = TapeEntropy(5);
           return error_of(s.ends.callee->call.take(s.proposal, s.ends.tape, noon));
         },
         [](Scene& s) { return s.ends.callee->call.epoch(); });
}

TEST(OutOfMemory, a_short_code_of_a_group_is_begun_or_not) {
  const std::size_t points = made_or_not<GroupCode>([] {
    TapeEntropy tape(6);
    return GroupCode::create(call_id, roster, 3, 1, tape);
  });
  EXPECT_GE(points, 2U);
}

}  // namespace
}  // namespace sotto::call
