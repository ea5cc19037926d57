// SPDX-License-Identifier: MIT OR Apache-2.0
#include "ratchet/root_key.hpp"

#include <gtest/gtest.h>

#include "crypto/hkdf.hpp"
#include "ratchet/test_bytes.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::ratchet {
namespace {

// [DR-3.1-3] [DR-5.2-2]
TEST(RootKey, StepIsHkdfUnderTheRoot) {
  const auto root = filled<RootKey>(1);
  const auto shared = filled<crypto::SharedSecret>(2);
  Buffer want(64);
  crypto::hkdf_sha256(want, crypto::HmacSha256Key(root.expose()), shared.expose(),
                      bytes_of("WhisperRatchet"));
  const RootStep step = step_root(signal_v3, root, shared);
  EXPECT_EQ(to_hex(step.root.expose()) + to_hex(step.chain.expose()), to_hex(want));
}

// [DR-5.2-1]
TEST(RootKey, BothEndsOfADiffieHellmanAgree) {
  testing::TapeEntropy tape(1);
  const auto ours = *RatchetKeyPair::generate(tape);
  const auto theirs = *RatchetKeyPair::generate(tape);
  const auto root = filled<RootKey>(1);
  const auto here = step_root(signal_v3, root, ours, theirs.public_key());
  const auto there = step_root(signal_v3, root, theirs, ours.public_key());
  ASSERT_TRUE(here && there);
  EXPECT_EQ(to_hex(here->root.expose()), to_hex(there->root.expose()));
  EXPECT_EQ(to_hex(here->chain.expose()), to_hex(there->chain.expose()));
  EXPECT_NE(to_hex(here->root.expose()), to_hex(here->chain.expose()));
}

// [DR-3.1-2]
TEST(RootKey, LowOrderKeyIsWeak) {
  testing::TapeEntropy tape(1);
  const auto ours = *RatchetKeyPair::generate(tape);
  const auto step = step_root(signal_v3, filled<RootKey>(1), ours, filled<RatchetPublic>(0));
  ASSERT_FALSE(step);
  EXPECT_EQ(step.error(), Error::weak_key);
}

}  // namespace
}  // namespace sotto::ratchet
