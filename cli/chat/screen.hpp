// SPDX-License-Identifier: MIT OR Apache-2.0
/// What a person sees and types, line by line: with colours and a prompt on a terminal, plain for
/// scripts.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <sotto/bytes.hpp>
#include <sotto/entropy.hpp>

namespace sotto::chat {

class Screen {
 public:
  explicit Screen(bool plain);

  [[nodiscard]] bool terminal() const noexcept { return terminal_; }
  /// Somebody said something. `remark`: what is to be known of it, such as its timer.
  void message(const std::string& who, Instant at, const std::string& text,
               const std::string& remark, bool ours);
  /// The program itself has something to say.
  void note(const std::string& text);
  void text(const std::string& lines);

  /// The next line that was typed, if there is one within that time; `closed` once there are no
  /// more.
  [[nodiscard]] std::optional<std::string> line(std::chrono::milliseconds wait);
  [[nodiscard]] bool closed() const noexcept { return closed_ && typed_.empty(); }

 private:
  void print(const std::string& line);
  [[nodiscard]] std::optional<std::string> take();

  bool terminal_;
  bool closed_ = false;
  std::string typed_;
};

/// Text of somebody else's without what would steer a terminal.
[[nodiscard]] std::string printable(const std::string& text);

}  // namespace sotto::chat
