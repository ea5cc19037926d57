// SPDX-License-Identifier: MIT OR Apache-2.0
/// The text of the conversation: a line, a message.
#pragma once

#include <string>
#include <vector>

#include "demo/codec.hpp"

namespace sotto::demo {

inline constexpr std::size_t most_lines = 1'000;
inline constexpr std::size_t longest_line_bytes = 65'536;

/// The lines of a file that are not empty. Throws `Failure` when there is none, or too much.
[[nodiscard]] std::vector<Blob> read_lines(const std::string& path);
/// The same of bytes.
[[nodiscard]] std::vector<Blob> split_lines(Bytes bytes);

/// What the caller says when all is over.
[[nodiscard]] std::string last_line();

/// The demo's own text.
[[nodiscard]] std::string default_text();

}  // namespace sotto::demo
