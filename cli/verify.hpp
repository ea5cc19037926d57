// SPDX-License-Identifier: MIT OR Apache-2.0
/// `sotto verify`: run test vectors and say what they showed.
#pragma once

namespace CLI {
class App;
}

namespace sotto::cli {

/// Add the subcommand `verify` to `app`. When it is the one called, its work is done while `app`
/// parses, and `exit_code` is set: 0 when every case of every file passed, 1 otherwise.
/// `exit_code` must outlive the parsing.
void add_verify(CLI::App& app, int& exit_code);

}  // namespace sotto::cli
