// SPDX-License-Identifier: MIT OR Apache-2.0
#include <sodium.h>

#include "base/verdict.hpp"

namespace sotto::base {

// The library's answers are 0 or -1, made without a branch; the bit is taken from the sign.
bool equal_ct(Bytes a, Bytes b) noexcept {
  if (a.size() != b.size()) return false;
  const int differs = sodium_memcmp(a.data(), b.data(), a.size());
  return verdict(1U ^ (static_cast<unsigned>(differs) & 1U));
}

bool is_zero_ct(Bytes a) noexcept {
  return verdict(static_cast<unsigned>(sodium_is_zero(a.data(), a.size())));
}

}  // namespace sotto::base
