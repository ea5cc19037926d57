// SPDX-License-Identifier: MIT OR Apache-2.0
// Bytes do not become a secret silently: the role is written where it is given.
#include <array>

#include <sotto/keys.hpp>

void use(sotto::RootKey&& root);

void attempt(const std::array<std::uint8_t, 32>& bytes) {
#ifdef ATTEMPT
  use(bytes);  // refused
#else
  use(sotto::RootKey(bytes));
#endif
}
