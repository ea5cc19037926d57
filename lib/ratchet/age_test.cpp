// SPDX-License-Identifier: MIT OR Apache-2.0
/// Ages by a clock that may be wrong, and what an old chain still opens.
#include "ratchet/age.hpp"

#include <gtest/gtest.h>

#include "ratchet/test_pair.hpp"

namespace sotto::ratchet {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::days years(365 * 10);

TEST(Age, is_reached_to_the_millisecond_and_never_backwards) {
  EXPECT_FALSE(aged(at(0), at(99), milliseconds(100)));
  EXPECT_TRUE(aged(at(0), at(100), milliseconds(100)));
  EXPECT_FALSE(aged(at(200), at(0), milliseconds(100)));
  EXPECT_TRUE(aged(Instant::min(), Instant::max(), milliseconds::max()));
  EXPECT_TRUE(far_apart(at(200), at(100), milliseconds(100)));
  EXPECT_FALSE(far_apart(at(199), at(100), milliseconds(100)));
  EXPECT_TRUE(far_apart(at(0), at(100), milliseconds(100)));
  EXPECT_TRUE(far_apart(Instant::max(), Instant::min(), milliseconds::max()));
}

TEST(Age, the_clock_is_believed_by_the_second_operation_in_a_row) {
  // [SES-6-4]
  ClockDoubt doubt;
  EXPECT_FALSE(doubt.believes_clock(false));
  EXPECT_FALSE(doubt.believes_clock(true));
  EXPECT_TRUE(doubt.doubted());
  EXPECT_FALSE(doubt.believes_clock(false)) << "not in a row";
  EXPECT_FALSE(doubt.believes_clock(true));
  EXPECT_TRUE(doubt.believes_clock(true));
  EXPECT_FALSE(doubt.doubted());
  EXPECT_TRUE(ClockDoubt(true).believes_clock(true));
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
TEST(Age, one_reading_far_ahead_erases_few_keys_and_one_chain) {
  Skipped pair(40);
  pair.touch();
  for (int turn = 0; turn < 3; ++turn) {
    ASSERT_EQ(pair.alice.receive(pair.bob.send("turn")), "turn");
    pair.touch();
  }
  ASSERT_EQ(pair.bob.ratchet.state().receiving_chains(), 4);
  pair.bob.now += years;
  pair.touch();
  pair.bob.now -= years;
  pair.touch();
  EXPECT_EQ(pair.bob.ratchet.state().receiving_chains(), 3);
  // The oldest chain went, with all its keys: that is where they were.
  EXPECT_EQ(pair.kept(), 0);
}

TEST(Age, one_reading_far_ahead_erases_sixteen_keys) {
  Skipped pair(40);
  pair.touch();
  ASSERT_EQ(pair.kept(), 40);
  pair.bob.now += years;
  pair.touch();
  EXPECT_EQ(pair.kept(), 40 - most_keys_expired);
  pair.bob.now -= years;
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
  pair.touch();  // the second operation in a row that finds them ahead
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

TEST(Age, set_back_times_are_stored) {
  Skipped pair(3);
  pair.bob.now += years;
  pair.touch();
  pair.bob.now -= years;
  pair.touch();
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
