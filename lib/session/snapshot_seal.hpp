// SPDX-License-Identifier: MIT OR Apache-2.0
/// The sealed form of a snapshot, whatever its content.
///
///   snapshot = header(18) nonce(12) AES-256-GCM-SIV ciphertext || tag(16) (RFC 8452)
///   header   = "sotto-sn"(8) version(1) kind(1) epoch(8), the associated data
///   nonce    = the first 12 bytes of HMAC-SHA256(key, "sotto snapshot nonce" || header || content)
#pragma once

#include <cstddef>
#include <cstdint>

#include <sotto/snapshot.hpp>

#include "session/growing.hpp"

namespace sotto::session {

inline constexpr std::uint8_t snapshot_version = 2;
inline constexpr std::size_t snapshot_header_bytes = 18;

/// `out` is exactly `snapshot_overhead_bytes` longer than `content` and does not overlap it. The
/// same content under the same key gives the same bytes. Errors: `out_of_memory`,
/// `backend_unavailable`.
[[nodiscard]] Result<void> seal_snapshot(MutableBytes out, SnapshotKind kind, std::uint64_t epoch,
                                         Bytes content, const SnapshotKey& key) noexcept;

/// What a snapshot held, once it is known to be whole.
struct OpenedSnapshot {
  SnapshotHeader header;
  Held content;
};

/// Errors: `malformed`, `unsupported_version`, `corrupted` (also: another kind than `kind`),
/// `out_of_memory`, `backend_unavailable`.
[[nodiscard]] Result<OpenedSnapshot> open_snapshot(Bytes snapshot, SnapshotKind kind,
                                                   const SnapshotKey& key) noexcept;

}  // namespace sotto::session
