// SPDX-License-Identifier: MIT OR Apache-2.0
/// A session that stands still: images of both ends in several positions, made once and never
/// changed, and messages that are genuine there.
#pragma once

#include <array>

#include <sotto/ratchet.hpp>

#include "input.hpp"

namespace sotto::fuzz {

/// One end, as it is before some messages arrive.
struct Position {
  Buffer image;
  std::vector<Buffer> genuine;     ///< messages that open here
  std::vector<Buffer> plaintexts;  ///< what they open to
};

/// Bob before he heard anything; Bob in the middle, with skipped keys; Alice in the middle.
[[nodiscard]] const std::array<Position, 3>& positions();

/// A ratchet from an image that is known to be good.
[[nodiscard]] Ratchet loaded(Bytes image);

}  // namespace sotto::fuzz
