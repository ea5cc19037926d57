// SPDX-License-Identifier: MIT OR Apache-2.0
/// X25519 and XEdDSA.
#include <sotto/keys.hpp>

#include "crypto/x25519.hpp"
#include "crypto/xeddsa.hpp"
#include "generators.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::prop {
namespace {

using testing::TapeEntropy;

IdentityKeyPair pair_from(Entropy& tape) {
  auto pair = IdentityKeyPair::generate(tape);
  RC_ASSERT(pair.has_value());
  return std::move(*pair);
}

RC_GTEST_PROP(Curve, diffie_hellman_commutes, ()) {
  const auto a = *keys();
  const auto b = *keys();
  // Any u, on the curve or on its twist: the ladder is one map on both.
  const auto u = *keys();
  const auto first = crypto::x25519(a, u);
  const auto second = crypto::x25519(b, u);
  if (!first || !second) RC_DISCARD("low order");
  const auto ba = crypto::x25519(b, first->expose());
  const auto ab = crypto::x25519(a, second->expose());
  RC_ASSERT(ab.has_value() && ba.has_value());
  RC_ASSERT(same(ab->expose(), ba->expose()));
}

RC_GTEST_PROP(Curve, public_keys_are_acceptable_and_agree, ()) {
  TapeEntropy tape(*seeds());
  const auto a = pair_from(tape);
  const auto b = pair_from(tape);
  RC_ASSERT(crypto::is_acceptable_u(a.public_key().bytes()));
  const auto ab = crypto::agree(a.secret_key(), b.public_key());
  const auto ba = crypto::agree(b.secret_key(), a.public_key());
  RC_ASSERT(ab.has_value() && ba.has_value());
  RC_ASSERT(same(ab->expose(), ba->expose()));
}

RC_GTEST_PROP(Curve, top_bit_makes_no_second_name, ()) {
  TapeEntropy tape(*seeds());
  const auto a = pair_from(tape);
  auto alias = array_of<32>(a.public_key().bytes());
  alias[31] |= 0x80;
  RC_ASSERT(!crypto::is_canonical_u(alias));
  RC_ASSERT(!crypto::is_acceptable_u(alias));
}

/// 2^255 - 19 + `small`, for `small` below 19: a second encoding of it.
RC_GTEST_PROP(Curve, encodings_above_the_prime_are_refused, ()) {
  const auto small = *within(0, 19);
  std::array<std::uint8_t, 32> u;
  u.fill(0xff);
  u[0] = static_cast<std::uint8_t>(0xed + small);
  u[31] = 0x7f;
  RC_ASSERT(!crypto::is_canonical_u(u));
  u[0] = 0xec;  // the greatest that is below it
  RC_ASSERT(crypto::is_canonical_u(u));
}

RC_GTEST_PROP(Curve, signatures_verify_in_both_forms, ()) {
  TapeEntropy tape(*seeds());
  const auto signer = pair_from(tape);
  const auto message = *blocky_buffers(128, 2);
  const auto nonce = crypto::SignatureNonce::made_by(
      [&](MutableBytes out) { RC_ASSERT(tape.fill(out).has_value()); });
  const auto form = *rc::gen::element(crypto::XeddsaForm::wire, crypto::XeddsaForm::specification);
  const auto secret = signer.secret_key().expose();
  const Signature signature = crypto::xeddsa_sign(secret, message, nonce, form);
  RC_ASSERT(crypto::xeddsa_verify(signer.public_key().bytes(), message, signature).has_value());
  RC_ASSERT(signature == crypto::xeddsa_sign(secret, message, nonce, form));
  if (form == crypto::XeddsaForm::specification) RC_ASSERT((signature.bytes()[63] & 0x80) == 0);
}

RC_GTEST_PROP(Curve, any_altered_bit_breaks_a_signature, ()) {
  TapeEntropy tape(*seeds());
  const auto signer = pair_from(tape);
  auto message = *buffers();
  const auto made = crypto::sign(signer, message, tape);
  RC_ASSERT(made.has_value());
  auto signature = array_of<64>(made->bytes());
  auto u = array_of<32>(signer.public_key().bytes());
  const auto bit = *bits_of(64 + 32 + message.size());
  if (bit < 512) {
    flip(signature, bit);
  } else if (bit < 768) {
    flip(u, bit - 512);
  } else {
    flip(message, bit - 768);
  }
  const auto verdict = crypto::xeddsa_verify(u, message, Signature(signature));
  RC_ASSERT(!verdict.has_value());
  RC_ASSERT(verdict.error() == Error::bad_signature);
}

/// s and s + L are the same to the group; only one of them may pass.
RC_GTEST_PROP(Curve, signature_with_order_added_is_refused, ()) {
  TapeEntropy tape(*seeds());
  const auto signer = pair_from(tape);
  const auto made = crypto::sign(signer, {}, tape);
  RC_ASSERT(made.has_value());
  auto signature = array_of<64>(made->bytes());
  const auto sign_bit = static_cast<std::uint8_t>(signature[63] & 0x80);
  signature[63] &= 0x7f;
  // L = 2^252 + 27742317777372353535851937790883648493 [RFC 8032 §5.1], little-endian.
  constexpr std::array<std::uint8_t, 32> order = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
                                                  0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
                                                  0,    0,    0,    0,    0,    0,    0,    0,
                                                  0,    0,    0,    0,    0,    0,    0,    0x10};
  const auto times = *within(1, 7);
  for (int n = 0; n < times; ++n) {
    unsigned carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
      carry += static_cast<unsigned>(signature[32 + i]) + order[i];
      signature[32 + i] = static_cast<std::uint8_t>(carry & 0xff);
      carry >>= 8;
    }
  }
  signature[63] |= sign_bit;
  RC_ASSERT(!crypto::xeddsa_verify(signer.public_key().bytes(), {}, Signature(signature)));
}

}  // namespace
}  // namespace sotto::prop
