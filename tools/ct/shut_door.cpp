// SPDX-License-Identifier: MIT OR Apache-2.0
/// Must be reported: a verdict on secrets through the library's own door, which declares nothing.
#include <array>

#include "base/verdict.hpp"
#include "ct/taint.hpp"

using namespace sotto;

int main() {
  std::array<std::uint8_t, 32> a{1};
  const std::array<std::uint8_t, 32> b{1};
  ct::make_secret(a);
  if (base::equal_ct(a, b)) return std::puts("equal") < 0;
  return 1;
}
