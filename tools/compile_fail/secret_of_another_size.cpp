// SPDX-License-Identifier: MIT OR Apache-2.0
// A key has its size by type: 33 bytes, as keys have on the wire, are none.
#include <array>

#include <sotto/keys.hpp>

sotto::RootKey attempt() {
#ifdef ATTEMPT
  const std::array<std::uint8_t, 33> bytes{};
  return sotto::RootKey(bytes);  // refused
#else
  const std::array<std::uint8_t, 32> bytes{};
  return sotto::RootKey(bytes);
#endif
}
