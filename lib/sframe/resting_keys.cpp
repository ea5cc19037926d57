// SPDX-License-Identifier: MIT OR Apache-2.0
#include "sframe/resting_keys.hpp"

#include <algorithm>
#include <new>
#include <span>

namespace sotto::sframe {

void RestingKeys::put(const Resting& key, PastKeys& past) noexcept {
  if (all_ == nullptr) all_.reset(new (std::nothrow) std::array<Resting, most>);
  if (all_ == nullptr) {
    past.remember(key.kid, key.mark);
    return;
  }
  if (count_ == most) {
    past.remember((*all_)[0].kid, (*all_)[0].mark);
    std::ranges::move(std::span(*all_).subspan(1), all_->begin());
    --count_;
  }
  (*all_)[count_++] = key;
}

// A mark is a hash: it is made for keys of one KID alone, and hardly ever for frames.

const RestingKeys::Resting* RestingKeys::find(SframeKid kid, const Cipher& cipher) const noexcept {
  for (std::size_t i = 0; i < count_; ++i)
    if ((*all_)[i].kid == kid && (*all_)[i].mark == cipher.mark()) return &(*all_)[i];
  return nullptr;
}

bool RestingKeys::rests_another(SframeKid kid, const Cipher& cipher) const noexcept {
  for (std::size_t i = 0; i < count_; ++i)
    if ((*all_)[i].kid == kid && (*all_)[i].mark != cipher.mark()) return true;
  return false;
}

void RestingKeys::take_out(SframeKid kid, const Cipher& cipher) noexcept {
  const Resting* const found = find(kid, cipher);
  if (found == nullptr) return;
  const auto rest =
      std::span(*all_).first(count_).subspan(static_cast<std::size_t>(found - all_->data()));
  std::ranges::move(rest.subspan(1), rest.begin());
  --count_;
}

}  // namespace sotto::sframe
