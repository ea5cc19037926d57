// SPDX-License-Identifier: MIT OR Apache-2.0
/// Whether the cryptographic libraries underneath can be used in this process, and why not.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include <sotto/error.hpp>

namespace sotto {

/// Load the cryptographic libraries, compare their versions with those of the headers, and check a
/// known answer of each function that this library calls. Call it once at the start of a program.
/// A success lasts until the process ends, and every later call is free. A failure does not: the
/// next call tries again. May be called by any thread. An object of the library that is used
/// without its backend ends the process rather than go on without cryptography.
/// Errors: `backend_unavailable`; `backend_report` says why.
[[nodiscard]] Result<void> check_backend() noexcept;

/// Name the file of the library that is loaded at run time. Only this file is tried from then on;
/// an empty path returns to the places that the README lists. Call it before anything else. No
/// environment variable does the same: whoever starts an app must not choose its cryptography.
/// Naming the same file again succeeds.
/// Errors: `invalid_argument` for a path of 4,096 bytes or more, or with a NUL in it;
/// `wrong_state` when the library is loaded already.
[[nodiscard]] Result<void> set_backend_library(std::string_view path) noexcept;

/// What the last attempt to load found, for a log: a line for each library and for each place that
/// was tried, with the versions, or with the reason why it was refused. Without an attempt so far,
/// one is made. Writes at most `out.size()` characters, cuts off what does not fit, and returns the
/// part written. 2,000 characters are enough for paths of a usual length.
[[nodiscard]] std::string_view backend_report(std::span<char> out) noexcept;

}  // namespace sotto
