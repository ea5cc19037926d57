// SPDX-License-Identifier: MIT OR Apache-2.0
/// `sotto demo`: two people, three processes, one relay that learns nothing.
#pragma once

namespace CLI {
class App;
}

namespace sotto::cli {

/// Add the subcommand `demo`, and the hidden ones that its child processes run, to `app`. The work
/// is done while `app` parses; `exit_code` is set to 0 only when everything held.
void add_demo(CLI::App& app, int& exit_code);

}  // namespace sotto::cli
