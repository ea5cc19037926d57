// SPDX-License-Identifier: MIT OR Apache-2.0
#include "sframe/past_keys.hpp"

#include <algorithm>
#include <span>

namespace sotto::sframe {

void PastKeys::remember(SframeKid kid) noexcept {
  kids_[count_++ % most] = kid;
}

bool PastKeys::contain(SframeKid kid) const noexcept {
  const auto remembered = std::span(kids_).first(std::min(count_, most));
  return std::ranges::find(remembered, kid) != remembered.end();
}

}  // namespace sotto::sframe
