// SPDX-License-Identifier: MIT OR Apache-2.0
// No secret reaches a log by being streamed.
#include <ostream>

#include <sotto/error.hpp>
#include <sotto/keys.hpp>

void attempt(std::ostream& log, const sotto::RootKey& root) {
#ifdef ATTEMPT
  log << root;  // refused
#else
  log << sotto::name(sotto::Error::malformed);
  static_cast<void>(root);
#endif
}
