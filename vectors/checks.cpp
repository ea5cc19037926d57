// SPDX-License-Identifier: MIT OR Apache-2.0
#include "vectors/checks.hpp"

#include <algorithm>

namespace sotto::vectors {
namespace {

/// The first bytes in hexadecimal: enough to find the place, on one line.
std::string shown(Bytes bytes) {
  constexpr std::size_t most = 48;
  std::string text;
  for (const std::uint8_t byte : bytes.first(std::min(most, bytes.size()))) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  if (bytes.size() > most) text += "...";
  return text + " (" + std::to_string(bytes.size()) + " bytes)";
}

}  // namespace

void Checks::equal(std::string_view field, Bytes got, Bytes want) {
  ++made_;
  if (!std::ranges::equal(got, want))
    failed_.push_back(std::string(field) + " is " + shown(got) + ", should be " + shown(want));
}

void Checks::require(bool holds, std::string_view complaint) {
  ++made_;
  if (!holds) failed_.emplace_back(complaint);
}

}  // namespace sotto::vectors
