// SPDX-License-Identifier: MIT OR Apache-2.0
/// A unit of work of a device: what happens in it is stored all together, or did not happen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include <sotto/address.hpp>
#include <sotto/entropy.hpp>
#include <sotto/prekeys.hpp>
#include <sotto/session.hpp>
#include <sotto/store.hpp>
#include <sotto/wire.hpp>

namespace sotto {

/// Shows that a transaction has been committed; only `Transaction::commit` makes one.
class Committed {
 public:
  /// What the store stands at now. An app that keeps this elsewhere can tell at `Device::open` that
  /// the whole store was set back.
  [[nodiscard]] Revision revision() const noexcept { return revision_; }

 private:
  friend class Transaction;
  friend class Unsent;
  Committed(Revision revision, std::uint64_t transaction) noexcept
      : revision_(revision), transaction_(transaction) {}
  Revision revision_;
  std::uint64_t transaction_;
};

/// A message whose number is not yet stored as spent. It must not leave before it is, for another
/// could then be sealed under the same key; so its bytes come out against a `Committed` only.
class Unsent {
 public:
  [[nodiscard]] MessageKind kind() const noexcept { return message_.kind; }
  [[nodiscard]] std::size_t size() const noexcept { return message_.bytes.size(); }

  /// The message, to be sent. Errors: `conflict` when `committed` is of another transaction.
  [[nodiscard]] Result<Message> release(const Committed& committed) const noexcept {
    if (committed.transaction_ != transaction_) return std::unexpected(Error::conflict);
    return message_;
  }

 private:
  friend class Transaction;
  Unsent(const Message& message, std::uint64_t transaction) noexcept
      : message_(message), transaction_(transaction) {}
  Message message_;
  std::uint64_t transaction_;
};

namespace session {
class Work;
}

/// Begun by `Device::begin`, ended by `commit`; dropped, it leaves nothing behind. An operation
/// that fails leaves the transaction as it was before it, and usable. The device must outlive it
/// and not move. One transaction of a device at a time; other devices, threads and processes over
/// the same rows do as they like, and whoever commits second gets `conflict`.
///
/// Any operation may also answer `store_failed`, `corrupted`, `unsupported_version` (rows of a
/// newer program), `out_of_memory`, `backend_unavailable`, `malformed` for an address that is none,
/// and `conflict` when others change a peer's rows faster than they can be read.
class Transaction {
 public:
  Transaction(Transaction&&) noexcept;
  Transaction& operator=(Transaction&&) noexcept;
  ~Transaction();

  /// Begin a session with `peer` from its bundle; nothing is sent until `encrypt`. Draws 64 bytes.
  /// Errors: `own_identity`, `identity_changed`, `identity_in_use`, `stale_bundle`, `exhausted`,
  /// `weak_key`, `entropy_failed`.
  [[nodiscard]] Result<void> connect(const Address& peer, RegistrationId registration,
                                     const VerifiedBundle& bundle, Entropy& entropy,
                                     Instant now) noexcept;

  /// Encrypt a message to `peer` into `out`, which holds `max_message_size(plaintext.size())` bytes
  /// and must outlive the transaction: it is zeroed when the commit fails or never comes. Draws
  /// nothing.
  /// Errors: `no_session`, `exhausted`, `buffer_too_small`, `buffers_overlap`.
  [[nodiscard]] Result<Unsent> encrypt(MutableBytes out, const Address& peer, Bytes plaintext,
                                       Instant now) noexcept;

  /// Open a message from `peer` into `out`, which holds `message.size()` bytes and does not overlap
  /// it. Acknowledge the message to whoever delivered it after the commit, not before. Draws 32
  /// bytes when the message brings a new ratchet key, whatever session it belongs to.
  /// Errors: `malformed`, `unsupported_version`, `no_session`, `authentication_failed`, `replayed`,
  /// `too_far_ahead`, `weak_key`, `own_identity`, `identity_changed`, `identity_in_use`,
  /// `unknown_prekey`, `exhausted`, `entropy_failed`, `buffer_too_small`, `buffers_overlap`.
  [[nodiscard]] Result<Opened> decrypt(MutableBytes out, const Address& peer, MessageKind kind,
                                       Bytes message, Entropy& entropy, Instant now) noexcept;

  /// The identity accepted for `peer`, on first use or by `accept_identity`.
  [[nodiscard]] Result<std::optional<IdentityPublic>> identity(const Address& peer) noexcept;

  /// The user has compared safety numbers: `identity` is the peer's from now on. All sessions under
  /// another identity are erased. Errors: `weak_key`, `own_identity`, `identity_in_use`.
  [[nodiscard]] Result<void> accept_identity(const Address& peer,
                                             const IdentityPublic& identity) noexcept;

  [[nodiscard]] Result<SessionInfo> info(const Address& peer, Instant now) noexcept;

  /// Erase all sessions with `peer`; the identity stays accepted.
  [[nodiscard]] Result<void> erase_sessions(const Address& peer) noexcept;

  /// Top up the one-time prekeys to `PrekeyPolicy::batch`; returns how many were made. Draws 32
  /// bytes for each. Errors: `entropy_failed`.
  [[nodiscard]] Result<std::uint32_t> replenish(Entropy& entropy) noexcept;

  /// Make a new signed prekey the current one, and destroy those whose overlap is over. Draws 96
  /// bytes. Errors: `entropy_failed`.
  [[nodiscard]] Result<void> rotate_signed_prekey(Entropy& entropy, Instant now) noexcept;

  /// Take in prekeys made elsewhere (another library's, a vector's): a one-time prekey as not yet
  /// published, a signed one as the current one. Errors: `conflict` when there is one of that id,
  /// `weak_key` for a pair that was moved from.
  [[nodiscard]] Result<void> import_prekey(const OneTimePrekey& prekey) noexcept;
  [[nodiscard]] Result<void> import_prekey(const SignedPrekey& prekey, Instant now) noexcept;

  [[nodiscard]] Result<PrekeyStatus> prekey_status(Instant now) noexcept;

  /// The current signed prekey and, if asked and there is one that was not given out yet, a
  /// one-time prekey, which is marked as published. For a service that hands out bundles itself,
  /// see `unpublished`. Errors: `unknown_prekey` when there is no signed prekey.
  [[nodiscard]] Result<wire::DeviceBundle> bundle(bool with_one_time) noexcept;

  /// Fill `out` with one-time prekeys not yet published, oldest first; returns the part used, and
  /// marks them as published.
  [[nodiscard]] Result<std::span<Bundle::OneTime>> publish(std::span<Bundle::OneTime> out) noexcept;

  /// Rows of the app's own, stored and sealed like the device's and in the same commit: an inbox,
  /// an outbox. Keys are 1 to 400 bytes. `get` writes at most `out.size()` bytes and returns the
  /// part used, or nothing when there is no such row. Errors: `malformed` (key),
  /// `buffer_too_small`. A message is stored as its kind (1 byte) and its bytes; one of another
  /// transaction is `conflict`. A value that is too long for a store is `malformed`.
  [[nodiscard]] Result<void> put(Bytes key, Bytes value) noexcept;
  [[nodiscard]] Result<void> put(Bytes key, const Unsent& message) noexcept;
  [[nodiscard]] Result<void> erase(Bytes key) noexcept;
  [[nodiscard]] Result<std::optional<MutableBytes>> get(MutableBytes out, Bytes key) noexcept;

  /// The key of the first row of the app's that starts with `prefix` and lies behind `after`; into
  /// `out`, of at least 400 bytes. Sees what this transaction changed.
  [[nodiscard]] Result<std::optional<MutableBytes>> next(MutableBytes out, Bytes prefix,
                                                         Bytes after) noexcept;

  /// Store all of it. On error nothing is stored, messages encrypted in it are zeroed, and the
  /// device forgets what it held in memory of the peers concerned. Errors: `conflict`,
  /// `store_failed`, `out_of_memory`.
  [[nodiscard]] Result<Committed> commit() && noexcept;

  /// For rooms of the library itself.
  explicit Transaction(std::unique_ptr<session::Work> work) noexcept;
  [[nodiscard]] session::Work& work() noexcept { return *work_; }

 private:
  std::unique_ptr<session::Work> work_;
};

}  // namespace sotto
