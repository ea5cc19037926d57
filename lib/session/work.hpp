// SPDX-License-Identifier: MIT OR Apache-2.0
/// What a transaction holds until its commit.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <sotto/address.hpp>
#include <sotto/committed.hpp>
#include <sotto/store.hpp>

#include "session/growing.hpp"
#include "session/held_peer.hpp"
#include "session/home.hpp"
#include "session/outbox.hpp"
#include "session/prekey_rows.hpp"
#include "session/prekey_source.hpp"
#include "session/read_set.hpp"
#include "session/staged_rows.hpp"

namespace sotto::session {

/// Working copies of peers, staged rows, and what was made to go out. Peers are taken out of the
/// device's cache and come back only when the commit succeeded, or when nothing was done to them;
/// otherwise they end with the transaction, and the next one reads them anew.
class Work {
 public:
  /// Occupies the device until the commit, or until this ends. Who begins is inside, as after
  /// `enter`. Errors: as `Home::occupy`, as `StoreLink::enter`, `out_of_memory`.
  [[nodiscard]] static Result<std::unique_ptr<Work>> begin(Home& home) noexcept;
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;
  ~Work();

  /// One operation at a time, here and in all devices over the store object. For `Inside`, and for
  /// who begins.
  [[nodiscard]] Result<void> enter() noexcept;
  /// To commit: also in a store that went back, or whose device was erased, for the transaction
  /// ends.
  [[nodiscard]] Result<void> enter_at_the_end() noexcept;
  void leave() noexcept;

  [[nodiscard]] Home& home() noexcept { return *home_; }
  [[nodiscard]] std::uint64_t serial() const noexcept { return serial_; }
  [[nodiscard]] StagedRows& rows() noexcept { return rows_; }
  [[nodiscard]] PrekeyRows& prekeys() noexcept { return prekeys_; }
  [[nodiscard]] Outbox& outbox() noexcept { return outbox_; }
  /// A handle on bytes of the outbox.
  [[nodiscard]] PendingBytes pending(std::size_t offset, std::size_t bytes) const noexcept {
    return {serial_, offset, bytes};
  }

  /// Who we are towards a peer, as this transaction has it.
  [[nodiscard]] Self self(const PeerId& peer) const noexcept {
    return home_->self(peer, own_name());
  }
  /// What was read from the store, to be told of each read that does not pass `rows`.
  [[nodiscard]] ReadSet& reads() noexcept { return reads_; }
  /// Before something is told at once. Errors: as `ReadSet::look`.
  [[nodiscard]] Result<void> look() noexcept { return reads_.look(); }

  /// The working copy of a peer, good until the end of the transaction. Errors: `invalid_argument`
  /// for the address, and as `HeldPeer::load`.
  [[nodiscard]] Result<HeldPeer*> peer(const Address& address) noexcept;
  [[nodiscard]] Result<HeldPeer*> peer(const PeerId& id) noexcept;
  /// The working copies so far.
  [[nodiscard]] const Growing<std::unique_ptr<HeldPeer>>& peers() const noexcept { return peers_; }

  /// The row that binds the peer's identity to its name [SES-1-3], if the peer leaving it leaves
  /// nobody of the name who has it; else null.
  [[nodiscard]] Result<StagedRow*> binding_left_by(const HeldPeer& held) noexcept;

  /// The commit withdraws what was offered of a peer's device, though nothing may be held of it.
  /// Errors: `out_of_memory`.
  [[nodiscard]] Result<void> dismiss(const PeerId& device) noexcept;
  /// The same, of all devices of the name that `any` has.
  [[nodiscard]] Result<void> dismiss_account(const PeerId& any) noexcept;

  /// As `Transaction::next_device`, with `any` for the name.
  [[nodiscard]] Result<std::optional<DeviceId>> next_device(
      const PeerId& any, const std::optional<DeviceId>& after) noexcept;

  /// Nothing is held of any device of a name any more [SES-7-3]; returns of how many it was. On
  /// error nothing changed. Errors: as `peer`.
  [[nodiscard]] Result<std::size_t> forget_account(const PeerId& any) noexcept;

  /// All that is held of one name's devices is held of the other's [SES-7-4]; returns how many they
  /// are. On error nothing changed. Errors: `already_exists`, and as `peer`.
  [[nodiscard]] Result<std::size_t> rename_account(const PeerId& from, const PeerId& to) noexcept;

  /// What `Transaction` does; `out` is the caller's to wipe unless the commit succeeds.
  [[nodiscard]] Result<void> connect(const Address& peer, RegistrationId registration,
                                     const VerifiedBundle& bundle, Entropy& entropy,
                                     Instant now) noexcept;
  [[nodiscard]] Result<Opened> decrypt(MutableBytes out, const Address& peer, MessageKind kind,
                                       Bytes message, Entropy& entropy, Instant now) noexcept;
  [[nodiscard]] Result<Message> encrypt(MutableBytes out, const Address& peer, Bytes plaintext,
                                        Instant now) noexcept;

  /// Another peer in place of what is held, and its identity bound to the peer's name. On error
  /// nothing changed. Errors: `identity_in_use`, and as `StagedRows::at`.
  [[nodiscard]] Result<void> replace(HeldPeer& held, std::unique_ptr<Peer> peer) noexcept;

  /// Store everything. This ends the transaction, whether it succeeds or not: the device is free
  /// again, and only the outbox of a success is still there. Errors: as `Commits::commit`, and
  /// `out_of_memory`.
  [[nodiscard]] Result<CommitNumber> commit() noexcept;

  /// `decrypt`, then `commit`. When the outcome of the commit is unknown, the device keeps the
  /// plaintext; it is given when the message, which may be refused then, comes this way again.
  [[nodiscard]] Result<Opened> decrypt_and_commit(MutableBytes out, const Address& peer,
                                                  MessageKind kind, Bytes message, Entropy& entropy,
                                                  Instant now) noexcept;

 private:
  enum class State : std::uint8_t { idle, entered, over };

  Work(HomeHandle home, base::Door::Visit&& inside) noexcept;
  [[nodiscard]] static Result<std::unique_ptr<Work>> begin_inside(Home& home) noexcept;
  /// The peers of the name that `any` has, whatever its device. If there are others at the commit,
  /// it is a conflict.
  [[nodiscard]] Result<void> devices_of(const PeerId& any, Growing<HeldPeer*>& found) noexcept;
  [[nodiscard]] Result<void> hold_devices_of(const PeerId& any) noexcept;
  /// The row of a name, with room for its mark: whoever reads the row and commits later has a
  /// conflict once it is marked.
  [[nodiscard]] Result<StagedRow*> markable(const PeerId& any) noexcept;
  /// Mark the names of the devices of which something is held now and nothing was.
  [[nodiscard]] Result<void> mark_names() noexcept;
  [[nodiscard]] Result<std::unique_ptr<HeldPeer>> current(const PeerId& id) noexcept;
  [[nodiscard]] Result<std::unique_ptr<HeldPeer>> as_read(std::unique_ptr<HeldPeer> peer) noexcept;
  [[nodiscard]] Result<StagedRow*> own_binding(const HeldPeer& held, std::size_t room) noexcept;
  [[nodiscard]] const std::optional<PeerId>& own_name() const noexcept {
    return renamed_ ? renamed_ : home_->own_name();
  }
  /// What to say of a first message of a peer whose prekey is gone, if it opens in the session that
  /// it began under the name to which its identity belongs; else nothing [SES-5-9].
  [[nodiscard]] Result<std::optional<Error>> alarm_under_another_name(MutableBytes out,
                                                                      const HeldPeer& held,
                                                                      Bytes message,
                                                                      Entropy& entropy,
                                                                      Instant now) noexcept;
  void drop_unsure() noexcept;
  void drop_offers() noexcept;
  [[nodiscard]] Result<void> finish() noexcept;
  [[nodiscard]] Result<Revision> store() noexcept;
  [[nodiscard]] Result<void> unchanged() noexcept;
  void end() noexcept;

  std::atomic<State> state_ = State::entered;
  HomeHandle home_;                          // null once it is over
  std::optional<base::Door::Visit> inside_;  // of the store, while an operation is inside
  std::uint64_t serial_;
  ReadSet reads_;
  StagedRows rows_;
  PrekeyRows prekeys_;
  Growing<std::unique_ptr<HeldPeer>> peers_;
  Growing<PeerId> walked_;  // names, whatever the device, all of whose devices are in `peers_`
  Outbox outbox_;
  std::optional<PeerId> renamed_;  // our own account's new name
  Growing<PeerId> dismissed_;
  Growing<PeerId> dismissed_accounts_;  // whatever the device
  std::uint64_t mark_ = 0;              // of the messages that go out, for the head row
};

/// Our prekeys and the binding of identities, as the sessions with one peer look at them.
class PeerPrekeys final : public PrekeySource {
 public:
  PeerPrekeys(Work& work, const PeerId& peer) noexcept : work_(&work), peer_(&peer) {}

  [[nodiscard]] Result<SignedPrekey> signed_prekey(SignedPrekeyId id) noexcept override;
  [[nodiscard]] Result<OneTimePrekey> one_time(OneTimePrekeyId id) noexcept override;
  [[nodiscard]] Result<bool> keeps(const SignedPrekeyPublic& key) noexcept override;
  [[nodiscard]] Result<bool> used(SignedPrekeyId id,
                                  const EphemeralPublic& base_key) noexcept override;
  [[nodiscard]] Result<bool> in_use(const IdentityPublic& identity) noexcept override;

  /// The peer has this identity from now on; it was asked about by `in_use`, so this cannot fail.
  void bind(const IdentityPublic& identity) noexcept;

 private:
  Work* work_;
  const PeerId* peer_;
};

}  // namespace sotto::session
