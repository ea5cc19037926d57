// SPDX-License-Identifier: MIT OR Apache-2.0
// A key pair holds a secret: a second one is made only by saying `duplicate`.
#include <sotto/keys.hpp>

sotto::IdentityKeyPair attempt(const sotto::IdentityKeyPair& pair) {
#ifdef ATTEMPT
  return pair;  // refused
#else
  return pair.duplicate();
#endif
}
