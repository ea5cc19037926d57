// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/verdict.hpp"

namespace sotto::base {

bool verdict(unsigned bit) noexcept {
  return bit != 0;
}

unsigned revealed(unsigned value) noexcept {
  return value;
}

}  // namespace sotto::base
