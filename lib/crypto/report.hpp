// SPDX-License-Identifier: MIT OR Apache-2.0
/// The text that says what an attempt to load the backend found.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace sotto::crypto {

/// Lines of text in a buffer of fixed size. What does not fit is cut off.
class Report {
 public:
  /// Twice a path of the greatest length: dlerror says it once more.
  static constexpr std::size_t most_bytes = 9216;

  constexpr Report() noexcept = default;

  void clear() noexcept { used_ = 0; }

  /// One line: the parts, one after the other.
  void line(std::initializer_list<std::string_view> parts) noexcept {
    for (const std::string_view part : parts) add(part);
    add("\n");
  }

  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), used_}; }

 private:
  void add(std::string_view part) noexcept {
    const std::size_t size = std::min(part.size(), text_.size() - used_);
    std::ranges::copy(part.substr(0, size), text_.begin() + static_cast<std::ptrdiff_t>(used_));
    used_ += size;
  }

  std::array<char, most_bytes> text_{};
  std::size_t used_ = 0;
};

}  // namespace sotto::crypto
