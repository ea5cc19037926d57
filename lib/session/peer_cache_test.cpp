// SPDX-License-Identifier: MIT OR Apache-2.0
/// What is held in memory of peers, beside a slow one that does the same.
#include "session/peer_cache.hpp"

#include <memory>
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

/// A peer that counts how often anybody looks at whose it is.
struct LookedAt {
  PeerId of;
  std::size_t* looks;
  [[nodiscard]] const PeerId& id() const noexcept {
    ++*looks;
    return of;
  }
};

TEST(PeerCache, looks_at_hardly_more_than_the_peer_that_is_asked_for) {
  constexpr std::uint32_t peers = 1'000;
  std::size_t looks = 0;
  PeerCache<LookedAt> cache;
  const auto put = [&](const PeerId& id) {
    cache.put(std::make_unique<LookedAt>(id, &looks), peers);
  };
  for (std::uint32_t n = 0; n < peers; ++n) put(peer(n));
  looks = 0;
  for (std::uint32_t n = 0; n < peers; ++n) {
    ASSERT_TRUE(cache.take(peer(n)));
    put(peer(n));
  }
  EXPECT_LT(looks, std::size_t{16} * peers);  // With a walk for each use, 500 times a use.
}

}  // namespace
}  // namespace sotto::session
