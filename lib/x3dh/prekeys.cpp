// SPDX-License-Identifier: MIT OR Apache-2.0
#include <sotto/x3dh.hpp>

#include "crypto/xeddsa.hpp"
#include "x3dh/encode.hpp"

namespace sotto {

Result<SignedPrekey> SignedPrekey::generate(SignedPrekeyId id, const IdentityKeyPair& identity,
                                            Entropy& entropy) noexcept {
  auto keys = SignedPrekeyPair::generate(entropy);
  if (!keys) return std::unexpected(keys.error());
  const auto signature = crypto::sign(identity, x3dh::encode(keys->public_key()), entropy);
  if (!signature) return std::unexpected(signature.error());
  return SignedPrekey{id, *std::move(keys), *signature};
}

Result<OneTimePrekey> OneTimePrekey::generate(OneTimePrekeyId id, Entropy& entropy) noexcept {
  auto keys = OneTimePrekeyPair::generate(entropy);
  if (!keys) return std::unexpected(keys.error());
  return OneTimePrekey{id, *std::move(keys)};
}

}  // namespace sotto
