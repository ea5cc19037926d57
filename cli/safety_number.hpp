// SPDX-License-Identifier: MIT OR Apache-2.0
/// `sotto safety-number`: what two people compare, as digits and as a code to scan.
#pragma once

namespace CLI {
class App;
}

namespace sotto::cli {

/// Add the subcommand `safety-number` to `app`. When it is the one called, its work is done while
/// `app` parses, and `exit_code` is set: 0 when all was well and a scanned code is the same, 2 when
/// it is not, 1 otherwise. `exit_code` must outlive the parsing.
void add_safety_number(CLI::App& app, int& exit_code);

}  // namespace sotto::cli
