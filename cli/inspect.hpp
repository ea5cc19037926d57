// SPDX-License-Identifier: MIT OR Apache-2.0
/// `sotto inspect`: what can be read of a message, a bundle or a snapshot without any key.
#pragma once

#include <string>

namespace sotto::cli {

struct InspectOptions {
  std::string input;  ///< hexadecimal digits, or the name of a file; empty or -: read stdin
  std::string as;     ///< signal, prekey, bundle or snapshot; empty: it is found out
};

/// Prints what can be read. Answers the exit code: 0 when the bytes were read, 1 otherwise.
[[nodiscard]] int run_inspect(const InspectOptions& options);

}  // namespace sotto::cli
