// SPDX-License-Identifier: MIT OR Apache-2.0
/// The demo from the parent's side: starts relay, caller and callee, tells what they do, and checks
/// at the end that all of it held.
#pragma once

#include <cstdint>
#include <string>

#include "demo/relay.hpp"

namespace sotto::demo {

struct StoryOptions {
  std::string text_path;  ///< empty: the demo's own text
  std::string wav_path;   ///< empty: recorded speech of Debian's alsa-utils
  std::string out_path = "heard.wav";
  std::string kill = "both";        ///< caller, callee, both or none
  std::string kill_when = "mixed";  ///< before, after or mixed: of the commit it befalls
  std::uint32_t kill_at = 0;        ///< of which message; 0: one in the midst
  RelayOptions network;
  bool realtime = false;
  bool plain = false;
  bool middle = false;  ///< play `middle.hpp` instead
};

/// Runs it all. Answers whether everything held; throws `Failure` when it could not be run.
[[nodiscard]] bool run_story(const StoryOptions& options);

}  // namespace sotto::demo
