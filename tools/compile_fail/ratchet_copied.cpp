// SPDX-License-Identifier: MIT OR Apache-2.0
// Two copies of a ratchet would spend the same message keys twice.
#include <sotto/ratchet.hpp>

sotto::Ratchet attempt(sotto::Ratchet& ratchet) {
#ifdef ATTEMPT
  return ratchet;  // refused
#else
  return std::move(ratchet);
#endif
}
