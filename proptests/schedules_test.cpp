// SPDX-License-Identifier: MIT OR Apache-2.0
#include "schedules.hpp"

#include <iostream>

#include <gtest/gtest.h>

#include "testing/soak.hpp"

namespace sotto::prop {
namespace {

/// No key serves twice, nothing opens twice or unsent, every genuine message opens in whatever
/// order, failures change nothing, and a quiet pair comes to one session: [SES-1-1, SES-4-1,
/// SES-4-4, SES-5-2 to SES-5-5].
TEST(Schedules, hold_in_every_order_to_a_depth) {
  Schedules schedules(testing::soak_seed(20160205));
  const std::size_t depth = 12 + testing::soak_deeper();
  try {
    const auto figures = schedules.search({.depth = depth, .sends = 4, .connects = 1});
    std::cout << figures.states << " states, " << figures.transitions << " transitions to depth "
              << figures.depth << "; " << figures.stored << " stored states of one party, "
              << figures.operations << " operations done, " << figures.converged
              << " times to one session\n";
    for (const auto& [action, count] : figures.by_action)
      std::cout << action << " " << count << "\n";
    EXPECT_GE(figures.transitions, 1'000'000U);
    for (const char* const action : {"connect-A", "connect-B", "send-A", "send-B", "deliver",
                                     "lose", "replay", "forge", "reflect"})
      EXPECT_GE(figures.by_action.contains(action) ? figures.by_action.at(action) : 0, 1'000U)
          << action;
    EXPECT_GE(figures.converged, 1'000U);
  } catch (const Difference& difference) {
    FAIL() << difference.what;
  }
}

}  // namespace
}  // namespace sotto::prop
