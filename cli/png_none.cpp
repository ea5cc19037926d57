// SPDX-License-Identifier: MIT OR Apache-2.0
// In the place of png.cpp where libpng is not.
#include "picture.hpp"

namespace sotto::cli {

std::optional<std::vector<std::uint8_t>> as_png(const Picture&) {
  return std::nullopt;
}

}  // namespace sotto::cli
