// SPDX-License-Identifier: MIT OR Apache-2.0
#include "ratchet/receiving_chain.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "ratchet/limits.hpp"

namespace sotto::ratchet {

Result<void> ReceivingChain::check_jump(std::uint32_t next, std::uint32_t n,
                                        const RatchetLimits& limits) noexcept {
  if (n == end_of_chain) return std::unexpected(Error::malformed);
  if (n > next && n - next > limits.max_forward_jump) return std::unexpected(Error::too_far_ahead);
  return {};
}

Result<Reach> ReceivingChain::reach(const Suite& suite, std::uint32_t n,
                                    const RatchetLimits& limits, Instant now) const noexcept {
  if (n > last_ && n != end_of_chain) return std::unexpected(Error::authentication_failed);
  if (n < next_) {
    // [DR-3.5-1]: the key goes when the message is accepted, not here.
    const SkippedKey* const key = skipped_.find(n);
    if (key == nullptr) return std::unexpected(Error::replayed);
    return Reach{MessageSeed(key->seed), std::nullopt};
  }
  if (const auto allowed = check_jump(next_, n, limits); !allowed)
    return std::unexpected(allowed.error());

  const std::uint32_t jump = n - next_;
  const std::size_t keep = std::min<std::size_t>(jump, storage_limit(limits));
  auto fresh = SkippedRun::allocate(keep);
  if (!fresh) return std::unexpected(fresh.error());
  auto room = skipped_.room_for(keep, storage_limit(limits));
  if (!room) return std::unexpected(room.error());

  // [DR-3.5-3]; what may not be kept is passed over without its seed.
  ChainKey key = key_.duplicate();
  for (std::uint32_t i = 0; i < jump - keep; ++i) skip_step(suite, key);
  for (std::size_t i = 0; i < keep; ++i) {
    SkippedKey& slot = fresh->slots[i];
    slot.since = now;
    slot.n = n - static_cast<std::uint32_t>(keep - i);
    slot.kept = true;
    const MessageSeed seed = step_chain(suite, key);
    std::memcpy(slot.seed.data(), seed.expose().data(), slot.seed.size());
  }
  MessageSeed seed = step_chain(suite, key);
  return Reach{std::move(seed),
               Advance{std::move(key), n + 1, *std::move(fresh), *std::move(room)}};
}

void ReceivingChain::accept(std::uint32_t n, std::optional<Advance>&& advance,
                            const RatchetLimits& limits) noexcept {
  if (!advance) {
    skipped_.erase(n);
    return;
  }
  key_ = std::move(advance->key);
  next_ = advance->next;
  skipped_.append(std::move(advance->fresh), std::move(advance->room), storage_limit(limits));
}

}  // namespace sotto::ratchet
