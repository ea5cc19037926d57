// SPDX-License-Identifier: MIT OR Apache-2.0
/// UTF-8 as RFC 3629 has it.
#pragma once

#include <string_view>

#include <sotto/bytes.hpp>

namespace sotto::conversation {

/// Whether `bytes` are UTF-8 [RFC 3629, section 4]: no character in a longer form than its
/// shortest, no half of a surrogate pair, nothing above U+10FFFF, nothing cut off.
[[nodiscard]] bool is_utf8(Bytes bytes) noexcept;

[[nodiscard]] inline Bytes bytes_of(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string_view text_of(Bytes bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace sotto::conversation
