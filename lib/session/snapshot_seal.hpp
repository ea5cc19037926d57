// SPDX-License-Identifier: MIT OR Apache-2.0
/// The sealed form of a snapshot, whatever its content.
///
///   snapshot   = header(18) nonce(12) AES-256-GCM-SIV ciphertext || tag(16) (RFC 8452)
///   header     = "sotto-sn"(8) version(1) kind(1) epoch(8)
///   owner      = identity public(32) device(4) registration(4)
///   associated = header owner
///   nonce      = the first 12 bytes of HMAC-SHA256(key, "sotto snapshot nonce" || associated
///                || content)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <sotto/device.hpp>
#include <sotto/snapshot.hpp>

#include "crypto/aes_gcm_siv.hpp"
#include "session/growing.hpp"

namespace sotto::session {

inline constexpr std::uint8_t snapshot_version = 2;
inline constexpr std::size_t snapshot_header_bytes = 18;
inline constexpr std::size_t snapshot_owner_bytes = 40;

/// The device that a snapshot is of, and that alone may take it. Linked devices may share an
/// identity key, so all three belong to it.
struct SnapshotOwner {
  IdentityPublic identity;
  DeviceId device;
  RegistrationId registration;
};

/// What a snapshot held, once it is known to be whole.
struct OpenedSnapshot {
  SnapshotHeader header;
  Held content;
};

/// Seals and opens the snapshots of one device under one key, which must live as long.
class SnapshotSealer {
 public:
  /// Errors: `weak_key` (all zero, as one that was moved from is), `out_of_memory`,
  /// `backend_unavailable`.
  [[nodiscard]] static Result<SnapshotSealer> create(const SnapshotKey& key,
                                                     const SnapshotOwner& owner) noexcept;

  /// `out` is exactly `snapshot_overhead_bytes` longer than `content` and does not overlap it. The
  /// same content under the same key gives the same bytes.
  void seal(MutableBytes out, SnapshotKind kind, std::uint64_t epoch, Bytes content) const noexcept;

  /// Errors: `malformed`, `old_format`, `unsupported_version`, `corrupted` (also: another owner, or
  /// another kind than `kind`), `out_of_memory`.
  [[nodiscard]] Result<OpenedSnapshot> open(Bytes snapshot, SnapshotKind kind) const noexcept;

 private:
  using Associated = std::array<std::uint8_t, snapshot_header_bytes + snapshot_owner_bytes>;

  SnapshotSealer(const SnapshotKey& key, const SnapshotOwner& owner,
                 crypto::AesGcmSiv&& aead) noexcept;
  [[nodiscard]] Associated associated(Bytes header) const noexcept;

  const SnapshotKey* key_;
  std::array<std::uint8_t, snapshot_owner_bytes> owner_;
  crypto::AesGcmSiv aead_;
};

}  // namespace sotto::session
