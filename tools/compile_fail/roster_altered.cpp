// SPDX-License-Identifier: MIT OR Apache-2.0
// A verified list is not altered.
#include <sotto/roster.hpp>

void attempt(sotto::Roster& list) {
#ifdef ATTEMPT
  list.parts().claims[0] = sotto::DeviceClaim{};  // refused
#else
  auto parts = list.parts();
  parts.claims[0] = sotto::DeviceClaim{};
#endif
}
