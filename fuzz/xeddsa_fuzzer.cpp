// SPDX-License-Identifier: MIT OR Apache-2.0
/// Any bytes as key, signature and message: nothing verifies but what was signed.
#include "agreement.hpp"
#include "crypto/xeddsa.hpp"
#include "input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  fuzz::Input in(data, size);
  const std::uint8_t mode = in.byte();
  if ((mode & 1) == 0) {
    const auto key = in.array<32>();
    const auto signature = in.array<64>();
    // Nobody knows a secret for bytes as they come: whatever verifies here was in the seeds.
    static_cast<void>(crypto::xeddsa_verify(key, in.rest(), Signature(signature)));
    return 0;
  }
  testing::TapeEntropy tape(mode);
  const auto keys = prop::must(IdentityKeyPair::generate(tape));
  const auto form = (mode & 2) != 0 ? crypto::XeddsaForm::wire : crypto::XeddsaForm::specification;
  auto flips = in.array<64>();
  auto key_flips = in.array<32>();
  const Bytes message = in.rest();
  const auto nonce = crypto::SignatureNonce::made_by([&](MutableBytes out) {
    if (!tape.fill(out)) std::abort();
  });
  const auto made = crypto::xeddsa_sign(keys.secret_key().expose(), message, nonce, form);
  bool altered = false;
  for (std::size_t i = 0; i < 64; ++i) {
    altered = altered || flips[i] != 0;
    flips[i] ^= made.bytes()[i];
  }
  for (std::size_t i = 0; i < 32; ++i) {
    altered = altered || key_flips[i] != 0;
    key_flips[i] ^= keys.public_key().bytes()[i];
  }
  const auto verified = crypto::xeddsa_verify(key_flips, message, Signature(flips));
  fuzz::require(verified.has_value() == !altered, "an altered signature or key verified");
  return 0;
}
