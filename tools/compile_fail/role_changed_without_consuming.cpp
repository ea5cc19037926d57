// SPDX-License-Identifier: MIT OR Apache-2.0
// A secret changes its role only by being given up.
#include <sotto/keys.hpp>

sotto::RatchetKeyPair attempt(sotto::SignedPrekeyPair& pair) {
#ifdef ATTEMPT
  return pair.into<sotto::RatchetRole>();  // refused
#else
  return std::move(pair).into<sotto::RatchetRole>();
#endif
}
