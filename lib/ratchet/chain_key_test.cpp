// SPDX-License-Identifier: MIT OR Apache-2.0
#include "ratchet/chain_key.hpp"

#include <type_traits>

#include <gtest/gtest.h>

#include "ratchet/message_keys.hpp"
#include "ratchet/receiving_chain.hpp"
#include "ratchet/test_bytes.hpp"

namespace sotto::ratchet {
namespace {

static_assert(!std::is_constructible_v<ChainKey, RootKey>);
static_assert(!std::is_constructible_v<SendingChain, MessageSeed>);
static_assert(!std::is_convertible_v<SendingChain, ReceivingChain>);
static_assert(!std::is_constructible_v<ReceivingChain, SendingChain>);
static_assert(!std::is_copy_constructible_v<SendingChain>);

// Published with Signal's reference suites ("chain key derivation", version 3); the IV is not in
// them and was computed from the HKDF of RFC 5869.
// [DR-3.1-4] [DR-5.2-3] [DR-5.2-4]
TEST(ChainKey, PublishedStep) {
  auto chain =
      value_of<ChainKey>("8ab72d6f4cc5ac0d387eaf463378ddb28edd07385b1cb01250c715982e7ad48f");
  auto same = chain.duplicate();
  const MessageSeed seed = step_chain(signal_v3, chain);
  EXPECT_EQ(to_hex(chain.expose()),
            "28e8f8fee54b801eef7c5cfb2f17f32c7b334485bbb70fac6ec10342a246d15d");
  const auto keys = MessageKeys::derive(signal_v3, seed, crypto::zero_salt());
  EXPECT_EQ(to_hex(keys.cipher_key()),
            "bf51e9d75e0e31031051f82a2491ffc084fa298b7793bd9db620056febf45217");
  EXPECT_EQ(to_hex(keys.mac_key()),
            "c6c77d6a73a354337a56435e34607dfe48e3ace14e77314dc6abc172e7a7030b");
  EXPECT_EQ(to_hex(keys.iv()), "afa8207986b692a116d4b40bbff72d6c");

  skip_step(signal_v3, same);
  EXPECT_EQ(to_hex(same.expose()), to_hex(chain.expose()));
}

TEST(ChainKey, EachSuiteFeedsItsOwnBytes) {
  Suite other = signal_v3;
  other.seed_input = 0x03;
  ChainKey one = filled<ChainKey>(7), two = filled<ChainKey>(7);
  EXPECT_NE(to_hex(step_chain(signal_v3, one).expose()), to_hex(step_chain(other, two).expose()));
  EXPECT_EQ(to_hex(one.expose()), to_hex(two.expose()));
}

// [DR-2.2-1] [DR-3.4-1]
TEST(SendingChain, SpendsEachNumberOnce) {
  SendingChain chain(filled<ChainKey>(7));
  ChainKey key = filled<ChainKey>(7);
  for (std::uint32_t n = 0; n < 5; ++n) {
    const auto spent = chain.spend(signal_v3);
    ASSERT_TRUE(spent);
    EXPECT_EQ(spent->n, n);
    EXPECT_EQ(to_hex(spent->seed.expose()), to_hex(step_chain(signal_v3, key).expose()));
    EXPECT_EQ(to_hex(chain.key().expose()), to_hex(key.expose()));
  }
  EXPECT_EQ(chain.next(), 5);
}

TEST(SendingChain, EndsAndStaysEnded) {
  SendingChain chain(filled<ChainKey>(7), end_of_chain - 1);
  const auto last = chain.spend(signal_v3);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->n, 0xfffffffe);
  const std::string key = to_hex(chain.key().expose());
  for (int i = 0; i < 3; ++i) {
    const auto beyond = chain.spend(signal_v3);
    ASSERT_FALSE(beyond);
    EXPECT_EQ(beyond.error(), Error::exhausted);
  }
  EXPECT_EQ(chain.next(), end_of_chain);
  EXPECT_EQ(to_hex(chain.key().expose()), key);
}

}  // namespace
}  // namespace sotto::ratchet
