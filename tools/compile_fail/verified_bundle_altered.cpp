// SPDX-License-Identifier: MIT OR Apache-2.0
// What was verified stays as it was.
#include <sotto/x3dh.hpp>

void attempt(sotto::VerifiedBundle& verified, const sotto::IdentityPublic& other) {
#ifdef ATTEMPT
  verified.bundle().identity = other;  // refused
#else
  static_cast<void>(verified.bundle().identity == other);
#endif
}
