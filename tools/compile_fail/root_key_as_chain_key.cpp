// SPDX-License-Identifier: MIT OR Apache-2.0
// A key's role is its type: a root key where a chain key belongs.
#include <sotto/keys.hpp>

void step(sotto::ChainKey&& chain);

void attempt(sotto::RootKey&& root, sotto::ChainKey&& chain) {
#ifdef ATTEMPT
  step(std::move(root));  // refused
#else
  step(std::move(chain));
  static_cast<void>(root);
#endif
}
