// SPDX-License-Identifier: MIT OR Apache-2.0
/// Whether the cryptographic libraries underneath can be used in this process.
#pragma once

#include <sotto/error.hpp>

namespace sotto {

/// Load the cryptographic libraries and check a known answer of each. Call it once at the start of
/// a program: every later call is free and gives the same answer. An object of the library that is
/// used without its backend ends the process rather than go on without cryptography.
/// Errors: `backend_unavailable`.
[[nodiscard]] Result<void> check_backend() noexcept;

}  // namespace sotto
