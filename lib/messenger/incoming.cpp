// SPDX-License-Identifier: MIT OR Apache-2.0
/// A letter's way up: opened, held against the rosters, its franking checked, kept.
#include <algorithm>
#include <chrono>

#include <sotto/messenger.hpp>

#include "base/overlap.hpp"
#include "messenger/choice.hpp"
#include "messenger/desk.hpp"
#include "messenger/standing.hpp"
#include "messenger/watches.hpp"

namespace sotto {
namespace {

using messenger::ConversationState;
using messenger::Desk;

/// When a letter was sent, by its sender's clock, and when it came.
struct Sent {
  Instant at;
  Instant now;
  std::chrono::milliseconds grace;
};

/// A letter that was opened and is what it should be; it has not changed anything.
struct Letter {
  DeviceChoice choice;
  ContentView content;
  Opened opened;
};

Result<Letter> open_letter(Desk& desk, MutableBytes out, const Envelope& envelope, Entropy& entropy,
                           Instant now) noexcept {
  const auto opened = desk.transaction().decrypt(out, messenger::address_of(envelope.from),
                                                 envelope.kind, envelope.bytes, entropy, now);
  if (!opened) return std::unexpected(opened.error());
  const auto choice = messenger::read_choice(opened->plaintext);
  if (!choice) return std::unexpected(choice.error());
  const auto content = read_content(choice->rest);
  if (!content) return std::unexpected(content.error());
  // Before anything is shown or kept: it could not be reported otherwise [CV-4-2].
  const FrankingKey key(content->franking_key);
  if (const auto franked = check_franking(key, content->franked, envelope.tag); !franked)
    return std::unexpected(franked.error());
  return Letter{choice->choice, *content, *opened};
}

/// What somebody says of our own list [CV-4-3].
Result<void> compare_ours(Desk& desk, const UserDevice& from, const UserId& us,
                          const RosterClaim& said, const Sent& sent, Notices& notices) noexcept {
  auto ours = desk.roster(us);
  if (!ours) return std::unexpected(ours.error());
  if (ours->correct_clock(std::max(sent.at, sent.now)))  // [RO-5-4]
    if (const auto put = desk.put(*ours); !put) return put;
  const auto warning =
      messenger::watch_hears(desk, from, *ours, said, sent.at, sent.now, sent.grace);
  if (!warning) return std::unexpected(warning.error());
  switch (*warning) {
    case RosterWarning::none:
      break;
    case RosterWarning::fetch_ours:
      notices.add(Notice::our_roster_ahead);
      break;
    case RosterWarning::withheld:
      notices.add(Notice::withheld_roster);
      break;
    case RosterWarning::withheld_removal:
      notices.add(Notice::withheld_removal);
      break;
    case RosterWarning::ghost_device:
      notices.add(Notice::ghost_device);
      break;
  }
  return {};
}

/// What somebody says of the other person's list [CV-4-3].
Result<void> compare_theirs(Desk& desk, const UserId& them, const RosterClaim& said,
                            Notices& notices) noexcept {
  const auto theirs = desk.roster(them);
  if (!theirs) return std::unexpected(theirs.error());
  switch (theirs->compare(said)) {
    case RosterSight::ahead:
      notices.add(Notice::their_roster_ahead);
      break;
    case RosterSight::forked:
      notices.add(Notice::forked_roster);
      break;
    case RosterSight::same:
    case RosterSight::behind:
      break;  // They, or our other device, wrote it before that list changed.
  }
  return {};
}

/// What both rosters look like from where the letter was written.
Result<void> compare_rosters(Desk& desk, const Letter& letter, const UserId& us,
                             const UserDevice& from, const Sent& sent, Notices& notices) noexcept {
  const auto sides = letter.choice.sides();
  const UserId& them = sides[0].user() == us ? sides[1].user() : sides[0].user();
  const ContentHead& head = letter.content.head;
  const bool own = from.user == us;
  const auto ours = compare_ours(desk, from, us, own ? head.sender : head.recipient, sent, notices);
  if (!ours) return ours;
  return compare_theirs(desk, them, own ? head.recipient : head.sender, notices);
}

/// The choice that stands when the letter's meets ours [CV-2-2].
Result<ConversationState> meet(Desk& desk, const Letter& letter, Notices& notices) noexcept {
  const auto found = desk.find(letter.content.head.conversation);
  if (!found) return std::unexpected(found.error());
  const std::optional<ConversationState>& known = *found;
  if (!known) {
    ConversationState state;
    state.choice = letter.choice;
    notices.add(Notice::conversation_begun);
    return state;
  }
  ConversationState state = *known;
  for (std::size_t i = 0; i < 2; ++i)  // A conversation is of the same two people for ever.
    if (state.choice.sides()[i].user() != letter.choice.sides()[i].user())
      return std::unexpected(Error::malformed);
  if (letter.choice.stands_over(state.choice)) {
    state.choice = letter.choice;
    notices.add(Notice::devices_chosen);
  }
  return state;
}

/// Let a letter change what is kept of its conversation, as far as it may.
Result<void> enter(Desk& desk, const Letter& letter, const Envelope& envelope, const UserId& us,
                   ConversationState& state, Instant now, Arrival& arrival) noexcept {
  if (!state.choice.has(envelope.from)) {
    arrival.kind = Arrival::Kind::not_chosen;  // [CV-2-3]
    return {};
  }
  const auto known = desk.place(arrival.conversation, messenger::name_of(arrival.place));
  if (!known) return std::unexpected(known.error());
  if (known->has_value()) {
    arrival.kind = Arrival::Kind::known;  // [CV-4-1]
  } else {
    const auto stood = messenger::stand(
        desk, state, arrival.conversation, arrival.place, letter.content,
        {envelope.tag, envelope.counter, envelope.stamped_at, envelope.stamp}, us, now);
    if (!stood) return std::unexpected(stood.error());
    if (*stood == messenger::Stood::over) arrival.kind = Arrival::Kind::over;
  }
  return desk.put(arrival.conversation, state);
}

}  // namespace

Result<Arrival> Messenger::receive(MutableBytes out, const Envelope& envelope, Entropy& entropy,
                                   Instant now) noexcept {
  const UserDevice& from = envelope.from;
  if (from == self()) return std::unexpected(Error::own_identity);
  // What is wiped below must not be the message, which the caller hands in again.
  if (base::overlap(out, envelope.bytes)) return std::unexpected(Error::buffers_overlap);
  auto desk = Desk::open(device_);
  if (!desk) return std::unexpected(desk.error());
  const auto roster = desk->roster(from.user);
  if (!roster) return std::unexpected(roster.error());
  const DeviceClaim* const claim =
      roster->newest() == nullptr ? nullptr : roster->newest()->find(from.device);
  if (claim == nullptr) return std::unexpected(Error::rosters_differ);  // [CV-3-2]
  const auto fail = [&](Error error) -> Result<Arrival> {
    wipe(out);
    return std::unexpected(error);
  };
  const auto letter = open_letter(*desk, out, envelope, entropy, now);
  if (!letter) return fail(letter.error());
  if (letter->opened.identity != claim->identity) return fail(Error::identity_changed);
  // Both are people of this conversation, and we are meant.
  if (!letter->choice.has(self()) || letter->choice.side(from.user) == nullptr)
    return fail(Error::malformed);

  Arrival arrival;
  arrival.conversation = letter->content.head.conversation;
  arrival.place = order_key(letter->content.head, from.user, from.device);
  if (letter->opened.first_identity) arrival.notices.add(Notice::first_identity);
  if (letter->opened.changed_session && !letter->opened.began_session)
    arrival.notices.add(Notice::session_returned);  // [CV-4-4]
  auto state = meet(*desk, *letter, arrival.notices);
  if (!state) return fail(state.error());
  const Sent sent{letter->content.head.sent_at, now, grace_};
  if (const auto compared = compare_rosters(*desk, *letter, us_, from, sent, arrival.notices);
      !compared)
    return fail(compared.error());
  if (const auto entered = enter(*desk, *letter, envelope, us_, *state, now, arrival); !entered)
    return fail(entered.error());
  if (const auto done = desk->commit(); !done) return fail(done.error());
  if (arrival.kind == Arrival::Kind::content)
    arrival.content.emplace(letter->content);
  else
    wipe(out);
  return arrival;
}

}  // namespace sotto
