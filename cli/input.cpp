// SPDX-License-Identifier: MIT OR Apache-2.0
#include "input.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "file.hpp"

namespace sotto::cli {
namespace {

/// As much of a name as fits on a line.
std::string shown(const std::string& name) {
  constexpr std::size_t most = 64;
  return name.size() <= most ? name : name.substr(0, most) + "...";
}

/// A file that is closed in the end, or standard input, which stays open.
struct Source {
  std::string name;
  int fd;

  explicit Source(const std::string& input)
      : name(input.empty() || input == "-" ? "standard input" : input),
        fd(input.empty() || input == "-" ? STDIN_FILENO
                                         : ::open(input.c_str(), O_RDONLY | O_CLOEXEC)) {}
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  ~Source() {
    if (fd > STDIN_FILENO) ::close(fd);
  }
};

/// All of it, which is more than nothing.
std::string read_all(const Source& source, std::size_t most_bytes) {
  std::string text;
  std::vector<char> part(std::size_t{1} << 16);
  while (true) {
    const ssize_t got = ::read(source.fd, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw file_fault(source.name);
    if (got == 0) break;
    text.append(part.data(), static_cast<std::size_t>(got));
    if (text.size() > most_bytes)
      throw demo::Failure(source.name + ": there are more than " + std::to_string(most_bytes) +
                          " bytes");
  }
  if (text.empty()) throw demo::Failure(source.name + ": there is nothing in it");
  return text;
}

}  // namespace

std::optional<Blob> unhex(std::string_view text) {
  Blob bytes;
  int high = -1;
  for (const char c : text) {
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') continue;
    int digit = 0;
    if (c >= '0' && c <= '9') {
      digit = c - '0';
    } else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
      digit = (c | 0x20) - 'a' + 10;
    } else {
      return std::nullopt;
    }
    if (high < 0) {
      high = digit;
    } else {
      bytes.push_back(static_cast<std::uint8_t>(high << 4 | digit));
      high = -1;
    }
  }
  if (high >= 0 || bytes.empty()) return std::nullopt;
  return bytes;
}

Blob read_input(const std::string& input, std::size_t most_bytes) {
  if (auto bytes = unhex(input)) return *std::move(bytes);
  const Source source(input);
  if (source.fd < 0)
    throw demo::Failure(std::string(file_fault(shown(input)).what()) +
                        "; nor are these bytes in hexadecimal digits");
  const std::string text = read_all(source, most_bytes);
  if (auto bytes = unhex(text)) return *std::move(bytes);
  return {text.begin(), text.end()};
}

}  // namespace sotto::cli
