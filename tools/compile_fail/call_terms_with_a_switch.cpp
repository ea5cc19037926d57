// SPDX-License-Identifier: MIT OR Apache-2.0
// A call's terms say how media are protected, not whether.
#include <sotto/sotto_call.hpp>

sotto::CallTerms attempt() {
#ifdef ATTEMPT
  return {.encrypted = false};  // refused
#else
  return {.padded = true};
#endif
}
