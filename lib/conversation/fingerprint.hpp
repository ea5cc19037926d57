// SPDX-License-Identifier: MIT OR Apache-2.0
/// What safety numbers of either form have in common: a digest a side, digits of it, and the
/// comparison of what was scanned.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <sotto/safety_number.hpp>

#include "crypto/sha2.hpp"

namespace sotto::conversation {

/// Of a side's digest, so many bytes stand in a scannable code.
inline constexpr std::size_t half_bytes = 32;

/// From 2, with which a digest is of another form than what goes in, to a second of work or so.
[[nodiscard]] constexpr bool are_iterations(std::uint32_t iterations) noexcept {
  return iterations >= 2 && iterations <= 1'000'000;
}

/// Sixty digits of two digests, the same for both sides [SN-1-2].
[[nodiscard]] std::array<char, 60> digits_of(const crypto::Sha512Digest& ours,
                                             const crypto::Sha512Digest& theirs) noexcept;

/// What a scannable code of two halves says beside ours. Both codes have passed as such: they are
/// of one form and version, and their halves stand at `ours_at` and `theirs_at`.
[[nodiscard]] SafetyComparison compare_codes(Bytes our_code, Bytes scanned, std::size_t ours_at,
                                             std::size_t theirs_at) noexcept;

}  // namespace sotto::conversation
