// SPDX-License-Identifier: MIT OR Apache-2.0
/// How the demo speaks to the person who watches it.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace sotto::demo {

class Narrator {
 public:
  /// Colours and a moving progress line only on a terminal, and not when `plain`.
  explicit Narrator(bool plain);

  void heading(const std::string& text);
  void line(const std::string& who, const std::string& text);
  void row(const std::string& what, const std::string& value);
  /// A line of a story, with the chapter's name beside it, or without.
  void entry(const std::string& chapter, const std::string& text);
  /// How far `who` is, in percent; finished at 100.
  void progress(const std::string& who, std::uint64_t percent);

 private:
  void clear_progress();

  bool terminal_;
  bool progress_shown_ = false;
  std::map<std::string, std::uint64_t> percent_;
};

}  // namespace sotto::demo
