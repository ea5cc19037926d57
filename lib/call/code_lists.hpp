// SPDX-License-Identifier: MIT OR Apache-2.0
/// What a call's code is said in: pictures that a child can name, and words that sound different
/// through a bad line. The lists are part of the protocol: their order never changes [MK-8-3].
#pragma once

#include <array>
#include <string_view>

namespace sotto::call {

struct Emoji {
  std::string_view picture;
  std::string_view name;
};

extern const std::array<Emoji, 64> emoji_list;

/// Of 3 to 8 lower-case letters; no two begin with the same four.
extern const std::array<std::string_view, 256> word_list;

}  // namespace sotto::call
