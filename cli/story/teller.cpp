// SPDX-License-Identifier: MIT OR Apache-2.0
#include "story/teller.hpp"

#include <utility>

namespace sotto::story {

void Teller::say(const std::string& text) {
  narrator_.entry(std::exchange(title_, {}), text);
}

void Teller::line(const std::string& who, const std::string& text) {
  say(who + ": " + text);
}

void Teller::check(const std::string& what, bool held, const std::string& detail) {
  ++checks_;
  if (held) ++held_;
  say((held ? "ok  " : "NO  ") + what + (detail.empty() ? "" : " (" + detail + ")"));
}

std::string of(std::size_t some, std::size_t all) {
  return std::to_string(some) + " of " + std::to_string(all);
}

}  // namespace sotto::story
