// SPDX-License-Identifier: MIT OR Apache-2.0
/// `sotto story`: a secret conversation from its first word to its last, on one screen.
#pragma once

namespace sotto::story {

struct Options {
  bool plain = false;
};

/// Tells the story and prints whether all of it held, which is the answer. Throws `demo::Failure`
/// when it cannot be told to its end.
[[nodiscard]] bool run_story(const Options& options);

}  // namespace sotto::story
