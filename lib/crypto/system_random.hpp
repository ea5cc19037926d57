// SPDX-License-Identifier: MIT OR Apache-2.0
/// The operating system's random bytes, asked for without any library in between.
#pragma once

#include <sotto/bytes.hpp>

namespace sotto::crypto {

/// Fill all of `out` from the kernel's generator, which is asked every time: a forked child has
/// bytes of its own. Returns 0, or the `errno` of a system that refuses; `out` is then zeroed.
[[nodiscard]] int system_random(MutableBytes out) noexcept;

}  // namespace sotto::crypto
