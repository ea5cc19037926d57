// SPDX-License-Identifier: MIT OR Apache-2.0
/// What the ratchet asks of the heap: nothing on the usual path, and no harm when it says no.
#include <cstdlib>
#include <new>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "ratchet/skipped_keys.hpp"
#include "ratchet/test_pair.hpp"

namespace {

// This test program counts what every `operator new` gives, and lets the nothrow ones fail.
std::size_t allocations = 0;
std::size_t blocks = 0;  // that are not given back yet
constexpr std::size_t never = static_cast<std::size_t>(-1);
std::size_t allocations_until_failure = never;

void* counted(std::size_t size) noexcept {
  ++allocations;
  ++blocks;
  return std::malloc(size == 0 ? 1 : size);
}

void given_back(void* memory) noexcept {
  if (memory != nullptr) --blocks;
  std::free(memory);
}

void* failing(std::size_t size) noexcept {
  if (allocations_until_failure != never && allocations_until_failure-- == 0) {
    allocations_until_failure = 0;
    return nullptr;
  }
  return counted(size);
}

}  // namespace

void* operator new(std::size_t size) {
  void* const memory = counted(size);
  if (memory == nullptr) std::abort();
  return memory;
}
void* operator new[](std::size_t size) {
  return operator new(size);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return failing(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return failing(size);
}
void operator delete(void* memory) noexcept {
  given_back(memory);
}
void operator delete[](void* memory) noexcept {
  given_back(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  given_back(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  given_back(memory);
}

namespace sotto::ratchet {
namespace {

/// Lets the nothrow `new` number `after` and all later ones fail, as long as it lives.
struct MemoryEnds {
  explicit MemoryEnds(std::size_t after) { allocations_until_failure = after; }
  ~MemoryEnds() { allocations_until_failure = never; }
};

TEST(Memory, EncryptAndInOrderDecryptAskForNone) {
  Pair pair;
  pair.settle();
  ASSERT_EQ(pair.bob.receive(pair.alice.send("turn")), "turn");
  const Buffer plaintext(1'000, 0x5a);
  Buffer message(Ratchet::encrypted_size(plaintext.size())), out(message.size());
  for (int i = 0; i < 5; ++i) {
    const std::size_t before = allocations;
    ASSERT_TRUE(pair.alice.ratchet.encrypt(message, plaintext));
    ASSERT_TRUE(pair.bob.ratchet.decrypt(out, message, pair.bob.tape, pair.bob.now));
    EXPECT_EQ(allocations, before);
  }
}

TEST(Memory, ARefusedMessageAsksForNone) {
  Pair pair;
  pair.settle();
  Buffer message = pair.alice.send("turn");
  ASSERT_EQ(pair.bob.receive(message), "turn");
  Buffer out(message.size());
  const std::size_t before = allocations;
  EXPECT_FALSE(pair.bob.ratchet.decrypt(out, message, pair.bob.tape, {}));
  message[37] = 0x7f;  // n: too far ahead
  EXPECT_FALSE(pair.bob.ratchet.decrypt(out, message, pair.bob.tape, {}));
  EXPECT_EQ(allocations, before);
}

/// Delivers `message` with the memory ending at the first, second, ... request, until it opens.
/// Returns how often it was refused for that.
int refusals(End& end, const Buffer& message) {
  Buffer out(message.size());
  const Buffer before = image_of(end.ratchet);
  for (int refused = 0;; ++refused) {
    std::fill(out.begin(), out.end(), std::uint8_t{0xa5});
    auto opened = [&] {
      const MemoryEnds ends(static_cast<std::size_t>(refused));
      return end.ratchet.decrypt(out, message, end.tape, end.now);
    }();
    if (opened) return refused;
    EXPECT_EQ(opened.error(), Error::out_of_memory);
    EXPECT_EQ(out, Buffer(out.size(), 0xa5));
    EXPECT_EQ(image_of(end.ratchet), before);
    if (refused > 10) return refused;
  }
}

TEST(Memory, attack_R26_dh_step_fail_no_memory_no_change) {
  Pair pair;
  pair.settle();
  pair.alice.send("lost");
  EXPECT_EQ(refusals(pair.bob, pair.alice.send("a turn with a gap")), 2);  // chain, keys
  pair.alice.send("lost");
  EXPECT_EQ(refusals(pair.bob, pair.alice.send("a gap")), 2);  // keys, room for them
  pair.alice.send("lost");
  EXPECT_EQ(refusals(pair.bob, pair.alice.send("a gap")), 1);  // keys
  EXPECT_EQ(refusals(pair.bob, pair.alice.send("in order")), 0);
}

// A run that stays would tell until the session ends how many messages were late, and which.
TEST(Memory, OfSkippedKeysThatAreAllGoneIsGivenBack) {
  static constexpr Instant now;
  const auto fill = [](SkippedKeys& keys) {
    for (std::uint32_t first : {0U, 10U}) {
      SkippedRun fresh = *SkippedRun::allocate(9);
      for (std::uint32_t i = 0; i < 9; ++i) {
        fresh.slots[i].n = first + i;
        fresh.slots[i].since = now;
        fresh.slots[i].kept = true;
      }
      SkippedRun room = *keys.room_for(9, 100);
      keys.append(std::move(fresh), std::move(room), 100);
    }
  };
  SkippedKeys keys;
  const std::size_t before = blocks;
  fill(keys);
  for (std::uint32_t n = 0; n < 19; ++n) {
    EXPECT_EQ(blocks, before + 1) << n;
    keys.erase(n);
  }
  EXPECT_EQ(keys.size(), 0U);
  EXPECT_EQ(blocks, before) << "taken";
  fill(keys);
  for (int i = 0; i < 18; ++i) keys.erase_oldest();
  EXPECT_EQ(blocks, before) << "crowded out";
  fill(keys);
  EXPECT_EQ(keys.expire(now + std::chrono::hours(1), std::chrono::hours(1), 100), 18U);
  EXPECT_EQ(blocks, before) << "too old";
}

TEST(Memory, OfLateMessagesThatAllCameIsGivenBack) {
  Pair pair;
  pair.settle();
  ASSERT_EQ(pair.bob.receive(pair.alice.send("turn")), "turn");
  std::vector<Buffer> late;
  for (int i = 0; i < 40; ++i) late.push_back(pair.alice.send("late"));
  const Buffer last = pair.alice.send("last");
  Buffer out(last.size());
  const auto open = [&](const Buffer& message) {
    return pair.bob.ratchet.decrypt(out, message, pair.bob.tape, pair.bob.now).has_value();
  };
  const std::size_t before = blocks;
  ASSERT_TRUE(open(last));
  EXPECT_EQ(blocks, before + 1);
  for (const Buffer& message : late) ASSERT_TRUE(open(message));
  EXPECT_EQ(blocks, before);
}

TEST(Memory, StartWithoutMemoryLeavesTheAgreement) {
  const Agreed agreed(1);
  testing::TapeEntropy tape(5);
  auto initiator = agreed.initiator();
  auto responder = agreed.responder();
  for (const std::size_t after : {0U, 1U}) {
    const MemoryEnds ends(after);
    EXPECT_EQ(Ratchet::start(std::move(initiator), tape).error(), Error::out_of_memory);
  }
  {
    const MemoryEnds ends(0);
    EXPECT_EQ(Ratchet::start(std::move(responder)).error(), Error::out_of_memory);
  }
  End alice{*Ratchet::start(std::move(initiator), tape), testing::TapeEntropy(6)};
  End bob{*Ratchet::start(std::move(responder)), testing::TapeEntropy(7)};
  EXPECT_EQ(bob.receive(alice.send("x")), "x");
}

TEST(Memory, LoadWithoutMemory) {
  Pair pair;
  pair.alice.send("lost");
  ASSERT_EQ(pair.bob.receive(pair.alice.send("x")), "x");
  const Buffer image = image_of(pair.bob.ratchet);
  for (std::size_t after = 0; after < 3; ++after) {
    const MemoryEnds ends(after);
    const auto state = testing::load_image(image);
    ASSERT_FALSE(state) << after;
    EXPECT_EQ(state.error(), Error::out_of_memory);
  }
  EXPECT_TRUE(testing::load_image(image));
}

}  // namespace
}  // namespace sotto::ratchet
