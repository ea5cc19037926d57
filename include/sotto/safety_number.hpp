// SPDX-License-Identifier: MIT OR Apache-2.0
/// Safety numbers: what two people compare to know that nobody stands between them. Signal's
/// versions 1 (ids are telephone numbers as text) and 2 (ids are 16-byte account ids), byte for
/// byte; spec/safety_numbers.md.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>
#include <sotto/keys.hpp>

namespace sotto {

/// One side of the comparison: who, and under which identity key. `id` is 1 to 255 bytes.
struct SafetyNumberSide {
  Viewed<Bytes> id;
  IdentityPublic identity;
};

/// The number of two sides. Both compute the same digits.
struct SafetyNumber {
  std::array<char, 60> digits;  ///< for reading aloud, in groups of five
  /// What a code that can be scanned holds: protobuf 1 version, 2 {1: ours(32)}, 3 {1: theirs(32)}.
  std::array<std::uint8_t, 74> scannable;
};

/// Iterations that Signal's clients use: about 2 ms of work.
inline constexpr std::uint32_t safety_number_iterations = 5'200;

/// Compute it. `version` is 1 or 2. Errors: `unsupported_version`, `malformed` (an id of no bytes
/// or too many; iterations not from 2 to 1,000,000).
[[nodiscard]] Result<SafetyNumber> safety_number(
    std::uint8_t version, const SafetyNumberSide& ours, const SafetyNumberSide& theirs,
    std::uint32_t iterations = safety_number_iterations) noexcept;

/// What a scanned code says. A side differs when the two screens hold different keys, or different
/// ids, for it: in the middle then may stand somebody, or the key was changed and one of the two
/// has not heard of it.
enum class SafetyComparison : std::uint8_t {
  same,            ///< both hold the same keys for both: the conversation is verified
  ours_differs,    ///< they hold something else for us than we are
  theirs_differs,  ///< we hold something else for them than they are
  both_differ,     ///< both, or the code of somebody else
  our_own_code,    ///< this is the code of our own screen: scan theirs
};

/// Compare the code scanned from their screen with ours [SN-2-1]. Errors: `unsupported_version` (of
/// another version than ours: both sides choose one), `malformed`.
[[nodiscard]] Result<SafetyComparison> compare_safety_number(const SafetyNumber& ours,
                                                             Bytes scanned) noexcept;

}  // namespace sotto
