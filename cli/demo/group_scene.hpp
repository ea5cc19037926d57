// SPDX-License-Identifier: MIT OR Apache-2.0
/// A group call, in one process: four begin it, one joins, one leaves. Keys go through sessions
/// between any two; frames are handed to all.
#pragma once

#include <vector>

#include "demo/narrator.hpp"
#include "demo/told.hpp"

namespace sotto::demo {

/// Plays it, and answers what it showed.
[[nodiscard]] std::vector<Claim> play_group(Narrator& narrator);

}  // namespace sotto::demo
