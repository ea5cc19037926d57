// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/offers.hpp"

#include <algorithm>

namespace sotto::session {

std::optional<IdentityPublic> Offers::of(const PeerId& peer) const noexcept {
  for (const Offer& offer : all_)
    if (offer.peer == peer) return offer.identity;
  return std::nullopt;
}

void Offers::add(const PeerId& peer, const IdentityPublic& identity, Shown shown) noexcept {
  const Offer* const before = std::ranges::find(all_, peer, &Offer::peer);
  if (before != all_.end()) {
    if (before->shown > shown) return;
    all_.erase(static_cast<std::size_t>(before - all_.begin()));
  }
  if (all_.size() == most) {
    const std::size_t last = first_to_go();
    // What is shown in another place as well is not lost.
    if (all_[last].shown > shown && places_of(all_[last].identity) == 1) return;
    all_.erase(last);
  }
  all_.append({peer, identity, shown});
}

std::size_t Offers::places_of(const IdentityPublic& identity) const noexcept {
  return static_cast<std::size_t>(std::ranges::count(all_, identity, &Offer::identity));
}

std::size_t Offers::first_to_go() const noexcept {
  std::size_t first = 0;
  std::size_t places = 0;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    if (all_[i].shown == Shown::in_a_bundle) return i;
    if (const std::size_t here = places_of(all_[i].identity); here > places) {
      first = i;
      places = here;
    }
  }
  return first;
}

void Offers::withdraw(const PeerId& peer) noexcept {
  for (std::size_t i = all_.size(); i > 0; --i)
    if (all_[i - 1].peer == peer) all_.erase(i - 1);
}

void Offers::withdraw_account(const PeerId& any) noexcept {
  for (std::size_t i = all_.size(); i > 0; --i)
    if (std::ranges::equal(all_[i - 1].peer.name(), any.name())) all_.erase(i - 1);
}

}  // namespace sotto::session
