// SPDX-License-Identifier: MIT OR Apache-2.0
/// `sotto verify`: run test vectors and say what they showed.
#pragma once

#include <string>
#include <vector>

namespace sotto::cli {

struct VerifyOptions {
  std::vector<std::string> paths;  ///< files, or folders of them; none: those built in
  bool json = false;               ///< print a JSON document, not a table
};

/// Runs the vectors and prints the outcome. Answers the exit code: 0 when every case of every file
/// passed, 1 otherwise.
[[nodiscard]] int run_verify(const VerifyOptions& options);

}  // namespace sotto::cli
