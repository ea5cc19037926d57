// SPDX-License-Identifier: MIT OR Apache-2.0
#include "x3dh/agreement.hpp"

#include <utility>

#include "x3dh/key_material.hpp"
#include "x3dh/usable.hpp"

namespace sotto {
namespace {

/// Whether `fresh` is a key that was there before it.
bool repeats(const EphemeralPublic& fresh, const IdentityPublic& ours,
             const Bundle& bundle) noexcept {
  return x3dh::same(fresh, ours) || x3dh::same(fresh, bundle.identity) ||
         x3dh::same(fresh, bundle.signed_prekey) ||
         (bundle.one_time && x3dh::same(fresh, bundle.one_time->key));
}

/// Whether these are the prekeys which `initiation` names [X3DH-3.4-1]. Number 0 is a name like
/// any other; none is not a number.
bool names(const Initiation& initiation, const SignedPrekey& signed_prekey,
           const OneTimePrekey* one_time) noexcept {
  if (initiation.signed_prekey_id != signed_prekey.id) return false;
  if (one_time == nullptr) return !initiation.one_time_prekey_id.has_value();
  return initiation.one_time_prekey_id == one_time->id;
}

}  // namespace

Result<Initiated> x3dh::initiate_with(const IdentityKeyPair& ours, const VerifiedBundle& verified,
                                      EphemeralKeyPair&& ephemeral, OwnIdentity own) noexcept {
  const EphemeralKeyPair base(std::move(ephemeral));  // wiped when this returns [X3DH-3.3-6]
  const Bundle& bundle = verified.bundle();
  if (own == OwnIdentity::refused && bundle.identity == ours.public_key())
    return std::unexpected(Error::own_identity);
  if (!usable(ours) || !usable(base)) return std::unexpected(Error::weak_key);
  if (repeats(base.public_key(), ours.public_key(), bundle))
    return std::unexpected(Error::entropy_failed);

  KeyMaterial material;  // [X3DH-3.3-4]
  material.append_dh(ours, bundle.signed_prekey);
  material.append_dh(base, bundle.identity);
  material.append_dh(base, bundle.signed_prekey);
  if (bundle.one_time) material.append_dh(base, bundle.one_time->key);  // [X3DH-3.3-5]
  auto keys = material.derive();
  if (!keys) return std::unexpected(keys.error());

  // [X3DH-3.3-9], and both identities for AD [X3DH-3.3-7].
  Initiation initiation{ours.public_key(), base.public_key(), bundle.signed_prekey_id, {}};
  if (bundle.one_time) initiation.one_time_prekey_id = bundle.one_time->id;
  return Initiated{initiation, InitiatorAgreement{std::move(keys->root), std::move(keys->chain),
                                                  bundle.signed_prekey.as<struct RatchetRole>(),
                                                  ours.public_key(), bundle.identity}};
}

Result<Initiated> initiate(const IdentityKeyPair& ours, const VerifiedBundle& bundle,
                           Entropy& entropy, OwnIdentity own) noexcept {
  // Nothing is drawn for a bundle that is refused [X3DH-3.3-3].
  if (own == OwnIdentity::refused && bundle.bundle().identity == ours.public_key())
    return std::unexpected(Error::own_identity);
  auto ephemeral = EphemeralKeyPair::generate(entropy);  // [X3DH-2.4-3]
  if (!ephemeral) return std::unexpected(ephemeral.error());
  return x3dh::initiate_with(ours, bundle, *std::move(ephemeral), own);
}

Result<ResponderAgreement> respond(const IdentityKeyPair& ours, const SignedPrekey& signed_prekey,
                                   const OneTimePrekey* one_time, const Initiation& initiation,
                                   OwnIdentity own) noexcept {
  // Form before anything is computed or compared [X3DH-2.4-1].
  if (!x3dh::usable(initiation.identity) || !x3dh::usable(initiation.base_key))
    return std::unexpected(Error::weak_key);
  if (own == OwnIdentity::refused && initiation.identity == ours.public_key())
    return std::unexpected(Error::own_identity);
  if (!names(initiation, signed_prekey, one_time)) return std::unexpected(Error::unknown_prekey);
  if (!x3dh::usable(ours) || !x3dh::usable(signed_prekey.keys) ||
      (one_time != nullptr && !x3dh::usable(one_time->keys)))
    return std::unexpected(Error::weak_key);

  x3dh::KeyMaterial material;  // the same outputs from the other side [X3DH-3.4-2]
  material.append_dh(signed_prekey.keys, initiation.identity);
  material.append_dh(ours, initiation.base_key);
  material.append_dh(signed_prekey.keys, initiation.base_key);
  if (one_time != nullptr) material.append_dh(one_time->keys, initiation.base_key);
  auto keys = material.derive();
  if (!keys) return std::unexpected(keys.error());

  // Both identities, for the same AD [X3DH-3.4-3].
  return ResponderAgreement{std::move(keys->root), std::move(keys->chain),
                            signed_prekey.keys.duplicate().into<struct RatchetRole>(),
                            ours.public_key(), initiation.identity};
}

}  // namespace sotto
