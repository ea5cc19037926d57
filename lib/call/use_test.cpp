// SPDX-License-Identifier: MIT OR Apache-2.0
// Calls and the making of a group's code, moved about and used after that.
#include <sotto/group_code.hpp>

#include "call/test_calls.hpp"
#include "testing/moves.hpp"

namespace sotto::call {
namespace {

/// The caller's side of the call `n`.
Call call_of(int n) {
  TapeEntropy tape(static_cast<std::uint64_t>(n));
  auto outgoing =
      *OutgoingCall::create(filled<CallId>(static_cast<std::uint8_t>(n)), alice, {}, roster, tape);
  const auto answered =
      *(*IncomingCall::read(outgoing.offer())).answer(bob, alice.identity, roster, tape);
  return std::move(outgoing.accept(answered.answer, bob.identity)->call);
}

GroupCode code_of(int n) {
  TapeEntropy tape(static_cast<std::uint64_t>(n));
  return *GroupCode::create(call_id, roster, 3, 0, tape);
}

TEST(Use, OfCallsThatAreMovedAbout) {
  testing::expect_moves<Call>(
      call_of, [](const Call& call) { return static_cast<int>(call.id().bytes()[0]); },
      [](Call& call) { return error_of(call.code()); });
  testing::expect_moves<GroupCode>(
      code_of,
      [](const GroupCode& code) {
        for (int n = 1; n <= 2; ++n)
          if (code.commitment() == code_of(n).commitment()) return n;
        EXPECT_EQ(code.commitment(), GroupCommitment());
        return 0;
      },
      [](GroupCode& code) { return error_of(code.code()); });
}

TEST(Use, OfACallThatWasMovedFromIsRefused) {
  Call call = call_of(1);
  const Call taken(std::move(call));
  // NOLINTBEGIN(bugprone-use-after-move)
  TapeEntropy tape(9);
  EXPECT_EQ(error_of(call.code()), Error::consumed);
  EXPECT_EQ(error_of(call.rekey(tape)), Error::consumed);
  EXPECT_EQ(error_of(call.take({}, tape, noon)), Error::consumed);
  EXPECT_EQ(tape.drawn(), 0U);
  EXPECT_EQ(call.side(), CallSide{});
  EXPECT_EQ(call.id(), CallId());
  EXPECT_EQ(call.terms(), CallTerms());
  EXPECT_EQ(call.epoch(), 0U);
  EXPECT_EQ(call.pending(), std::nullopt);
  EXPECT_FALSE(call.peer_sealed(1, noon).send);
  EXPECT_FALSE(call.tick(noon).retire);
  EXPECT_EQ(call.next_deadline(), std::nullopt);
  // NOLINTEND(bugprone-use-after-move)
}

TEST(Use, OfTheMakingOfACodeThatWasMovedFromIsRefused) {
  GroupCode code = code_of(1);
  const GroupCode taken(std::move(code));
  // NOLINTBEGIN(bugprone-use-after-move)
  EXPECT_EQ(error_of(code.reveal()), Error::consumed);
  EXPECT_EQ(error_of(code.take_commitment(1, {})), Error::consumed);
  EXPECT_EQ(error_of(code.take_reveal(1, {})), Error::consumed);
  EXPECT_EQ(error_of(code.code()), Error::consumed);
  EXPECT_EQ(code.commitment(), GroupCommitment());
  // NOLINTEND(bugprone-use-after-move)
}

}  // namespace
}  // namespace sotto::call
