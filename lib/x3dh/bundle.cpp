// SPDX-License-Identifier: MIT OR Apache-2.0
#include <sotto/x3dh.hpp>

#include "crypto/xeddsa.hpp"
#include "x3dh/encode.hpp"
#include "x3dh/usable.hpp"

namespace sotto {

// [X3DH-3.2-1]: there is no bundle without a signature [X3DH-4.5-1].
Bundle publish(const IdentityPublic& identity, const SignedPrekey& signed_prekey,
               const OneTimePrekey* one_time) noexcept {
  Bundle bundle{identity, signed_prekey.id, signed_prekey.keys.public_key(),
                signed_prekey.signature, std::nullopt};
  if (one_time != nullptr) bundle.one_time = {one_time->id, one_time->keys.public_key()};
  return bundle;
}

Result<VerifiedBundle> verify(const Bundle& bundle) noexcept {
  // Form first, the one-time prekey's as well: no signature covers it [X3DH-2.4-1].
  if (!x3dh::usable(bundle.identity) || !x3dh::usable(bundle.signed_prekey) ||
      (bundle.one_time && !x3dh::usable(bundle.one_time->key)))
    return std::unexpected(Error::weak_key);
  // [X3DH-3.3-2]
  const auto signed_by_identity = crypto::xeddsa_verify(
      bundle.identity.bytes(), x3dh::encode(bundle.signed_prekey), bundle.signature);
  if (!signed_by_identity) return std::unexpected(signed_by_identity.error());
  return VerifiedBundle(bundle);
}

}  // namespace sotto
