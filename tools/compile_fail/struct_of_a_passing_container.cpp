// SPDX-License-Identifier: MIT OR Apache-2.0
// A struct that is filled views what it was given, so that this has a name of its own.
#include <cstdint>
#include <vector>

#include <sotto/safety_number.hpp>

std::vector<std::uint8_t> id_of(int who);

sotto::SafetyNumberSide attempt(std::vector<std::uint8_t>& kept) {
  sotto::SafetyNumberSide side;
#ifdef ATTEMPT
  side.id = id_of(1);  // refused
  kept.clear();
#else
  kept = id_of(1);
  side.id = kept;
#endif
  return side;
}
