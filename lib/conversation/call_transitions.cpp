// SPDX-License-Identifier: MIT OR Apache-2.0
#include "conversation/call_transitions.hpp"

#include <cstdlib>

namespace sotto::conversation {
namespace {

using enum CallState;
using enum CallAction;
using Event = CallEvent;

// clang-format off
constexpr CallTransition table[] = {
  // Nothing is going on.
  {idle,        Event::place,           calling,     {begin, offer_all}},
  {idle,        Event::offer,           ringing,     {adopt, say_ringing, tell_incoming}},
  {idle,        Event::offer_late,      idle,        {late_sender, tell_missed}},
  {idle,        Event::stray,           idle,        {over_sender}},
  {idle,        Event::stray_gone,      idle,        {acknowledge}},

  // We call. Every device of theirs may ring; the first answer that our app confirms wins [CS-3-1].
  {calling,     Event::ringing,         calling,     {tell_rings}},
  {calling,     Event::answer,          calling,     {take_candidate, tell_answered}},
  {calling,     Event::confirm,         talking_out, {take_peer, say_confirm, hang_up_others, tell_connected}},
  {calling,     Event::reject,          calling,     {reject_sender, drop_candidate}},
  {calling,     Event::reject_last,     idle,        {hang_up_all, tell_ended}},
  {calling,     Event::answer_rejected, calling,     {reject_sender}},
  {calling,     Event::refused,         idle,        {acknowledge, hang_up_all, tell_ended}},
  {calling,     Event::one_busy,        calling,     {acknowledge, drop_candidate, tell_busy}},
  {calling,     Event::lost_glare,      idle,        {acknowledge, hang_up_all, tell_ended}},
  {calling,     Event::one_gone,        calling,     {acknowledge, drop_candidate}},
  {calling,     Event::offer_wins,      ringing,     {hang_up_all, adopt, say_ringing, tell_glare}},
  {calling,     Event::offer_loses,     calling,     {glare_sender}},
  {calling,     Event::hang_up,         idle,        {hang_up_all, tell_ended}},
  {calling,     Event::repeat,          calling,     {offer_all}},
  {calling,     Event::deadline,        idle,        {hang_up_all, tell_ended}},
  {calling,     Event::offer_late,      calling,     {late_sender, tell_missed}},
  {calling,     Event::stray,           calling,     {over_sender}},
  {calling,     Event::stray_gone,      calling,     {acknowledge}},

  // They call, and it rings here. Another device of theirs takes the place of the one that called
  // until the call is connected [CS-3-8].
  {ringing,     Event::accept,          answering,   {say_answer}},
  {ringing,     Event::decline,         idle,        {hang_up_peer, tell_ended}},
  {ringing,     Event::offer_again,     ringing,     {say_ringing}},
  {ringing,     Event::offer,           ringing,     {hang_up_peer, tell_ended, adopt, say_ringing, tell_incoming}},
  {ringing,     Event::offer_newer,     ringing,     {tell_ended, adopt, say_ringing, tell_incoming}},
  {ringing,     Event::offer_older,     ringing,     {over_sender}},
  {ringing,     Event::peer_gone,       idle,        {acknowledge, tell_ended}},
  {ringing,     Event::deadline,        idle,        {hang_up_peer, tell_ended}},
  {ringing,     Event::offer_late,      ringing,     {late_sender, tell_missed}},
  {ringing,     Event::stray,           ringing,     {over_sender}},
  {ringing,     Event::stray_gone,      ringing,     {acknowledge}},

  // Our person has accepted; whether we have won, the caller says [CS-3-2].
  {answering,   Event::confirm_of_peer, talking_in,  {tell_connected}},
  {answering,   Event::hang_up,         idle,        {hang_up_peer, tell_ended}},
  {answering,   Event::offer,           ringing,     {hang_up_peer, tell_ended, adopt, say_ringing, tell_incoming}},
  {answering,   Event::offer_newer,     ringing,     {tell_ended, adopt, say_ringing, tell_incoming}},
  {answering,   Event::offer_older,     answering,   {over_sender}},
  {answering,   Event::peer_gone,       idle,        {acknowledge, tell_ended}},
  {answering,   Event::repeat,          answering,   {say_answer}},
  {answering,   Event::deadline,        idle,        {hang_up_peer, tell_ended}},
  {answering,   Event::offer_late,      answering,   {late_sender, tell_missed}},
  {answering,   Event::stray,           answering,   {over_sender}},
  {answering,   Event::stray_gone,      answering,   {acknowledge}},

  // Connected; we called.
  {talking_out, Event::answer_of_peer,  talking_out, {say_confirm}},
  {talking_out, Event::answer_of_other, talking_out, {elsewhere_sender}},
  {talking_out, Event::hang_up,         idle,        {hang_up_peer, tell_ended}},
  {talking_out, Event::offer,           talking_out, {busy_sender}},
  {talking_out, Event::offer_newer,     ringing,     {tell_ended, adopt, say_ringing, tell_incoming}},
  {talking_out, Event::offer_older,     talking_out, {over_sender}},
  {talking_out, Event::peer_gone,       idle,        {acknowledge, tell_ended}},
  {talking_out, Event::one_gone,        talking_out, {acknowledge}},
  {talking_out, Event::offer_late,      talking_out, {late_sender, tell_missed}},
  {talking_out, Event::stray,           talking_out, {over_sender}},
  {talking_out, Event::stray_gone,      talking_out, {acknowledge}},

  // Connected; they called.
  {talking_in,  Event::hang_up,         idle,        {hang_up_peer, tell_ended}},
  {talking_in,  Event::offer,           talking_in,  {busy_sender}},
  {talking_in,  Event::offer_newer,     ringing,     {tell_ended, adopt, say_ringing, tell_incoming}},
  {talking_in,  Event::offer_older,     talking_in,  {over_sender}},
  {talking_in,  Event::peer_gone,       idle,        {acknowledge, tell_ended}},
  {talking_in,  Event::offer_late,      talking_in,  {late_sender, tell_missed}},
  {talking_in,  Event::stray,           talking_in,  {over_sender}},
  {talking_in,  Event::stray_gone,      talking_in,  {acknowledge}},
};
// clang-format on

constexpr std::size_t call_states = 6;
constexpr std::uint8_t no_row = 0xff;
static_assert(std::size(table) < no_row);

using Index = std::array<std::array<std::uint8_t, call_events>, call_states>;

/// Where each pair stands. That none stands twice is checked by the compiler.
constexpr Index index_of_table() {
  Index index{};
  for (auto& row : index) row.fill(no_row);
  for (std::size_t i = 0; i < std::size(table); ++i) {
    std::uint8_t& place =
        index[static_cast<std::size_t>(table[i].from)][static_cast<std::size_t>(table[i].event)];
    if (place != no_row) std::abort();  // A pair stands twice: no constant, so it does not compile.
    place = static_cast<std::uint8_t>(i);
  }
  return index;
}
constexpr Index index_of = index_of_table();

}  // namespace

std::span<const CallTransition> call_transitions() noexcept {
  return table;
}

const CallTransition* find_transition(CallState from, CallEvent event) noexcept {
  const std::uint8_t place =
      index_of[static_cast<std::size_t>(from)][static_cast<std::size_t>(event)];
  return place == no_row ? nullptr : &table[place];
}

}  // namespace sotto::conversation
