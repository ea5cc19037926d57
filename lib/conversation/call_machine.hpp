// SPDX-License-Identifier: MIT OR Apache-2.0
/// What `CallLine` is made of: it finds out which event of the table happens, and does the row.
#pragma once

#include <algorithm>
#include <optional>

#include "conversation/call_body.hpp"
#include "conversation/call_transitions.hpp"

namespace sotto::conversation {

/// A value: copying it copies the line.
class CallMachine {
 public:
  /// A hang-up that is said again until the device acknowledges it, or for so long [CS-3-4].
  struct Farewell {
    CallDelivery delivery;
    Instant next;
    Instant until;
  };

  explicit CallMachine(const CallTimes& times) noexcept : times_(times) {}

  [[nodiscard]] Result<CallStep> place(const CallId& id, Bytes offer, Instant now) noexcept;
  [[nodiscard]] Result<CallStep> accept(Bytes answer, Instant now) noexcept;
  [[nodiscard]] Result<CallStep> decline(HangUpReason reason, Instant now) noexcept;
  [[nodiscard]] Result<CallStep> hang_up(Instant now) noexcept;
  [[nodiscard]] Result<CallStep> confirm(std::uint32_t device, Bytes body, Instant now) noexcept;
  [[nodiscard]] Result<CallStep> reject(std::uint32_t device, Instant now) noexcept;
  [[nodiscard]] Result<CallStep> take(Bytes bytes, std::uint32_t device, Instant now) noexcept;
  [[nodiscard]] CallStep tick(Instant now) noexcept;
  [[nodiscard]] std::optional<Instant> next_deadline() const noexcept;

  [[nodiscard]] CallState state() const noexcept { return state_; }
  [[nodiscard]] const CallId& id() const noexcept { return id_; }
  /// The row that was done last, or null: for tests.
  [[nodiscard]] const CallTransition* row() const noexcept { return row_; }
  [[nodiscard]] std::uint32_t peer() const noexcept { return peer_; }
  [[nodiscard]] const std::optional<std::uint32_t>& candidate() const noexcept {
    return candidate_;
  }
  /// The devices whose answers to our call were no good.
  [[nodiscard]] std::span<const std::uint32_t> rejected() const noexcept {
    return std::span(rejected_).first(rejected_count_);
  }
  [[nodiscard]] Instant candidate_at() const noexcept { return candidate_at_; }
  [[nodiscard]] std::span<const Farewell> farewells() const noexcept {
    return std::span(farewells_).first(farewell_count_);
  }
  [[nodiscard]] bool is_past(const CallId& id) const noexcept;
  [[nodiscard]] std::span<const CallId> past() const noexcept {
    return std::span(past_).first(std::min(past_count_, past_.size()));
  }
  [[nodiscard]] Instant at() const noexcept { return at_; }
  [[nodiscard]] Instant peer_at() const noexcept { return peer_at_; }
  [[nodiscard]] const std::optional<Instant>& repeat_at() const noexcept { return repeat_at_; }
  [[nodiscard]] const std::optional<Instant>& deadline() const noexcept { return deadline_; }

 private:
  /// What an action may need of what happened.
  struct Cause {
    Instant now;
    std::uint32_t sender = 0;
    CallSignal signal{};                        ///< the one that came, or our call's body
    HangUpReason reason = HangUpReason::ended;  ///< why our call ends, if it does
  };

  [[nodiscard]] std::optional<CallEvent> event_of(const CallSignal& signal, std::uint32_t sender,
                                                  Instant now) const noexcept;
  [[nodiscard]] std::optional<CallEvent> event_of_offer(const CallSignal& signal,
                                                        std::uint32_t sender,
                                                        Instant now) const noexcept;
  [[nodiscard]] std::optional<CallEvent> event_of_answer(std::uint32_t sender) const noexcept;
  [[nodiscard]] std::optional<CallEvent> event_of_hang_up(const CallSignal& signal,
                                                          std::uint32_t sender) const noexcept;
  [[nodiscard]] bool is_rejected(std::uint32_t device) const noexcept;
  [[nodiscard]] bool has_call() const noexcept { return state_ != CallState::idle; }
  [[nodiscard]] bool has_peer() const noexcept {
    return has_call() && state_ != CallState::calling;
  }

  /// Do the row of `event`. False when there is none.
  [[nodiscard]] bool step(CallEvent event, const Cause& cause, CallStep& out) noexcept;
  [[nodiscard]] Result<CallStep> ask(CallEvent event, const Cause& cause) noexcept;
  void act(CallAction action, const Cause& cause, CallStep& out) noexcept;
  [[nodiscard]] bool act_on_state(CallAction action, const Cause& cause) noexcept;
  [[nodiscard]] bool act_by_signal(CallAction action, const Cause& cause, CallStep& out) noexcept;
  void tell(CallNotice::Kind kind, const Cause& cause, CallStep& out) const noexcept;
  void say(CallSignalKind kind, CallDelivery::To to, Bytes body, CallStep& out) const noexcept;
  static void answer_sender(const Cause& cause, HangUpReason reason, CallStep& out) noexcept;
  void bid_farewell(CallDelivery::To to, HangUpReason reason, Instant now, CallStep& out) noexcept;
  void forget_farewell(const CallId& id, std::uint32_t device) noexcept;
  void remember(const CallId& id) noexcept;
  void set_timers(Instant now) noexcept;
  static void send(CallStep& out, const CallDelivery& delivery) noexcept;

  CallTimes times_;
  CallState state_ = CallState::idle;
  const CallTransition* row_ = nullptr;
  CallId id_;
  Instant at_{};            ///< when our call was offered or answered
  std::uint32_t peer_ = 0;  ///< of all states but idle and calling
  Instant peer_at_{};       ///< by its clock: when it offered or answered
  std::optional<std::uint32_t> candidate_;
  Instant candidate_at_{};
  std::array<std::uint32_t, call_max_rejections> rejected_{};
  std::size_t rejected_count_ = 0;
  CallBody body_;     ///< our offer, or our answer
  CallBody confirm_;  ///< what the winner gets
  std::optional<Instant> deadline_;
  std::optional<Instant> repeat_at_;
  std::array<Farewell, call_max_farewells> farewells_{};
  std::size_t farewell_count_ = 0;
  std::array<CallId, call_max_past> past_{};  ///< a ring
  std::size_t past_count_ = 0;
};

}  // namespace sotto::conversation
