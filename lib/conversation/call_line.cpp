// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>
#include <initializer_list>
#include <new>

#include <sotto/call_setup.hpp>

#include "conversation/call_machine.hpp"

namespace sotto {

using conversation::CallMachine;

namespace {

/// Of a line that was moved from.
constexpr CallId no_call;

}  // namespace

CallLine::CallLine(std::unique_ptr<CallMachine> impl) noexcept : impl_(std::move(impl)) {
}
CallLine::CallLine(CallLine&&) noexcept = default;
CallLine& CallLine::operator=(CallLine&&) noexcept = default;
CallLine::~CallLine() = default;

Result<CallLine> CallLine::create(const CallTimes& times) noexcept {
  const auto all = {times.calling,      times.ringing, times.answering,    times.farewell,
                    times.repeat_offer, times.repeat,  times.max_offer_age};
  if (std::ranges::any_of(all, [](auto time) { return time.count() <= 0; }))
    return std::unexpected(Error::malformed);
  std::unique_ptr<CallMachine> machine(new (std::nothrow) CallMachine(times));
  if (!machine) return std::unexpected(Error::out_of_memory);
  return CallLine(std::move(machine));
}

Result<CallStep> CallLine::place(const CallId& id, Bytes offer, Instant now) noexcept {
  if (!impl_) return std::unexpected(Error::consumed);
  return impl_->place(id, offer, now);
}
Result<CallStep> CallLine::accept(Bytes answer, Instant now) noexcept {
  if (!impl_) return std::unexpected(Error::consumed);
  return impl_->accept(answer, now);
}
Result<CallStep> CallLine::decline(HangUpReason reason, Instant now) noexcept {
  if (!impl_) return std::unexpected(Error::consumed);
  return impl_->decline(reason, now);
}
Result<CallStep> CallLine::hang_up(Instant now) noexcept {
  if (!impl_) return std::unexpected(Error::consumed);
  return impl_->hang_up(now);
}
Result<CallStep> CallLine::confirm(std::uint32_t device, Bytes body, Instant now) noexcept {
  if (!impl_) return std::unexpected(Error::consumed);
  return impl_->confirm(device, body, now);
}
Result<CallStep> CallLine::reject(std::uint32_t device, Instant now) noexcept {
  if (!impl_) return std::unexpected(Error::consumed);
  return impl_->reject(device, now);
}
Result<CallStep> CallLine::take(Bytes signal, std::uint32_t device, Instant now) noexcept {
  if (!impl_) return std::unexpected(Error::consumed);
  return impl_->take(signal, device, now);
}
CallStep CallLine::tick(Instant now) noexcept {
  return impl_ ? impl_->tick(now) : CallStep{};
}
std::optional<Instant> CallLine::next_deadline() const noexcept {
  return impl_ ? impl_->next_deadline() : std::nullopt;
}
CallState CallLine::state() const noexcept {
  return impl_ ? impl_->state() : CallState::idle;
}
const CallId& CallLine::id() const noexcept {
  return impl_ ? impl_->id() : no_call;
}

}  // namespace sotto
