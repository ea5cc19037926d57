// SPDX-License-Identifier: MIT OR Apache-2.0
// A call key serves one call: it is given up, not lent.
#include <sotto/call.hpp>

void attempt(sotto::CallKeyPair& ours, const sotto::CallPublic& theirs,
             const sotto::CallIdentities& identities) {
#ifdef ATTEMPT
  static_cast<void>(
      sotto::agree_on_call(sotto::CallSide::caller, ours, theirs, identities));  // refused
#else
  static_cast<void>(
      sotto::agree_on_call(sotto::CallSide::caller, std::move(ours), theirs, identities));
#endif
}
