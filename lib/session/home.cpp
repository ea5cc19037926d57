// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/home.hpp"

#include <utility>

namespace sotto::session {

Home::Home(StoreLink&& store, std::unique_ptr<RowKeys> keys, const Commits& commits,
           IdentityKeyPair&& identity, DeviceId device, RegistrationId registration,
           const OwnRow& own_row, const DeviceLimits& limits) noexcept
    : store_(std::move(store)),
      keys_(std::move(keys)),
      commits_(commits),
      identity_(std::move(identity)),
      device_(device),
      registration_(registration),
      limits_(limits),
      own_row_(own_row) {
  const auto own = PeerId::of({limits.shared_identity_name.text(), device});
  if (own) own_name_ = *own;
}

// Nothing that is stored or sent depends on it.
std::uint64_t Home::next_transaction() noexcept {
  static std::atomic<std::uint64_t> last = 0;
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

Result<void> Home::look_at_store() noexcept {
  const auto happened = commits_.begin(store(), draft_);
  if (!happened) return std::unexpected(happened.error());
  unsure_.settle(*happened);
  if (renamed_ && *happened) own_name_ = renamed_;
  renamed_.reset();
  return {};
}

void ReleaseHome::operator()(Home* home) const noexcept {
  if (home->holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete home;
}

std::unique_ptr<HeldPeer> Home::take(const PeerId& id) noexcept {
  return cache_.take(id);
}

void Home::put(std::unique_ptr<HeldPeer> peer) noexcept {
  // Without memory for it there is no copy in memory, which is no failure.
  if (limits_.max_cached_peers > 0) cache_.put(std::move(peer), limits_.max_cached_peers);
}

}  // namespace sotto::session
