// SPDX-License-Identifier: MIT OR Apache-2.0
// A secret is moved, never copied by accident.
#include <sotto/keys.hpp>

sotto::RootKey attempt(sotto::RootKey& root) {
#ifdef ATTEMPT
  return root;  // refused
#else
  return std::move(root);
#endif
}
