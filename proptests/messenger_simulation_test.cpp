// SPDX-License-Identifier: MIT OR Apache-2.0
#include <cstdio>

#include <gtest/gtest.h>

#include "messenger_world.hpp"
#include "testing/soak.hpp"

namespace sotto::prop {
namespace {

constexpr std::uint64_t own_seed = 1;
constexpr std::uint64_t usual_runs = 1000;

TEST(MessengerSimulation, EveryChosenDeviceShowsTheSameOnce) {  // [CV-2-2] [CV-3-1] [CV-4-1]
  const std::uint64_t first = testing::soak_seed(own_seed);
  const std::uint64_t runs = usual_runs * testing::soak_times();
  std::size_t said = 0;
  std::size_t shown = 0;
  std::size_t refused = 0;
  for (std::uint64_t seed = first; seed - first < runs; ++seed) {
    try {
      MessengerWorld world(seed);
      world.run();
      said += world.said();
      shown += world.shown();
      refused += world.refused();
    } catch (const std::exception& failure) {
      FAIL() << "run " << seed << ": " << failure.what();
    }
  }
  // What does not happen is not tested.
  EXPECT_GT(said, 5 * runs);
  EXPECT_GT(shown, 10 * runs);
  if (first == own_seed) {  // This is rare.
    EXPECT_GT(refused, 0U);
  }
  std::printf("%zu messages, shown %zu times, %zu of devices not chosen\n", said, shown, refused);
}

}  // namespace
}  // namespace sotto::prop
