// SPDX-License-Identifier: MIT OR Apache-2.0
/// The header in front of each frame [RFC9605-4.3-1]:
///
///   config(1) = X K(3) Y C(3)   X clear: K is the KID, 0 to 7; X set: the KID has K + 1 bytes
///   KID (0 to 8)  CTR (0 to 8)  likewise Y and C for CTR; numbers big-endian, in the fewest bytes
#pragma once

#include <sotto/sframe.hpp>

namespace sotto::sframe {

/// The size of a header, 1 to 17 bytes.
[[nodiscard]] std::size_t header_size(SframeKid kid, std::uint64_t counter) noexcept;

/// Write it into `out`, of exactly `header_size` bytes.
void write_header(MutableBytes out, SframeKid kid, std::uint64_t counter) noexcept;

}  // namespace sotto::sframe
