// SPDX-License-Identifier: MIT OR Apache-2.0
/// Snapshots: the state of one peer's sessions, or of the prekeys, as sealed bytes. They move a
/// device to another store, and they back up whose identity key was accepted.
///
/// To save a device: save its prekeys with `save_prekeys`, then walk over its peers with
/// `Transaction::next_peer` and save each with `save_peer`. Another process or thread may add or
/// rename a peer meanwhile, and the walk may miss it. Compare `Committed::number` of all these
/// transactions: if one differs, begin again; if none does, everything was saved as of one moment.
///
/// A snapshot holds neither the device's own identity key nor any other rows: not the app's, and
/// none of a `Messenger`'s, whose lists of devices, conversations and waiting messages no snapshot
/// has. To keep those too, copy the whole store, in one of the ways that `SqliteStore` names. The
/// copy is the same device, so only one of the two goes on, as with a move.
///
/// Keep the identity secret, `DeviceId`, `RegistrationId` and `SnapshotKey` apart from the
/// snapshots, since they open and continue everything. To restore, call `Device::create` with the
/// same identity over an empty store, under a new `StorageKey`, so that no copy of the old store
/// opens in its place. Then do one of two things, before the device does anything else:
///
/// - Move. The device that was saved does nothing any more, and did nothing since it was saved.
///   Restore prekeys and peers: all sessions go on, and the peers notice nothing. Never restore
///   from an older backup besides: of a peer that was forgotten before the move, the new store
///   knows nothing, and would take it.
/// - Recover. The snapshots may be old. Their sessions must not go on, because keys that served
///   since would serve again. In one transaction for each peer: `restore_peer`, then
///   `Transaction::erase_sessions`. If `restore_peer` answers `rolled_back`, something is held of
///   the peer already, for example because an earlier attempt was stored after all: leave it.
///   Restore no prekeys: upload new ones, and say `ServiceStock::not_ours` to
///   `Transaction::prekeys_to_upload`, so that the service forgets those that it has. The new ones
///   have other ids: a first message by a bundle from before is `unknown_prekey`, which is lost,
///   and its sender is asked to send again. Then `connect` to each peer from a new bundle. The
///   identity keys stay accepted, and no key serves twice. The peers see the identity that they
///   know, with `Opened::changed_session` and `Opened::began_session`. Messages that were sent to
///   the device and not opened are lost.
///
/// examples/backup.cpp does both.
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

/// The key that seals a snapshot: 32 random bytes. The app draws and keeps it.
using SnapshotKey = Secret<struct SnapshotKeyRole, 32>;

/// What a snapshot holds.
enum class SnapshotKind : std::uint8_t {
  peer = 1,     ///< one peer's device: its identity and all sessions with it
  prekeys = 2,  ///< our signed and one-time prekeys
};

/// What a snapshot shows without its key. None of it is authenticated.
struct SnapshotHeader {
  std::uint8_t version;  ///< of the format: 2
  SnapshotKind kind;
  std::uint64_t epoch;       ///< number of changes to the peer, or to the prekeys, before it
  std::size_t sealed_bytes;  ///< what follows the header: nonce, ciphertext and tag
};

/// Bytes of a snapshot beside its content: magic 8, version 1, kind 1, epoch 8, nonce 12, tag 16.
inline constexpr std::size_t snapshot_overhead_bytes = 46;

/// Seal what the transaction holds of a peer. The snapshot is released against the transaction's
/// commit only, since keys in a snapshot of what was never stored would serve twice. The nonce is
/// derived from the content; nothing is drawn. Errors: as for any operation of `Transaction`,
/// `weak_key` (a key that is all zero, or was moved from; nothing else is looked at), `no_session`
/// (nothing was ever held of the peer).
[[nodiscard]] Result<PendingBytes> save_peer(Transaction& tx, const Address& peer,
                                             const SnapshotKey& key) noexcept;

/// Seal the prekeys, in the same way. Errors: as for any operation of `Transaction`, `weak_key`.
[[nodiscard]] Result<PendingBytes> save_prekeys(Transaction& tx, const SnapshotKey& key) noexcept;

/// Put back what a snapshot holds of a peer: all of it or, on error, nothing. Only the device that
/// was saved takes it: identity key, `DeviceId` and `RegistrationId` are what they were. It is put
/// where nothing was ever held of the peer, as in an empty store; there, decide between the two
/// ways above. Where something is or was held, keys may have served that the snapshot would use
/// again, and no count of changes tells, for the snapshot may come from before the store was begun.
/// So a snapshot of just what is held is taken, and changes nothing; any other is `rolled_back`,
/// whether it is older or newer [SES-9-1].
///
/// Errors: as for any operation of `Transaction`, `weak_key` (as for `save_peer`), `malformed` (not
/// a snapshot), `old_format` (version 1), `unsupported_version`, `corrupted` (altered, cut, sealed
/// under another key, or of another kind, device or peer), `own_identity` (the peer has our
/// identity key, and `DeviceLimits::shared_identity_name` does not allow it), `identity_changed`
/// (another identity is accepted now; see `Transaction::accept_identity`), `rolled_back`,
/// `identity_in_use` (the peer had proved that its identity key is its own, and another name has it
/// here: the snapshots are of different moments). Snapshots that were saved at one moment are
/// restored in any order [SES-9-4].
[[nodiscard]] Result<void> restore_peer(Transaction& tx, const Address& peer, Bytes snapshot,
                                        const SnapshotKey& key) noexcept;

/// Put back the prekeys that a snapshot holds, under the same rules: where none were made or taken
/// in before, since others may have those already. So a device that has uploaded keeps what it has,
/// and so does the service. Errors: as for any operation of `Transaction`,
/// `weak_key`, `malformed`, `old_format`, `unsupported_version`, `corrupted`, `rolled_back`.
[[nodiscard]] Result<void> restore_prekeys(Transaction& tx, Bytes snapshot,
                                           const SnapshotKey& key) noexcept;

/// Read a snapshot's header. Errors: `malformed`, `old_format`, `unsupported_version`.
[[nodiscard]] Result<SnapshotHeader> inspect_snapshot(Bytes snapshot) noexcept;

}  // namespace sotto
