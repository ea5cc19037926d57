// SPDX-License-Identifier: MIT OR Apache-2.0
/// The safety number of two accounts: over all devices of each, so that one comparison covers every
/// conversation between them, and a device added to either changes it. Specified in
/// spec/safety_numbers.md. (Signal's numbers, of one identity key a side: safety_number.hpp.)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>
#include <sotto/ids.hpp>
#include <sotto/keys.hpp>
#include <sotto/safety_number.hpp>

namespace sotto {

/// A device of an account: its number and its identity key.
struct AccountDevice {
  std::uint32_t device = 0;
  IdentityPublic identity;
};

inline constexpr std::size_t account_max_devices = 32;

/// One side: an account and its 1 to 32 devices, in any order.
struct AccountSide {
  UserId user;
  Viewed<std::span<const AccountDevice>> devices;
};

struct AccountNumber {
  std::array<char, 60> digits;  ///< for reading aloud, in groups of five
  /// What a code that can be scanned holds: "sotto-an" version(1) = 1, ours(32), theirs(32).
  std::array<std::uint8_t, 73> scannable;
};

/// Compute it [SN-3-1]. Both sides get the same digits, and codes that mirror each other. Errors:
/// `malformed` (no device or too many, a device number that stands twice; iterations not from 2 to
/// 1,000,000), `backend_unavailable`.
[[nodiscard]] Result<AccountNumber> account_number(
    const AccountSide& ours, const AccountSide& theirs,
    std::uint32_t iterations = safety_number_iterations) noexcept;

/// Compare the code scanned from their screen with ours, as `compare_safety_number` does [SN-3-3].
[[nodiscard]] Result<SafetyComparison> compare_account_number(const AccountNumber& ours,
                                                              Bytes scanned) noexcept;

}  // namespace sotto
