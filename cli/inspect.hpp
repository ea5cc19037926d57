// SPDX-License-Identifier: MIT OR Apache-2.0
/// `sotto inspect`: what can be read of a message, a bundle or a snapshot without any key.
#pragma once

namespace CLI {
class App;
}

namespace sotto::cli {

/// Add the subcommand `inspect` to `app`. When it is the one called, its work is done while `app`
/// parses, and `exit_code` is set: 0 when the bytes were read, 1 otherwise. `exit_code` must
/// outlive the parsing.
void add_inspect(CLI::App& app, int& exit_code);

}  // namespace sotto::cli
