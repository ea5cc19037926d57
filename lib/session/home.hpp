// SPDX-License-Identifier: MIT OR Apache-2.0
/// What a device holds between transactions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include <sotto/device.hpp>

#include "session/draft.hpp"
#include "session/growing.hpp"
#include "session/held_peer.hpp"
#include "session/sealing.hpp"
#include "session/session.hpp"

namespace sotto::session {

/// The store, the key to its rows, who we are, and peers as they were last committed: nothing that
/// is not stored stands here.
class Home {
 public:
  Home(Store& store, Sealer&& sealer, IdentityKeyPair&& identity, DeviceId device,
       RegistrationId registration, const DeviceLimits& limits,
       std::uint64_t first_transaction) noexcept;

  [[nodiscard]] Store& store() noexcept { return *store_; }
  [[nodiscard]] const Sealer& sealer() const noexcept { return sealer_; }
  [[nodiscard]] const IdentityKeyPair& identity() const noexcept { return identity_; }
  [[nodiscard]] DeviceId device() const noexcept { return device_; }
  [[nodiscard]] RegistrationId registration() const noexcept { return registration_; }
  [[nodiscard]] const DeviceLimits& limits() const noexcept { return limits_; }
  [[nodiscard]] Self self() const noexcept { return {identity_, registration_}; }

  /// A number that no other transaction has which can be mistaken for it.
  [[nodiscard]] std::uint64_t next_transaction() noexcept { return next_transaction_++; }

  /// Take a peer out of the cache; null when it is not there.
  [[nodiscard]] std::unique_ptr<HeldPeer> take(const PeerId& id) noexcept;
  /// Put one back that holds what is stored. The one not used for longest may go for it.
  void put(std::unique_ptr<HeldPeer> peer) noexcept;
  [[nodiscard]] std::size_t cached() const noexcept { return cache_.size(); }

  /// The memory in which commits are prepared, one at a time.
  [[nodiscard]] Draft& draft() noexcept { return draft_; }

 private:
  Store* store_;
  Sealer sealer_;
  IdentityKeyPair identity_;
  DeviceId device_;
  RegistrationId registration_;
  DeviceLimits limits_;
  std::uint64_t next_transaction_;
  Growing<std::unique_ptr<HeldPeer>> cache_;  // the last one is the one used last
  Draft draft_;
};

}  // namespace sotto::session
