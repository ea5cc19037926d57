// SPDX-License-Identifier: MIT OR Apache-2.0
#include "ratchet/skipped_keys.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <random>

#include <gtest/gtest.h>

#include "ratchet/test_bytes.hpp"

namespace sotto::ratchet {
namespace {

using std::chrono::milliseconds;

Instant at(std::int64_t count) {
  return Instant(milliseconds(count));
}

/// A seed that tells its number.
std::array<std::uint8_t, 32> seed_of(std::uint32_t n) {
  std::array<std::uint8_t, 32> seed;
  seed.fill(static_cast<std::uint8_t>(n % 251 + 1));
  return seed;
}

SkippedRun run_of(std::uint32_t first, std::size_t count, Instant since = {}) {
  SkippedRun run = *SkippedRun::allocate(count);
  for (std::size_t i = 0; i < count; ++i) {
    run.slots[i].n = first + static_cast<std::uint32_t>(i);
    run.slots[i].since = since;
    run.slots[i].kept = true;
    run.slots[i].seed = seed_of(run.slots[i].n);
  }
  return run;
}

void add(SkippedKeys& keys, std::uint32_t first, std::size_t count, std::size_t limit = 2'000,
         Instant since = {}) {
  SkippedRun room = *keys.room_for(count, limit);
  keys.append(run_of(first, count, since), std::move(room), limit);
}

std::vector<std::uint32_t> numbers(const SkippedKeys& keys) {
  std::vector<std::uint32_t> all;
  keys.for_each([&](const SkippedKey& key) {
    EXPECT_EQ(key.seed, seed_of(key.n));
    all.push_back(key.n);
  });
  EXPECT_EQ(all.size(), keys.size());
  return all;
}

using Numbers = std::vector<std::uint32_t>;

TEST(SkippedKeys, HoldsNothingAtFirst) {
  SkippedKeys keys;
  EXPECT_EQ(keys.size(), 0);
  EXPECT_EQ(keys.find(0), nullptr);
  keys.erase(0);
  keys.erase_oldest();
  keys.expire(at(0), milliseconds(0), 1000);
  EXPECT_EQ(keys.size(), 0);
}

TEST(SkippedKeys, FindsWhatIsThereAndNothingElse) {
  SkippedKeys keys;
  add(keys, 10, 3);
  add(keys, 20, 2);
  EXPECT_EQ(numbers(keys), (Numbers{10, 11, 12, 20, 21}));
  for (std::uint32_t n = 0; n < 30; ++n) {
    const bool there = (n >= 10 && n < 13) || n == 20 || n == 21;
    ASSERT_EQ(keys.find(n) != nullptr, there) << n;
  }
}

TEST(SkippedKeys, EachIsTakenOnceInAnyOrder) {
  SkippedKeys keys;
  add(keys, 0, 5);
  for (const std::uint32_t n : {2U, 0U, 4U, 3U, 1U}) {
    ASSERT_NE(keys.find(n), nullptr);
    keys.erase(n);
    ASSERT_EQ(keys.find(n), nullptr);
    keys.erase(n);
  }
  EXPECT_EQ(keys.size(), 0);
}

TEST(SkippedKeys, ATakenSeedIsWipedAtOnce) {
  SkippedKeys keys;
  add(keys, 0, 3);
  const SkippedKey* const key = keys.find(1);
  keys.erase(1);
  // The slot lives on between its neighbours; its seed does not.
  EXPECT_EQ(key->n, 1);
  EXPECT_EQ(key->seed, (std::array<std::uint8_t, 32>{}));
}

TEST(SkippedKeys, AMovedSeedIsWipedWhereItWas) {
  SkippedKey from, to;
  from.kept = true;
  from.seed = seed_of(1);
  to = std::move(from);
  EXPECT_EQ(to.seed, seed_of(1));
  EXPECT_EQ(from.seed, (std::array<std::uint8_t, 32>{}));
  EXPECT_FALSE(from.kept);
}

TEST(SkippedKeys, ADestroyedSeedIsWiped) {
  alignas(SkippedKey) std::array<std::uint8_t, sizeof(SkippedKey)> place{};
  const volatile std::uint8_t* const look = place.data();  // memory itself, not what is known of it
  const auto count = [&](std::uint8_t byte) {
    std::size_t found = 0;
    for (std::size_t i = 0; i < place.size(); ++i) found += look[i] == byte;
    return found;
  };
  auto* const key = new (place.data()) SkippedKey;
  key->seed = seed_of(77);
  EXPECT_GE(count(seed_of(77)[0]), 1U);
  std::destroy_at(key);
  EXPECT_EQ(count(seed_of(77)[0]), 0U);
}

TEST(SkippedKeys, TheOldestGoAtTheLimit) {
  SkippedKeys keys;
  add(keys, 0, 4, 5);
  add(keys, 10, 1, 5);
  EXPECT_EQ(numbers(keys), (Numbers{0, 1, 2, 3, 10}));
  add(keys, 20, 1, 5);
  EXPECT_EQ(numbers(keys), (Numbers{1, 2, 3, 10, 20}));
  add(keys, 30, 5, 5);
  EXPECT_EQ(numbers(keys), (Numbers{30, 31, 32, 33, 34}));
}

TEST(SkippedKeys, TakenOnesDoNotCountAgainstTheLimit) {
  SkippedKeys keys;
  add(keys, 0, 5, 5);
  keys.erase(1);
  keys.erase(3);
  add(keys, 10, 2, 5);
  EXPECT_EQ(numbers(keys), (Numbers{0, 2, 4, 10, 11}));
}

TEST(SkippedKeys, ExpireTakesTheOldOnes) {
  SkippedKeys keys;
  add(keys, 0, 2, 100, at(100));
  add(keys, 5, 1, 100, at(200));
  keys.expire(at(149), milliseconds(50), 1000);
  EXPECT_EQ(keys.size(), 3);
  keys.expire(at(150), milliseconds(50), 1000);
  EXPECT_EQ(numbers(keys), (Numbers{5}));
  keys.expire(at(0), milliseconds(0), 1000);
  EXPECT_EQ(keys.size(), 1) << "a clock that went backwards";
  keys.expire(at(250), milliseconds(50), 1000);
  EXPECT_EQ(keys.size(), 0);
}

TEST(SkippedKeys, ManySmallGapsNeedFewAllocations) {
  SkippedKeys keys;
  std::size_t allocations = 0;
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    SkippedRun room = *keys.room_for(1, 2'000);
    if (room.size > 0) ++allocations;
    keys.append(run_of(2 * i, 1), std::move(room), 2'000);
  }
  EXPECT_EQ(keys.size(), 2'000);
  EXPECT_LT(allocations, 16);
}

TEST(SkippedKeys, LikeAMap) {
  std::minstd_rand random(1);
  for (const std::size_t limit : {std::size_t{1}, std::size_t{7}, std::size_t{40}}) {
    SkippedKeys keys;
    std::map<std::uint32_t, Instant> model;
    std::uint32_t next = 0;
    std::int64_t now = 0;
    for (int step = 0; step < 20'000; ++step) {
      const auto choice = random() % 10;
      if (choice < 4) {
        const std::size_t count = 1 + random() % std::min<std::size_t>(limit, 12);
        add(keys, next, count, limit, at(now));
        for (std::size_t i = 0; i < count; ++i) model[next++] = at(now);
        while (model.size() > limit) model.erase(model.begin());
        next += static_cast<std::uint32_t>(random() % 3);
      } else if (choice < 9 && next > 0) {
        const auto n = static_cast<std::uint32_t>(
            random() % 2 == 0 ? random() % next : next - 1 - random() % std::min(next, 60U));
        ASSERT_EQ(keys.find(n) != nullptr, model.contains(n));
        keys.erase(n);
        model.erase(n);
      } else {
        now += static_cast<std::int64_t>(random() % 5);
        keys.expire(at(now), milliseconds(100), 1000);
        std::erase_if(model,
                      [&](const auto& item) { return at(now) - item.second >= milliseconds(100); });
      }
      ASSERT_EQ(keys.size(), model.size());
      if (step % 64 == 0) {
        Numbers want;
        for (const auto& item : model) want.push_back(item.first);
        ASSERT_EQ(numbers(keys), want);
      }
    }
  }
}

}  // namespace
}  // namespace sotto::ratchet
