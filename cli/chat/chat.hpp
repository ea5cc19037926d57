// SPDX-License-Identifier: MIT OR Apache-2.0
/// `sotto chat`: a secret conversation in a terminal, over a broker or a file.
#pragma once

namespace CLI {
class App;
}

namespace sotto::cli {

/// Add the subcommand `chat` to `app`. As `add_demo`.
void add_chat(CLI::App& app, int& exit_code);

}  // namespace sotto::cli
