// SPDX-License-Identifier: MIT OR Apache-2.0
#include "sframe/steps_ahead.hpp"

#include <algorithm>
#include <bit>
#include <new>
#include <span>

#include "sframe/chain.hpp"

namespace sotto::sframe {

bool StepsAhead::leads_to(SframeKid kid) const noexcept {
  return generation_of(chain_, kid) == generation_of(chain_, newest_) &&
         step_of(chain_, kid) > step_of(chain_, newest_);
}

Result<void> StepsAhead::make_room(std::size_t steps) noexcept {
  if (steps <= room_) return {};
  const std::size_t room = std::bit_ceil(steps);
  std::unique_ptr<Made[]> larger(new (std::nothrow) Made[room]);
  if (larger == nullptr) return std::unexpected(Error::out_of_memory);
  std::ranges::move(std::span(made_.get(), count_), larger.get());
  made_ = std::move(larger);
  room_ = room;
  return {};
}

Result<FrameKeys> StepsAhead::keys_of(SframeKid kid) noexcept {
  const auto steps = static_cast<std::size_t>(steps_to(kid));
  if (const auto room = make_room(steps); !room) return std::unexpected(room.error());
  while (count_ < steps) {
    key_ = next_base_key(*suite_, key_.expose());
    const SframeKid next{std::to_underlying(newest_) + count_ + 1};
    made_[count_++].emplace(derive_keys(*suite_, next, key_.expose()));
  }
  const Made& keys = made_[steps - 1];
  if (!keys) return std::unexpected(Error::unknown_key);
  return FrameKeys{keys->key.duplicate(), keys->salt.duplicate()};
}

void StepsAhead::move_to(SframeKid kid) noexcept {
  const auto steps = std::min(static_cast<std::size_t>(steps_to(kid)), count_);
  const auto made = std::span(made_.get(), count_);
  for (Made& passed : made.first(steps)) passed.reset();
  std::ranges::move(made.subspan(steps), made.begin());
  count_ -= steps;
  newest_ = kid;
  if (count_ > 0) return;
  made_.reset();
  room_ = 0;
}

}  // namespace sotto::sframe
