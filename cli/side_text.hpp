// SPDX-License-Identifier: MIT OR Apache-2.0
/// One side of a safety number as it is typed.
#pragma once

#include <string>
#include <vector>

namespace sotto::cli {

/// Of an identity key: id and key; of an account: id and devices, as NUMBER:KEY.
struct SideText {
  std::string id;
  std::string key;
  std::vector<std::string> devices;
};

}  // namespace sotto::cli
