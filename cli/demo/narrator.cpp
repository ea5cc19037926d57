// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/narrator.hpp"

#include <cstdio>

#include <unistd.h>

namespace sotto::demo {
namespace {

const char* colour_of(const std::string& who) {
  if (who == "Alice") return "\033[36m";
  if (who == "Bob" || who == "Tablet") return "\033[33m";
  return "\033[31m";
}

}  // namespace

Narrator::Narrator(bool plain) : terminal_(!plain && ::isatty(1) == 1) {
}

void Narrator::heading(const std::string& text) {
  clear_progress();
  std::printf(terminal_ ? "\n\033[1m%s\033[0m\n" : "\n%s\n", text.c_str());
  std::fflush(stdout);
}

void Narrator::line(const std::string& who, const std::string& text) {
  clear_progress();
  if (terminal_)
    std::printf("  %s%-6s\033[0m %s\n", colour_of(who), who.c_str(), text.c_str());
  else
    std::printf("  %-6s %s\n", who.c_str(), text.c_str());
  std::fflush(stdout);
}

void Narrator::row(const std::string& what, const std::string& value) {
  clear_progress();
  std::printf("  %-42s %s\n", what.c_str(), value.c_str());
}

void Narrator::entry(const std::string& chapter, const std::string& text) {
  clear_progress();
  std::printf(terminal_ ? "\033[1m%-13s\033[0m %s\n" : "%-13s %s\n", chapter.c_str(), text.c_str());
  std::fflush(stdout);
}

void Narrator::progress(const std::string& who, std::uint64_t percent) {
  const std::uint64_t before = percent_[who];
  percent_[who] = percent;
  if (terminal_) {
    std::printf("\r\033[K  call  ");
    for (const auto& [name, value] : percent_)
      std::printf(" %s %3llu %%", name.c_str(), static_cast<unsigned long long>(value));
    std::fflush(stdout);
    progress_shown_ = true;
  } else if (percent / 25 != before / 25) {
    line(who, "has spoken " + std::to_string(percent) + " %");
  }
}

void Narrator::clear_progress() {
  if (!progress_shown_) return;
  std::printf("\r\033[K");
  progress_shown_ = false;
}

}  // namespace sotto::demo
