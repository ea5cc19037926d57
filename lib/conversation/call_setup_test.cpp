// SPDX-License-Identifier: MIT OR Apache-2.0
// One line at a time, by hand. What lines do together is searched exhaustively in proptests/.
#include "conversation/test_call_setup.hpp"

namespace sotto::call_setup {
namespace {

TEST(CallSetup, ACallThatIsAnswered) {  // [CS-2-1] [CS-3-1] [CS-3-2]
  Phone a;
  Phone b;
  const auto placed = *a.line.place(call(1), offer, a.now);
  ASSERT_EQ(kinds(placed), std::vector{Kind::offer});
  EXPECT_EQ(placed.send()[0].to, To::all);
  EXPECT_TRUE(same(placed.send()[0].signal.body, offer));
  EXPECT_EQ(a.line.state(), CallState::calling);

  const auto rings = b.hear(signal(Kind::offer, call(1), offer), 7);
  EXPECT_EQ(kinds(rings), std::vector{Kind::ringing});
  ASSERT_EQ(notices(rings), std::vector{Notice::incoming});
  EXPECT_TRUE(same(rings.tell()[0].body, offer));
  EXPECT_EQ(rings.tell()[0].device, 7U);
  EXPECT_EQ(notices(a.hear(signal(Kind::ringing, call(1)), 2)), std::vector{Notice::rings});

  const auto accepted = *b.line.accept(answer, b.now);
  ASSERT_EQ(kinds(accepted), std::vector{Kind::answer});
  EXPECT_EQ(accepted.send()[0].device, 7U);
  EXPECT_EQ(b.line.state(), CallState::answering);

  const auto answered = a.hear(signal(Kind::answer, call(1), answer), 2);
  ASSERT_EQ(notices(answered), std::vector{Notice::answered});
  EXPECT_TRUE(same(answered.tell()[0].body, answer));
  const auto confirmed = *a.line.confirm(2, confirm, a.now);
  ASSERT_EQ(kinds(confirmed), (std::vector{Kind::confirm, Kind::hang_up}));
  EXPECT_EQ(confirmed.send()[0].device, 2U);
  EXPECT_EQ(confirmed.send()[1].to, To::all_but);
  EXPECT_EQ(confirmed.send()[1].device, 2U);
  EXPECT_EQ(confirmed.send()[1].signal.reason, HangUpReason::answered_elsewhere);
  EXPECT_TRUE(confirmed.send()[1].signal.body.empty());  // the others learn nothing
  EXPECT_EQ(a.line.state(), CallState::talking_out);

  const auto connected = b.hear(signal(Kind::confirm, call(1), confirm), 7);
  ASSERT_EQ(notices(connected), std::vector{Notice::connected});
  EXPECT_TRUE(same(connected.tell()[0].body, confirm));
  EXPECT_EQ(b.line.state(), CallState::talking_in);
  EXPECT_FALSE(b.line.next_deadline());
}

TEST(CallSetup, NobodyButTheCallerConfirms) {  // [CS-3-2]
  Phone b;
  b.hear(signal(Kind::offer, call(1), offer), 7);
  (void)*b.line.accept(answer, b.now);
  EXPECT_TRUE(notices(b.hear(signal(Kind::confirm, call(1), confirm), 8)).empty());
  EXPECT_EQ(b.line.state(), CallState::answering);
  // Of another call: it is over.
  EXPECT_EQ(kinds(b.hear(signal(Kind::confirm, call(2), confirm), 7)), std::vector{Kind::hang_up});
  EXPECT_EQ(b.line.state(), CallState::answering);
}

TEST(CallSetup, WhatIsNotPossibleChangesNothing) {
  Phone a;
  EXPECT_EQ(error_of(a.line.accept(answer, a.now)), Error::wrong_state);
  EXPECT_EQ(error_of(a.line.hang_up(a.now)), Error::wrong_state);
  EXPECT_EQ(error_of(a.line.decline(HangUpReason::busy, a.now)), Error::wrong_state);
  EXPECT_EQ(error_of(a.line.confirm(1, confirm, a.now)), Error::wrong_state);
  EXPECT_EQ(error_of(a.line.reject(1, a.now)), Error::wrong_state);
  const Buffer longest(call_signal_max_body, 1);
  const Buffer longer(call_signal_max_body + 1, 1);
  EXPECT_EQ(error_of(a.line.place(call(1), longer, a.now)), Error::malformed);
  EXPECT_EQ(a.line.state(), CallState::idle);
  ASSERT_TRUE(a.line.place(call(1), longest, a.now));
  EXPECT_EQ(error_of(a.line.place(call(2), offer, a.now)), Error::wrong_state);
  EXPECT_EQ(a.line.id(), call(1));
  a.hear(signal(Kind::answer, call(1), answer), 2);
  EXPECT_EQ(error_of(a.line.confirm(3, confirm, a.now)), Error::wrong_state);
  EXPECT_EQ(error_of(a.line.confirm(2, longer, a.now)), Error::malformed);
  EXPECT_EQ(error_of(a.line.reject(3, a.now)), Error::wrong_state);
  EXPECT_TRUE(a.line.confirm(2, longest, a.now));
  const Buffer nonsense{1, 99};
  EXPECT_EQ(error_of(a.line.take(nonsense, 2, a.now)), Error::malformed);
  EXPECT_EQ(a.line.state(), CallState::talking_out);
}

TEST(CallSetup, DeclineGivesOneOfTwoReasons) {
  Phone b;
  b.hear(signal(Kind::offer, call(1), offer), 7);
  EXPECT_EQ(error_of(b.line.decline(HangUpReason::ended, b.now)), Error::malformed);
  EXPECT_EQ(error_of(b.line.decline(HangUpReason::answered_elsewhere, b.now)), Error::malformed);
  const auto declined = *b.line.decline(HangUpReason::busy, b.now);
  ASSERT_EQ(kinds(declined), std::vector{Kind::hang_up});
  EXPECT_EQ(declined.send()[0].signal.reason, HangUpReason::busy);
  EXPECT_EQ(notices(declined), std::vector{Notice::ended});
}

TEST(CallSetup, ACallThatIsOverRingsNoMore) {  // [CS-3-5]
  Phone b;
  b.hear(signal(Kind::offer, call(1), offer), 7);
  b.hear(gone(call(1), HangUpReason::ended), 7);
  const auto late = b.hear(signal(Kind::offer, call(1), offer), 7);
  EXPECT_TRUE(notices(late).empty());
  EXPECT_EQ(kinds(late), std::vector{Kind::hang_up});
  // Nor does one whose hang-up overtook its offer.
  EXPECT_EQ(kinds(b.hear(gone(call(2), HangUpReason::ended), 7)), std::vector{Kind::hung_up});
  EXPECT_TRUE(notices(b.hear(signal(Kind::offer, call(2), offer), 7)).empty());
  // Nor is its id taken for one of ours.
  EXPECT_EQ(error_of(b.line.place(call(2), offer, b.now)), Error::wrong_state);
  EXPECT_TRUE(b.line.place(call(3), offer, b.now));
}

TEST(CallSetup, SixteenPastCallsAreRemembered) {
  Phone b;
  for (std::uint8_t i = 0; i < call_max_past; ++i)
    b.hear(gone(call(static_cast<std::uint8_t>(i + 1)), HangUpReason::ended), 7);
  EXPECT_TRUE(notices(b.hear(signal(Kind::offer, call(1), offer), 7)).empty());
  b.hear(gone(call(100), HangUpReason::ended), 7);
  EXPECT_FALSE(notices(b.hear(signal(Kind::offer, call(1), offer), 7)).empty());
}

TEST(CallSetup, BothCall) {  // [CS-3-3]
  Phone small;
  Phone large;
  (void)*small.line.place(call(1), offer, small.now);
  (void)*large.line.place(call(2), offer, large.now);
  const auto lost = small.hear(signal(Kind::offer, call(2), answer), 7);
  ASSERT_EQ(kinds(lost), (std::vector{Kind::hang_up, Kind::ringing}));
  EXPECT_EQ(lost.send()[0].signal.reason, HangUpReason::glare);
  EXPECT_EQ(lost.send()[0].signal.id, call(1));
  ASSERT_EQ(notices(lost), std::vector{Notice::incoming});
  EXPECT_TRUE(lost.tell()[0].glare);
  EXPECT_EQ(lost.tell()[0].id, call(2));
  EXPECT_EQ(small.line.state(), CallState::ringing);

  const auto won = large.hear(signal(Kind::offer, call(1), offer), 8);
  ASSERT_EQ(kinds(won), std::vector{Kind::hang_up});
  EXPECT_EQ(won.send()[0].signal.reason, HangUpReason::glare);
  EXPECT_EQ(won.send()[0].signal.id, call(1));
  EXPECT_EQ(large.line.state(), CallState::calling);
}

TEST(CallSetup, AnAnswerThatIsNoGoodStaysSo) {  // [CS-3-6]
  Phone a;
  (void)*a.line.place(call(1), offer, a.now);
  a.hear(signal(Kind::answer, call(1), answer), 2);
  const auto rejected = *a.line.reject(2, a.now);
  ASSERT_EQ(kinds(rejected), std::vector{Kind::hang_up});
  EXPECT_EQ(rejected.send()[0].signal.reason, HangUpReason::failed);
  EXPECT_EQ(rejected.send()[0].device, 2U);
  const auto again = a.hear(signal(Kind::answer, call(1), answer), 2);
  EXPECT_TRUE(notices(again).empty());
  EXPECT_EQ(kinds(again), std::vector{Kind::hang_up});
  EXPECT_EQ(notices(a.hear(signal(Kind::answer, call(1), answer), 3)),
            std::vector{Notice::answered});
  // In the next call it may try again.
  (void)*a.line.hang_up(a.now);
  (void)*a.line.place(call(2), offer, a.now);
  EXPECT_EQ(notices(a.hear(signal(Kind::answer, call(2), answer), 2)),
            std::vector{Notice::answered});
}

TEST(CallSetup, TheEighthAnswerThatIsNoGoodEndsTheCall) {  // [CS-3-6]
  Phone a;
  (void)*a.line.place(call(1), offer, a.now);
  for (std::uint32_t device = 1; device < call_max_rejections; ++device) {
    a.hear(signal(Kind::answer, call(1), answer), device);
    ASSERT_TRUE(a.line.reject(device, a.now));
    EXPECT_EQ(a.line.state(), CallState::calling);
  }
  a.hear(signal(Kind::answer, call(1), answer), call_max_rejections);
  const auto last = *a.line.reject(call_max_rejections, a.now);
  EXPECT_EQ(notices(last), std::vector{Notice::ended});
  EXPECT_EQ(last.tell()[0].reason, HangUpReason::failed);
  EXPECT_EQ(a.line.state(), CallState::idle);
}

TEST(CallSetup, ALateAnswerIsToldWhoWon) {  // [CS-3-1]
  Phone a;
  (void)*a.line.place(call(1), offer, a.now);
  a.hear(signal(Kind::answer, call(1), answer), 2);
  (void)*a.line.confirm(2, confirm, a.now);
  const auto late = a.hear(signal(Kind::answer, call(1), answer), 3);
  ASSERT_EQ(kinds(late), std::vector{Kind::hang_up});
  EXPECT_EQ(late.send()[0].device, 3U);
  EXPECT_EQ(late.send()[0].signal.reason, HangUpReason::answered_elsewhere);
  EXPECT_TRUE(late.send()[0].signal.body.empty());
  EXPECT_TRUE(notices(late).empty());
  // The winner's own, repeated: the confirmation was lost.
  const auto again = a.hear(signal(Kind::answer, call(1), answer), 2);
  ASSERT_EQ(kinds(again), std::vector{Kind::confirm});
  EXPECT_TRUE(same(again.send()[0].signal.body, confirm));
}

TEST(CallSetup, OneAnswerIsJudgedAtATime) {
  Phone a;
  (void)*a.line.place(call(1), offer, a.now);
  a.hear(signal(Kind::answer, call(1), answer), 2);
  EXPECT_TRUE(notices(a.hear(signal(Kind::answer, call(1), answer), 3)).empty());
  EXPECT_TRUE(notices(a.hear(signal(Kind::answer, call(1), answer), 2)).empty());
  // The one that waits hangs up: another may come forward.
  a.hear(gone(call(1), HangUpReason::ended), 2);
  EXPECT_EQ(error_of(a.line.confirm(2, confirm, a.now)), Error::wrong_state);
  EXPECT_EQ(notices(a.hear(signal(Kind::answer, call(1), answer), 3)),
            std::vector{Notice::answered});
}

TEST(CallSetup, NothingWaitsForEver) {  // [CS-4-1]
  const CallTimes times;
  Phone a;
  (void)*a.line.place(call(1), offer, a.now);
  EXPECT_EQ(a.line.next_deadline(), start + times.repeat_offer);
  EXPECT_TRUE(kinds(a.line.tick(start + times.repeat_offer - milliseconds(1))).empty());
  EXPECT_EQ(kinds(a.line.tick(start + times.repeat_offer)), std::vector{Kind::offer});
  EXPECT_TRUE(notices(a.line.tick(start + times.calling - milliseconds(1))).empty());
  const auto over = a.line.tick(start + times.calling);
  ASSERT_EQ(notices(over), std::vector{Notice::ended});
  EXPECT_EQ(over.tell()[0].reason, HangUpReason::timed_out);

  Phone b;
  b.hear(signal(Kind::offer, call(1), offer), 7);
  EXPECT_EQ(b.line.next_deadline(), start + times.ringing);
  EXPECT_TRUE(notices(b.line.tick(start + times.ringing - milliseconds(1))).empty());
  EXPECT_EQ(notices(b.line.tick(start + times.ringing)), std::vector{Notice::ended});

  Phone c;
  c.hear(signal(Kind::offer, call(1), offer), 7);
  (void)*c.line.accept(answer, c.now);
  EXPECT_EQ(kinds(c.line.tick(start + times.repeat)), std::vector{Kind::answer});
  const auto failed = c.line.tick(start + times.answering);
  ASSERT_EQ(notices(failed), std::vector{Notice::ended});
  EXPECT_EQ(failed.tell()[0].reason, HangUpReason::failed);
  // A clock that goes backwards ends nothing.
  Phone d;
  (void)*d.line.place(call(1), offer, d.now);
  EXPECT_TRUE(kinds(d.line.tick(Instant(milliseconds(0)))).empty());
  EXPECT_EQ(d.line.state(), CallState::calling);
}

TEST(CallSetup, AHangUpIsSaidUntilItIsHeard) {  // [CS-3-4]
  const CallTimes times;
  const auto talking = [] {
    Phone b;
    b.hear(signal(Kind::offer, call(1), offer), 7);
    (void)*b.line.accept(answer, b.now);
    b.hear(signal(Kind::confirm, call(1), confirm), 7);
    return b;
  };
  Phone heard = talking();
  EXPECT_EQ(kinds(*heard.line.hang_up(heard.now)), std::vector{Kind::hang_up});
  EXPECT_EQ(kinds(heard.line.tick(start + times.repeat)), std::vector{Kind::hang_up});
  heard.hear(signal(Kind::hung_up, call(1)), 8);  // another device's word is no one's
  EXPECT_TRUE(heard.line.next_deadline());
  heard.hear(signal(Kind::hung_up, call(1)), 7);
  EXPECT_FALSE(heard.line.next_deadline());

  Phone unheard = talking();
  (void)*unheard.line.hang_up(unheard.now);
  std::size_t times_said = 1;
  while (const auto due = unheard.line.next_deadline())
    times_said += kinds(unheard.line.tick(*due)).size();
  EXPECT_EQ(times_said, 10U);
}

TEST(CallSetup, FourFarewellsAtATime) {
  Phone a;
  for (std::uint8_t i = 1; i <= call_max_farewells + 1; ++i) {
    (void)*a.line.place(call(i), offer, a.now);
    (void)*a.line.hang_up(a.now);
  }
  const auto said = a.line.tick(start + CallTimes{}.repeat);
  ASSERT_EQ(said.send().size(), call_max_farewells);
  EXPECT_EQ(said.send()[0].signal.id, call(2));
}

TEST(CallSetup, TimesAreAboveZero) {
  CallTimes times;
  EXPECT_TRUE(CallLine::create(times));
  times.repeat = milliseconds(0);
  EXPECT_EQ(error_of(CallLine::create(times)), Error::malformed);
  times = {};
  times.max_offer_age = milliseconds(0);
  EXPECT_EQ(error_of(CallLine::create(times)), Error::malformed);
}

}  // namespace
}  // namespace sotto::call_setup
