// SPDX-License-Identifier: MIT OR Apache-2.0
/// What a content does to its conversation once it stands there, whoever sent it.
#pragma once

#include <sotto/content.hpp>
#include <sotto/messenger.hpp>

#include "messenger/desk.hpp"
#include "messenger/state.hpp"

namespace sotto::messenger {

enum class Stood : std::uint8_t {
  kept,  ///< to be shown
  over,  ///< its time was up before it came: only its id is kept [CV-5-2]
};

/// Keep a content that is not known yet: its row, its place, its timer; and do what its kind asks:
/// the conversation's timer, a message deleted for all, one read by others. `state` is changed, and
/// is the caller's to store. `us` tells our own messages. Errors: as of `Desk`, `exhausted` (too
/// many timers run).
[[nodiscard]] Result<Stood> stand(Desk& desk, ConversationState& state, const ConversationId& id,
                                  const OrderKey& place, const ContentView& content,
                                  const KeptHead& kept, const UserId& us, Instant now) noexcept;

}  // namespace sotto::messenger
