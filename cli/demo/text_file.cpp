// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/text_file.hpp"

#include <algorithm>

#include "demo/failure.hpp"
#include "demo/wav.hpp"

namespace sotto::demo {

std::vector<Blob> split_lines(Bytes bytes) {
  std::vector<Blob> lines;
  while (!bytes.empty()) {
    const auto end = std::ranges::find(bytes, std::uint8_t{'\n'});
    Blob line(bytes.begin(), end);
    bytes = bytes.subspan(std::min(bytes.size(), line.size() + 1));
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.size() > longest_line_bytes)
      throw Failure("a line of it is longer than " + std::to_string(longest_line_bytes) + " bytes");
    if (!line.empty()) lines.push_back(std::move(line));
  }
  if (lines.empty()) throw Failure("there is no text in it");
  if (lines.size() > most_lines)
    throw Failure("it has more than " + std::to_string(most_lines) + " lines");
  return lines;
}

std::vector<Blob> read_lines(const std::string& path) {
  const auto bytes = read_file(path, std::size_t{4} << 20);
  try {
    return split_lines(bytes);
  } catch (const Failure& failure) {
    throw Failure(path + ": " + failure.what());
  }
}

std::string last_line() {
  return "That was all, Bob. Whatever the relay tried, this line still opens.";
}

std::string default_text() {
  return "Hello Bob, this is Alice. Nobody between us can read this line.\n"
         "Each message has a key of its own, and the key is gone once the message is read.\n"
         "This one will be overtaken on its way by the next, and still opens.\n"
         "I am the overtaker: the key of the one I passed is kept until it comes.\n"
         "A relay that keeps everything today gains nothing from a phone stolen tomorrow.\n"
         "Shall I call you?\n";
}

}  // namespace sotto::demo
