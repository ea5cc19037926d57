// SPDX-License-Identifier: MIT OR Apache-2.0
// Which event of the table a signal is.
#include <algorithm>

#include "conversation/call_machine.hpp"

namespace sotto::conversation {

std::optional<CallEvent> CallMachine::event_of(const CallSignal& signal, std::uint32_t sender,
                                               Instant now) const noexcept {
  const bool ours = has_call() && signal.id == id_;
  const bool of_peer = has_peer() && sender == peer_;
  const bool called_by_us = state_ == CallState::calling || state_ == CallState::talking_out;
  switch (signal.kind) {
    case CallSignalKind::offer:
      return event_of_offer(signal, sender, now);
    case CallSignalKind::hang_up:
      return event_of_hang_up(signal, sender);
    case CallSignalKind::hung_up:
      return std::nullopt;
    case CallSignalKind::ringing:
      if (!ours) return CallEvent::stray;
      return called_by_us ? std::optional(CallEvent::ringing) : std::nullopt;
    case CallSignalKind::answer:
      return ours ? event_of_answer(sender) : CallEvent::stray;
    case CallSignalKind::confirm:
      if (!ours) return CallEvent::stray;
      return of_peer && !called_by_us ? std::optional(CallEvent::confirm_of_peer) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<CallEvent> CallMachine::event_of_offer(const CallSignal& signal, std::uint32_t sender,
                                                     Instant now) const noexcept {
  if (has_call() && signal.id == id_)
    return has_peer() && sender == peer_ ? std::optional(CallEvent::offer_again) : std::nullopt;
  if (is_past(signal.id)) return CallEvent::stray;
  // [CS-3-7]: the caller may name any time since 1970, and our clock may stand before it.
  if (now > signal.at && now - signal.at > times_.max_offer_age) return CallEvent::offer_late;
  // Both call: the larger id stands, on all devices of both [CS-3-3].
  if (state_ == CallState::calling)
    return signal.id > id_ ? CallEvent::offer_wins : CallEvent::offer_loses;
  if (!has_peer() || sender != peer_) return CallEvent::offer;
  // [CS-3-5]
  return signal.at > peer_at_ ? CallEvent::offer_newer : CallEvent::offer_older;
}

std::optional<CallEvent> CallMachine::event_of_answer(std::uint32_t sender) const noexcept {
  if (state_ == CallState::talking_out)
    return sender == peer_ ? CallEvent::answer_of_peer : CallEvent::answer_of_other;
  if (state_ != CallState::calling) return std::nullopt;
  if (is_rejected(sender)) return CallEvent::answer_rejected;
  return candidate_ ? CallEvent::answer_waiting : CallEvent::answer;
}

std::optional<CallEvent> CallMachine::event_of_hang_up(const CallSignal& signal,
                                                       std::uint32_t sender) const noexcept {
  if (!has_call() || signal.id != id_) return CallEvent::stray_gone;
  if (has_peer()) return sender == peer_ ? CallEvent::peer_gone : CallEvent::one_gone;
  switch (signal.reason) {
    case HangUpReason::declined:
      return CallEvent::refused;
    case HangUpReason::busy:  // [CS-3-9]
      return CallEvent::one_busy;
    case HangUpReason::glare:
      return CallEvent::lost_glare;
    default:
      return CallEvent::one_gone;
  }
}

bool CallMachine::is_past(const CallId& id) const noexcept {
  return std::ranges::find(past(), id) != past().end();
}

bool CallMachine::is_rejected(std::uint32_t device) const noexcept {
  return std::ranges::find(rejected(), device) != rejected().end();
}

}  // namespace sotto::conversation
