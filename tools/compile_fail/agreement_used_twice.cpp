// SPDX-License-Identifier: MIT OR Apache-2.0
// An agreement is consumed by the ratchet it starts: what is still needed cannot be handed in.
#include <sotto/ratchet.hpp>

sotto::Result<sotto::Ratchet> attempt(sotto::ResponderAgreement& agreement) {
#ifdef ATTEMPT
  return sotto::Ratchet::start(agreement);  // refused
#else
  return sotto::Ratchet::start(std::move(agreement));
#endif
}
