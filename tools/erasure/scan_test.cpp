// SPDX-License-Identifier: MIT OR Apache-2.0
/// The search itself, which must find what is there, and the wiping of a secret.
#include <array>
#include <cstring>
#include <memory>
#include <new>

#include <gtest/gtest.h>

#include <sotto/secret.hpp>

#include "erasure/memory_scan.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto {
namespace {

using testing::deep_down;
using testing::found_in_memory;
using testing::learn;
using testing::Notes;
using testing::TapeEntropy;
using Names = std::set<std::string>;

using Planted = Secret<struct PlantedRole, 32>;

Planted planted(std::uint64_t seed) {
  TapeEntropy tape(seed);
  return Planted::made_by([&](MutableBytes out) { static_cast<void>(tape.fill(out)); });
}

TEST(Scan, finds_what_lives_and_not_what_was_never_here) {
  const auto here = learn([](Notes& n) { n.add("here", planted(901).expose()); });
  EXPECT_EQ(found_in_memory(here), Names{});
  {
    const auto key = std::make_unique<Planted>(planted(901));
    EXPECT_EQ(found_in_memory(here), Names{"here"});
  }
  EXPECT_EQ(found_in_memory(here), Names{});
}

TEST(Scan, finds_what_is_left_on_the_heap) {
  const auto left = learn([](Notes& n) { n.add("left", planted(902).expose()); });
  deep_down([] {
    const Planted key = planted(902);
    // Of a size that the search itself never asks for, or it would overwrite what it looks for.
    auto* const copy = new std::array<std::uint8_t, 1000>{};
    std::memcpy(copy->data() + 500, key.expose().data(), 32);
    asm volatile("" : : "r"(copy) : "memory");
    delete copy;
  });
  EXPECT_EQ(found_in_memory(left), Names{"left"});
}

TEST(Scan, finds_what_is_left_on_the_stack) {
  const auto left = learn([](Notes& n) { n.add("left", planted(903).expose()); });
  deep_down([] {
    std::array<std::uint8_t, 32> copy;
    const Planted key = planted(903);
    std::memcpy(copy.data(), key.expose().data(), 32);
    asm volatile("" : : "r"(copy.data()) : "memory");
  });
  EXPECT_EQ(found_in_memory(left), Names{"left"});
}

TEST(Scan, finds_a_quarter_and_a_key_under_a_pad) {
  const auto left = learn([](Notes& n) { n.add("left", planted(904).expose()); });
  for (const bool pad : {false, true}) {
    auto eight = std::make_unique<std::array<std::uint8_t, 8>>();
    deep_down([&] {
      const Planted key = planted(904);
      for (std::size_t i = 0; i < 8; ++i)
        (*eight)[i] = static_cast<std::uint8_t>(key.expose()[16 + i] ^ (pad ? 0x5c : 0));
    });
    EXPECT_EQ(found_in_memory(left), Names{"left"});
    wipe(*eight);
  }
}

TEST(Wiping, survives_the_optimiser_in_destroyed_and_moved_secrets) {
  alignas(Planted) std::array<std::uint8_t, sizeof(Planted)> storage;
  const std::uint8_t* volatile look = storage.data();
  const auto zero = [&] {
    std::size_t zeros = 0;
    for (std::size_t i = 0; i < storage.size(); ++i) zeros += look[i] == 0;
    return zeros == storage.size();
  };
  auto* const key = new (storage.data()) Planted(planted(905));
  EXPECT_FALSE(zero());
  const Planted moved = std::move(*key);
  EXPECT_TRUE(zero());
  *key = planted(906);
  EXPECT_FALSE(zero());
  key->~Planted();
  EXPECT_TRUE(zero());
  wipe(storage);
}

}  // namespace
}  // namespace sotto
