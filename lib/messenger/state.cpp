// SPDX-License-Identifier: MIT OR Apache-2.0
#include "messenger/state.hpp"

#include <utility>

#include "base/fields.hpp"
#include "base/writer.hpp"
#include "messenger/choice.hpp"
#include "messenger/rows.hpp"

namespace sotto::messenger {
namespace {

constexpr std::uint8_t version = 1;

}  // namespace

Result<MutableBytes> write_state(MutableBytes out, const ConversationState& state) noexcept {
  base::Writer writer(out);
  writer.put_uint(version);
  put_choice(writer, state.choice);
  writer.put_uint(state.largest_order);
  writer.put_uint(state.sent);
  writer.put_uint(std::to_underlying(state.timer.type));
  writer.put_uint(state.timer.seconds);
  writer.put_uint(static_cast<std::uint64_t>(state.timer.set_at.time_since_epoch().count()));
  put_place(writer, state.timer_place);
  return writer.finish();
}

Result<ConversationState> read_state(Bytes bytes) noexcept {
  if (bytes.empty() || bytes.front() == 0) return std::unexpected(Error::corrupted);
  if (bytes.front() != version) return std::unexpected(Error::unsupported_version);
  const auto choice = read_choice(bytes.subspan(1));
  if (!choice) return std::unexpected(Error::corrupted);
  ConversationState state;
  state.choice = choice->choice;
  base::Fields fields(choice->rest);
  state.largest_order = fields.uint<std::uint64_t>();
  state.sent = fields.uint<std::uint64_t>();
  const auto type = fields.uint<std::uint8_t>();
  state.timer.seconds = fields.uint<std::uint32_t>();
  state.timer.set_at = Instant(fields.milliseconds());
  state.timer_place = read_place(fields);
  state.timer.type = static_cast<TimerType>(type);
  // Before any change the timer and its place are zeros, and no change is of an order to come.
  const bool unset = state.timer == TimerSetting{} && state.timer_place == OrderKey{};
  const bool set = state.timer_place.order != 0 && state.timer_place.order <= state.largest_order;
  if (!fields.finished() || !is_valid(state.timer) || !(unset || set))
    return std::unexpected(Error::corrupted);
  return state;
}

}  // namespace sotto::messenger
