// SPDX-License-Identifier: MIT OR Apache-2.0
/// All that a call's set-up can do, as one table [CS-2-1].
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include <sotto/call_setup.hpp>

namespace sotto::conversation {

/// What happens, as far as the table tells it apart. "Our call" is the present one; "the peer" the
/// one device that we have it with, which a caller has not before the confirm.
enum class CallEvent : std::uint8_t {
  // Our person and our app.
  place,
  accept,
  decline,
  hang_up,
  confirm,
  reject,
  reject_last,  ///< of as many devices as there may be
  // Signals of our call.
  offer_again,
  ringing,
  answer,           ///< while no other waits to be judged
  answer_waiting,   ///< while one does
  answer_rejected,  ///< of a device whose answer was no good before
  answer_of_peer,
  answer_of_other,
  confirm_of_peer,
  refused,     ///< a hang-up that says declined, before the confirm
  one_busy,    ///< a hang-up that says busy, before the confirm
  lost_glare,  ///< a hang-up that says that the other call stands, before the confirm
  one_gone,    ///< any other hang-up of a device that is not the peer
  peer_gone,
  // Offers of other calls.
  offer,        ///< of a device that is not the peer
  offer_newer,  ///< of the peer, made after our call
  offer_older,
  offer_wins,  ///< while we call: its id is larger than ours
  offer_loses,
  offer_late,  ///< its caller has given up long ago
  // Signals of calls that are over, or that we never knew.
  stray,
  stray_gone,
  // Time.
  repeat,
  deadline,
};
inline constexpr std::size_t call_events = 30;

/// What is done, in this order.
enum class CallAction : std::uint8_t {
  none,
  begin,           ///< our own call: id, body
  adopt,           ///< their call: id, peer
  take_candidate,  ///< the sender's answer waits to be judged
  drop_candidate,
  take_peer,  ///< the candidate is the peer
  offer_all,
  say_ringing,
  say_answer,
  say_confirm,
  hang_up_peer,  ///< these three are said again until they are acknowledged, or for so long
  hang_up_all,
  hang_up_others,  ///< all but the peer: answered elsewhere
  reject_sender,   ///< failed; its answers are not taken any more
  elsewhere_sender,
  glare_sender,  ///< their call, which ours beats
  busy_sender,
  over_sender,  ///< their call is over
  late_sender,  ///< their call timed out
  acknowledge,
  tell_incoming,
  tell_glare,  ///< incoming, while we were calling
  tell_rings,
  tell_answered,
  tell_connected,
  tell_busy,
  tell_missed,
  tell_ended,
};

struct CallTransition {
  static constexpr std::size_t most_actions = 6;
  CallState from;
  CallEvent event;
  CallState to;
  std::array<CallAction, most_actions> actions{};
};

/// Each pair of state and event stands here at most once. A pair that is not here changes nothing
/// and is not answered.
[[nodiscard]] std::span<const CallTransition> call_transitions() noexcept;

/// The row of a pair, or null.
[[nodiscard]] const CallTransition* find_transition(CallState from, CallEvent event) noexcept;

}  // namespace sotto::conversation
