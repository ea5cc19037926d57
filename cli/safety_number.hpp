// SPDX-License-Identifier: MIT OR Apache-2.0
/// `sotto safety-number`: what two people compare, as digits and as a code to scan.
#pragma once

#include <string>

#include "side_text.hpp"

namespace sotto::cli {

struct SafetyNumberOptions {
  std::string form = "2";  ///< 1, 2 or account
  SideText ours, theirs;
  std::string svg, png;  ///< files to keep the code in; empty: none
  std::string scan;      ///< a scanned code, or a file of it; empty: none
  bool no_qr = false;
};

/// Prints and compares. Answers the exit code: 0 when all was well and a scanned code is the same,
/// 2 when it is not, 1 otherwise.
[[nodiscard]] int run_safety_number(const SafetyNumberOptions& options);

}  // namespace sotto::cli
