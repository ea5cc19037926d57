// SPDX-License-Identifier: MIT OR Apache-2.0
/// Ages by a clock that may be wrong, and what an old chain still opens.
#include "ratchet/age.hpp"

#include <gtest/gtest.h>

#include "ratchet/test_pair.hpp"

namespace sotto::ratchet {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::days year(365);
constexpr std::chrono::days years(365 * 10);
constexpr std::chrono::days two_days(2);

TEST(Age, is_reached_to_the_millisecond_and_never_backwards) {
  EXPECT_FALSE(aged(at(0), at(99), milliseconds(100)));
  EXPECT_TRUE(aged(at(0), at(100), milliseconds(100)));
  EXPECT_FALSE(aged(at(200), at(0), milliseconds(100)));
  EXPECT_TRUE(aged(Instant::min(), Instant::max(), milliseconds::max()));
}

TEST(Age, is_doubtful_when_it_is_to_come_or_longer_ago_than_anybody_is_idle) {
  // [SES-6-4]
  const milliseconds age(100);
  EXPECT_TRUE(is_doubtful(at(1), at(0), age));
  EXPECT_FALSE(is_doubtful(at(0), at(0), age));
  EXPECT_FALSE(is_doubtful(at(0), at(100) + longest_idle, age));
  EXPECT_TRUE(is_doubtful(at(0), at(101) + longest_idle, age));
  EXPECT_FALSE(over(at(0), at(99), age));
  EXPECT_TRUE(over(at(0), at(100), age));
  EXPECT_TRUE(over(at(0), at(100) + longest_idle, age));
  EXPECT_FALSE(over(at(0), at(101) + longest_idle, age));
  EXPECT_FALSE(over(at(1), at(0), milliseconds(0)));
  // Nothing overflows.
  EXPECT_FALSE(is_doubtful(Instant{}, Instant::max(), milliseconds::max()));
  EXPECT_TRUE(is_doubtful(Instant::min(), Instant::max(), milliseconds::max()));
  EXPECT_TRUE(is_doubtful(Instant::max(), Instant::min(), milliseconds::max()));
}

Instant day(int number) {
  return Instant(std::chrono::days(number));
}

TEST(Age, the_clock_is_believed_when_a_whole_day_of_the_calendar_lies_between) {
  // [SES-6-4], before 1970 as after it, and over the end of what the byte tells apart.
  for (const int today : {-400, -255, -1, 0, 1, 253, 254, 255, 20'000}) {
    ClockDoubt doubt;
    EXPECT_FALSE(doubt.believes_clock(false, day(today)));
    EXPECT_EQ(doubt.stored(), 0);
    EXPECT_FALSE(doubt.believes_clock(true, day(today)));
    EXPECT_NE(doubt.stored(), 0);
    EXPECT_FALSE(doubt.believes_clock(true, day(today + 1)));
    EXPECT_FALSE(doubt.believes_clock(true, day(today - 1)));
    EXPECT_FALSE(doubt.believes_clock(true, day(today + 2) - milliseconds(1)));
    EXPECT_TRUE(ClockDoubt(doubt.stored()).believes_clock(true, day(today - 2)));
    EXPECT_TRUE(ClockDoubt(doubt.stored()).believes_clock(true, day(today + 1'000)));
    EXPECT_TRUE(doubt.believes_clock(true, day(today + 2)));
    EXPECT_EQ(doubt.stored(), 0);
    EXPECT_FALSE(doubt.believes_clock(true, day(today + 2))) << "it begins anew";
    EXPECT_FALSE(doubt.believes_clock(false, day(today + 4))) << "not in a row";
    EXPECT_FALSE(doubt.believes_clock(true, day(today + 4)));
  }
}

/// Bob with the keys of some of Alice's messages set aside.
struct Skipped : Pair {
  explicit Skipped(int count, const RatchetLimits& limits = {}) : Pair(limits) {
    for (; count > 0; --count) late.push_back(alice.send("late"));
  }
  void touch() { ASSERT_EQ(bob.receive(alice.send("touch")), "touch"); }
  [[nodiscard]] std::size_t kept() const { return bob.ratchet.skipped_keys(); }
  std::vector<Buffer> late;
};

// [DR-6.4-2]
TEST(Age, one_reading_a_year_ahead_erases_few_keys_and_one_chain) {
  Skipped pair(40);
  pair.touch();
  for (int turn = 0; turn < 3; ++turn) {
    ASSERT_EQ(pair.alice.receive(pair.bob.send("turn")), "turn");
    pair.touch();
  }
  ASSERT_EQ(pair.bob.ratchet.state().receiving_chains(), 4);
  pair.bob.now += year;
  pair.touch();
  pair.bob.now -= year;
  pair.touch();
  EXPECT_EQ(pair.bob.ratchet.state().receiving_chains(), 3);
  // The oldest chain went, with all its keys: that is where they were.
  EXPECT_EQ(pair.kept(), 0);
}

TEST(Age, one_reading_a_year_ahead_erases_sixteen_keys) {
  Skipped pair(40);
  pair.touch();
  ASSERT_EQ(pair.kept(), 40);
  pair.bob.now += year;
  pair.touch();
  EXPECT_EQ(pair.kept(), 40 - most_keys_expired);
  pair.bob.now -= year;
  for (int i = 0; i < 3; ++i) pair.touch();
  EXPECT_EQ(pair.kept(), 40 - most_keys_expired);
  EXPECT_EQ(outcome(pair.bob.receive(pair.late[15])), "replayed");
  for (std::size_t i = 16; i < 40; ++i)
    EXPECT_EQ(outcome(pair.bob.receive(pair.late[i])), "opened");
}

TEST(Age, keys_set_aside_by_a_clock_ahead_age_all_the_same) {
  // [SES-6-4]; keys that come later do not wait behind them.
  Skipped pair(3);
  pair.bob.now += years;
  pair.touch();  // sets three aside, years ahead
  pair.bob.now -= years;
  static_cast<void>(pair.alice.send("lost"));
  pair.touch();
  EXPECT_EQ(pair.kept(), 4);
  pair.bob.now += two_days;
  pair.touch();  // it finds them ahead still
  const Instant set_back = pair.bob.now;
  pair.bob.now = set_back + std::chrono::days(30) - milliseconds(1);
  pair.touch();
  EXPECT_EQ(pair.kept(), 4);
  pair.bob.now = set_back + std::chrono::days(30);
  pair.touch();
  EXPECT_EQ(pair.kept(), 0);
}

TEST(Age, one_reading_far_back_sets_nothing_back) {
  Skipped pair(3);
  pair.touch();
  const Instant then = pair.bob.now;
  for (int i = 0; i < 3; ++i) {
    pair.bob.now = then - years;
    pair.touch();
    pair.bob.now = then;
    pair.touch();
  }
  pair.bob.now = then + std::chrono::days(29);
  pair.touch();
  EXPECT_EQ(pair.kept(), 3);
}

TEST(Age, years_ahead_erase_nothing_however_many_messages_come_then) {
  Skipped pair(3);
  pair.touch();
  const Instant then = pair.bob.now;
  pair.bob.now += years;
  for (int i = 0; i < 5; ++i) pair.touch();
  pair.bob.now = then + std::chrono::days(30) - milliseconds(1);
  pair.touch();
  EXPECT_EQ(pair.kept(), 3);
  pair.bob.now += milliseconds(1);
  pair.touch();
  EXPECT_EQ(pair.kept(), 0);
}

TEST(Age, a_machine_that_starts_in_1970_erases_nothing_and_all_ages_from_when_it_has_its_time) {
  // [SES-6-4]: whether it has its time within the day, or after many.
  for (const int wrong_days : {0, 1, 2, 27}) {
    Skipped pair(3);
    pair.bob.now = day(20'000);
    pair.touch();
    for (int i = 0; i < 3; ++i) ASSERT_EQ(pair.alice.receive(pair.bob.send("turn")), "turn");
    for (int i = 0; i <= wrong_days; ++i) {
      pair.bob.now = day(i) + std::chrono::minutes(1);
      pair.touch();
      pair.touch();
    }
    static_cast<void>(pair.alice.send("lost in 1970"));
    pair.touch();
    pair.bob.now = day(20'001);
    for (int i = 0; i < 5; ++i) pair.touch();
    EXPECT_EQ(pair.kept(), 4) << wrong_days;
    EXPECT_EQ(pair.bob.receive(pair.late[1]), "late");
    pair.bob.now += two_days;
    pair.touch();
    EXPECT_EQ(pair.kept(), 3);
    pair.bob.now += std::chrono::days(30);
    pair.touch();
    EXPECT_EQ(pair.kept(), 0) << wrong_days;
  }
}

TEST(Age, set_back_times_are_stored) {
  Skipped pair(3);
  pair.bob.now += years;
  pair.touch();
  pair.bob.now -= years;
  pair.touch();
  pair.bob.now += two_days;
  const std::uint64_t before = pair.bob.ratchet.state().skipped_changes();
  std::vector<PageMark> old, now;
  for_each_page(pair.bob.ratchet.state(), [&](const PageMark& mark) { old.push_back(mark); });
  pair.bob.restart();
  pair.touch();
  for_each_page(pair.bob.ratchet.state(), [&](const PageMark& mark) { now.push_back(mark); });
  EXPECT_NE(pair.bob.ratchet.state().skipped_changes(), before);
  ASSERT_EQ(now.size(), 1U);
  EXPECT_EQ(now[0].present, old[0].present);
  EXPECT_NE(now[0], old[0]) << "a page whose times changed looks the same";
}

TEST(Age, times_set_forward_are_stored) {
  // Also when the latest time of the page is the clock's already.
  Skipped pair(3);
  pair.touch();
  pair.bob.now += years;
  pair.touch();
  static_cast<void>(pair.alice.send("lost"));
  pair.bob.now += two_days;
  const auto marks = [&] {
    std::vector<PageMark> all;
    for_each_page(pair.bob.ratchet.state(), [&](const PageMark& mark) { all.push_back(mark); });
    return all;
  };
  const auto old = marks();
  const std::uint64_t before = pair.bob.ratchet.state().skipped_changes();
  pair.touch();
  EXPECT_NE(pair.bob.ratchet.state().skipped_changes(), before);
  ASSERT_EQ(marks().size(), 1U);
  EXPECT_EQ(marks()[0].latest, pair.bob.now);
  EXPECT_EQ(marks()[0].earliest, pair.bob.now);
  EXPECT_NE(marks()[0].earliest, old[0].earliest);
}

TEST(OldChain, ends_at_the_number_that_its_successor_named) {
  // docs/decisions/0003 [DR-2.6-1] [DR-3.5-2]
  Pair pair;
  pair.settle();
  const Buffer late = pair.alice.send("late");
  ASSERT_EQ(pair.bob.receive(pair.alice.send("here")), "here");
  const Buffer last = pair.alice.send("last");
  End thief = {Ratchet(*testing::load_image(image_of(pair.alice.ratchet))),
               testing::TapeEntropy(9)};
  ASSERT_EQ(pair.alice.receive(pair.bob.send("turn")), "turn");
  ASSERT_EQ(pair.bob.receive(pair.alice.send("turned")), "turned");
  EXPECT_EQ(outcome(pair.bob.receive(thief.send("forged"))), "authentication_failed");
  EXPECT_EQ(pair.bob.receive(last), "last");
  EXPECT_EQ(pair.bob.receive(late), "late");
  pair.bob.restart();
  EXPECT_EQ(outcome(pair.bob.receive(thief.send("forged"))), "authentication_failed");
  EXPECT_EQ(outcome(pair.bob.receive(last)), "replayed");
}

TEST(OldChain, a_turn_that_nobody_can_have_made_costs_nothing) {
  // [SES-4-9]: Bob sent nothing under his present key.
  Pair pair;
  pair.settle();
  ASSERT_EQ(pair.alice.receive(pair.bob.send("turn")), "turn");
  ASSERT_EQ(pair.bob.receive(pair.alice.send("turned")), "turned");
  testing::TapeEntropy tape(4);
  const auto fresh = *RatchetKeyPair::generate(tape);
  const State& bob = pair.bob.ratchet.state();
  const Header forged{fresh.public_key(), 0, 3};
  const auto plan = bob.plan(forged, pair.bob.now);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error(), Error::authentication_failed);
  pair.bob.send("now it can be");
  EXPECT_TRUE(bob.plan(forged, pair.bob.now));
}

}  // namespace
}  // namespace sotto::ratchet
