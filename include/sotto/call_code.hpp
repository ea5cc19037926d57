// SPDX-License-Identifier: MIT OR Apache-2.0
/// The short code of a call, for two people to read to each other: the same at both ends unless
/// somebody sits in the middle.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <sotto/secret.hpp>

namespace sotto {

inline constexpr std::size_t call_code_digits = 6;
inline constexpr std::size_t call_code_emoji = 4;
inline constexpr std::size_t call_code_words = 3;

/// One code in three forms, of which people compare any one. Somebody in the middle, who has to
/// commit before he sees it, hits by chance once in 10^6 calls (digits) or 2^24 (emoji, words)
/// [MK-8-4]. Static text throughout.
struct CallCode {
  std::array<char, call_code_digits> digits;
  std::array<std::string_view, call_code_emoji> emoji;        ///< UTF-8, of 64 pictures
  std::array<std::string_view, call_code_emoji> emoji_names;  ///< what to call them
  std::array<std::string_view, call_code_words> words;        ///< of 256
  friend bool operator==(const CallCode&, const CallCode&) = default;
};

/// The forms of 32 bytes that both ends have computed alike [MK-8-3].
[[nodiscard]] CallCode call_code_of(std::span<const std::uint8_t, 32> bytes) noexcept;

}  // namespace sotto
