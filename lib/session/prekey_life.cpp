// SPDX-License-Identifier: MIT OR Apache-2.0
/// Prekeys as they are made, taken in, and replaced.
#include <utility>

#include "session/prekey_record.hpp"
#include "session/prekey_rows.hpp"
#include "x3dh/usable.hpp"

namespace sotto::session {

Result<std::uint32_t> PrekeyRows::replenish(Entropy& entropy) noexcept {
  auto work = edit();
  if (!work) return std::unexpected(work.error());
  const std::uint32_t fresh = work->index().one_time(PrekeyIndex::Place::fresh);
  if (fresh >= policy_.batch) return 0;
  const auto made =
      work->make_one_time(policy_.batch - fresh, PrekeyIndex::Place::fresh, 0, entropy);
  if (made) apply(*std::move(work));
  return made;
}

Result<void> PrekeyRows::rotate(const IdentityKeyPair& identity, Entropy& entropy,
                                Instant now) noexcept {
  auto work = edit();
  if (!work) return std::unexpected(work.error());
  work->index().settle_times(now, policy_);
  if (const auto rotated = work->rotate(identity, entropy, now); !rotated) return rotated;
  if (const auto destroyed = work->destroy_aged(now); !destroyed) return destroyed;
  apply(*std::move(work));
  return {};
}

Result<void> PrekeyRows::import(const OneTimePrekey& prekey) noexcept {
  if (!x3dh::usable(prekey.keys)) return std::unexpected(Error::weak_key);
  auto work = edit();
  if (!work) return std::unexpected(work.error());
  if (const auto taken = work->take_in(prekey); !taken) return taken;
  apply(*std::move(work));
  return {};
}

Result<void> PrekeyRows::import(const SignedPrekey& prekey, const IdentityPublic& identity,
                                Instant now) noexcept {
  if (!x3dh::usable(prekey.keys)) return std::unexpected(Error::weak_key);
  // Whoever hands in another's prekey is the caller: no bundle came from a peer here.
  if (const auto verified = verify(sotto::publish(identity, prekey, nullptr)); !verified)
    return std::unexpected(verified.error() == Error::bad_signature ? Error::invalid_argument
                                                                    : verified.error());
  auto work = edit();
  if (!work) return std::unexpected(work.error());
  work->index().settle_times(now, policy_);
  if (const auto taken = work->take_in(prekey, now); !taken) return taken;
  apply(*std::move(work));
  return {};
}

}  // namespace sotto::session
