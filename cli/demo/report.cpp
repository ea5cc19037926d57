// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/report.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include <unistd.h>

#include "demo/failure.hpp"

namespace sotto::demo {
namespace {

void write_line(std::string_view head, std::string_view text) {
  std::string line(head);
  line += ' ';
  // Whatever the text holds, it stays one line and does nothing to a terminal.
  for (const char c : text) line += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  line += '\n';
  std::fputs(line.c_str(), stdout);
  std::fflush(stdout);
}

std::string stamp() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

}  // namespace

void say(std::string_view text) {
  write_line("say " + stamp(), text);
}

void show(std::uint32_t number, std::string_view text) {
  write_line("show " + stamp() + ' ' + std::to_string(number), text);
}

void tell(std::string_view key, std::uint64_t value) {
  write_line("tell", std::string(key) + ' ' + std::to_string(value));
}

void Orders::fill() {
  std::array<char, 4096> piece;
  const auto n = ::read(fd(), piece.data(), piece.size());
  if (n <= 0) throw Failure("the demo that started this process is gone");
  buffer_.append(piece.data(), static_cast<std::size_t>(n));
}

std::optional<std::string> Orders::next() {
  return take_line(buffer_);
}

std::optional<std::string> take_line(std::string& buffer) {
  const std::size_t end = buffer.find('\n');
  if (end == std::string::npos) return std::nullopt;
  std::string line = buffer.substr(0, end);
  buffer.erase(0, end + 1);
  return line;
}

}  // namespace sotto::demo
