// SPDX-License-Identifier: MIT OR Apache-2.0
#include "ratchet/receiving_chain.hpp"

#include <gtest/gtest.h>

#include "ratchet/test_bytes.hpp"

namespace sotto::ratchet {
namespace {

ReceivingChain chain_of_sevens() {
  return ReceivingChain(filled<RatchetPublic>(9), filled<ChainKey>(7));
}

/// The seed of message `n`, step by step.
std::string seed_of(std::uint32_t n) {
  ChainKey key = filled<ChainKey>(7);
  for (std::uint32_t i = 0; i < n; ++i) skip_step(signal_v3, key);
  return to_hex(step_chain(signal_v3, key).expose());
}

/// Reach message `n` and accept it; its seed, or the error's name.
std::string take(ReceivingChain& chain, std::uint32_t n, const RatchetLimits& limits = {}) {
  auto reach = chain.reach(signal_v3, n, limits, {});
  if (!reach) return std::string(name(reach.error()));
  chain.accept(n, std::move(reach->advance), limits);
  return to_hex(reach->seed.expose());
}

// [DR-3.5-3]
TEST(ReceivingChain, InOrder) {
  ReceivingChain chain = chain_of_sevens();
  for (std::uint32_t n = 0; n < 5; ++n) {
    EXPECT_EQ(take(chain, n), seed_of(n));
    EXPECT_EQ(chain.next(), n + 1);
  }
  EXPECT_EQ(chain.skipped().size(), 0);
}

// [DR-3.2-1] [DR-3.5-1] [DR-3.5-3]
TEST(ReceivingChain, LateOnesOpenOnceInAnyOrder) {
  ReceivingChain chain = chain_of_sevens();
  EXPECT_EQ(take(chain, 5), seed_of(5));
  EXPECT_EQ(chain.skipped().size(), 5);
  for (const std::uint32_t n : {3U, 0U, 4U, 1U, 2U}) EXPECT_EQ(take(chain, n), seed_of(n));
  for (std::uint32_t n = 0; n <= 5; ++n) EXPECT_EQ(take(chain, n), "replayed");
  EXPECT_EQ(take(chain, 6), seed_of(6));
}

TEST(ReceivingChain, ReachChangesNothing) {
  ReceivingChain chain = chain_of_sevens();
  ASSERT_EQ(take(chain, 2), seed_of(2));
  for (int i = 0; i < 3; ++i) {
    for (const std::uint32_t n : {0U, 1U, 3U, 50U}) {
      const auto reach = chain.reach(signal_v3, n, {}, {});
      ASSERT_TRUE(reach);
      EXPECT_EQ(to_hex(reach->seed.expose()), seed_of(n));
    }
    EXPECT_EQ(chain.next(), 3);
    EXPECT_EQ(chain.skipped().size(), 2);
  }
}

// [DR-3.1-9] [DR-3.5-5]
TEST(ReceivingChain, ForwardJumpOnBothSidesOfItsLimit) {
  const RatchetLimits limits{.max_forward_jump = 10};
  ReceivingChain chain = chain_of_sevens();
  EXPECT_EQ(take(chain, 11, limits), "too_far_ahead");
  EXPECT_EQ(take(chain, 10, limits), seed_of(10));
  EXPECT_EQ(take(chain, 22, limits), "too_far_ahead");
  EXPECT_EQ(take(chain, 21, limits), seed_of(21));
}

TEST(ReceivingChain, NoJumpAllowedIsStrictOrder) {
  const RatchetLimits limits{.max_forward_jump = 0};
  ReceivingChain chain = chain_of_sevens();
  EXPECT_EQ(take(chain, 1, limits), "too_far_ahead");
  EXPECT_EQ(take(chain, 0, limits), seed_of(0));
  EXPECT_EQ(take(chain, 1, limits), seed_of(1));
}

// [DR-3.2-2]
TEST(ReceivingChain, AJumpBeyondStorageKeepsTheNewest) {
  const RatchetLimits limits{.max_forward_jump = 10, .max_skipped_per_chain = 3};
  ReceivingChain chain = chain_of_sevens();
  EXPECT_EQ(take(chain, 10, limits), seed_of(10));
  EXPECT_EQ(chain.skipped().size(), 3);
  EXPECT_EQ(take(chain, 6, limits), "replayed");
  for (const std::uint32_t n : {7U, 8U, 9U}) EXPECT_EQ(take(chain, n, limits), seed_of(n));
}

TEST(ReceivingChain, NothingStoredWhenNothingMayBe) {
  const RatchetLimits limits{.max_skipped_per_chain = 0};
  ReceivingChain chain = chain_of_sevens();
  EXPECT_EQ(take(chain, 4, limits), seed_of(4));
  EXPECT_EQ(chain.skipped().size(), 0);
  EXPECT_EQ(take(chain, 5, limits), seed_of(5));
}

TEST(ReceivingChain, TheNumberNoMessageCarries) {
  EXPECT_EQ(ReceivingChain::check_jump(end_of_chain - 1, end_of_chain, {}).error(),
            Error::malformed);
  EXPECT_TRUE(ReceivingChain::check_jump(end_of_chain - 1, end_of_chain - 1, {}));
  // An ended chain has no message ahead of it.
  EXPECT_EQ(ReceivingChain::check_jump(end_of_chain, end_of_chain, {}).error(), Error::malformed);
}

}  // namespace
}  // namespace sotto::ratchet
