// SPDX-License-Identifier: MIT OR Apache-2.0
/// Records of single prekeys; their form stands in session/prekey_rows.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>
#include <sotto/x3dh.hpp>

namespace sotto::session {

inline constexpr std::uint32_t most_batch = 1'000;
inline constexpr std::size_t one_time_record_bytes = 1 + 1 + 32 + 32;
inline constexpr std::size_t signed_record_bytes = 1 + 32 + 32 + 64;
inline constexpr std::array<std::uint8_t, 1> used_record = {1};

/// Errors: `corrupted`, `unsupported_version`, `backend_unavailable`.
[[nodiscard]] Result<OneTimePrekey> read_one_time(Bytes record, OneTimePrekeyId id) noexcept;
[[nodiscard]] Result<SignedPrekey> read_signed(Bytes record, SignedPrekeyId id) noexcept;
/// The public part alone, which needs no computation.
[[nodiscard]] Result<Bundle::OneTime> read_public(Bytes record, OneTimePrekeyId id) noexcept;
[[nodiscard]] Result<Bundle> read_public(Bytes record, SignedPrekeyId id,
                                         const IdentityPublic& identity) noexcept;

/// Into exactly `one_time_record_bytes`, not published, and `signed_record_bytes`.
void write(MutableBytes out, const OneTimePrekey& prekey) noexcept;
void write(MutableBytes out, const SignedPrekey& prekey) noexcept;

/// Whether a one-time prekey was given out; false for what is no record of one.
[[nodiscard]] bool is_published(Bytes record) noexcept;
void mark_published(MutableBytes record) noexcept;

}  // namespace sotto::session
