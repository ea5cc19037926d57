// SPDX-License-Identifier: MIT OR Apache-2.0
/// What a child process tells the parent: lines on its standard output, and orders on its input.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sotto::demo {

/// A sentence for the person who watches, with the time at which it was said: the parent puts the
/// sentences of all its children in order.
void say(std::string_view text);
/// A line that was read, under the number of its message. The parent shows a number once, so a
/// party that cannot know whether it got so far before it died may show it again.
void show(std::uint32_t number, std::string_view text);
/// A number for the summary, or an event that the parent waits for.
void tell(std::string_view key, std::uint64_t value = 0);

/// The parent's orders, a line each, read without waiting.
class Orders {
 public:
  [[nodiscard]] static int fd() noexcept { return 0; }
  /// Read what is there; throws `Failure` when the parent is gone.
  void fill();
  [[nodiscard]] std::optional<std::string> next();

 private:
  std::string buffer_;
};

/// The next whole line at the front of `buffer`, which is then taken from it.
[[nodiscard]] std::optional<std::string> take_line(std::string& buffer);

}  // namespace sotto::demo
