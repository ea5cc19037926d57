// SPDX-License-Identifier: MIT OR Apache-2.0
// The attacks on calls between two of spec/attacks.toml.
#include "call/test_calls.hpp"

namespace sotto::call {
namespace {

// The server forwards the proposal and every frame, and holds the answer back.
TEST(Attack, attack_M17_rekey_answer_held_back) {
  TwoEnds ends;
  ends.revealed();
  const auto answer = ends.callee->must_take(*ends.caller->call.rekey(ends.tape), ends.tape);
  ASSERT_TRUE(answer.reply);
  for (const auto held_back :
       {std::chrono::seconds(4), std::chrono::seconds(11), std::chrono::seconds(600)}) {
    const Instant now = noon + held_back;
    auto news = ends.callee->call.tick(now);
    ends.callee->heed(news);
    ends.callee->see(*ends.caller, now);
    ends.caller->see(*ends.callee, now);
  }
  EXPECT_TRUE(ends.caller->call.pending()) << "the one who proposed sees that it is not done";
}

}  // namespace
}  // namespace sotto::call
