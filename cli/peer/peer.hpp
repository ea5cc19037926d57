// SPDX-License-Identifier: MIT OR Apache-2.0
/// `sotto peer`: a party that other implementations are set against, over standard input and
/// output. It tells its secrets to whoever asks, and is for tests only.
#pragma once

namespace CLI {
class App;
}

namespace sotto::cli {

/// Add the subcommand `peer` to `app`. It runs while `app` parses, until `quit` or the end of the
/// input. Its protocol stands in docs/interop.md. `exit_code` must outlive the parsing.
void add_peer(CLI::App& app, int& exit_code);

}  // namespace sotto::cli
