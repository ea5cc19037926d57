// SPDX-License-Identifier: MIT OR Apache-2.0
/// What ciphers and signatures do when there is no memory: they accuse nobody.
#include <array>
#include <optional>

#include <gtest/gtest.h>

#include <sotto/roster.hpp>
#include <sotto/x3dh.hpp>

#include "alloc/starve.hpp"
#include "crypto/aes_ctr.hpp"
#include "crypto/aes_gcm.hpp"
#include "crypto/aes_gcm_siv.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto {
namespace {

using testing::error_of;
using testing::made_or_not;
using testing::starve;

template <class Cipher>
void expect_whole_or_not_at_all() {
  const std::array<std::uint8_t, 32> key{1};
  EXPECT_GE(made_or_not<Cipher>([&] { return Cipher::create(key); }), 1U);
}

TEST(OutOfMemory, a_cipher_is_made_or_not) {
  expect_whole_or_not_at_all<crypto::AesGcm>();
  expect_whole_or_not_at_all<crypto::AesGcmSiv>();
  expect_whole_or_not_at_all<crypto::AesCtr>();
}

/// A signature that could not be looked at is not a bad one.
TEST(OutOfMemory, a_good_signature_is_not_called_bad) {
  testing::TapeEntropy tape(1);
  const auto identity = *IdentityKeyPair::generate(tape);
  const auto prekey = *SignedPrekey::generate(SignedPrekeyId{1}, identity, tape);
  const Bundle bundle = publish(identity.public_key(), prekey, nullptr);
  const UserId user(std::array<std::uint8_t, UserId::size_bytes>{1});
  const auto claim = *claim_device(user, DeviceId{1}, identity, tape);
  EXPECT_GE(made_or_not<VerifiedBundle>([&] { return verify(bundle); }), 1U);
  const auto nothing = [] { return std::make_unique<int>(0); };
  const auto image = [](int zero) { return zero; };
  EXPECT_GE(starve(nothing, [&](int) { return error_of(verify_claim(user, claim)); }, image), 1U);
  const Roster list =
      *Roster::begin(user, DeviceId{1}, identity, Instant(std::chrono::hours(1)), tape);
  EXPECT_GE(made_or_not<Roster>([&] { return Roster::verify_first(list.parts()); }), 2U);
}

}  // namespace
}  // namespace sotto
