// SPDX-License-Identifier: MIT OR Apache-2.0
#include "call/agreed.hpp"
#include "call/test_calls.hpp"

namespace sotto::call {
namespace {

using std::chrono::milliseconds;

TEST(CallRekeying, EitherSideMayBegin) {  // [MK-6-1] [MK-6-2]
  TwoEnds ends;
  ends.revealed();
  for (int round = 0; round < 6; ++round) {
    End& proposer = round % 2 == 0 ? *ends.caller : *ends.callee;
    End& answerer = round % 2 == 0 ? *ends.callee : *ends.caller;
    const auto proposal = *proposer.call.rekey(ends.tape);
    const auto answer = answerer.must_take(proposal, ends.tape);
    ASSERT_TRUE(answer.reply);
    EXPECT_FALSE(answer.send) << "before the peer can open it";
    expect_media(proposer, answerer);
    const auto done = proposer.must_take(*answer.reply, ends.tape);
    EXPECT_TRUE(done.send);
    EXPECT_FALSE(proposer.call.pending());
    EXPECT_EQ(proposer.call.epoch(), static_cast<std::uint32_t>(round + 1));
    EXPECT_EQ(answerer.call.epoch(), static_cast<std::uint32_t>(round + 1));
    expect_media(proposer, answerer);
    auto switched = answerer.call.peer_sealed(proposer.call.epoch(), noon);
    EXPECT_TRUE(switched.send);
    answerer.heed(switched);
    // [MK-5-3]
    EXPECT_EQ(answerer.sender.kid(), SframeKid{static_cast<std::uint64_t>(round + 1)});
    expect_media(proposer, answerer);
  }
  EXPECT_EQ(*ends.caller->call.code(), *ends.callee->call.code()) << "the code stays";
}

TEST(CallRekeying, OldKeysAreRetiredAfterTheirTime) {  // [MK-6-5]
  TwoEnds ends;
  ends.revealed();
  const Buffer early = ends.callee->seal("sent before");
  const Buffer late = ends.callee->seal("sent before, too");
  const auto answer = ends.callee->must_take(*ends.caller->call.rekey(ends.tape), ends.tape);
  static_cast<void>(ends.caller->must_take(*answer.reply, ends.tape));
  EXPECT_FALSE(ends.caller->call.next_deadline()) << "the callee seals under the old ones yet";
  ends.caller->see(*ends.callee);
  EXPECT_FALSE(ends.caller->call.next_deadline()) << "an old frame tells nothing";
  ends.callee->see(*ends.caller);
  ends.caller->see(*ends.callee);
  EXPECT_EQ(ends.caller->call.next_deadline(), noon + call_old_keys_age);
  EXPECT_EQ(ends.callee->call.next_deadline(), noon + call_old_keys_age);
  auto none = ends.caller->call.tick(noon + call_old_keys_age - milliseconds(1));
  EXPECT_FALSE(none.retire);
  EXPECT_TRUE(ends.caller->open(early));
  auto over = ends.caller->call.tick(noon + call_old_keys_age);
  EXPECT_EQ(over.retire, 0U);
  ends.caller->heed(over);
  EXPECT_EQ(error_of(ends.caller->open(late)), Error::unknown_key);
  EXPECT_FALSE(ends.caller->call.next_deadline());
}

TEST(CallRekeying, AnAnswerThatIsHeldBackMakesNobodyDeaf) {  // [MK-6-4] [MK-6-5]
  TwoEnds ends;
  ends.revealed();
  const auto proposal = *ends.caller->call.rekey(ends.tape);
  const auto answer = ends.callee->must_take(proposal, ends.tape);
  for (int seconds = 0; seconds < 3600; ++seconds) {
    const Instant now = noon + std::chrono::seconds(seconds);
    for (End* end : {&*ends.caller, &*ends.callee}) {
      auto news = end->call.tick(now);
      EXPECT_FALSE(news.send || news.retire) << seconds;
    }
    ends.callee->see(*ends.caller, now);
    ends.caller->see(*ends.callee, now);
  }
  const Instant later = noon + std::chrono::hours(1);
  static_cast<void>(ends.caller->must_take(*answer.reply, ends.tape, later));
  for (int i = 0; i < 2; ++i) {
    ends.caller->see(*ends.callee, later);
    ends.callee->see(*ends.caller, later);
  }
  for (const End* end : {&*ends.caller, &*ends.callee}) EXPECT_EQ(end->sender.kid(), SframeKid{1});
}

TEST(CallRekeying, OneWhoseFramesAreLostIsNotCutOff) {  // [MK-6-4] [MK-6-5]
  TwoEnds ends;
  ends.revealed();
  for (std::uint32_t epoch = 1; epoch <= 6; ++epoch) {
    // Nothing of the caller's arrives but its messages; the callee seals one epoch behind.
    const auto answer = ends.callee->must_take(*ends.caller->call.rekey(ends.tape), ends.tape);
    ends.caller->see(*ends.callee);
    static_cast<void>(ends.caller->must_take(*answer.reply, ends.tape));
    ends.caller->see(*ends.callee);
    EXPECT_EQ(ends.callee->sender.kid(), SframeKid{epoch - 1});
  }
  // Now the callee proposes, and still has not seen the caller's newest keys in use.
  const auto answer = ends.caller->must_take(*ends.callee->call.rekey(ends.tape), ends.tape);
  auto over = ends.caller->call.tick(noon + std::chrono::hours(1));
  ends.caller->heed(over);
  ends.caller->see(*ends.callee);
  static_cast<void>(ends.callee->must_take(*answer.reply, ends.tape));
  ends.caller->see(*ends.callee);
  ends.callee->see(*ends.caller);
  EXPECT_EQ(ends.callee->sender.kid(), ends.caller->sender.kid());
}

TEST(CallRekeying, EpochsThatThereAreNotTellNothing) {  // [MK-6-4]
  TwoEnds ends;
  ends.revealed();
  static_cast<void>(ends.callee->must_take(*ends.caller->call.rekey(ends.tape), ends.tape));
  EXPECT_FALSE(ends.callee->call.peer_sealed(0, noon).send) << "an old packet tells nothing";
  EXPECT_FALSE(ends.callee->call.peer_sealed(2, noon).send);
  EXPECT_TRUE(ends.callee->call.peer_sealed(1, noon).send);
}

TEST(CallRekeying, WhenBothProposeTheCallersStands) {  // [MK-6-3]
  TwoEnds ends;
  ends.revealed();
  const auto callers = *ends.caller->call.rekey(ends.tape);
  const auto callees = *ends.callee->call.rekey(ends.tape);
  const auto at_caller = ends.caller->must_take(callees, ends.tape);
  EXPECT_FALSE(at_caller.reply);
  EXPECT_TRUE(ends.caller->call.pending());
  const auto at_callee = ends.callee->must_take(callers, ends.tape);
  ASSERT_TRUE(at_callee.reply);
  EXPECT_FALSE(ends.callee->call.pending());
  static_cast<void>(ends.caller->must_take(*at_callee.reply, ends.tape));
  EXPECT_EQ(ends.caller->call.epoch(), 1U);
  EXPECT_EQ(ends.callee->call.epoch(), 1U);
  expect_media(*ends.caller, *ends.callee);
  EXPECT_EQ(error_of(ends.caller->call.take(callees, ends.tape, noon)), Error::replayed);
}

TEST(CallRekeying, RepeatedProposalsGetTheSameAnswer) {  // [MK-6-6]
  TwoEnds ends;
  ends.revealed();
  const auto proposal = *ends.caller->call.rekey(ends.tape);
  EXPECT_EQ(error_of(ends.caller->call.rekey(ends.tape)), Error::conflict);
  EXPECT_EQ(ends.caller->call.pending(), proposal);
  const auto first = ends.callee->must_take(proposal, ends.tape);
  const auto again = ends.callee->must_take(proposal, ends.tape);
  EXPECT_EQ(first.reply, again.reply);
  EXPECT_FALSE(again.receive);
  EXPECT_EQ(ends.callee->call.epoch(), 1U);
  static_cast<void>(ends.caller->must_take(*first.reply, ends.tape));
  EXPECT_EQ(error_of(ends.caller->call.take(*first.reply, ends.tape, noon)), Error::replayed);
}

TEST(CallRekeying, EveryBitOfBothMessagesCounts) {  // [MK-4-4]
  TwoEnds ends;
  ends.revealed();
  const auto proposal = *ends.caller->call.rekey(ends.tape);
  for (std::size_t bit = 0; bit < proposal.size() * 8; ++bit) {
    CallRekey altered = proposal;
    altered[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_FALSE(ends.callee->call.take(altered, ends.tape, noon)) << bit;
    EXPECT_EQ(ends.callee->call.epoch(), 0U);
  }
  const auto answer = ends.callee->must_take(proposal, ends.tape);
  for (std::size_t bit = 0; bit < proposal.size() * 8; ++bit) {
    CallRekey altered = *answer.reply;
    altered[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_FALSE(ends.caller->call.take(altered, ends.tape, noon)) << bit;
  }
  static_cast<void>(ends.caller->must_take(*answer.reply, ends.tape));
  expect_media(*ends.caller, *ends.callee);
}

TEST(CallRekeying, NotBeforeTheReveal) {  // [MK-8-2]
  TwoEnds ends;
  EXPECT_EQ(error_of(ends.callee->call.rekey(ends.tape)), Error::conflict);
  const auto proposal = *ends.caller->call.rekey(ends.tape);
  EXPECT_EQ(error_of(ends.callee->call.take(proposal, ends.tape, noon)), Error::conflict);
  ends.revealed();
  EXPECT_TRUE(ends.callee->must_take(proposal, ends.tape).reply);
}

TEST(CallRekeying, EpochsThatAreNotNextAreRefused) {
  TwoEnds ends;
  ends.revealed();
  CallRekey far{};
  write(far, Rekey{Kind::rekey, call_id, 2, filled<CallPublic>(9)});
  EXPECT_EQ(error_of(ends.callee->call.take(far, ends.tape, noon)), Error::too_far_ahead);
  write(far, Rekey{Kind::rekey, call_id, 0, filled<CallPublic>(9)});
  EXPECT_EQ(error_of(ends.callee->call.take(far, ends.tape, noon)), Error::replayed);
  write(far, Rekey{Kind::rekey_answer, call_id, 1, filled<CallPublic>(9)});
  EXPECT_EQ(error_of(ends.callee->call.take(far, ends.tape, noon)), Error::malformed)
      << "nothing was proposed";
  write(far, Rekey{Kind::rekey, filled<CallId>(0x12), 1, filled<CallPublic>(9)});
  EXPECT_EQ(error_of(ends.callee->call.take(far, ends.tape, noon)), Error::malformed)
      << "another call";
}

TEST(CallRekeying, EntropyThatFailsChangesNothing) {
  TwoEnds ends;
  ends.revealed();
  testing::FailingEntropy failing;
  EXPECT_EQ(error_of(ends.caller->call.rekey(failing)), Error::entropy_failed);
  EXPECT_FALSE(ends.caller->call.pending());
  const auto proposal = *ends.caller->call.rekey(ends.tape);
  EXPECT_EQ(error_of(ends.callee->call.take(proposal, failing, noon)), Error::entropy_failed);
  EXPECT_EQ(ends.callee->call.epoch(), 0U);
  EXPECT_TRUE(ends.callee->must_take(proposal, ends.tape).reply);
}

TEST(CallRekeying, ThreeKeysAtMostAreHeld) {  // [MK-6-5]
  TwoEnds ends;
  ends.revealed();
  for (int round = 0; round < 8; ++round) {
    // Nobody's clock moves: what is older than the last epoch goes all the same.
    const auto answer = ends.callee->must_take(*ends.caller->call.rekey(ends.tape), ends.tape);
    static_cast<void>(ends.caller->must_take(*answer.reply, ends.tape));
    EXPECT_LE(ends.caller->receiver.keys(), 3U);
    EXPECT_LE(ends.callee->receiver.keys(), 3U);
    expect_media(*ends.caller, *ends.callee);
  }
}

}  // namespace
}  // namespace sotto::call
