// SPDX-License-Identifier: MIT OR Apache-2.0
/// sotto's own call as a party of the demo holds it: its messages go through the session, and the
/// keys that come of them go to the media.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include <sotto/sotto_call.hpp>

#include "demo/codec.hpp"
#include "demo/link.hpp"
#include "demo/media_line.hpp"

namespace sotto::demo {

/// The number of a device in a call.
inline constexpr std::uint32_t phone = 1;
inline constexpr std::uint32_t tablet = 2;

class OwnCall {
 public:
  OwnCall(CallSide side, Link& link, MediaLine& media);

  /// The caller's: draw a call id and send the offer.
  void place();
  /// Deal with a message of the call; answers false when it is none.
  bool take(const Content& content);
  /// Propose new keys while media flow.
  void rekey();
  /// The call's time is that of the media heard: however long a busy machine takes for them, keys
  /// are changed and erased at the same packets.
  void pass(std::chrono::milliseconds time);
  /// Let time pass until the call has something to do, when there is nothing else to wait for.
  void pass_until_deadline();
  /// The caller's, once a device has the call: refuse what other devices answer.
  void hear_second();

  /// Media can flow.
  [[nodiscard]] bool keyed() const noexcept { return call_.has_value(); }

 private:
  void answer(const Content& offer);
  void accept(const Content& answer);
  void heed(CallNews&& news);
  void show_code() const;
  [[nodiscard]] RosterHash roster() const;

  CallSide side_;
  Link& link_;
  MediaLine& media_;
  SystemEntropy entropy_;
  std::optional<OutgoingCall> outgoing_;
  std::optional<Call> call_;
  Instant now_ = demo::now();
};

/// "123 456, or: apple moon ..., or: ..." in one line.
[[nodiscard]] std::string shown_code(const CallCode& code);
/// A number that differs when any form of two codes does, for the parent to compare.
[[nodiscard]] std::uint64_t code_number(const CallCode& code);
/// The hash of a list of devices, by the public HKDF. The demo's list has the two that talk.
[[nodiscard]] RosterHash roster_of(const CallParty& caller, const CallParty& callee);

}  // namespace sotto::demo
