// SPDX-License-Identifier: MIT OR Apache-2.0
// What a list says makes no list: nothing but verifying it does.
#include <sotto/roster.hpp>

void attempt(const sotto::RosterParts& parts) {
#ifdef ATTEMPT
  const sotto::Roster list(parts);  // refused
#else
  const auto list = sotto::Roster::verify_first(parts);
#endif
  static_cast<void>(list);
}
