// SPDX-License-Identifier: MIT OR Apache-2.0
/// Constant time of key pairs, X25519 and XEdDSA signatures.
#include <algorithm>
#include <array>

#include <sotto/keys.hpp>

#include "crypto/x25519.hpp"
#include "crypto/xeddsa.hpp"
#include "ct/taint.hpp"

using namespace sotto;

namespace {

void check_signature(const IdentityKeyPair& keys, crypto::XeddsaForm form, Entropy& tape) {
  std::array<std::uint8_t, 100> message{};
  ct::make_secret(message);
  const auto nonce = crypto::SignatureNonce::made_by(
      [&](MutableBytes out) { ct::require(tape.fill(out).has_value(), "the tape never ends"); });
  const Signature signature = crypto::xeddsa_sign(keys.secret_key().expose(), message, nonce, form);
  ct::publish(signature.bytes());
  ct::publish(message);
  ct::require(crypto::xeddsa_verify(keys.public_key().bytes(), message, signature).has_value(),
              "the signature verifies");
}

}  // namespace

int main() {
  ct::SecretTape tape(2);
  const auto a = IdentityKeyPair::generate(tape);
  const auto b = EphemeralKeyPair::generate(tape);
  ct::require(a && b, "key pairs");

  const auto ab = crypto::agree(a->secret_key(), b->public_key());
  const auto ba = crypto::agree(b->secret_key(), a->public_key());
  ct::require(ab && ba, "agreement");
  ct::publish(ab->expose());
  ct::publish(ba->expose());
  ct::require(std::ranges::equal(ab->expose(), ba->expose()), "both sides agree");

  const std::array<std::uint8_t, 32> low_order{1};
  ct::require(!crypto::agree(a->secret_key(), Public<struct LowRole, 32>(low_order)),
              "a key of low order is refused");

  // Several keys, so that both signs of the Edwards key come.
  for (int i = 0; i < 4; ++i) {
    const auto keys = IdentityKeyPair::generate(tape);
    check_signature(*keys, crypto::XeddsaForm::wire, tape);
    check_signature(*keys, crypto::XeddsaForm::specification, tape);
  }
  return 0;
}
