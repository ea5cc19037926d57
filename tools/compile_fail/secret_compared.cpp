// SPDX-License-Identifier: MIT OR Apache-2.0
// Comparing secrets with == would tell by its time where they differ.
#include <sotto/keys.hpp>

bool attempt(const sotto::RootKey& a, const sotto::RootKey& b, const sotto::IdentityPublic& p) {
#ifdef ATTEMPT
  return a == b;  // refused
#else
  static_cast<void>(a), static_cast<void>(b);
  return p == p;
#endif
}
