// SPDX-License-Identifier: MIT OR Apache-2.0
/// Bytes as the standards print them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace sotto::crypto {

/// `n` bytes of lower-case hexadecimal text. Text of another length does not compile.
template <std::size_t n>
[[nodiscard]] consteval std::array<std::uint8_t, n> bytes_of(const char (&text)[2 * n + 1]) {
  constexpr auto digit = [](char c) {
    return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
  };
  std::array<std::uint8_t, n> out{};
  for (std::size_t i = 0; i < n; ++i)
    out[i] = static_cast<std::uint8_t>(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
  return out;
}

}  // namespace sotto::crypto
