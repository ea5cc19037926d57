// SPDX-License-Identifier: MIT OR Apache-2.0
#include "media/replay_window.hpp"

#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace sotto::media {
namespace {

constexpr std::uint64_t width = srtp_replay_window;

// [RFC3711-3.3.2-1] [RFC3711-3.3.2-2]
TEST(ReplayWindow, both_sides_of_its_width) {
  ReplayWindow window(PacketIndex{100'000});
  EXPECT_FALSE(window.accepts({100'000}));
  EXPECT_TRUE(window.accepts({100'001}));
  EXPECT_TRUE(window.accepts({100'000 - width + 1}));
  EXPECT_FALSE(window.accepts({100'000 - width}));
  EXPECT_FALSE(window.accepts({0}));
  window.commit({100'000 - width + 1});
  EXPECT_FALSE(window.accepts({100'000 - width + 1}));
  EXPECT_EQ(window.newest(), PacketIndex{100'000});
}

TEST(ReplayWindow, both_sides_of_a_jump_by_its_width) {
  for (const std::uint64_t jump : {width - 1, width, width + 1}) {
    ReplayWindow window(PacketIndex{5000});
    window.commit({5000 + jump});
    for (std::uint64_t i = 4000; i < 5000 + jump; ++i)
      ASSERT_EQ(window.accepts({i}), i != 5000 && i > 5000 + jump - width) << jump << ' ' << i;
    ASSERT_FALSE(window.accepts({5000 + jump}));
    ASSERT_TRUE(window.accepts({5001 + jump}));
  }
}

TEST(ReplayWindow, begins_and_ends_with_the_range_of_indices) {
  ReplayWindow first(PacketIndex{0});
  EXPECT_FALSE(first.accepts({0}));
  EXPECT_TRUE(first.accepts({1}));
  ReplayWindow window(PacketIndex{last_index.value - 1});
  window.commit(last_index);
  EXPECT_FALSE(window.accepts(last_index));
  EXPECT_TRUE(window.accepts({last_index.value - width + 1}));
  EXPECT_FALSE(window.accepts({last_index.value - width}));
}

/// The window said in other words: a set of all that was seen, and the newest.
struct Model {
  std::set<std::uint64_t> seen;
  std::uint64_t newest;

  [[nodiscard]] bool accepts(std::uint64_t index) const {
    return index > newest || (newest - index < width && !seen.contains(index));
  }
  void commit(std::uint64_t index) {
    seen.insert(index);
    newest = std::max(newest, index);
  }
};

TEST(ReplayWindow, agrees_with_a_set_over_random_schedules) {
  std::mt19937_64 random(20260101);
  for (int schedule = 0; schedule < 40; ++schedule) {
    const std::uint64_t first = random() % 3 == 0 ? random() % 5 : random() >> 17;
    ReplayWindow window(PacketIndex{first});
    Model model{{first}, first};
    for (int step = 0; step < 4000; ++step) {
      // Mostly near steps on either side, now and then one around the width or far beyond.
      const std::uint64_t reach = std::array<std::uint64_t, 5>{
          4, 64, width + 2, 3 * width, 40'000}[std::min<std::size_t>(random() % 16, 4)];
      const std::uint64_t base = model.newest + reach / 4;
      const std::uint64_t back = random() % (reach + 1);
      const std::uint64_t index = std::min(base >= back ? base - back : 0, last_index.value);
      const bool accepts = window.accepts({index});
      ASSERT_EQ(accepts, model.accepts(index)) << schedule << ' ' << step << ' ' << index;
      if (accepts && random() % 8 != 0) {  // The rest was forged: looked at, never committed.
        window.commit({index});
        model.commit(index);
      }
      ASSERT_EQ(window.newest().value, model.newest);
    }
    // And the whole window at the end, bit by bit.
    for (std::uint64_t back = 0; back <= std::min(model.newest, width + 70); ++back)
      ASSERT_EQ(window.accepts({model.newest - back}), model.accepts(model.newest - back));
  }
}

}  // namespace
}  // namespace sotto::media
