// SPDX-License-Identifier: MIT OR Apache-2.0
#include "conversation/call_machine.hpp"

#include <algorithm>
#include <cstdlib>

namespace sotto::conversation {

using To = CallDelivery::To;

// --- Doing a row

bool CallMachine::step(CallEvent event, const Cause& cause, CallStep& out) noexcept {
  const CallTransition* const row = find_transition(state_, event);
  if (row == nullptr) return false;
  row_ = row;
  const bool stays =
      row->to == state_ && std::ranges::find(row->actions, CallAction::adopt) == row->actions.end();
  const bool ends = row->to == CallState::idle && has_call();
  for (const CallAction action : row->actions) act(action, cause, out);
  if (ends) remember(id_);
  if (row->to != CallState::calling) candidate_.reset();
  state_ = row->to;
  if (!stays) set_timers(cause.now);
  return true;
}

void CallMachine::set_timers(Instant now) noexcept {
  deadline_.reset();
  repeat_at_.reset();
  if (state_ == CallState::calling) {
    deadline_ = now + times_.calling;
    repeat_at_ = now + times_.repeat_offer;
  } else if (state_ == CallState::ringing) {
    deadline_ = now + times_.ringing;
  } else if (state_ == CallState::answering) {
    deadline_ = now + times_.answering;
    repeat_at_ = now + times_.repeat;
  }
}

void CallMachine::act(CallAction action, const Cause& cause, CallStep& out) noexcept {
  if (act_on_state(action, cause) || act_by_signal(action, cause, out)) return;
  switch (action) {
    case CallAction::tell_incoming:
    case CallAction::tell_glare:
      tell(CallNotice::Kind::incoming, cause, out);
      out.notices[out.notice_count - 1U].glare = action == CallAction::tell_glare;
      return;
    case CallAction::tell_rings:
      tell(CallNotice::Kind::rings, cause, out);
      return;
    case CallAction::tell_answered:
      tell(CallNotice::Kind::answered, cause, out);
      return;
    case CallAction::tell_connected:
      tell(CallNotice::Kind::connected, cause, out);
      return;
    case CallAction::tell_busy:
      tell(CallNotice::Kind::busy, cause, out);
      return;
    case CallAction::tell_missed:
      tell(CallNotice::Kind::missed, cause, out);
      return;
    case CallAction::tell_ended:
      tell(CallNotice::Kind::ended, cause, out);
      return;
    default:
      return;
  }
}

/// Actions that only change what is held.
bool CallMachine::act_on_state(CallAction action, const Cause& cause) noexcept {
  switch (action) {
    case CallAction::begin:
      id_ = cause.signal.id;
      at_ = cause.now;
      body_.keep(cause.signal.body);
      rejected_count_ = 0;
      return true;
    case CallAction::adopt:
      if (has_call()) remember(id_);
      id_ = cause.signal.id;
      peer_ = cause.sender;
      peer_at_ = cause.signal.at;
      return true;
    case CallAction::take_candidate:
      candidate_ = cause.sender;
      candidate_at_ = cause.signal.at;
      return true;
    case CallAction::drop_candidate:
      if (candidate_ == cause.sender) candidate_.reset();
      return true;
    case CallAction::take_peer:  // [CS-2-2]
      peer_ = cause.sender;
      peer_at_ = candidate_at_;
      confirm_.keep(cause.signal.body);
      return true;
    default:
      return false;
  }
}

/// Actions that send.
bool CallMachine::act_by_signal(CallAction action, const Cause& cause, CallStep& out) noexcept {
  switch (action) {
    case CallAction::offer_all:
      say(CallSignalKind::offer, To::all, body_.bytes(), out);
      return true;
    case CallAction::say_ringing:
      say(CallSignalKind::ringing, To::device, {}, out);
      return true;
    case CallAction::say_answer:
      if (state_ == CallState::ringing) {
        body_.keep(cause.signal.body);
        at_ = cause.now;
      }
      say(CallSignalKind::answer, To::device, body_.bytes(), out);
      return true;
    case CallAction::say_confirm:
      say(CallSignalKind::confirm, To::device, confirm_.bytes(), out);
      return true;
    case CallAction::hang_up_peer:
      bid_farewell(To::device, cause.reason, cause.now, out);
      return true;
    case CallAction::hang_up_all:
      bid_farewell(To::all, cause.reason, cause.now, out);
      return true;
    case CallAction::hang_up_others:
      bid_farewell(To::all_but, HangUpReason::answered_elsewhere, cause.now, out);
      return true;
    case CallAction::reject_sender:  // [CS-3-6]
      if (!is_rejected(cause.sender)) rejected_[rejected_count_++] = cause.sender;
      answer_sender(cause, HangUpReason::failed, out);
      return true;
    case CallAction::elsewhere_sender:
      answer_sender(cause, HangUpReason::answered_elsewhere, out);
      return true;
    case CallAction::glare_sender:
      remember(cause.signal.id);
      answer_sender(cause, HangUpReason::glare, out);
      return true;
    case CallAction::busy_sender:
      remember(cause.signal.id);
      answer_sender(cause, HangUpReason::busy, out);
      return true;
    case CallAction::over_sender:
      answer_sender(cause, HangUpReason::ended, out);
      return true;
    case CallAction::late_sender:
      remember(cause.signal.id);
      answer_sender(cause, HangUpReason::timed_out, out);
      return true;
    case CallAction::acknowledge: {
      if (!has_call() || cause.signal.id != id_) remember(cause.signal.id);
      CallDelivery delivery{To::device, cause.sender, {}};
      delivery.signal.id = cause.signal.id;
      send(out, delivery);
      return true;
    }
    default:
      return false;
  }
}

void CallMachine::tell(CallNotice::Kind kind, const Cause& cause, CallStep& out) const noexcept {
  if (out.notice_count == CallStep::most) std::abort();  // No row is that long.
  const bool of_peer = has_peer() && kind == CallNotice::Kind::ended;
  out.notices[out.notice_count++] = {
      .kind = kind,
      .device = of_peer ? peer_ : cause.sender,
      .id = kind == CallNotice::Kind::missed ? cause.signal.id : id_,
      .reason = cause.reason,
      .glare = false,
      .at = cause.signal.at,
      .body = kind == CallNotice::Kind::ended ? Bytes{} : Bytes(cause.signal.body)};
}

void CallMachine::send(CallStep& out, const CallDelivery& delivery) noexcept {
  if (out.delivery_count == CallStep::most) std::abort();  // Nor is any row that long.
  out.deliveries[out.delivery_count++] = delivery;
}

/// A signal of our call. To one device: to the peer.
void CallMachine::say(CallSignalKind kind, To to, Bytes body, CallStep& out) const noexcept {
  CallDelivery delivery{to, peer_, {}};
  delivery.signal.kind = kind;
  delivery.signal.id = id_;
  delivery.signal.at = at_;
  delivery.signal.body = body;
  send(out, delivery);
}

/// A hang-up for the call that the sender's signal named, said once: it will ask again if it has
/// to.
void CallMachine::answer_sender(const Cause& cause, HangUpReason reason, CallStep& out) noexcept {
  CallDelivery delivery{To::device, cause.sender, {}};
  delivery.signal.kind = CallSignalKind::hang_up;
  delivery.signal.id = cause.signal.id;
  delivery.signal.reason = reason;
  send(out, delivery);
}

void CallMachine::bid_farewell(To to, HangUpReason reason, Instant now, CallStep& out) noexcept {
  CallDelivery delivery{to, peer_, {}};
  delivery.signal.kind = CallSignalKind::hang_up;
  delivery.signal.id = id_;
  delivery.signal.reason = reason;
  send(out, delivery);
  if (farewell_count_ == farewells_.size()) {
    std::ranges::move(std::span(farewells_).subspan(1), farewells_.begin());
    --farewell_count_;
  }
  farewells_[farewell_count_++] = {delivery, now + times_.repeat, now + times_.farewell};
}

void CallMachine::forget_farewell(const CallId& id, std::uint32_t device) noexcept {
  // One that went to all is not over because one has heard it.
  const auto heard = [&](const Farewell& farewell) {
    return farewell.delivery.to == To::device && farewell.delivery.device == device &&
           farewell.delivery.signal.id == id;
  };
  const auto held = std::span(farewells_).first(farewell_count_);
  farewell_count_ -= std::ranges::remove_if(held, heard).size();
}

void CallMachine::remember(const CallId& id) noexcept {
  if (is_past(id)) return;
  past_[past_count_ % past_.size()] = id;
  ++past_count_;
}

// --- What happens

Result<CallStep> CallMachine::ask(CallEvent event, const Cause& cause) noexcept {
  if (cause.signal.body.size() > call_signal_max_body) return std::unexpected(Error::malformed);
  CallStep out;
  if (!step(event, cause, out)) return std::unexpected(Error::wrong_state);
  return out;
}

Result<CallStep> CallMachine::place(const CallId& id, Bytes offer, Instant now) noexcept {
  // An id that comes again would be taken for the call that is over.
  if (is_past(id)) return std::unexpected(Error::wrong_state);
  Cause cause{.now = now};
  cause.signal.id = id;
  cause.signal.body = offer;
  return ask(CallEvent::place, cause);
}

Result<CallStep> CallMachine::accept(Bytes answer, Instant now) noexcept {
  Cause cause{.now = now};
  cause.signal.body = answer;
  return ask(CallEvent::accept, cause);
}

Result<CallStep> CallMachine::decline(HangUpReason reason, Instant now) noexcept {
  if (reason != HangUpReason::declined && reason != HangUpReason::busy)
    return std::unexpected(Error::malformed);
  return ask(CallEvent::decline, {.now = now, .reason = reason});
}

Result<CallStep> CallMachine::hang_up(Instant now) noexcept {
  return ask(CallEvent::hang_up, {.now = now});
}

Result<CallStep> CallMachine::confirm(std::uint32_t device, Bytes body, Instant now) noexcept {
  if (candidate_ != device) return std::unexpected(Error::wrong_state);
  Cause cause{.now = now, .sender = device};
  cause.signal.body = body;
  auto done = ask(CallEvent::confirm, cause);
  if (done) done->notices[0].body = {};  // It is the app's own.
  return done;
}

Result<CallStep> CallMachine::reject(std::uint32_t device, Instant now) noexcept {
  if (candidate_ != device) return std::unexpected(Error::wrong_state);
  Cause cause{.now = now, .sender = device};
  cause.signal.id = id_;
  cause.reason = HangUpReason::failed;
  const bool last = rejected_count_ + 1 == rejected_.size();
  return ask(last ? CallEvent::reject_last : CallEvent::reject, cause);
}

Result<CallStep> CallMachine::take(Bytes bytes, std::uint32_t device, Instant now) noexcept {
  const auto signal = read_call_signal(bytes);
  if (!signal) return std::unexpected(signal.error());
  CallStep out;
  if (signal->kind == CallSignalKind::hung_up) forget_farewell(signal->id, device);
  const auto event = event_of(*signal, device, now);
  if (!event) return out;
  // Why our call ends, if it does: what a hang-up says, but for the peer's new call.
  HangUpReason reason = HangUpReason::ended;
  if (signal->kind == CallSignalKind::hang_up) reason = signal->reason;
  if (*event == CallEvent::offer_wins) reason = HangUpReason::glare;
  static_cast<void>(step(*event, {now, device, *signal, reason}, out));
  return out;
}

CallStep CallMachine::tick(Instant now) noexcept {
  CallStep out;
  for (Farewell& farewell : std::span(farewells_).first(farewell_count_))
    if (now >= farewell.next && farewell.next < farewell.until) {
      send(out, farewell.delivery);
      farewell.next = now + times_.repeat;
    }
  const auto held = std::span(farewells_).first(farewell_count_);
  farewell_count_ -=
      std::ranges::remove_if(held, [&](const auto& each) { return now >= each.until; }).size();

  const std::optional<Instant>& deadline = deadline_;
  const std::optional<Instant>& repeat = repeat_at_;
  if (deadline && now >= *deadline) {
    const HangUpReason reason =
        state_ == CallState::answering ? HangUpReason::failed : HangUpReason::timed_out;
    static_cast<void>(step(CallEvent::deadline, {.now = now, .reason = reason}, out));
  } else if (repeat && now >= *repeat) {
    const auto interval = state_ == CallState::calling ? times_.repeat_offer : times_.repeat;
    static_cast<void>(step(CallEvent::repeat, {.now = now}, out));
    repeat_at_ = now + interval;
  }
  return out;
}

std::optional<Instant> CallMachine::next_deadline() const noexcept {
  std::optional<Instant> next;
  const auto sooner = [&](Instant when) { next = next ? std::min(*next, when) : when; };
  if (const std::optional<Instant>& deadline = deadline_; deadline) sooner(*deadline);
  if (const std::optional<Instant>& repeat = repeat_at_; repeat) sooner(*repeat);
  for (const Farewell& farewell : farewells()) sooner(std::min(farewell.next, farewell.until));
  return next;
}

}  // namespace sotto::conversation
