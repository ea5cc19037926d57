// SPDX-License-Identifier: MIT OR Apache-2.0
#include "input.hpp"

#include <fstream>
#include <iostream>

namespace sotto::cli {
namespace {

/// All of `in`; nothing when it is more than `most_bytes`, or cannot be read.
std::optional<std::string> read_all(std::istream& in, std::size_t most_bytes) {
  std::string text;
  std::vector<char> part(std::size_t{1} << 16);
  do {
    in.read(part.data(), static_cast<std::streamsize>(part.size()));
    text.append(part.data(), static_cast<std::size_t>(in.gcount()));
    if (text.size() > most_bytes) return std::nullopt;
  } while (in);
  if (in.bad()) return std::nullopt;
  return text;
}

}  // namespace

std::optional<Blob> unhex(std::string_view text) {
  Blob bytes;
  int high = -1;
  for (const char c : text) {
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') continue;
    int digit = 0;
    if (c >= '0' && c <= '9') {
      digit = c - '0';
    } else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
      digit = (c | 0x20) - 'a' + 10;
    } else {
      return std::nullopt;
    }
    if (high < 0) {
      high = digit;
    } else {
      bytes.push_back(static_cast<std::uint8_t>(high << 4 | digit));
      high = -1;
    }
  }
  if (high >= 0 || bytes.empty()) return std::nullopt;
  return bytes;
}

std::optional<Blob> read_input(const std::string& input, std::size_t most_bytes) {
  if (auto bytes = unhex(input)) return bytes;
  std::optional<std::string> text;
  if (input.empty() || input == "-") {
    text = read_all(std::cin, most_bytes);
  } else if (std::ifstream file(input, std::ios::binary); file) {
    text = read_all(file, most_bytes);
  }
  if (!text) return std::nullopt;
  if (auto bytes = unhex(*text)) return bytes;
  return Blob(text->begin(), text->end());
}

}  // namespace sotto::cli
