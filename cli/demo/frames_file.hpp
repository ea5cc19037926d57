// SPDX-License-Identifier: MIT OR Apache-2.0
/// Opus frames kept in a file of the demo's own folder: size 4 (big-endian) || bytes, each.
#pragma once

#include <string>
#include <vector>

#include "demo/codec.hpp"

namespace sotto::demo {

void write_frames(const std::string& path, const std::vector<Blob>& frames);
/// Throws `Failure` when the file is not as `write_frames` makes it.
[[nodiscard]] std::vector<Blob> read_frames(const std::string& path);
/// The same of bytes.
[[nodiscard]] std::vector<Blob> parse_frames(Bytes bytes);

}  // namespace sotto::demo
