// SPDX-License-Identifier: MIT OR Apache-2.0
/// The options of a test program beside those of GoogleTest: each a name and a whole number. A
/// number that is none would be taken for another one, and a count of 0 would check nothing, so
/// both are refused.
#pragma once

#include <charconv>
#include <cstdint>
#include <iostream>
#include <limits>
#include <span>
#include <string_view>
#include <system_error>

namespace sotto::testing {

struct NumberOption {
  std::string_view name;
  std::uint64_t* value;
  std::uint64_t least = 0;
  std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
};

/// What is wrong with `text` as a value of `option`, or nothing; then its number is in the option.
inline std::string_view complaint(const NumberOption& option, std::string_view text) {
  const char* const end = text.data() + text.size();
  std::uint64_t number = 0;
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc::result_out_of_range) return "is too large";
  if (error != std::errc{} || at != end) return "is not a whole number";
  if (number < option.least) return "is too small";
  if (number > option.most) return "is too large";
  *option.value = number;
  return {};
}

/// Read `--name N --other N ...`. False when a word is not an option, has no number or a wrong one;
/// standard error says which, and the program is to end with status 2.
inline bool read_options(std::span<const char* const> words,
                         std::span<const NumberOption> options) {
  for (std::size_t i = 0; i < words.size(); i += 2) {
    const std::string_view name = words[i];
    const NumberOption* asked = nullptr;
    for (const NumberOption& option : options) {
      if (option.name == name) asked = &option;
    }
    if (asked == nullptr) {
      std::cerr << name << " is not an option here\n";
      return false;
    }
    const std::string_view wrong =
        i + 1 < words.size() ? complaint(*asked, words[i + 1]) : "has no number";
    if (!wrong.empty()) {
      std::cerr << name << ' ' << (i + 1 < words.size() ? words[i + 1] : "") << ' ' << wrong
                << '\n';
      return false;
    }
  }
  return true;
}

}  // namespace sotto::testing
