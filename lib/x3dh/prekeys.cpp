// SPDX-License-Identifier: MIT OR Apache-2.0
#include <sotto/x3dh.hpp>

#include "crypto/xeddsa.hpp"
#include "x3dh/encode.hpp"
#include "x3dh/usable.hpp"

namespace sotto {

// Sig(IKB, Encode(SPKB)) [X3DH-3.2-1], an XEdDSA signature [X3DH-2.2-2].
Result<SignedPrekey> SignedPrekey::generate(SignedPrekeyId id, const IdentityKeyPair& identity,
                                            Entropy& entropy) noexcept {
  if (!x3dh::usable(identity)) return std::unexpected(Error::weak_key);
  auto keys = SignedPrekeyPair::generate(entropy);
  if (!keys) return std::unexpected(keys.error());
  if (x3dh::same(keys->public_key(), identity.public_key()))
    return std::unexpected(Error::entropy_failed);
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
