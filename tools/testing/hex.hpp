// SPDX-License-Identifier: MIT OR Apache-2.0
/// Hexadecimal text as bytes and back, for tests.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <sotto/bytes.hpp>

namespace sotto::testing {

/// One digit; throws on anything else.
constexpr std::uint8_t nibble(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  throw std::invalid_argument("not a hexadecimal digit");
}

/// Bytes of lower-case text; spaces are skipped.
inline std::vector<std::uint8_t> unhex(std::string_view text) {
  std::string digits(text);
  std::erase(digits, ' ');
  if (digits.size() % 2 != 0) throw std::invalid_argument("half a byte");
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(nibble(digits[i]) << 4 | nibble(digits[i + 1])));
  return bytes;
}

/// Exactly `N` bytes.
template <std::size_t N>
std::array<std::uint8_t, N> unhex_array(std::string_view text) {
  const auto bytes = unhex(text);
  if (bytes.size() != N) throw std::invalid_argument("wrong number of bytes");
  std::array<std::uint8_t, N> out;
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

/// Lower-case text of bytes.
inline std::string hex(Bytes bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

}  // namespace sotto::testing
