// SPDX-License-Identifier: MIT OR Apache-2.0
#include "call_setup_search.hpp"

#include <cstdio>
#include <random>

#include <gtest/gtest.h>

#include "testing/soak.hpp"

namespace sotto::prop {
namespace {

/// What all searches of this program reached.
CallSetupSearch::Figures& all() {
  static CallSetupSearch::Figures figures;
  return figures;
}

/// One thing more may happen for each step that the search is to go deeper; the seed says what.
void widen(CallSetupSearch::Limits& limits, std::uint64_t deeper, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uint8_t* const all[] = {&limits.losses,
                               &limits.hurries,
                               &limits.repeats,
                               &limits.late,
                               &limits.hang_ups,
                               &limits.refusals,
                               &limits.places[random() % 3]};
  for (std::uint64_t i = 0; i < deeper; ++i) ++*all[random() % std::size(all)];
}

CallSetupSearch::Figures search(const CallSetupSearch::Limits& limits) {
  CallSetupSearch search;
  CallSetupSearch::Figures figures;
  CallSetupSearch::Limits within = limits;
  within.most_states = 4'000'000;  // so that a plant that makes it endless ends
  const std::uint64_t deeper = testing::soak_deeper(), seed = testing::soak_seed(1);
  widen(within, deeper, seed);
  const auto wrong = search.search(within, figures);
  EXPECT_EQ(wrong, "");
  std::printf(
      "%zu states, %zu transitions, %zu deep, %zu quiet (%zu connected), %zu settled, %zu rows\n",
      figures.states, figures.transitions, figures.deepest, figures.quiet, figures.connected,
      figures.settled, figures.rows.size());
  EXPECT_TRUE(figures.complete || deeper > 0) << "the search was cut short";
  all().transitions += figures.transitions;
  all().rows.insert(figures.rows.begin(), figures.rows.end());
  return figures;
}

// [CS-2-2] [CS-3-1] [CS-3-2] [CS-3-4]
TEST(CallSetupSearch, OneCallAndLosses) {
  const auto figures = search({.places = {1, 0, 0}, .losses = 2, .hurries = 1});
  EXPECT_GT(figures.connected, 0U);
}
TEST(CallSetupSearch, OneCallAndARepetition) {
  search({.places = {1, 0, 0}, .hurries = 1, .repeats = 1});
}
TEST(CallSetupSearch, OneCallAndAHangUp) {
  search({.places = {1, 0, 0}, .hurries = 1, .hang_ups = 1, .farewells_again = true});
}
TEST(CallSetupSearch, OneCallAndAHangUpAndALoss) {
  search({.places = {1, 0, 0}, .losses = 1, .hang_ups = 1});
}
TEST(CallSetupSearch, OneCallAndARefusal) {
  search({.places = {1, 0, 0}, .hurries = 1, .refusals = 1});
}
TEST(CallSetupSearch, TheyCall) {
  search(
      {.places = {0, 1, 0}, .losses = 1, .hurries = 2, .repeats = 1, .hang_ups = 1, .refusals = 1});
}
TEST(CallSetupSearch, BothCallAndOursWins) {  // [CS-3-3]
  const auto figures = search({.places = {1, 1, 0}, .repeats = 1});
  EXPECT_GT(figures.connected, 0U);
}
TEST(CallSetupSearch, BothCallAndTheirsWins) {  // [CS-3-3]
  const auto figures = search({.places = {1, 1, 0}, .losses = 1, .ours_is_larger = false});
  EXPECT_GT(figures.connected, 0U);
}
TEST(CallSetupSearch, BothCallAndOneOfferComesADayLate) {  // [CS-3-7]
  const auto figures = search({.places = {1, 1, 0}, .late = 1});
  EXPECT_GT(figures.connected, 0U);
}
TEST(CallSetupSearch, TwoCallsOneAfterTheOther) {  // [CS-3-5]
  search({.places = {2, 0, 0}});
}
TEST(CallSetupSearch, TwoCallsOfTheirsThatOvertakeEachOther) {  // [CS-3-5]
  search({.places = {0, 2, 0}, .hang_ups = 1});
}
TEST(CallSetupSearch, BothOfTheirDevicesCall) {  // [CS-3-7] [CS-3-8] [CS-3-9]
  search({.places = {0, 1, 1}, .late = 1});
}

// The last test: of all the searches together.
TEST(CallSetupSearch, TookAMillionTransitionsAndMore) {
  EXPECT_GT(all().transitions, 1'000'000U);
  if (testing::soak_deeper() > 0) return;  // A search that was cut short may miss some.
  for (const auto& row : conversation::call_transitions()) {
    // Eight rejections do not fit in here: call_setup_test.cpp.
    if (row.event == conversation::CallEvent::reject_last) continue;
    EXPECT_TRUE(all().rows.contains(&row))
        << "no search did row " << &row - conversation::call_transitions().data();
  }
}

}  // namespace
}  // namespace sotto::prop
