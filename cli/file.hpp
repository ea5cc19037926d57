// SPDX-License-Identifier: MIT OR Apache-2.0
/// Files that the program writes, and how it tells that one cannot be used.
#pragma once

#include <string>
#include <string_view>

#include <sys/types.h>

#include <sotto/bytes.hpp>

#include "demo/failure.hpp"

namespace sotto::cli {

/// "PATH: REASON", the reason being that of the system's call that failed last (errno).
[[nodiscard]] demo::Failure file_fault(const std::string& path);

/// Writes the whole file, in the place of what it held; `mode` is of a file that is new. Throws a
/// `file_fault` when it cannot be opened, written or closed. A file that was written in part stays.
void write_file(const std::string& path, Bytes bytes, mode_t mode = 0666);
void write_file(const std::string& path, std::string_view text);

}  // namespace sotto::cli
