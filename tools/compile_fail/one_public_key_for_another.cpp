// SPDX-License-Identifier: MIT OR Apache-2.0
// Public keys have roles too: an identity key where a ratchet key belongs.
#include <sotto/keys.hpp>

void meet(const sotto::RatchetPublic& theirs);

void attempt(const sotto::IdentityPublic& identity, const sotto::RatchetPublic& ratchet) {
#ifdef ATTEMPT
  meet(identity);  // refused
#else
  meet(ratchet);
  static_cast<void>(identity);
#endif
}
