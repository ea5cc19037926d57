// SPDX-License-Identifier: MIT OR Apache-2.0
/// How the story is told: a chapter is a few lines, and each thing that must hold is looked at
/// where it is said.
#pragma once

#include <cstddef>
#include <string>

#include "demo/narrator.hpp"

namespace sotto::story {

class Teller {
 public:
  explicit Teller(bool plain) : narrator_(plain) {}

  void chapter(const std::string& title) { title_ = title; }
  /// A line as it is; the chapter's name stands beside its first one.
  void say(const std::string& text);
  void line(const std::string& who, const std::string& text);
  /// Says whether it held, and counts it.
  void check(const std::string& what, bool held, const std::string& detail = {});

  [[nodiscard]] std::size_t checks() const noexcept { return checks_; }
  [[nodiscard]] std::size_t held() const noexcept { return held_; }
  [[nodiscard]] demo::Narrator& narrator() noexcept { return narrator_; }

 private:
  demo::Narrator narrator_;
  std::string title_;
  std::size_t checks_ = 0;
  std::size_t held_ = 0;
};

/// "3 of 4"
[[nodiscard]] std::string of(std::size_t some, std::size_t all);

}  // namespace sotto::story
