// SPDX-License-Identifier: MIT OR Apache-2.0
/// Which keys an agreement may use at all.
#pragma once

#include <algorithm>

#include <sotto/keys.hpp>

#include "base/verdict.hpp"
#include "crypto/x25519.hpp"

namespace sotto::x3dh {

/// Whether a public key from outside may enter a computation: in its one form, not of low order.
template <class Role>
[[nodiscard]] bool usable(const Public<Role, 32>& theirs) noexcept {
  return crypto::is_acceptable_u(theirs.bytes());
}

/// Whether a pair of ours still has its secret: one that was moved from holds zeros, and X25519
/// would clamp these to a secret that everybody knows.
template <class Role>
[[nodiscard]] bool usable(const KeyPair<Role>& ours) noexcept {
  return !base::is_zero_ct(ours.secret_key().expose());
}

/// Whether two public keys in whatever roles are one. A fresh key that equals another shows that
/// the generator which made it repeats itself.
template <class RoleA, class RoleB>
[[nodiscard]] bool same(const Public<RoleA, 32>& a, const Public<RoleB, 32>& b) noexcept {
  return std::ranges::equal(a.bytes(), b.bytes());
}

}  // namespace sotto::x3dh
