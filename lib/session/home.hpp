// SPDX-License-Identifier: MIT OR Apache-2.0
/// What a device holds between transactions.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include <sotto/device.hpp>

#include "base/process.hpp"
#include "session/commits.hpp"
#include "session/draft.hpp"
#include "session/held_peer.hpp"
#include "session/offers.hpp"
#include "session/peer_cache.hpp"
#include "session/row_keys.hpp"
#include "session/session.hpp"
#include "session/store_link.hpp"
#include "session/unsure.hpp"

namespace sotto::session {

/// The store, the keys of its rows, who we are, and peers as they were last committed. Nothing that
/// is not stored stands here, but for what became of the last commits. Devices, messengers and
/// transactions share it; the last one frees it. One transaction at a time, in the process that
/// made it: whoever changes anything occupies it.
class Home {
 public:
  /// The device's own row, as this object knows it.
  struct OwnRow {
    Revision revision;
    RowSum known;  ///< what it adds to the digest of all rows
    RowSum tried;  ///< so does what the last commit may have written, if its outcome is not known
  };

  Home(StoreLink&& store, std::unique_ptr<RowKeys> keys, const Commits& commits,
       IdentityKeyPair&& identity, DeviceId device, RegistrationId registration,
       const OwnRow& own_row, const DeviceLimits& limits) noexcept;
  Home(const Home&) = delete;
  Home& operator=(const Home&) = delete;

  /// One more who holds it.
  [[nodiscard]] HomeHandle hold() noexcept {
    holders_.fetch_add(1, std::memory_order_relaxed);
    return HomeHandle(this);
  }

  /// Whether the device may be used. Errors: `wrong_state` (in a process forked off from the one
  /// that made it), `consumed` (its store is no more).
  [[nodiscard]] Result<void> usable() const noexcept {
    if (!process_.here()) return std::unexpected(Error::wrong_state);
    if (!store_.alive()) return std::unexpected(Error::consumed);
    return {};
  }
  /// Be the only one who changes anything, until `vacate`. Errors: also `wrong_state` when somebody
  /// is, for nobody waits; and as `Commits::usable`.
  [[nodiscard]] Result<void> occupy() noexcept {
    if (const auto may = usable(); !may) return may;
    if (occupied_.exchange(true, std::memory_order_acquire))
      return std::unexpected(Error::wrong_state);
    const auto still = commits_.usable();
    if (!still) vacate();
    return still;
  }
  void vacate() noexcept { occupied_.store(false, std::memory_order_release); }

  /// It must be usable.
  [[nodiscard]] Store& store() noexcept { return store_.store(); }
  [[nodiscard]] const StoreLink& store_link() const noexcept { return store_; }
  [[nodiscard]] const RowKeys& keys() const noexcept { return *keys_; }
  [[nodiscard]] const IdentityKeyPair& identity() const noexcept { return identity_; }
  [[nodiscard]] DeviceId device() const noexcept { return device_; }
  [[nodiscard]] RegistrationId registration() const noexcept { return registration_; }
  [[nodiscard]] const DeviceLimits& limits() const noexcept { return limits_; }
  /// This very device, by the name of the account whose devices share our identity key.
  [[nodiscard]] const std::optional<PeerId>& own_name() const noexcept { return own_name_; }
  /// The account has another name, once the commit that says so has happened.
  void rename_own(const PeerId& name, bool happened) noexcept {
    (happened ? own_name_ : renamed_) = name;
  }
  /// Who we are towards a peer, when that is our name [SES-1-4].
  [[nodiscard]] Self self(const PeerId& peer,
                          const std::optional<PeerId>& own_name) const noexcept {
    const bool shares =
        own_name && std::ranges::equal(own_name->name(), peer.name()) && !(*own_name == peer);
    return {identity_, registration_, shares};
  }

  [[nodiscard]] OwnRow& own_row() noexcept { return own_row_; }

  /// The identity keys that `connect` and `decrypt` were refused for.
  [[nodiscard]] Offers& offers() noexcept { return offers_; }

  /// A number that no other transaction of this process has, so that what one sealed never comes
  /// out against another's commit.
  [[nodiscard]] static std::uint64_t next_transaction() noexcept;

  /// Before anything is read: settle what became of the last commit. Errors: as `Commits::begin`.
  [[nodiscard]] Result<void> look_at_store() noexcept;

  /// Take a peer out of the cache; null when it is not there.
  [[nodiscard]] std::unique_ptr<HeldPeer> take(const PeerId& id) noexcept;
  /// Put one back that holds what is stored. The one not used for longest may go for it.
  void put(std::unique_ptr<HeldPeer> peer) noexcept;
  [[nodiscard]] std::size_t cached() const noexcept { return cache_.size(); }

  /// Whether perhaps something was erased that is still in the store's files; then whoever asks
  /// purges it, or says that it is still so.
  [[nodiscard]] bool take_purge_due() noexcept {
    return purge_due_.exchange(false, std::memory_order_relaxed);
  }
  void set_purge_due() noexcept { purge_due_.store(true, std::memory_order_relaxed); }

  /// The memory in which commits are prepared, one at a time.
  [[nodiscard]] Draft& draft() noexcept { return draft_; }
  [[nodiscard]] Commits& commits() noexcept { return commits_; }
  [[nodiscard]] UnsureMessages& unsure() noexcept { return unsure_; }

 private:
  friend struct ReleaseHome;

  std::atomic<std::size_t> holders_ = 1;
  std::atomic<bool> occupied_ = false;
  std::atomic<bool> purge_due_ = true;
  base::Process process_;
  StoreLink store_;
  std::unique_ptr<RowKeys> keys_;
  Commits commits_;
  IdentityKeyPair identity_;
  DeviceId device_;
  RegistrationId registration_;
  DeviceLimits limits_;
  std::optional<PeerId> own_name_;
  std::optional<PeerId> renamed_;  // by a commit of which it is not known whether it happened
  OwnRow own_row_;
  Offers offers_;
  PeerCache<HeldPeer> cache_;
  Draft draft_;
  UnsureMessages unsure_;
};

}  // namespace sotto::session
