// SPDX-License-Identifier: MIT OR Apache-2.0
/// Bytes for tests.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <sotto/bytes.hpp>

namespace sotto::ratchet {

using Buffer = std::vector<std::uint8_t>;

inline Buffer bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

inline Buffer from_hex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  Buffer bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(digit(hex[i]) << 4 | digit(hex[i + 1])));
  return bytes;
}

inline std::string to_hex(Bytes bytes) {
  std::string hex;
  for (const std::uint8_t byte : bytes) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

template <class T>
T value_of(std::string_view hex) {
  return T(std::span<const std::uint8_t>(from_hex(hex)).first<T::size_bytes>());
}

/// A value whose bytes are all `byte`.
template <class T>
T filled(std::uint8_t byte) {
  return T(std::span<const std::uint8_t>(Buffer(T::size_bytes, byte)).first<T::size_bytes>());
}

}  // namespace sotto::ratchet
