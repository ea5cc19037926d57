// SPDX-License-Identifier: MIT OR Apache-2.0
/// Where a secret comparison becomes a public answer.
#pragma once

#include <sotto/bytes.hpp>

namespace sotto::base {

/// The one door through which a fact about secrets (equal or not, zero or not) may steer a branch.
/// `bit` is 0 or 1. It stands in a file of its own so that the constant-time run can link another
/// one, which tells the checker that this bit is public from here on.
[[nodiscard]] bool verdict(unsigned bit) noexcept;

/// The same door for a number that becomes public together with a verdict: how long the plaintext
/// is that was just let out. Returns `value`.
[[nodiscard]] unsigned revealed(unsigned value) noexcept;

/// Whether `a` and `b` hold the same bytes, in time that depends on their sizes alone. Different
/// sizes are unequal.
[[nodiscard]] bool equal_ct(Bytes a, Bytes b) noexcept;

/// Whether all bytes are zero, in time that depends on the size alone.
[[nodiscard]] bool is_zero_ct(Bytes a) noexcept;

}  // namespace sotto::base
