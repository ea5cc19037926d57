// SPDX-License-Identifier: MIT OR Apache-2.0
// Offers beside the call that there is: late ones, and those of other devices.
#include "conversation/test_call_setup.hpp"

namespace sotto::call_setup {
namespace {

TEST(CallSetup, AnotherDeviceReplacesACallThatIsNotConnected) {  // [CS-3-8]
  for (const bool accepted : {false, true}) {
    Phone b;
    b.hear(signal(Kind::offer, call(5), offer), 7);
    if (accepted) (void)*b.line.accept(answer, b.now);
    b.now += seconds(20);
    CallSignal second = signal(Kind::offer, call(6), answer);
    second.at = b.now;
    const auto replaced = b.hear(second, 8);
    ASSERT_EQ(kinds(replaced), (std::vector{Kind::hang_up, Kind::ringing}));
    EXPECT_EQ(replaced.send()[0].device, 7U);
    EXPECT_EQ(replaced.send()[0].signal.id, call(5));
    EXPECT_EQ(replaced.send()[1].device, 8U);
    ASSERT_EQ(notices(replaced), (std::vector{Notice::ended, Notice::incoming}));
    EXPECT_EQ(replaced.tell()[0].device, 7U);
    EXPECT_EQ(replaced.tell()[0].id, call(5));
    EXPECT_EQ(replaced.tell()[1].id, call(6));
    EXPECT_EQ(b.line.state(), CallState::ringing);
    EXPECT_EQ(b.line.next_deadline(), b.now + CallTimes{}.repeat) << "of the hang-up";
    // The first one goes on offering, and may even confirm: it has been told.
    EXPECT_EQ(kinds(b.hear(signal(Kind::offer, call(5), offer), 7)), std::vector{Kind::hang_up});
    EXPECT_EQ(kinds(b.hear(signal(Kind::confirm, call(5), offer), 7)), std::vector{Kind::hang_up});
    EXPECT_EQ(b.line.id(), call(6));
  }
}

TEST(CallSetup, AnOfferThatComesHoursLateIsMissed) {  // [CS-3-7]
  const auto age = CallTimes{}.max_offer_age;
  Phone b;
  b.now = start + age;
  EXPECT_EQ(notices(b.hear(signal(Kind::offer, call(1), offer), 7)), std::vector{Notice::incoming});
  Phone ahead;
  ahead.now = start - std::chrono::hours(1);
  EXPECT_EQ(notices(ahead.hear(signal(Kind::offer, call(1), offer), 7)),
            std::vector{Notice::incoming});

  Phone c;
  c.now = start + age + milliseconds(1);
  const auto late = c.hear(signal(Kind::offer, call(1), offer), 7);
  ASSERT_EQ(notices(late), std::vector{Notice::missed});
  EXPECT_EQ(late.tell()[0].device, 7U);
  EXPECT_EQ(late.tell()[0].id, call(1));
  EXPECT_EQ(late.tell()[0].at, start);
  ASSERT_EQ(kinds(late), std::vector{Kind::hang_up});
  EXPECT_EQ(late.send()[0].signal.reason, HangUpReason::timed_out);
  EXPECT_EQ(c.line.state(), CallState::idle);
  EXPECT_TRUE(notices(c.hear(signal(Kind::offer, call(1), offer), 7)).empty()) << "told once";
}

TEST(CallSetup, AnOfferOfACallThatRingsIsNeverLate) {  // [CS-3-7]
  Phone b;
  b.now = start + CallTimes{}.max_offer_age;
  b.hear(signal(Kind::offer, call(1), offer), 7);
  b.now += seconds(30);
  EXPECT_EQ(kinds(b.hear(signal(Kind::offer, call(1), offer), 7)), std::vector{Kind::ringing});
  EXPECT_EQ(b.line.state(), CallState::ringing);
}

/// No difference of times overflows, whatever the caller names.
TEST(CallSetup, AnOfferFromTheEndOfTimeRings) {  // [CS-3-7]
  for (const Instant now : {Instant::min(), Instant{}, start}) {
    Phone b;
    b.now = now;
    auto offered = signal(Kind::offer, call(1), offer);
    offered.at = Instant::max();
    EXPECT_EQ(notices(b.hear(offered, 7)), std::vector{Notice::incoming});
  }
}

TEST(CallSetup, ABusyLineSaysSo) {  // [CS-3-8] [CS-3-9]
  Phone b;
  b.hear(signal(Kind::offer, call(5), offer), 7);
  (void)*b.line.accept(answer, b.now);
  b.hear(signal(Kind::confirm, call(5), confirm), 7);
  const auto busy = b.hear(signal(Kind::offer, call(6), offer), 8);
  ASSERT_EQ(kinds(busy), std::vector{Kind::hang_up});
  EXPECT_EQ(busy.send()[0].signal.reason, HangUpReason::busy);
  EXPECT_EQ(busy.send()[0].device, 8U);
  EXPECT_TRUE(notices(busy).empty());
  EXPECT_EQ(b.line.id(), call(5));
  // The one who was told so goes on ringing elsewhere.
  Phone c;
  (void)*c.line.place(call(6), offer, c.now);
  const auto elsewhere = c.hear(gone(call(6), HangUpReason::busy), 3);
  ASSERT_EQ(notices(elsewhere), std::vector{Notice::busy});
  EXPECT_EQ(elsewhere.tell()[0].device, 3U);
  EXPECT_EQ(elsewhere.tell()[0].id, call(6));
  EXPECT_EQ(kinds(elsewhere), std::vector{Kind::hung_up});
  EXPECT_EQ(notices(c.hear(signal(Kind::answer, call(6), answer), 4)),
            std::vector{Notice::answered});
  const auto refused = c.hear(gone(call(6), HangUpReason::declined), 5);
  ASSERT_EQ(notices(refused), std::vector{Notice::ended});
  EXPECT_EQ(refused.tell()[0].reason, HangUpReason::declined);
}

TEST(CallSetup, ABusyDeviceWithdrawsItsAnswer) {  // [CS-3-9]
  Phone a;
  (void)*a.line.place(call(6), offer, a.now);
  a.hear(signal(Kind::answer, call(6), answer), 3);
  a.hear(gone(call(6), HangUpReason::busy), 3);
  EXPECT_EQ(error_of(a.line.confirm(3, confirm, a.now)), Error::wrong_state);
  EXPECT_EQ(a.line.state(), CallState::calling);
}

}  // namespace
}  // namespace sotto::call_setup
