// SPDX-License-Identifier: MIT OR Apache-2.0
/// Archived and pending sessions by a clock that is wrong.
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "ratchet/age.hpp"
#include "session/test_archive.hpp"

namespace sotto::session {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;
using testing::error_of;

TEST(Archive, one_reading_ahead_costs_one_session_and_none_when_it_is_years) {
  // [SES-6-2, SES-6-4], to the millisecond.
  for (const bool years : {false, true}) {
    Aging aging;
    const milliseconds ahead =
        milliseconds(100) + ratchet::longest_idle + milliseconds(years ? 1 : 0);
    aging.later(ahead);
    aging.touch();
    aging.later(-ahead);
    for (int i = 0; i < 5; ++i) aging.touch();
    if (years)
      EXPECT_EQ(aging.archived(), (std::vector{aging.second, aging.first}));
    else
      EXPECT_EQ(aging.archived(), (std::vector{aging.second}));
  }
}

TEST(Archive, a_machine_that_starts_in_1970_loses_none_and_all_age_from_when_it_has_its_time) {
  // [SES-6-4]: within the day, or after many; however much is done meanwhile.
  for (const int wrong_days : {0, 1, 2, 30}) {
    SessionLimits limits;
    limits.max_archived_age = std::chrono::days(30);
    Begun begun(limits);
    begun.later(std::chrono::days(20'000));
    begun.begin(true);
    begun.begin(true);
    const EphemeralPublic last = begun.begin(true);
    const Instant right = begun.alice.now;
    const auto touch = [&] { ASSERT_TRUE(begun.alice.receive(begun.bob.send("touch"))); };
    for (int i = 0; i <= wrong_days; ++i) {
      begun.later(Instant(std::chrono::days(i)) - begun.alice.now);
      touch();
      touch();
    }
    begun.begin(true);
    ASSERT_EQ(begun.archived().size(), 3U);
    ASSERT_EQ(begun.archived().front(), last);
    begun.later(right - begun.alice.now);
    for (int i = 0; i < 5; ++i) touch();
    EXPECT_EQ(begun.archived().size(), 3U) << wrong_days;
    begun.later(std::chrono::days(2));
    touch();
    EXPECT_EQ(begun.archived().size(), 3U) << wrong_days;
    begun.later(std::chrono::days(30));
    for (int i = 0; i < 3; ++i) touch();
    EXPECT_EQ(begun.archived().size(), 0U) << wrong_days;
  }
}

TEST(Archive, ages_by_clocks_of_every_shape_once_they_are_right) {
  // [SES-6-4]: whatever the clock did, what was archived is gone some weeks after it is right.
  const std::vector<std::vector<int>> shapes{
      {7, 7, 7, 7, 7, 7},                                  // frozen
      {0, 365, 730, 1'095, 20'000, 30'000},                // in steps
      {0, 20'000, 0, 20'000, 0, 20'000, 3, 20'003},        // starts anew each day
      {20'000, 19'990, 19'980, 19'970, 19'960, 19'950},    // falls back
      {40'000, 40'010, 40'020, 40'030, -30'000, 50'000}};  // everywhere
  for (const auto& shape : shapes) {
    Begun begun;
    for (const int at : shape) {
      begun.later(Instant(days(at)) - begun.alice.now);
      begun.begin(true);
      ASSERT_TRUE(begun.alice.receive(begun.bob.send("touch")));
    }
    begun.later(Instant(days(20'005)) - begun.alice.now);
    for (int day = 0; day < 33; ++day) {
      ASSERT_TRUE(begun.alice.receive(begun.bob.send("touch")));
      begun.later(days(1));
    }
    for (int i = 0; i < 9; ++i) ASSERT_TRUE(begun.alice.receive(begun.bob.send("touch")));
    EXPECT_EQ(begun.archived().size(), 0U) << shape[1];
  }
}

TEST(Archive, one_reading_far_back_costs_nothing) {
  // [SES-6-4]: the operation after it finds no time ahead of the clock.
  Aging aging;
  const Instant then = aging.archived_at(0);
  for (int i = 0; i < 3; ++i) {
    aging.later(-std::chrono::days(4'000));
    aging.touch();
    aging.later(std::chrono::days(4'000));
    aging.touch();
  }
  EXPECT_EQ(aging.archived(), (std::vector{aging.second, aging.first}));
  EXPECT_EQ(aging.archived_at(0), then);
}

TEST(Archive, a_time_ahead_of_the_clock_is_set_to_it_by_the_second_day) {
  // [SES-6-4], whichever operation it is; so that a session archived by a clock that ran ahead ages
  // as all others do.
  for (const bool by_encrypt : {false, true}) {
    Aging aging;
    aging.later(-std::chrono::days(10));
    const auto operate = [&] {
      if (by_encrypt)
        static_cast<void>(aging.alice.send("operation"));
      else
        aging.touch();
    };
    operate();
    operate();
    EXPECT_GT(aging.archived_at(0), aging.alice.now);
    aging.later(std::chrono::days(2));
    const Instant now = aging.alice.now;
    EXPECT_GT(aging.archived_at(0), now);
    operate();
    EXPECT_EQ(aging.archived_at(0), now);
    EXPECT_EQ(aging.archived_at(1), now);
    aging.later(milliseconds(100));
    aging.touch();
    aging.touch();
    EXPECT_EQ(aging.archived().size(), 0U);
  }
}

/// Bob has written in a session that Alice archives, for she connects anew. His message is a first
/// message when he began the session and has had no answer.
struct Crossed : Two {
  explicit Crossed(bool is_first, days wrong_at_connect = days(0)) {
    later(days(20'000));
    if (is_first) {
      EXPECT_TRUE(bob.connect(alice, false));
      EXPECT_TRUE(alice.receive(bob.send("begin")));
    } else {
      settle();
    }
    late = bob.send("late");
    later(std::chrono::hours(1));
    EXPECT_EQ(late.kind, is_first ? MessageKind::prekey : MessageKind::signal);
    alice.now += wrong_at_connect;
    EXPECT_TRUE(alice.connect(bob));
    alice.now -= wrong_at_connect;
    later(std::chrono::hours(1));
  }
  Letter late;
};

TEST(Archive, one_wrong_reading_makes_no_honest_message_a_forgery) {
  // [SES-4-6]: by a year at most the message is not opened by it, and nothing is lost with it.
  for (const bool is_first : {false, true})
    for (const int wrong : {-20'000, -40, -29, 29, 40, 431, 20'000}) {
      SCOPED_TRACE(wrong);
      Crossed crossed(is_first);
      Person& alice = crossed.alice;
      alice.now += days(wrong);
      if (wrong == 40) {
        EXPECT_EQ(error_of(alice.receive(crossed.late)), Error::no_session);
        alice.now -= days(wrong);
        EXPECT_EQ(alice.receive(crossed.late), "late");
      } else {
        EXPECT_EQ(alice.receive(crossed.late), "late");
        alice.now -= days(wrong);
      }
      EXPECT_EQ(alice.receive(crossed.bob.send("next")), "next");
      EXPECT_EQ(crossed.bob.receive(alice.send("answer")), "answer");
    }
}

TEST(Archive, one_archived_at_a_wrong_time_makes_no_honest_message_a_forgery) {
  // [SES-4-6]: the clock is right again at once.
  for (const bool is_first : {false, true})
    for (const int wrong : {-20'000, -431, -40, -29, 29, 40, 20'000}) {
      SCOPED_TRACE(wrong);
      Crossed crossed(is_first, days(wrong));
      Person& alice = crossed.alice;
      if (wrong == -40) {
        EXPECT_EQ(error_of(alice.receive(crossed.late)), Error::no_session);
      } else {
        EXPECT_EQ(alice.receive(crossed.late), "late");
        EXPECT_EQ(alice.receive(crossed.bob.send("next")), "next");
      }
    }
}

TEST(Archive, a_forgery_is_one_though_a_session_is_passed_over) {
  // [SES-4-3, SES-4-6]: when the session that knows its ratchet key was tried.
  Aging aging;
  const Letter late = aging.bob.send("late");
  aging.touch();
  aging.later(milliseconds(100));
  Letter forged = aging.bob.send("forged");
  forged.bytes.back() ^= 1;
  EXPECT_EQ(error_of(aging.alice.receive(forged)), Error::authentication_failed);
  const Letter again = aging.bob.send("again");
  const auto find_key = [](const Letter& letter) {
    return wire::parse_signal_message(letter.bytes)->ratchet_key;
  };
  ASSERT_EQ(find_key(again), find_key(forged));
  ASSERT_EQ(aging.alice.receive(again), "again");
  EXPECT_EQ(aging.archived(), (std::vector{aging.second})) << "one is left that is too old";
  EXPECT_EQ(error_of(aging.alice.receive(again)), Error::replayed);
  EXPECT_EQ(aging.alice.receive(late), "late");
  EXPECT_EQ(aging.archived().size(), 0U);
}

TEST(Archive, one_of_doubtful_age_is_tried_to_the_millisecond) {
  // [SES-4-6]
  const milliseconds idle = ratchet::longest_idle;
  for (const milliseconds age :
       {milliseconds(-1), milliseconds(0), milliseconds(99), milliseconds(100),
        milliseconds(100) + idle, milliseconds(101) + idle}) {
    SessionLimits limits;
    limits.max_archived_age = milliseconds(100);
    Begun begun(limits);
    begun.later(days(1'000));
    begun.begin(true);
    const Letter late = begun.bob.send("late");
    begun.begin(true);
    begun.later(age);
    const bool is_past = age >= milliseconds(100) && age <= milliseconds(100) + idle;
    EXPECT_EQ(error_of(begun.alice.receive(late)),
              is_past ? std::optional(Error::no_session) : std::nullopt)
        << age.count();
  }
}

TEST(Archive, a_pending_session_made_by_a_clock_ahead_ages_too) {
  // [SES-6-4, SES-3-2]
  SessionLimits limits;
  limits.max_unacknowledged_age = milliseconds(100);
  Two two(limits);
  two.later(std::chrono::days(4'000));
  ASSERT_TRUE(two.alice.connect(two.bob));
  two.later(-std::chrono::days(4'000));
  ASSERT_TRUE(two.alice.try_send("a"));
  two.later(std::chrono::days(2));
  ASSERT_TRUE(two.alice.try_send("b"));
  two.later(milliseconds(101));
  EXPECT_EQ(error_of(two.alice.try_send("c")), Error::no_session);
}

}  // namespace
}  // namespace sotto::session
