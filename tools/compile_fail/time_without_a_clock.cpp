// SPDX-License-Identifier: MIT OR Apache-2.0
// Randomness and time are arguments: there is no decrypt without them.
#include <sotto/ratchet.hpp>

void attempt(sotto::Ratchet& ratchet, sotto::MutableBytes out, sotto::Bytes message,
             sotto::Entropy& entropy, sotto::Instant now) {
#ifdef ATTEMPT
  static_cast<void>(ratchet.decrypt(out, message));  // refused
  static_cast<void>(entropy), static_cast<void>(now);
#else
  static_cast<void>(ratchet.decrypt(out, message, entropy, now));
#endif
}
