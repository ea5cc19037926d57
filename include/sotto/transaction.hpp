// SPDX-License-Identifier: MIT OR Apache-2.0
/// A unit of work of a device: what happens in it is stored all together, or did not happen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include <sotto/address.hpp>
#include <sotto/committed.hpp>
#include <sotto/entropy.hpp>
#include <sotto/prekeys.hpp>
#include <sotto/session.hpp>
#include <sotto/store.hpp>
#include <sotto/unopened.hpp>
#include <sotto/wire.hpp>

namespace sotto {

namespace session {
class Inside;
class Work;
}  // namespace session
namespace messenger {
class Desk;
}

/// A unit of work of a device. `Device::begin` begins it, `commit` stores it and ends it. A
/// transaction that is destroyed without `commit` changes nothing. An operation that fails leaves
/// the transaction as it was, and usable. A device has one transaction at a time. Other devices and
/// processes over the same rows may work at the same time; of two that touched the same rows, the
/// second to commit gets `conflict`. There is one exception: if a commit fails, and another process
/// has stored exactly the same rows at that moment, this one answers that it is done. That cannot
/// happen to a transaction in which a message was encrypted.
///
/// All that a transaction reads was so at one moment [SES-9-3]. If others have changed some of what
/// it has read when it reads more, that operation answers `conflict`. So an answer, and a refusal
/// too, never rests on rows of two moments. After a `conflict` the transaction can read no more:
/// begin another one.
///
/// What an operation seals for others, or publishes, stays in the transaction until `commit`, which
/// returns the `Committed` that releases it.
///
/// Any operation, and `commit`, may also answer `consumed` (the transaction was committed, or could
/// not be, or was moved from; or its store has been destroyed), `wrong_state` (another thread is
/// inside an operation, or this is a forked process), `store_failed`, `outcome_unknown` (the store
/// has to find out about an earlier commit first), `rolled_back` (a row is older than it was),
/// `not_set_up` (the device was erased meanwhile), `corrupted`, `old_format` and
/// `unsupported_version` (rows of an earlier or later version of the library), `out_of_memory`, and
/// `backend_unavailable`. Operations that take an `Address` may also answer `invalid_argument` (the
/// name is empty or longer than 255 bytes). Operations that read rows may also answer `conflict`
/// (others have changed rows that the transaction has read, or change a peer's rows faster than
/// they can be read).
class Transaction {
 public:
  Transaction(Transaction&&) noexcept;
  Transaction& operator=(Transaction&&) noexcept;
  ~Transaction();

  /// Begin a session with `peer` from its bundle. Nothing is sent until `encrypt`. Nothing in a
  /// bundle proves that it is the peer's. The proof is the peer's first answer, or that the person
  /// compared safety numbers (`accept_identity`). Until then, another name may prove that the
  /// identity key is its own; `encrypt` to this peer then answers `identity_in_use`.
  ///
  /// `identity_in_use` says that another name has proved the bundle's identity key (`owner_of`),
  /// and nothing against either person. The person with that name is called `peer` now
  /// (`rename_account`); or whoever served the bundle took one person for another, or did so on
  /// purpose: fetch it again.
  ///
  /// `stale_bundle` says that the bundle's signed prekey was seen in a bundle of the peer's before
  /// another one was. Nothing shows which of the two the peer made later: an old one that was not
  /// seen here before, or is not among the last nine, is taken. Fetch the bundle again. If the same
  /// one comes, there is no other way but to wait: a message of the peer's opens, and the peer
  /// makes a new signed prekey within `PrekeyPolicy::rotate_after`. (`forget` would take any, but
  /// gives up the identity too.)
  ///
  /// Draws 64 bytes. Errors: `malformed` (the bundle names another device than `peer`: the service
  /// handed out the wrong one, or the program took one for the other), `own_identity`,
  /// `identity_changed`, `identity_in_use`, `stale_bundle`, `exhausted`, `entropy_failed`.
  [[nodiscard]] Result<void> connect(const Address& peer, RegistrationId registration,
                                     const VerifiedBundle& bundle, Entropy& entropy,
                                     Instant now) noexcept;

  /// Encrypt a message to `peer`. The transaction keeps the message until the commit, and zeroes it
  /// if there is no commit. Draws nothing.
  /// Errors: `no_session`, `identity_in_use` (the peer has not proved that its identity key is its
  /// own, and another name has), `too_large`, `exhausted`.
  [[nodiscard]] Result<Unsent> encrypt(const Address& peer, Bytes plaintext, Instant now) noexcept;

  /// Open a message from `peer` into `out`, of at least `message.size()` bytes, which does not
  /// overlap `message`. Acknowledge the message to the service after the commit, not before. Draws
  /// 32 bytes if the message brings a new ratchet key, whatever session it belongs to.
  ///
  /// `identity_changed` and `identity_in_use` are answered only if the message opens under the
  /// identity key that it names, so its sender holds that key. `offered_identity` returns the key,
  /// and `owner_of` the other name to which it belongs.
  /// The plaintext is not returned. After `identity_changed`, the same message opens once
  /// `accept_identity` has taken that key. After `identity_in_use`, it opens once the other name
  /// has become this one (`rename_account`); once that name was forgotten (`forget`) only if its
  /// session did not begin under that name, else it is `unknown_prekey`. `no_session` is answered
  /// also if the message opens in no session, but may belong to one that was archived
  /// `max_archived_age` ago or longer, and is not tried for that. What becomes of a message
  /// that was refused, by error: `unopened` (<sotto/unopened.hpp>).
  ///
  /// `exhausted` is answered to a first message without one-time prekey. The signed prekey that it
  /// names has served as many of these as it may: `PrekeyPolicy::max_last_resort` in all, or
  /// `max_last_resort_per_name` of this name. The next ones are refused too. `connect` to the
  /// sender, and that conversation goes on. For the others, upload one-time prekeys, which the
  /// service must have lacked (`prekeys_to_upload`), and make another signed prekey, if it is not
  /// made by that (`rotate_signed_prekey`). The other cause, 2^32 - 1 sessions with one peer or
  /// chains in one session, takes a peer who does nothing else.
  ///
  /// Errors: `malformed` (also: no such kind), `too_large`, `unsupported_version`, `no_session`,
  /// `authentication_failed`, `replayed`, `too_far_ahead`, `weak_key`, `own_identity`,
  /// `identity_changed`, `identity_in_use`, `unknown_prekey`, `exhausted`, `entropy_failed`,
  /// `buffer_too_small`, `buffers_overlap`.
  [[nodiscard]] Result<Opened> decrypt(MutableBytes out, const Address& peer, MessageKind kind,
                                       Bytes message, Entropy& entropy, Instant now) noexcept;

  /// The identity accepted for `peer`, on first use or by `accept_identity`. If the store was set
  /// back after the transaction began, this answers `rolled_back`, and so do `info`, `owner_of`,
  /// `next_device`, `next_peer` and `prekey_status`. Only a successful `commit` shows that what was
  /// read is still so, and that the rows of the app were not set back.
  [[nodiscard]] Result<std::optional<IdentityPublic>> identity(const Address& peer) noexcept;

  /// The identity key that a message or bundle of `peer` showed, and was refused for as
  /// `identity_changed` or `identity_in_use`: that of the last such message; else that of the last
  /// such bundle; else nothing. Compare it with the person, and hand the key that was compared to
  /// `accept_identity`, not what this returns by then: another message may have shown another key.
  ///
  /// The device keeps the key whether or not the transaction is committed, until it commits another
  /// identity for `peer`, or none (`accept_identity`, `forget`, `rename_account`), or commits
  /// anything with `peer` when that key is the peer's own. Of what another process accepted it does
  /// not know before: compare with `identity`. It keeps the keys of the last 64 peers. When there
  /// are more, a bundle's key goes first, and then the oldest of those that are one key under most
  /// names: so a stranger who writes under many names with one key drives out no key but its own.
  /// One who makes a key for each of 64 names drives out others. They are in the memory of this
  /// object. When a key was driven out, in another process, and after a restart, hand in the
  /// message again, which was to be kept (`unopened`).
  [[nodiscard]] Result<std::optional<IdentityPublic>> offered_identity(
      const Address& peer) noexcept;

  /// The name to which an identity key belongs, because a message opened under it there, or the
  /// person accepted it; nothing if it belongs to nobody. So after `identity_in_use` the owner of
  /// the `offered_identity` is who was renamed, or whom somebody imitates. The name is written into
  /// `out`, of at least `Address::max_name_bytes`. Errors: `buffer_too_small`.
  [[nodiscard]] Result<std::optional<std::string_view>> owner_of(
      std::span<char> out, const IdentityPublic& identity) noexcept;

  /// Accept `identity` as the peer's, once the person has compared safety numbers. All sessions
  /// under another identity are erased. Another name may then have the identity that was replaced,
  /// unless another device of this name still has it. Errors: `weak_key`, `own_identity`,
  /// `identity_in_use`.
  [[nodiscard]] Result<void> accept_identity(const Address& peer,
                                             const IdentityPublic& identity) noexcept;

  [[nodiscard]] Result<SessionInfo> info(const Address& peer, Instant now) noexcept;

  /// Of the devices of an account of which something is held, the one with the lowest number behind
  /// `after`, or of all; nothing behind the last.
  [[nodiscard]] Result<std::optional<DeviceId>> next_device(
      std::string_view name, const std::optional<DeviceId>& after) noexcept;

  /// The next peer's device of which an identity is held, and sessions if there are any. `after` is
  /// nothing at first, then what was returned last; the order has no meaning. The name is written
  /// into `out`, of at least `Address::max_name_bytes`, where `after` may have its name too. Sees
  /// what this transaction changed. Errors: `buffer_too_small`.
  [[nodiscard]] Result<std::optional<Address>> next_peer(
      std::span<char> out, const std::optional<Address>& after) noexcept;

  /// Erase all sessions with `peer`; the identity stays accepted, and unanswered connects are
  /// counted anew [SES-7-6]. Nothing is stored of a peer of whom nothing was ever held.
  ///
  /// This is for a person, or for what happens once, as a recovery from a backup. An app that does
  /// it by itself before each `connect` has no `max_unanswered_connects`: whoever makes messages
  /// fail can then have it use up the peer's one-time prekeys without end.
  [[nodiscard]] Result<void> erase_sessions(const Address& peer) noexcept;

  /// Erase the sessions with one device and its identity. Another name may then have that identity,
  /// unless another device of this name still has it. A count of changes stays, so that every
  /// snapshot of the peer is refused as `rolled_back` here. Returns of how many devices something
  /// was held, and is no more: 1, or 0 when the name or the number is not that of a peer.
  [[nodiscard]] Result<std::size_t> forget(const Address& peer) noexcept;

  /// `forget`, of all devices of an account; returns of how many something was held. When another
  /// thread or process begins with one more of them meanwhile, whoever commits second has a
  /// `conflict`: none is left over. So it is with `rename_account`.
  [[nodiscard]] Result<std::size_t> forget_account(std::string_view name) noexcept;

  /// The account `from` has the name `to` from now on: all its devices move there, with sessions
  /// and identities, beside devices that are known under `to` already, as when a device that is new
  /// to us has written under the new name. Returns how many devices moved. 0 means that nothing is
  /// held under `from`: so it is after the first of two such calls, and when a name is misspelt or
  /// the two names are reversed.
  ///
  /// Until this is called, what an account sends under a new name, of which nothing is held, comes
  /// as from a stranger: a message of a session that it has is `no_session`, which is lost, and a
  /// first message is `identity_in_use`.
  ///
  /// If `from` is our own account (`DeviceLimits::shared_identity_name`), this device takes the new
  /// name for its own too, whether or not anything is held, until it is closed; hand in the new
  /// name when opening it again. Another process that has the device open is not told: it calls
  /// this too, or opens the device again, before it deals with devices of either name. If it has
  /// begun with one under the old name, it forgets that first (`forget_account`).
  ///
  /// Errors: `already_exists` (one device number is held under both names, or would be that of this
  /// very device in our own account; nothing moves. `next_device` of the two names tells which:
  /// `forget` the false one, and do this again), `invalid_argument` (both are one name).
  [[nodiscard]] Result<std::size_t> rename_account(std::string_view from,
                                                   std::string_view to) noexcept;

  /// All that the service should be given now, for an app whose service hands out bundles: the
  /// signed prekey when the service has not acknowledged it or says that it has another, and
  /// one-time prekeys up to `PrekeyPolicy::batch` when it has few. What was offered and not
  /// acknowledged is offered again, the same. Rotates a signed prekey that is old or much used, and
  /// destroys what is over. Call it once a day and after every first message; upload what comes out
  /// after the commit, if it is `due`, and tell `prekeys_uploaded` once the service has taken all
  /// of it. Draws 96 bytes for a signed prekey, then 32 for each one-time prekey that it makes; and
  /// 4 before the first of each kind that the device ever makes, or that it makes after the store
  /// went back (`ServiceStock`): its id, from which those of the next ones rise [SES-8-1]. Errors:
  /// `entropy_failed`.
  [[nodiscard]] Result<PendingUpload> prekeys_to_upload(const ServiceStock& stock, Entropy& entropy,
                                                        Instant now) noexcept;
  /// The service has taken the upload. Nothing is acknowledged by one that a later one took the
  /// place of, for it is part of the later one; nor by one that this store does not know any more,
  /// because it is that of before. Errors: `invalid_argument` (no upload of this identity).
  [[nodiscard]] Result<void> prekeys_uploaded(UploadId upload, Instant now) noexcept;

  /// What the prekeys are like; `stock` as for `prekeys_to_upload`. Changes nothing.
  [[nodiscard]] Result<PrekeyStatus> prekey_status(Instant now,
                                                   const ServiceStock& stock = {}) noexcept;

  /// The current signed prekey and, if there is one that was handed out to nobody, a one-time
  /// prekey, which is handed out by this. For an app that passes on bundles itself, without a
  /// service that keeps single prekeys. What is current is what the store says. A device cannot see
  /// that a store was set back before it was opened: the signed prekey may be one that peers have
  /// seen replaced, and to them this bundle is `stale_bundle`. So after a store was set back, or
  /// made anew from snapshots, call `rotate_signed_prekey` first, or `prekeys_to_upload` with
  /// `ServiceStock::not_ours` [SES-8-9]. Errors: `not_set_up` when there is no signed prekey.
  [[nodiscard]] Result<Pending<wire::DeviceBundle>> bundle() noexcept;

  /// The current signed prekey alone, of which the same holds. Errors: `not_set_up` when there is
  /// no signed prekey.
  [[nodiscard]] Result<Pending<wire::DeviceBundle>> last_resort_bundle() noexcept;

  /// Make one-time prekeys for `bundle`, so that `PrekeyPolicy::batch` are handed out to nobody;
  /// returns how many were made. Draws 32 bytes for each, and 4 before the first, as for
  /// `prekeys_to_upload`. Errors: `entropy_failed`.
  [[nodiscard]] Result<std::uint32_t> replenish(Entropy& entropy) noexcept;

  /// Make a new signed prekey the current one, though it may not be due, and destroy what is over.
  /// Draws 96 bytes, and 4 before the first, as for `prekeys_to_upload`. Errors: `entropy_failed`.
  [[nodiscard]] Result<void> rotate_signed_prekey(Entropy& entropy, Instant now) noexcept;

  /// Take in prekeys made elsewhere (another library's, a vector's): a one-time prekey as handed
  /// out to nobody, a signed one as the current one, in the place of the one that was, as with
  /// `rotate_signed_prekey`. Any id will do. Errors: `already_exists` when there is one of that id,
  /// be it the same, `weak_key` for a pair that was moved from; of a one-time prekey
  /// `exhausted` when as many are kept as may be, of a signed one `invalid_argument` when this
  /// identity did not sign it.
  [[nodiscard]] Result<void> import_prekey(const OneTimePrekey& prekey) noexcept;
  [[nodiscard]] Result<void> import_prekey(const SignedPrekey& prekey, Instant now) noexcept;

  /// Write a row of the app's own, such as an entry of an inbox or outbox. It is sealed like the
  /// device's rows, and stored in the same commit. No key names a row of the library's, the
  /// messenger's included. A key has 1 to 400 bytes, and is not encrypted.
  /// Errors: `invalid_argument` (no such key, or a value that is too long for a store).
  [[nodiscard]] Result<void> put(Bytes key, Bytes value) noexcept;
  /// Write a message of this transaction as a row: its kind (1 byte), then its bytes. Errors:
  /// `invalid_argument` (also: a message of another transaction).
  [[nodiscard]] Result<void> put(Bytes key, const Unsent& message) noexcept;
  /// Erase a row of the app's; a row that is missing already is no error. Errors:
  /// `invalid_argument`.
  [[nodiscard]] Result<void> erase(Bytes key) noexcept;
  /// The size of a row's value, or nothing if there is no such row. Errors: `invalid_argument`.
  [[nodiscard]] Result<std::optional<std::size_t>> size(Bytes key) noexcept;
  /// Copy a row's value into `out`, of at least `size(key)` bytes. Returns the part used, or
  /// nothing if there is no such row. Errors: `invalid_argument`, `buffer_too_small`.
  [[nodiscard]] Result<std::optional<MutableBytes>> get(MutableBytes out, Bytes key) noexcept;

  /// The first key of the app's rows, in the order of unsigned bytes, that starts with `prefix` and
  /// lies behind `after`. The key is copied into `out`, of at least 400 bytes, where `after` may
  /// lie too. Sees what this transaction changed. Errors: `invalid_argument` (`prefix` or `after`
  /// is longer than any key), `buffer_too_small`.
  [[nodiscard]] Result<std::optional<MutableBytes>> next(MutableBytes out, Bytes prefix,
                                                         Bytes after) noexcept;

  /// Store all changes in one commit, if every row and peer that the transaction read is still as
  /// it was read. That holds for a transaction without changes too: its `commit` stores nothing,
  /// and succeeds if all that was read is still so. A walk by `next` or `next_peer` reads names
  /// alone. What comes into its range, or leaves it, is a `conflict` if the transaction reads more
  /// after that; `commit` does not notice it. This ends the transaction, whatever the answer,
  /// except for `wrong_state`: the device can begin another.
  ///
  /// On error what was sealed is zeroed, and nothing was stored. The exception is
  /// `outcome_unknown`: the store failed, and cannot say yet whether it stored the changes. Then
  /// begin another transaction, which answers `outcome_unknown` until the store can say. From then
  /// on what is read shows what happened:
  ///
  ///   - If a row that was put here is there, all the changes were stored; else none was.
  ///   - A message that was sealed here can be sent only as it stands in such a row. A message
  ///     without a row is lost: encrypt its plaintext again.
  ///   - If the changes were stored, a message that was opened here is `replayed`, and its
  ///     plaintext is in such a row or nowhere. If not, the message opens.
  ///   - `prekeys_to_upload` offers again what it offered here. The prekey of a `bundle` may never
  ///     be handed out: take another bundle.
  ///   - Everything else can be done again as if nothing had been: it succeeds, or answers
  ///     `already_exists`. Look first where doing it twice differs from doing it once, as when two
  ///     names change places.
  ///
  /// Errors: `conflict`, `rolled_back`, `not_set_up` (the device was erased), `outcome_unknown`,
  /// `store_failed`, `corrupted` (also: rows were changed without the key), `unsupported_version`,
  /// `out_of_memory`.
  [[nodiscard]] Result<Committed> commit() && noexcept;

  /// For rooms of the library itself.
  explicit Transaction(std::unique_ptr<session::Work> work) noexcept;
  [[nodiscard]] session::Work& work() noexcept { return *work_; }

 private:
  friend class session::Inside;
  friend class messenger::Desk;

  /// Whose rows: the first letter of their names. No key of the one reaches a row of the other.
  enum class Space : char { app = 'A', messenger = 'M' };
  [[nodiscard]] Result<void> put(Space space, Bytes key, Bytes value) noexcept;
  [[nodiscard]] Result<void> put(Space space, Bytes key, const Unsent& message) noexcept;
  [[nodiscard]] Result<void> erase(Space space, Bytes key) noexcept;
  [[nodiscard]] Result<std::optional<MutableBytes>> get(Space space, MutableBytes out,
                                                        Bytes key) noexcept;
  [[nodiscard]] Result<std::optional<MutableBytes>> next(Space space, MutableBytes out,
                                                         Bytes prefix, Bytes after) noexcept;

  std::unique_ptr<session::Work> work_;
};

}  // namespace sotto
