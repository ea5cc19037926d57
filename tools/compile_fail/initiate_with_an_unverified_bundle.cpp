// SPDX-License-Identifier: MIT OR Apache-2.0
// Only a bundle whose signature was checked can be agreed with [X3DH §3.3].
#include <sotto/x3dh.hpp>

void attempt(const sotto::IdentityKeyPair& ours, const sotto::Bundle& bundle,
             const sotto::VerifiedBundle& verified, sotto::Entropy& entropy) {
#ifdef ATTEMPT
  static_cast<void>(sotto::initiate(ours, bundle, entropy));  // refused
#else
  static_cast<void>(sotto::initiate(ours, verified, entropy));
  static_cast<void>(bundle);
#endif
}
