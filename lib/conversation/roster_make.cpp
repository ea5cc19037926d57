// SPDX-License-Identifier: MIT OR Apache-2.0
/// Lists made by the devices that are in them.
#include <algorithm>
#include <limits>

#include <sotto/backend.hpp>
#include <sotto/roster.hpp>

#include "conversation/roster_form.hpp"
#include "crypto/xeddsa.hpp"

namespace sotto {
namespace {

/// The device that has this identity; null when there is none.
const DeviceClaim* find_identity(const RosterParts& parts,
                                 const IdentityPublic& identity) noexcept {
  const auto devices = parts.devices();
  const auto found = std::ranges::find(devices, identity, &DeviceClaim::identity);
  return found == devices.end() ? nullptr : &*found;
}

/// Where the device stands in `parts`, or where it would.
std::size_t place_of(const RosterParts& parts, DeviceId device) noexcept {
  const auto devices = parts.devices();
  return static_cast<std::size_t>(
      std::ranges::lower_bound(devices, device, {}, &DeviceClaim::device) - devices.begin());
}

}  // namespace

Result<Roster> Roster::begin(const UserId& user, DeviceId first, const IdentityKeyPair& keys,
                             Instant at, Entropy& entropy) noexcept {
  const auto claim = claim_device(user, first, keys, entropy);
  if (!claim) return std::unexpected(claim.error());
  RosterParts parts;
  parts.user = user;
  parts.at = at;
  parts.signer = first;
  parts.count = 1;
  parts.claims[0] = *claim;
  if (!conversation::well_formed(parts)) return std::unexpected(Error::malformed);
  const auto signature = crypto::sign(keys, conversation::RosterMessage(parts).bytes(), entropy);
  if (!signature) return std::unexpected(signature.error());
  parts.signature = *signature;
  return Roster(parts);
}

Result<Roster> Roster::add(const DeviceClaim& claim, const IdentityKeyPair& signer, Instant at,
                           Entropy& entropy) const noexcept {
  auto next = successor(at);
  if (!next) return std::unexpected(next.error());
  if (find(claim.device) != nullptr || find_identity(parts_, claim.identity) != nullptr)
    return std::unexpected(Error::already_exists);
  if (parts_.count == roster_max_devices) return std::unexpected(Error::exhausted);
  if (const auto own = verify_claim(parts_.user, claim); !own) return std::unexpected(own.error());
  const std::size_t place = place_of(*next, claim.device);
  next->claims[next->count++] = claim;
  const auto tail = std::span(next->claims).first(next->count).subspan(place);
  std::ranges::rotate(tail, tail.end() - 1);
  return sign(*next, signer, entropy);
}

Result<Roster> Roster::remove(DeviceId device, const IdentityKeyPair& signer, Instant at,
                              Entropy& entropy) const noexcept {
  auto next = successor(at);
  if (!next) return std::unexpected(next.error());
  if (find(device) == nullptr || parts_.count == 1) return std::unexpected(Error::wrong_state);
  const auto tail = std::span(next->claims).first(next->count).subspan(place_of(*next, device));
  std::ranges::rotate(tail, tail.begin() + 1);
  tail.back() = DeviceClaim{};
  --next->count;
  return sign(*next, signer, entropy);
}

Result<Roster> Roster::replace(const DeviceClaim& claim, const IdentityKeyPair& signer, Instant at,
                               Entropy& entropy) const noexcept {
  auto next = successor(at);
  if (!next) return std::unexpected(next.error());
  if (find(claim.device) == nullptr) return std::unexpected(Error::wrong_state);
  if (find_identity(parts_, claim.identity) != nullptr)
    return std::unexpected(Error::already_exists);
  if (const auto own = verify_claim(parts_.user, claim); !own) return std::unexpected(own.error());
  next->claims[place_of(*next, claim.device)] = claim;
  return sign(*next, signer, entropy);
}

Result<RosterParts> Roster::successor(Instant at) const noexcept {
  if (at.time_since_epoch().count() < 0) return std::unexpected(Error::malformed);
  if (parts_.number == std::numeric_limits<std::uint64_t>::max())  // [RO-3-5]
    return std::unexpected(Error::exhausted);
  RosterParts next = parts_;
  next.number = parts_.number + 1;
  next.previous = hash_;
  next.at = std::max(at, parts_.at);  // A clock that went back must not keep a device in [RO-3-4].
  return next;
}

Result<Roster> Roster::sign(RosterParts& next, const IdentityKeyPair& signer,
                            Entropy& entropy) const noexcept {
  if (const auto ready = check_backend(); !ready) return std::unexpected(ready.error());
  const DeviceClaim* const listed = find_identity(parts_, signer.public_key());
  if (listed == nullptr) return std::unexpected(Error::wrong_state);
  next.signer = listed->device;
  const auto signature = crypto::sign(signer, conversation::RosterMessage(next).bytes(), entropy);
  if (!signature) return std::unexpected(signature.error());
  next.signature = *signature;
  return Roster(next);
}

}  // namespace sotto
