// SPDX-License-Identifier: MIT OR Apache-2.0
// Nothing but `verify` makes a verified bundle.
#include <sotto/x3dh.hpp>

void attempt(const sotto::Bundle& bundle) {
#ifdef ATTEMPT
  const sotto::VerifiedBundle verified(bundle);  // refused
#else
  const auto verified = sotto::verify(bundle);
#endif
  static_cast<void>(verified);
}
