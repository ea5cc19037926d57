// SPDX-License-Identifier: MIT OR Apache-2.0
/// What a snapshot of our prekeys says, before it is sealed: whose they are, and all their records
/// (session/prekey_index.hpp, session/prekey_rows.hpp). All numbers are big-endian.
///
///   content  = owner(32) index_bytes(4) index one-time* signed*, both in the index's order
///   one-time = id(4) record(65), in a group by rising id
///   signed   = id(4) record(129) base_key(32)* uses*, both rising, as many as the index says
///   uses     = SHA-256 of a name (32) record(5)
///
/// The owner is our identity key.
#pragma once

#include <cstddef>
#include <cstdint>

#include "session/prekey_rows.hpp"

namespace sotto::session {

[[nodiscard]] std::size_t prekey_content_size(const PrekeyIndex& index) noexcept;

/// Into exactly `prekey_content_size`. Errors: `corrupted` (the rows are not those that the index
/// counts), and as `StagedRows::at`.
[[nodiscard]] Result<void> write_prekey_content(MutableBytes out, const IdentityPublic& ours,
                                                const PrekeyIndex& index,
                                                StagedRows& rows) noexcept;

/// Put the prekeys of `content` in place of those of `prekeys`, as they were written in version
/// `version` of a snapshot: all of them or, on error, none. Errors: `corrupted` (also: another
/// owner), `old_format`, `unsupported_version`, `rolled_back` (older than what is there, or as old
/// and something else), and as `StagedRows::at`.
[[nodiscard]] Result<void> restore_prekey_content(Bytes content, std::uint8_t version,
                                                  const IdentityPublic& ours, PrekeyRows& prekeys,
                                                  StagedRows& rows) noexcept;

}  // namespace sotto::session
