// SPDX-License-Identifier: MIT OR Apache-2.0
#include <sotto/x3dh.hpp>

#include "crypto/x25519.hpp"
#include "crypto/xeddsa.hpp"
#include "x3dh/encode.hpp"

namespace sotto {

Bundle publish(const IdentityPublic& identity, const SignedPrekey& signed_prekey,
               const OneTimePrekey* one_time) noexcept {
  Bundle bundle{identity, signed_prekey.id, signed_prekey.keys.public_key(),
                signed_prekey.signature, std::nullopt};
  if (one_time != nullptr) bundle.one_time = {one_time->id, one_time->keys.public_key()};
  return bundle;
}

Result<VerifiedBundle> verify(const Bundle& bundle) noexcept {
  if (!crypto::is_acceptable_u(bundle.identity.bytes()) ||
      !crypto::is_acceptable_u(bundle.signed_prekey.bytes()) ||
      (bundle.one_time && !crypto::is_acceptable_u(bundle.one_time->key.bytes())))
    return std::unexpected(Error::weak_key);
  const auto signed_by_identity = crypto::xeddsa_verify(
      bundle.identity.bytes(), x3dh::encode(bundle.signed_prekey), bundle.signature);
  if (!signed_by_identity) return std::unexpected(signed_by_identity.error());
  return VerifiedBundle(bundle);
}

}  // namespace sotto
