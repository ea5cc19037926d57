// SPDX-License-Identifier: MIT OR Apache-2.0
#include "chat/screen.hpp"

#include <array>
#include <cstdio>
#include <ctime>

#include <poll.h>
#include <unistd.h>

namespace sotto::chat {
namespace {

std::string clock_of(Instant at) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
  std::tm local{};
  std::array<char, 8> text{};
  ::localtime_r(&seconds, &local);
  std::strftime(text.data(), text.size(), "%H:%M", &local);
  return text.data();
}

}  // namespace

std::string printable(const std::string& text) {
  std::string clean;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // C0 and DEL; C1 is c2 80 to c2 9f in UTF-8.
    const bool c1 =
        byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (c1) ++i;
    if (byte < 0x20 || byte == 0x7f || c1)
      clean += ' ';
    else
      clean += text[i];
  }
  return clean;
}

Screen::Screen(bool plain) : terminal_(!plain && ::isatty(0) == 1 && ::isatty(1) == 1) {
}

void Screen::print(const std::string& line) {
  if (terminal_)
    std::printf("\r\033[K%s\n> %s", line.c_str(), typed_.c_str());
  else
    std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

void Screen::message(const std::string& who, Instant at, const std::string& text,
                     const std::string& remark, bool ours) {
  const std::string behind = remark.empty() ? "" : " (" + remark + ")";
  if (!terminal_) return print(who + ": " + printable(text) + behind);
  print("\033[2m" + clock_of(at) + "\033[0m " + (ours ? "\033[36m" : "\033[33m") + who +
        "\033[0m " + printable(text) + "\033[2m" + behind + "\033[0m");
}

void Screen::note(const std::string& text) {
  print(terminal_ ? "\033[2m* " + text + "\033[0m" : "* " + text);
}

void Screen::text(const std::string& lines) {
  print(lines);
}

std::optional<std::string> Screen::take() {
  const auto end = typed_.find('\n');
  if (end == std::string::npos && !(closed_ && !typed_.empty())) return std::nullopt;
  std::string line = typed_.substr(0, end);
  typed_.erase(0, end == std::string::npos ? typed_.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

std::optional<std::string> Screen::line(std::chrono::milliseconds wait) {
  if (auto line = take()) return line;
  pollfd polled{0, POLLIN, 0};
  if (::poll(&polled, closed_ ? 0 : 1, static_cast<int>(wait.count())) <= 0) return std::nullopt;
  std::array<char, 4096> room{};
  const ssize_t got = ::read(0, room.data(), room.size());
  if (got <= 0) closed_ = true;
  if (got > 0) typed_.append(room.data(), static_cast<std::size_t>(got));
  return take();
}

}  // namespace sotto::chat
