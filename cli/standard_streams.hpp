// SPDX-License-Identifier: MIT OR Apache-2.0
/// Standard input, output and error, as a process begins and ends with them.
#pragma once

namespace sotto::cli {

/// Opens those of the descriptors 0, 1 and 2 that are closed on /dev/null, so that no file or
/// socket of the program becomes one of them. What is then written to standard output fails, as it
/// would have: `finish_output` tells. Called first in `main`. Answers whether all three are open.
[[nodiscard]] bool open_standard_streams();

/// The exit status of a program that ends with `status`: 1 instead of 0 when not all that it
/// printed could be written, and a line on standard error says why. Called last in `main`; nothing
/// can be printed after it.
[[nodiscard]] int finish_output(int status);

}  // namespace sotto::cli
