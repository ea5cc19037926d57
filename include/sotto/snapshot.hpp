// SPDX-License-Identifier: MIT OR Apache-2.0
/// Snapshots: the state of one peer's sessions, or of the prekeys, as sealed bytes.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sotto/address.hpp>
#include <sotto/bytes.hpp>
#include <sotto/committed.hpp>
#include <sotto/error.hpp>
#include <sotto/secret.hpp>
#include <sotto/transaction.hpp>

namespace sotto {

/// The key that seals a snapshot: 32 random bytes, the caller's.
using SnapshotKey = Secret<struct SnapshotKeyRole, 32>;

/// What a snapshot holds.
enum class SnapshotKind : std::uint8_t {
  peer = 1,     ///< identity and all sessions of one peer's device
  prekeys = 2,  ///< our signed and one-time prekeys
};

/// What can be read of a snapshot without its key. Nothing in it is authenticated.
struct SnapshotHeader {
  std::uint8_t version;  ///< of the form: 2, the only one that is read here
  SnapshotKind kind;
  std::uint64_t epoch;  ///< changes that had happened to what is in it
  std::size_t sealed_bytes;
};

/// Bytes of a snapshot beyond its content: magic 8, version 1, kind 1, epoch 8, nonce 12, tag 16.
inline constexpr std::size_t snapshot_overhead_bytes = 46;

/// Seal what the transaction sees. The bytes come out against its commit only: a snapshot of what
/// was never stored would bring keys back that serve again. The nonce is derived from the content:
/// no randomness. Errors: as any operation of `Transaction`, `weak_key` (a key that is all zero),
/// and `save_peer` also `no_session` (nothing is known of the peer).
[[nodiscard]] Result<PendingBytes> save_peer(Transaction& tx, const Address& peer,
                                             const SnapshotKey& key) noexcept;
[[nodiscard]] Result<PendingBytes> save_prekeys(Transaction& tx, const SnapshotKey& key) noexcept;

/// Put back what a snapshot holds, within the transaction: all of it or, on error, nothing. One
/// that is older than what the store holds is refused, for its keys have served since; so is one of
/// the same age and another content [SES-9-1]. An empty store has nothing to compare with: who
/// restores into one must know that nothing was sent or opened since the snapshot, for its keys
/// would serve twice. Errors: as any operation of `Transaction`, and
/// `malformed` (not the form of a snapshot), `old_format` (version 1), `unsupported_version`,
/// `corrupted` (altered, cut, another key, or another kind's, device's or peer's), `rolled_back`,
/// and for a peer `identity_changed` (another identity is accepted now; see `accept_identity`) and
/// `identity_in_use`.
[[nodiscard]] Result<void> restore_peer(Transaction& tx, const Address& peer, Bytes snapshot,
                                        const SnapshotKey& key) noexcept;
[[nodiscard]] Result<void> restore_prekeys(Transaction& tx, Bytes snapshot,
                                           const SnapshotKey& key) noexcept;

/// Errors: `malformed`, `old_format`, `unsupported_version`.
[[nodiscard]] Result<SnapshotHeader> inspect_snapshot(Bytes snapshot) noexcept;

}  // namespace sotto
