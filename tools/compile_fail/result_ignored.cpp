// SPDX-License-Identifier: MIT OR Apache-2.0
// The answer of an operation that can fail is not to be dropped.
#include <sotto/ratchet.hpp>

void attempt(sotto::Ratchet& ratchet, sotto::MutableBytes out, sotto::Bytes plaintext) {
#ifdef ATTEMPT
  ratchet.encrypt(out, plaintext);  // refused
#else
  if (!ratchet.encrypt(out, plaintext)) return;
#endif
}
