// SPDX-License-Identifier: MIT OR Apache-2.0
/// Records of single prekeys and of their use; their form stands in session/prekey_rows.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>
#include <sotto/x3dh.hpp>

namespace sotto::session {

/// The format of every record about our prekeys.
inline constexpr std::uint8_t prekey_format = 2;

inline constexpr std::uint32_t most_batch = 1'000;
inline constexpr std::size_t one_time_record_bytes = 1 + 32 + 32;
inline constexpr std::size_t signed_record_bytes = 1 + 32 + 32 + 64;
inline constexpr std::size_t used_record_bytes = 1 + 32;
inline constexpr std::size_t count_record_bytes = 1 + 32 + 4;

/// How often a name used a signed prekey: at least once.
struct NameUses {
  std::array<std::uint8_t, 32> name;  ///< its SHA-256
  std::uint32_t count;
};

/// Errors: `corrupted`, `old_format`, `unsupported_version`.
[[nodiscard]] Result<void> check_prekey_format(Bytes record) noexcept;

/// Errors: as `check_prekey_format`, `backend_unavailable`.
[[nodiscard]] Result<OneTimePrekey> read_one_time(Bytes record, OneTimePrekeyId id) noexcept;
[[nodiscard]] Result<SignedPrekey> read_signed(Bytes record, SignedPrekeyId id) noexcept;
/// The public part alone, which needs no computation.
[[nodiscard]] Result<Bundle::OneTime> read_public(Bytes record, OneTimePrekeyId id) noexcept;
[[nodiscard]] Result<Bundle> read_public(Bytes record, SignedPrekeyId id,
                                         const IdentityPublic& identity) noexcept;
/// The base key of a first message that came without one-time prekey.
[[nodiscard]] Result<EphemeralPublic> read_used(Bytes record) noexcept;
[[nodiscard]] Result<NameUses> read_count(Bytes record) noexcept;

/// Into exactly `one_time_record_bytes`, `signed_record_bytes`, `used_record_bytes` and
/// `count_record_bytes`.
void write(MutableBytes out, const OneTimePrekey& prekey) noexcept;
void write(MutableBytes out, const SignedPrekey& prekey) noexcept;
void write(MutableBytes out, const EphemeralPublic& base_key) noexcept;
void write(MutableBytes out, const NameUses& uses) noexcept;

}  // namespace sotto::session
