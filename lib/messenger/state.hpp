// SPDX-License-Identifier: MIT OR Apache-2.0
/// What a device remembers of a conversation beside its contents.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sotto/content.hpp>
#include <sotto/conversation.hpp>
#include <sotto/timers.hpp>

namespace sotto::messenger {

struct ConversationState {
  DeviceChoice choice;
  std::uint64_t largest_order = 0;  ///< of all contents sent or taken
  std::uint64_t sent = 0;           ///< contents that this device has sent
  TimerSetting timer;               ///< of the contents to come
  OrderKey timer_place;             ///< of the content that set it
};

inline constexpr std::size_t state_max_bytes = 1 + choice_max_bytes + 8 + 8 + 13 + 60;

/// Errors: `buffer_too_small`.
[[nodiscard]] Result<MutableBytes> write_state(MutableBytes out,
                                               const ConversationState& state) noexcept;
/// Errors: `corrupted`, `unsupported_version`.
[[nodiscard]] Result<ConversationState> read_state(Bytes bytes) noexcept;

}  // namespace sotto::messenger
