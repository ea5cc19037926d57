// SPDX-License-Identifier: MIT OR Apache-2.0
#include "sframe/past_keys.hpp"

#include <algorithm>
#include <span>

namespace sotto::sframe {

void PastKeys::remember(SframeKid kid, const Mark& mark) noexcept {
  Past& place = past_[count_ % most];
  if (count_ >= most) forgotten_ = std::max(forgotten_.value_or(place.kid), place.kid);
  place = {kid, mark};
  ++count_;
}

bool PastKeys::contain(SframeKid kid, const Cipher& cipher) const noexcept {
  if (kids_rise_ && forgotten_ && kid <= *forgotten_) return true;
  const auto remembered = std::span(past_).first(std::min(count_, most));
  return std::ranges::any_of(remembered, [&](const Past& past) {
    return past.kid == kid && (kids_rise_ || past.mark == cipher.mark());
  });
}

}  // namespace sotto::sframe
