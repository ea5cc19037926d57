// SPDX-License-Identifier: MIT OR Apache-2.0
/// Constant time of X3DH: prekeys, both sides, with and without a one-time prekey.
#include <algorithm>

#include <sotto/x3dh.hpp>

#include "ct/taint.hpp"

using namespace sotto;

namespace {

void agree(const IdentityKeyPair& alice, const IdentityKeyPair& bob, const SignedPrekey& prekey,
           const OneTimePrekey* one_time, Entropy& tape) {
  const auto verified = verify(publish(bob.public_key(), prekey, one_time));
  ct::require(verified.has_value(), "the bundle verifies");
  const auto initiated = initiate(alice, *verified, tape);
  ct::require(initiated.has_value(), "initiate");
  const auto responded = respond(bob, prekey, one_time, initiated->initiation);
  ct::require(responded.has_value(), "respond");
  for (const auto& [ours, theirs] :
       {std::pair(initiated->agreement.root_key.expose(), responded->root_key.expose()),
        std::pair(initiated->agreement.chain_key.expose(), responded->chain_key.expose())}) {
    ct::publish(ours);
    ct::publish(theirs);
    ct::require(std::ranges::equal(ours, theirs), "both sides agree");
  }
}

}  // namespace

int main() {
  ct::SecretTape tape(3);
  const auto alice = IdentityKeyPair::generate(tape);
  const auto bob = IdentityKeyPair::generate(tape);
  ct::require(alice && bob, "identities");
  const auto prekey = SignedPrekey::generate(SignedPrekeyId{1}, *bob, tape);
  const auto one_time = OneTimePrekey::generate(OneTimePrekeyId{2}, tape);
  ct::require(prekey && one_time, "prekeys");
  ct::publish(prekey->signature.bytes());

  agree(*alice, *bob, *prekey, nullptr, tape);
  agree(*alice, *bob, *prekey, &*one_time, tape);
  return 0;
}
