// SPDX-License-Identifier: MIT OR Apache-2.0
/// A line for an app's log, made without memory.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

namespace sotto::store {

/// Text that is cut where it has no room, and zero-terminated.
class FailureText {
 public:
  [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), size_}; }
  [[nodiscard]] const char* c_str() const noexcept { return text_.data(); }

  FailureText& clear() noexcept {
    size_ = 0;
    text_[0] = '\0';
    return *this;
  }
  FailureText& add(std::string_view part) noexcept {
    const std::size_t size = std::min(part.size(), text_.size() - 1 - size_);
    if (size > 0) std::memcpy(text_.data() + size_, part.data(), size);
    size_ += size;
    text_[size_] = '\0';
    return *this;
  }
  FailureText& add(int number) noexcept {
    std::array<char, 12> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    return add({digits.data(), static_cast<std::size_t>(end.ptr - digits.data())});
  }

  /// What fits into `out`, zero-terminated.
  void copy_to(std::span<char> out) const noexcept {
    if (out.empty()) return;
    const std::size_t size = std::min(size_, out.size() - 1);
    if (size > 0) std::memcpy(out.data(), text_.data(), size);
    out[size] = '\0';
  }

 private:
  std::array<char, 1024> text_{};
  std::size_t size_ = 0;
};

}  // namespace sotto::store
