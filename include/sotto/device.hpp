// SPDX-License-Identifier: MIT OR Apache-2.0
/// A device of ours: an identity, prekeys, and sessions with the devices of others, over a store.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <sotto/address.hpp>
#include <sotto/commit_number.hpp>
#include <sotto/entropy.hpp>
#include <sotto/keys.hpp>
#include <sotto/prekeys.hpp>
#include <sotto/session.hpp>
#include <sotto/store.hpp>
#include <sotto/transaction.hpp>

namespace sotto {

/// The key under which everything stored is sealed: 32 random bytes that the app keeps in the
/// system's keyring, and makes a key again by `StorageKey::from`. The keys of rows are derived from
/// it and the device's identity; values are sealed with AES-256-GCM-SIV (RFC 8452), with the row's
/// key authenticated.
using StorageKey = Secret<struct StorageKeyRole, 32>;

struct DeviceLimits {
  SessionLimits sessions;
  PrekeyPolicy prekeys;
  /// Peers held in memory between transactions; 0 reads all from the store every time.
  std::uint32_t max_cached_peers = 64;
  /// The name of our own account, if its devices share one identity key, as Signal's linked devices
  /// do. Peers of this name may then have our identity key; peers of other names may not. A message
  /// of this device itself opens nowhere all the same, and its bundle is `own_identity` for as long
  /// as the device keeps the signed prekey in it. Nothing tells an older bundle of this device from
  /// one of another device: a service that hands one out as such has messages sealed that nobody
  /// opens. If the name is empty, no peer may have our identity key.
  AccountName shared_identity_name;
};

namespace session {
class Home;
struct ReleaseHome {
  void operator()(Home* home) const noexcept;
};
using HomeHandle = std::unique_ptr<Home, ReleaseHome>;
}  // namespace session

/// A device of ours. All its state is in the store; the object holds a copy of the identity, and a
/// cache. The object can be moved at any time, and so can its store. A device may be destroyed
/// before its transactions.
///
/// A device does one thing at a time, and never waits: its functions answer `wrong_state` while a
/// transaction of the device is open, while another thread is inside one of them or inside another
/// device over the same store object, and in a forked process. So a thread or process that works by
/// itself opens a device of its own, over a store object of its own. The functions answer
/// `consumed` when the device was moved from, or its store has been destroyed.
///
/// A device knows how far its store has come. It answers `rolled_back`, and from then on nothing
/// else, when the store goes back while it is open, or did not keep what it said it had stored;
/// also when other processes have committed there since, up to eight of them. It answers
/// `not_set_up`, and from then on nothing else, when it finds that the device was erased (`erase`),
/// here or by another process, whether or not another device has been set up in the store since.
class Device {
 public:
  /// Set up a new device in an empty store. The device keeps no copy of `key`. Errors:
  /// `already_exists` (the store holds rows: open the device, or `erase` it), `invalid_argument`
  /// (the name in `limits` is too long), `weak_key` (an identity or storage key that was moved
  /// from, or is all zero), `consumed`
  /// (the store was moved from), `wrong_state` (the store was opened by another process, another
  /// thread is inside a device over it, or the app is reading in it: in a database of the app's, by
  /// a transaction or a statement over the same handle, and `Store::failure` says so),
  /// `store_failed`, `outcome_unknown`, `out_of_memory`, `backend_unavailable`.
  [[nodiscard]] static Result<Device> create(Store& store, const StorageKey& key,
                                             const IdentityKeyPair& identity, DeviceId device,
                                             RegistrationId registration,
                                             const DeviceLimits& limits = {}) noexcept;

  /// Open the device that a store holds. This reads all rows once and compares them with a sealed
  /// digest. Rows of sessions are compared with their peer's row whenever the peer is read. So a
  /// row that was altered, exchanged, put back or removed without the key is noticed, at the latest
  /// when it is used. A row that was added under the name of a session that does not exist yet is
  /// noticed when that session is stored.
  ///
  /// The digest cannot show that the whole store is an old copy. To notice that, keep
  /// `Committed::number` of the last commit outside of the store, and hand it in as `at_least`.
  ///
  /// Errors: `rolled_back` (the store's last commit is below `at_least`, or the store is empty
  /// though `at_least` is not 0), `not_set_up` (the store is empty), `corrupted` (a row was
  /// altered, the storage key is another one, or there are rows but no device), `weak_key` (a
  /// storage key that was moved from, or is all zero), `invalid_argument` (the name in `limits` is
  /// too long), `consumed` and `wrong_state` (as for `create`), `outcome_unknown`, `old_format` (an
  /// earlier version of the library stored it), `unsupported_version` (a later one did), `conflict`
  /// (others commit faster than the rows can be read, in a store that cannot show those of one
  /// moment, or erase and set up devices there: call it again after a while), `store_failed`,
  /// `out_of_memory`, `backend_unavailable`.
  [[nodiscard]] static Result<Device> open(Store& store, const StorageKey& key,
                                           CommitNumber at_least = {},
                                           const DeviceLimits& limits = {}) noexcept;

  /// Erase the device that a store holds, in one commit: to log out, or to set the device up anew
  /// after `rolled_back`, `corrupted` or `old_format`. All rows go, whatever stands in them: those
  /// of the device and of its messenger, and those that the app wrote by `Transaction::put`, for
  /// they are sealed under a key that goes with the device. So read first what is to be kept.
  /// Tables of the app's own in the same database stay. No storage key is needed, and the rows may
  /// be damaged. An empty store is no error: after a crash, or `outcome_unknown`, call it again.
  ///
  /// Afterwards:
  ///
  ///   - The store's files still hold what was erased, until `Store::purge`.
  ///   - Every object that has this device open, here or in another process, answers `not_set_up`
  ///     to each call that looks at the store, `last_commit` too, also if another device stands in
  ///     the store by then. It holds keys in memory until it is destroyed. Whoever can write the
  ///     store can bring this answer about without `erase`, so it is no reason to let the number of
  ///     the last commit go.
  ///   - A new device in the store counts its commits from 1. An app that keeps the number of the
  ///     last commit elsewhere lets that number go, after this and not before; `open` answers
  ///     `rolled_back` in between, and `create` succeeds.
  ///   - Give the new device another storage key, and destroy the old one: an old copy of the store
  ///     opens under the old key, and its numbers may be higher than the new ones.
  ///   - The service still hands out the prekeys of the erased device, and messages to them are
  ///     lost. At a log-out, have it remove the device before this. A new device uploads prekeys,
  ///     which replace the others, and draws another registration id. Unless it keeps the identity
  ///     key, peers are told `identity_changed`.
  ///
  /// Errors: `conflict` (others commit faster than the rows can be read, or another process has set
  /// up a device or replaced the storage key meanwhile: look again), `consumed` and `wrong_state`
  /// (as for `create`), `corrupted` (rows that no commit can have written, or a damaged database,
  /// such as one that does not find a row by the key under which it lists it; some rows may be
  /// erased and others not: remove its files), `store_failed`, `outcome_unknown`, `out_of_memory`.
  [[nodiscard]] static Result<void> erase(Store& store) noexcept;

  Device(Device&&) noexcept;
  Device& operator=(Device&&) noexcept;
  ~Device();

  /// What the device was created with: our identity key, the number of this device in our account,
  /// and its registration id. All three are zero after the device was moved from.
  [[nodiscard]] const IdentityPublic& identity() const noexcept;
  [[nodiscard]] DeviceId number() const noexcept;
  [[nodiscard]] RegistrationId registration() const noexcept;

  /// The number of the last commit of this device, here or by another object over the same rows. To
  /// be kept elsewhere, and given to `open`. This looks at the store. If the store cannot be read,
  /// or its last commit is in doubt, this returns the last number that is known, which may be kept
  /// as well. Errors: `wrong_state`, `consumed`, `rolled_back`, `not_set_up` (the device was
  /// erased), `corrupted`, `unsupported_version`. On an error, keep the number that was kept, or
  /// none if the app itself erased the device.
  [[nodiscard]] Result<CommitNumber> last_commit() noexcept;

  /// Begin a transaction. Errors: `wrong_state`, `consumed`, `rolled_back`, `not_set_up` (the
  /// device was erased), `outcome_unknown` (the store still cannot tell whether the last commit
  /// happened), `store_failed`, `corrupted`, `unsupported_version`, `out_of_memory`.
  [[nodiscard]] Result<Transaction> begin() noexcept;

  /// `Transaction::connect` in a transaction of its own. After `conflict`, call it again. Errors:
  /// as `Transaction::connect`, as `begin`, and as `Transaction::commit`.
  [[nodiscard]] Result<void> connect(const Address& peer, RegistrationId registration,
                                     const VerifiedBundle& bundle, Entropy& entropy,
                                     Instant now) noexcept;

  /// `Transaction::encrypt` in a transaction of its own. Writes the message into `out`, of at least
  /// `max_message_size(plaintext.size())` bytes. After `conflict`, call it again. Errors:
  /// `buffer_too_small`, `buffers_overlap`, and as `Transaction::encrypt`, as `begin`, and as
  /// `Transaction::commit`.
  [[nodiscard]] Result<Message> encrypt(MutableBytes out, const Address& peer, Bytes plaintext,
                                        Instant now) noexcept;

  /// `Transaction::decrypt` in a transaction of its own. After `conflict`, call it again.
  /// `outcome_unknown` means that the message may count as opened. The device then keeps the
  /// plaintext in memory, for the last 16 such messages, and returns it when the same message is
  /// handed in again, unless the sender was forgotten or another identity accepted for it since. An
  /// app that must not lose a message stores the plaintext in a row, in one transaction with
  /// `Transaction::decrypt`. Errors: as `Transaction::decrypt`, as `begin`, and as
  /// `Transaction::commit`.
  [[nodiscard]] Result<Opened> decrypt(MutableBytes out, const Address& peer, MessageKind kind,
                                       Bytes message, Entropy& entropy, Instant now) noexcept;

  /// As `Transaction::offered_identity`. Errors: `invalid_argument` (the name is empty or longer
  /// than 255 bytes), `wrong_state`, `consumed`, `rolled_back`, `not_set_up`.
  [[nodiscard]] Result<std::optional<IdentityPublic>> offered_identity(
      const Address& peer) noexcept;

  /// Replace the storage key, in one commit. After a crash, or `outcome_unknown`, one of the two
  /// keys opens the device: keep both until one has opened it. When two processes do this at the
  /// same time, one of them succeeds. Returns the number of the commit.
  ///
  /// Only the device's own row is sealed anew, since that row holds the key of all others. So
  /// somebody who has the old storage key and an old copy of the rows can also read what is stored
  /// later. To shut such a thief out, set up a new device. The row under the old key is in the
  /// store's files until `purge`.
  /// Errors: `weak_key` (the new key was moved from, or is all zero), `conflict` (another process
  /// replaced the key: open the device with that one), and as `begin`, and as
  /// `Transaction::commit`.
  [[nodiscard]] Result<CommitNumber> rotate_storage_key(const StorageKey& key) noexcept;

  /// As `Store::purge`. Errors: `wrong_state`, `consumed`, `rolled_back`, `not_set_up`, and as
  /// `Store::purge`.
  [[nodiscard]] Result<void> purge() noexcept;

  /// For rooms of the library itself: something is about to be erased, whatever the commit answers.
  void owe_purge() noexcept;
  /// For rooms of the library itself: `purge`, if that is owed since the last one; at a start it
  /// is. Errors: as `purge`.
  [[nodiscard]] Result<void> purge_if_due() noexcept;
  /// For rooms of the library itself: another object for the same device, which both keep alive.
  [[nodiscard]] Device share() const noexcept;
  explicit Device(session::HomeHandle home) noexcept;
  [[nodiscard]] session::Home& home() noexcept { return *home_; }

 private:
  session::HomeHandle home_;
};

}  // namespace sotto
