// SPDX-License-Identifier: MIT OR Apache-2.0
/// `sotto story`: a secret conversation from its first word to its last, on one screen.
#pragma once

#include "demo/narrator.hpp"
#include "demo/told.hpp"

namespace CLI {
class App;
}

namespace sotto::story {

/// Tell the story; what of it is claimed, and whether it held. Throws `demo::Failure` when it
/// cannot be told to its end.
[[nodiscard]] demo::Claim play(bool plain);

}  // namespace sotto::story

namespace sotto::cli {

/// Add the subcommand `story` to `app`; `exit_code` is 0 when all of it held. As `add_demo`.
void add_story(CLI::App& app, int& exit_code);

}  // namespace sotto::cli
