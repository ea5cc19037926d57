// SPDX-License-Identifier: MIT OR Apache-2.0
// A ratchet starts from what an agreement yields, not from a key of some origin.
#include <sotto/ratchet.hpp>

sotto::Result<sotto::Ratchet> attempt(sotto::ResponderAgreement& agreement, sotto::RootKey& root) {
#ifdef ATTEMPT
  return sotto::Ratchet::start(std::move(root));  // refused
#else
  static_cast<void>(root);
  return sotto::Ratchet::start(std::move(agreement));
#endif
}
