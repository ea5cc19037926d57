// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/xeddsa.hpp"

#include <gtest/gtest.h>

#include "testing/hex.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::crypto {
namespace {

using testing::hex;
using testing::unhex;
using testing::unhex_array;

/// The published signature's key: byte 8 is 189, all others zero, then clamped.
std::array<std::uint8_t, 32> figure_secret() {
  std::array<std::uint8_t, 32> secret{};
  secret[8] = 189;
  secret[31] = 0x40;
  return secret;
}

SignatureNonce zero_nonce() {
  return SignatureNonce(std::array<std::uint8_t, 64>{});
}

TEST(Xeddsa, published_figures_of_both_forms) {
  const std::vector<std::uint8_t> message(200);
  const auto keys = IdentityKeyPair::from_secret(Secret<struct IdentityRole, 32>(figure_secret()));
  const auto wire = xeddsa_sign(figure_secret(), message, zero_nonce(), XeddsaForm::wire);
  EXPECT_EQ(hex(wire.bytes()),
            "cf873d0379ac20e8893e5567ee0f8951f8db840d26b243b463526689d01ca718"
            "ac189fb1678574ebdde569330659448b0bd6c1973f7d780ab39518626803d782");
  const auto specified =
      xeddsa_sign(figure_secret(), message, zero_nonce(), XeddsaForm::specification);
  EXPECT_EQ(hex(specified.bytes()),
            "11c7f3e6c4df9e8a5150e1db3b30f92de3a3b3aa438656545fa7390f4bcc7bb2"
            "6c431d9e90643e4f0eaa0e9c557766fa69ada576d63dcaf2ac326c11d0b97702");
  EXPECT_TRUE(xeddsa_verify(keys->public_key().bytes(), message, wire));
  EXPECT_TRUE(xeddsa_verify(keys->public_key().bytes(), message, specified));
}

TEST(Xeddsa, both_forms_verify_for_both_signs_of_the_key) {
  int negative = 0;
  for (std::uint64_t seed = 0; seed < 32; ++seed) {
    testing::TapeEntropy tape(seed);
    const auto keys = IdentityKeyPair::generate(tape);
    const auto message = unhex("00ff10");
    const auto secret = keys->secret_key().expose();
    const auto wire = xeddsa_sign(secret, message, zero_nonce(), XeddsaForm::wire);
    const auto specified = xeddsa_sign(secret, message, zero_nonce(), XeddsaForm::specification);
    negative += wire.bytes()[63] >> 7;
    EXPECT_EQ(specified.bytes()[63] >> 7, 0);
    EXPECT_TRUE(xeddsa_verify(keys->public_key().bytes(), message, wire)) << seed;
    EXPECT_TRUE(xeddsa_verify(keys->public_key().bytes(), message, specified)) << seed;
  }
  EXPECT_GT(negative, 5);
  EXPECT_LT(negative, 27);
}

struct Signed {
  std::array<std::uint8_t, 32> key;
  std::vector<std::uint8_t> message;
  std::array<std::uint8_t, 64> signature;
};

Signed figure() {
  return {unhex_array<32>("ab7e717d4a163b7d9a1d8071dfe9dcf8cdcd1cea3339b6356be84d887e322c64"),
          unhex("05edce9d9c415ca78cb7252e72c2c4a554d3eb29485a0e1d503118d1a82d99fb4a"),
          unhex_array<64>("5de88ca9a89b4a115da79109c67c9c7464a3e4180274f1cb8c63c2984e286dfb"
                          "ede82deb9dcd9fae0bfbb821569b3d9001bd8130cd11d486cef047bd60b86e88")};
}

TEST(Xeddsa, published_signature_verifies_and_no_bit_of_it_may_change) {
  const Signed s = figure();
  EXPECT_TRUE(xeddsa_verify(s.key, s.message, Signature(s.signature)));
  for (std::size_t bit = 0; bit < 512; ++bit) {
    auto wrong = s.signature;
    wrong[bit / 8] = static_cast<std::uint8_t>(wrong[bit / 8] ^ (1U << bit % 8));
    EXPECT_EQ(xeddsa_verify(s.key, s.message, Signature(wrong)).error(), Error::bad_signature)
        << bit;
  }
  for (std::size_t bit = 0; bit < 256; ++bit) {
    auto wrong = s.key;
    wrong[bit / 8] = static_cast<std::uint8_t>(wrong[bit / 8] ^ (1U << bit % 8));
    EXPECT_FALSE(xeddsa_verify(wrong, s.message, Signature(s.signature))) << bit;
  }
  EXPECT_FALSE(xeddsa_verify(s.key, Bytes(s.message).first(32), Signature(s.signature)));
}

TEST(Xeddsa, attack_H10_ed25519_malleable_spk_sig) {
  // s + L signs the same for a lenient verifier; here s must be below L.
  Signed s = figure();
  const std::uint8_t sign = s.signature[63] & 0x80;
  s.signature[63] &= 0x7f;
  const auto order =
      unhex_array<32>("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  for (int times = 1; times <= 3; ++times) {
    unsigned carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
      carry += static_cast<unsigned>(s.signature[32 + i]) + order[i];
      s.signature[32 + i] = static_cast<std::uint8_t>(carry);
      carry >>= 8;
    }
    auto shown = s.signature;
    shown[63] |= sign;
    EXPECT_FALSE(xeddsa_verify(s.key, s.message, Signature(shown))) << times;
  }
}

TEST(Xeddsa, refuses_keys_and_points_out_of_form) {
  const Signed s = figure();
  auto high = s.key;
  high[31] |= 0x80;
  EXPECT_FALSE(xeddsa_verify(high, s.message, Signature(s.signature)));
  // R of small order with s = 0 would verify for a key of small order.
  std::array<std::uint8_t, 64> nothing{};
  nothing[0] = 1;
  for (const char* weak : {"0000000000000000000000000000000000000000000000000000000000000000",
                           "0100000000000000000000000000000000000000000000000000000000000000",
                           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"})
    EXPECT_FALSE(xeddsa_verify(unhex_array<32>(weak), s.message, Signature(nothing)));
  // u = 2 - p's alias of 2: 2 + p does not fit 255 bits, 18 + p does.
  auto alias = unhex_array<32>("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
  EXPECT_FALSE(xeddsa_verify(alias, s.message, Signature(s.signature)));
}

TEST(Xeddsa, signing_draws_64_bytes_and_fails_with_the_source) {
  testing::TapeEntropy tape(3);
  const auto keys = IdentityKeyPair::generate(tape);
  const std::size_t before = tape.drawn();
  const auto first = sign(*keys, unhex("aa"), tape);
  ASSERT_TRUE(first);
  EXPECT_EQ(tape.drawn() - before, 64U);
  EXPECT_NE(first->bytes()[0], sign(*keys, unhex("aa"), tape)->bytes()[0]);
  testing::FailingEntropy failing;
  EXPECT_EQ(sign(*keys, unhex("aa"), failing).error(), Error::entropy_failed);
}

}  // namespace
}  // namespace sotto::crypto
