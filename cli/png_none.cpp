// SPDX-License-Identifier: MIT OR Apache-2.0
// In the place of png.cpp where libpng is not.
#include "picture.hpp"

namespace sotto::cli {

bool write_png(const Picture&, const std::string&) {
  return false;
}

}  // namespace sotto::cli
