// SPDX-License-Identifier: MIT OR Apache-2.0
/// A device of ours: an identity, prekeys, and sessions with the devices of others, over a store.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

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
/// system's keyring. The keys of rows are derived from it and the device's identity; values are
/// sealed with AES-256-GCM-SIV (RFC 8452), with the row's key authenticated.
using StorageKey = Secret<struct StorageKeyRole, 32>;

struct DeviceLimits {
  SessionLimits sessions;
  PrekeyPolicy prekeys;
  /// Peers held in memory between transactions; 0 reads all from the store every time.
  std::uint32_t max_cached_peers = 64;
  /// The name of our own account, when its devices share one identity key, as Signal's linked
  /// devices do; copied. Our identity is then taken for that of the other devices of this name, and
  /// of nobody else; a message or bundle of this very device is still refused. Empty: our identity
  /// is `own_identity` for every peer.
  std::string_view shared_identity_name;
};

namespace session {
class Home;
struct ReleaseHome {
  void operator()(Home* home) const noexcept;
};
using HomeHandle = std::unique_ptr<Home, ReleaseHome>;
}  // namespace session

/// A device of ours. Everything that changes is in the store; the object holds the identity and a
/// cache besides. It can be moved at any time, its store too, and it may end before its
/// transactions.
///
/// A device does one thing at a time, and waits for nothing: while a transaction of it is open, and
/// while another thread uses it, its functions answer `wrong_state`. So they do in a process that
/// was forked off. Every thread and process that is to go on by itself opens a device of its own,
/// over a store object of its own. Functions of a device that was moved from, or whose store has
/// ended, answer `consumed`.
///
/// A device knows how far its store has come. It answers `rolled_back`, and from then on nothing
/// else, when the store goes back while it is open, or did not keep what it said it had stored. It
/// cannot tell when another process has committed more since than was lost.
class Device {
 public:
  /// Set up a new device in an empty store. Nothing of `key` is kept. Errors: `already_exists`
  /// (something is stored there), `invalid_argument` (the name in `limits` is too long), `weak_key`
  /// (an identity or storage key that was moved from), `consumed` and `wrong_state` (the store was
  /// moved from, or belongs to another process), `store_failed`, `outcome_unknown`,
  /// `out_of_memory`, `backend_unavailable`.
  [[nodiscard]] static Result<Device> create(Store& store, const StorageKey& key,
                                             const IdentityKeyPair& identity, DeviceId device,
                                             RegistrationId registration,
                                             const DeviceLimits& limits = {}) noexcept;

  /// Open the device that a store holds. Its rows are read once and compared with their sealed
  /// digest; rows of sessions are compared with their peer's whenever it is read. So none was put
  /// back, exchanged or taken out without the key, and one that was altered does not open. A row of
  /// a session that nobody names is found once its name is needed.
  /// That the store as a whole is an old one shows only to an app that kept the number of its last
  /// commit elsewhere: `at_least`. Errors: `rolled_back` (the store is older, or empty),
  /// `not_set_up` (the store is empty), `corrupted` (also: another key, or rows without a device),
  /// `weak_key` and `invalid_argument` as `create`, `consumed`, `wrong_state`, `outcome_unknown`,
  /// `old_format`, `unsupported_version`, `conflict` (others write faster than the rows can be
  /// read), `store_failed`, `out_of_memory`, `backend_unavailable`.
  [[nodiscard]] static Result<Device> open(Store& store, const StorageKey& key,
                                           CommitNumber at_least = {},
                                           const DeviceLimits& limits = {}) noexcept;

  Device(Device&&) noexcept;
  Device& operator=(Device&&) noexcept;
  ~Device();

  /// Who it is: our identity key, the number of this device in our account, and its registration
  /// id, as `create` was given them. Of a device that was moved from all three are zero, which no
  /// device is.
  [[nodiscard]] const IdentityPublic& identity() const noexcept;
  [[nodiscard]] DeviceId number() const noexcept;
  [[nodiscard]] RegistrationId registration() const noexcept;

  /// The last commit of this device, or of another over the same rows, that this object knows of:
  /// what `Committed::number` said, or was found at `open`. To be kept elsewhere, and given to
  /// `open`. Errors: `wrong_state`, `consumed`.
  [[nodiscard]] Result<CommitNumber> last_commit() noexcept;

  /// Begin a unit of work. Errors: `wrong_state`, `consumed`, `rolled_back`; `outcome_unknown` as
  /// long as the store cannot tell whether the last commit happened; `store_failed`, `corrupted`,
  /// `unsupported_version`, `out_of_memory`.
  [[nodiscard]] Result<Transaction> begin() noexcept;

  /// One operation as a transaction of its own; arguments and errors as there, and those of `begin`
  /// and `commit`. After `conflict`, call again. `encrypt` writes into `out`, which holds
  /// `max_message_size(plaintext.size())` bytes; errors also `buffer_too_small`, `buffers_overlap`.
  /// When `decrypt` answers `outcome_unknown`, the message may count as opened, and gives its
  /// plaintext when it comes again to this object: the last 16 such messages wait in memory. Who
  /// must not lose a message keeps its plaintext in a row, in one transaction with `decrypt`.
  [[nodiscard]] Result<void> connect(const Address& peer, RegistrationId registration,
                                     const VerifiedBundle& bundle, Entropy& entropy,
                                     Instant now) noexcept;
  [[nodiscard]] Result<Message> encrypt(MutableBytes out, const Address& peer, Bytes plaintext,
                                        Instant now) noexcept;
  [[nodiscard]] Result<Opened> decrypt(MutableBytes out, const Address& peer, MessageKind kind,
                                       Bytes message, Entropy& entropy, Instant now) noexcept;

  /// As `Transaction::offered_identity`.
  [[nodiscard]] Result<std::optional<IdentityPublic>> offered_identity() noexcept;

  /// Another storage key in place of the one that the device was opened with: one commit, so that
  /// after an interruption one of the two opens it: keep both until it is known which. Only the
  /// key's wrapping is written anew. So whoever has both the old key and a copy of the rows from
  /// before can read what is stored later as well; to shut such a thief out, set up a new device.
  /// When two processes do this at once the last one's key holds. Returns the number of the commit.
  /// Errors: `weak_key` (a key that was moved from), as `begin`, and of `Transaction::commit`.
  [[nodiscard]] Result<CommitNumber> rotate_storage_key(const StorageKey& key) noexcept;

  /// As `Store::purge`. Errors: also `wrong_state`, `consumed`.
  [[nodiscard]] Result<void> purge() noexcept;

  /// For rooms of the library itself: `purge`, if something was erased (`erased`, or in an earlier
  /// call) and not purged since; at a start it may have been.
  [[nodiscard]] Result<void> purge_if_due(bool erased) noexcept;
  /// For rooms of the library itself: another object for the same device, which both keep alive.
  [[nodiscard]] Device share() const noexcept;
  explicit Device(session::HomeHandle home) noexcept;
  [[nodiscard]] session::Home& home() noexcept { return *home_; }

 private:
  session::HomeHandle home_;
};

}  // namespace sotto
