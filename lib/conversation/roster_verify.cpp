// SPDX-License-Identifier: MIT OR Apache-2.0
/// Lists as others see them: what makes one follow another.
#include <algorithm>

#include <sotto/backend.hpp>
#include <sotto/roster.hpp>

#include "conversation/roster_form.hpp"
#include "crypto/xeddsa.hpp"

namespace sotto {
namespace {

Result<void> verify_signature(const RosterParts& parts, const IdentityPublic& signer) noexcept {
  if (const auto ready = check_backend(); !ready) return ready;
  const conversation::RosterMessage message(parts);
  return crypto::xeddsa_verify(signer.bytes(), message.bytes(), parts.signature);
}

}  // namespace

Result<Roster> Roster::verify_first(const RosterParts& parts) noexcept {  // [RO-3-1]
  if (!conversation::well_formed(parts) || !conversation::begins_anew(parts))
    return std::unexpected(Error::malformed);
  const DeviceClaim& device = parts.claims[0];
  if (const auto signed_list = verify_signature(parts, device.identity); !signed_list)
    return std::unexpected(signed_list.error());
  if (const auto own = verify_claim(parts.user, device); !own) return std::unexpected(own.error());
  return Roster(parts);
}

Result<Roster> Roster::verify_next(const RosterParts& parts) const noexcept {
  if (!conversation::well_formed(parts)) return std::unexpected(Error::malformed);
  const bool follows = parts.number != 0 && parts.number - 1 == parts_.number &&
                       parts.user == parts_.user && parts.previous == hash_ &&
                       parts.at >= parts_.at;
  if (!follows) return std::unexpected(Error::malformed);
  const auto change = conversation::change_between(parts_, parts);  // [RO-3-3]
  if (!change) return std::unexpected(change.error());

  // The signer is looked up in this list, not in its own: a device cannot let itself in [RO-3-2].
  const DeviceClaim* const signer = find(parts.signer);
  if (signer == nullptr) return std::unexpected(Error::bad_signature);
  if (const auto signed_list = verify_signature(parts, signer->identity); !signed_list)
    return std::unexpected(signed_list.error());
  Roster next(parts);
  if (change->kind != RosterChangeKind::removed) {  // All other claims were verified before.
    if (const auto own = verify_claim(parts.user, *next.find(change->device)); !own)
      return std::unexpected(own.error());
  }
  return next;
}

const DeviceClaim* Roster::find(DeviceId device) const noexcept {
  const auto listed = devices();
  const auto found = std::ranges::lower_bound(listed, device, {}, &DeviceClaim::device);
  return found != listed.end() && found->device == device ? &*found : nullptr;
}

Result<MutableBytes> Roster::write(MutableBytes out) const noexcept {
  return conversation::write_roster(out, parts_);
}

}  // namespace sotto
