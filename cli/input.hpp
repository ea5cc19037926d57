// SPDX-License-Identifier: MIT OR Apache-2.0
/// Bytes that somebody types, pastes or keeps in a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sotto::cli {

using Blob = std::vector<std::uint8_t>;

/// The bytes of hexadecimal text, white space aside; nothing when it is none.
[[nodiscard]] std::optional<Blob> unhex(std::string_view text);

/// The bytes that the argument says or names, as they are or in hexadecimal digits: digits, a file,
/// or `-` or nothing for standard input. Throws a `demo::Failure` that names the file and the
/// reason when it cannot be read, is empty or is more than `most_bytes`.
[[nodiscard]] Blob read_input(const std::string& input, std::size_t most_bytes);

}  // namespace sotto::cli
