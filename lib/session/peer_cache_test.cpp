// SPDX-License-Identifier: MIT OR Apache-2.0
/// What is held in memory of peers, beside a slow one that does the same.
#include "session/peer_cache.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "testing/tape_entropy.hpp"

namespace sotto::session {
namespace {

struct Known {
  PeerId of;
  int value;
  [[nodiscard]] const PeerId& id() const noexcept { return of; }
};
PeerId peer(std::uint32_t n) {
  const std::string name = "peer" + std::to_string(n / 2);
  return *PeerId::of({name, DeviceId{n % 2}});
}
std::unique_ptr<Known> known(std::uint32_t n, int value) {
  return std::make_unique<Known>(peer(n), value);
}

TEST(PeerCache, holds_what_was_put_in_last_and_gives_it_out_once) {
  for (const std::size_t most : {1U, 2U, 5U, 40U}) {
    SCOPED_TRACE(most);
    PeerCache<Known> cache;
    std::vector<std::pair<std::uint32_t, int>> slow;  // the last one is the one used last
    testing::TapeEntropy tape(most);
    for (int step = 0; step < 4'000; ++step) {
      std::array<std::uint8_t, 2> drawn{};
      ASSERT_TRUE(tape.fill(drawn));
      const std::uint32_t n = drawn[0] % 12;
      const auto found = std::ranges::find(slow, n, [](const auto& one) { return one.first; });
      if (drawn[1] % 2 == 0) {
        const auto taken = cache.take(peer(n));
        ASSERT_EQ(taken != nullptr, found != slow.end()) << step;
        if (taken) {
          EXPECT_EQ(taken->value, found->second);
          slow.erase(found);
        }
      } else {
        if (found != slow.end()) slow.erase(found);
        if (slow.size() == most) slow.erase(slow.begin());
        slow.emplace_back(n, step);
        cache.put(known(n, step), most);
      }
      ASSERT_LE(slow.size(), most);
      ASSERT_EQ(cache.size(), slow.size()) << step;
    }
  }
}

double seconds_of_uses(std::uint32_t peers) {
  std::vector<PeerId> ids;
  PeerCache<Known> cache;
  for (std::uint32_t n = 0; n < peers; ++n) {
    ids.push_back(peer(n));
    cache.put(known(n, 1), peers);
  }
  const auto begun = std::chrono::steady_clock::now();
  for (const PeerId& id : ids) {
    auto taken = cache.take(id);
    EXPECT_TRUE(taken);
    if (taken) cache.put(std::move(taken), peers);
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

TEST(PeerCache, is_used_in_a_time_that_grows_as_the_uses_do) {
  const double few = seconds_of_uses(1'000);
  const double many = seconds_of_uses(16'000);
  EXPECT_LT(many, 64 * few + 0.2);  // 16 times, or with a walk for each use 256 times
}

}  // namespace
}  // namespace sotto::session
