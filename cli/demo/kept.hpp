// SPDX-License-Identifier: MIT OR Apache-2.0
/// All that passed the relay, and what it tries with it once the conversation is over.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include <sotto/x3dh.hpp>

#include "demo/codec.hpp"

namespace sotto::demo {

struct Kept {
  std::array<std::optional<Bundle>, 2> bundles;  ///< the caller's (none) and the callee's
  std::array<std::vector<Blob>, 2> messages;     ///< as each of them sent them
  std::vector<Blob> rings;                       ///< to and from the callee's second device
  std::array<std::vector<Blob>, 2> packets;      ///< media, as each of them sent it
};

/// Look for every line of the text and every Opus frame of both in what was kept, and, to show that
/// the search works, in the same text and frames unencrypted. Says and tells what it found.
void search_for_plaintext(const Kept& kept, const std::string& text_path,
                          const std::array<std::string, 2>& frames_paths);

/// Try to open what was kept, as the man in the middle with keys of its own. Says and tells what
/// came of it.
void try_own_keys(const Kept& kept);

}  // namespace sotto::demo
