// SPDX-License-Identifier: MIT OR Apache-2.0
/// What a transaction holds until its commit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include <sotto/address.hpp>
#include <sotto/store.hpp>

#include "session/growing.hpp"
#include "session/held_peer.hpp"
#include "session/home.hpp"
#include "session/prekey_rows.hpp"
#include "session/prekey_source.hpp"
#include "session/staged_rows.hpp"

namespace sotto::session {

/// Working copies of peers, staged rows, and the buffers that messages were written into. Peers are
/// taken out of the device's cache and come back only when the commit succeeded, or when nothing
/// was done to them; otherwise they end with this object, and the next transaction reads them anew.
class Work {
 public:
  explicit Work(Home& home) noexcept;
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;
  /// Without a commit: zeroes what was written into `remember`ed buffers.
  ~Work();

  [[nodiscard]] Home& home() noexcept { return *home_; }
  [[nodiscard]] std::uint64_t serial() const noexcept { return serial_; }
  [[nodiscard]] StagedRows& rows() noexcept { return rows_; }
  [[nodiscard]] PrekeyRows& prekeys() noexcept { return prekeys_; }

  /// The working copy of a peer, good until the end of the transaction. Errors: `malformed` for the
  /// address, and as `HeldPeer::load`.
  [[nodiscard]] Result<HeldPeer*> peer(const Address& address) noexcept;

  /// Another peer in place of what is held, and its identity bound to the peer's name. On error
  /// nothing changed. Errors: `identity_in_use`, and as `StagedRows::at`.
  [[nodiscard]] Result<void> replace(HeldPeer& held, std::unique_ptr<Peer> peer) noexcept;

  /// Make room to `remember` one more buffer. Errors: `out_of_memory`.
  [[nodiscard]] Result<void> reserve_buffer() noexcept { return buffers_.reserve(1); }
  /// A buffer that must be zeroed unless the transaction is committed; there must be room.
  void remember(MutableBytes buffer) noexcept { buffers_.append(MutableBytes(buffer)); }

  /// Store everything. Once only. Errors: as `Store::commit`, and `out_of_memory`.
  [[nodiscard]] Result<Revision> commit() noexcept;

 private:
  [[nodiscard]] Result<std::unique_ptr<HeldPeer>> current(const PeerId& id) noexcept;
  [[nodiscard]] Result<Revision> store() noexcept;

  Home* home_;
  std::uint64_t serial_;
  StagedRows rows_;
  PrekeyRows prekeys_;
  Growing<std::unique_ptr<HeldPeer>> peers_;
  Growing<MutableBytes> buffers_;
  bool committed_ = false;
};

/// Our prekeys and the binding of identities, as the sessions with one peer look at them.
class PeerPrekeys final : public PrekeySource {
 public:
  PeerPrekeys(Work& work, const PeerId& peer) noexcept : work_(&work), peer_(&peer) {}

  [[nodiscard]] Result<SignedPrekey> signed_prekey(SignedPrekeyId id) noexcept override;
  [[nodiscard]] Result<OneTimePrekey> one_time(OneTimePrekeyId id) noexcept override;
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
