// SPDX-License-Identifier: MIT OR Apache-2.0
/// The rules by which contents that come in any order make one picture. Each person's last word of
/// each sort is kept, by an order that does not depend on delivery; deletion is final. So what is
/// kept is a function of the set of contents taken, and not of their sequence [CN-6-1].
#include <algorithm>

#include <sotto/message_state.hpp>

#include "conversation/utf8.hpp"

namespace sotto {
namespace {

StateChange take_message(MessagePerson& person, const ContentMark& mark,
                         ContentKind kind) noexcept {
  if (person.sent)
    return *person.sent == mark && person.kind == kind ? StateChange::nothing
                                                       : StateChange::id_reused;  // [CN-6-5]
  person.sent = mark;
  person.kind = kind;
  return StateChange::changed;
}

StateChange take_edit(MessagePerson& person, const ContentMark& mark) noexcept {
  // Nothing outdoes a deletion [CN-6-3]; of two edits the later in order stands [CN-6-2].
  if (person.deleted || (person.edit && *person.edit >= mark)) return StateChange::nothing;
  person.edit = mark;
  return StateChange::changed;
}

StateChange take_delete(MessagePerson& person) noexcept {
  if (person.deleted) return StateChange::nothing;
  person.deleted = true;
  person.edit.reset();
  return StateChange::changed;
}

StateChange take_reaction(MessagePerson& person, const ContentMark& mark, Bytes emoji) noexcept {
  if (person.reaction && *person.reaction >= mark) return StateChange::nothing;  // [CN-6-4]
  person.reaction = mark;
  person.emoji = {};
  std::ranges::copy(emoji, person.emoji.begin());
  person.emoji_bytes = static_cast<std::uint8_t>(emoji.size());
  return StateChange::changed;
}

StateChange take_of(MessagePerson& person, const ContentMark& mark,
                    const ContentView& content) noexcept {
  switch (content.head.kind) {
    case ContentKind::edit:
      return take_edit(person, mark);
    case ContentKind::delete_for_all:
      return take_delete(person);
    case ContentKind::reaction:
      return take_reaction(person, mark,
                           conversation::bytes_of(read_reaction(content.body)->emoji));
    default:
      return take_message(person, mark, content.head.kind);
  }
}

}  // namespace

std::optional<MessageId> concerns(const ContentView& content) noexcept {
  switch (content.head.kind) {
    case ContentKind::reaction:
      if (const auto reaction = read_reaction(content.body)) return reaction->to;
      return std::nullopt;
    case ContentKind::edit:
      if (const auto edit = read_edit(content.body)) return edit->of;
      return std::nullopt;
    case ContentKind::delete_for_all:
      if (const auto of = read_delete(content.body)) return *of;
      return std::nullopt;
    case ContentKind::timer_change:
    case ContentKind::read_receipt:
    case ContentKind::call:
    case ContentKind::device_note:
      return std::nullopt;
    default:
      return content.head.id;
  }
}

Result<StateChange> MessageState::take(const UserId& sender, DeviceId device,
                                       const ContentView& content) noexcept {
  if (concerns(content) != id_) return std::unexpected(Error::malformed);
  const ContentMark mark{content.head.order, device, content.head.id};
  const auto known = std::span(people_).first(count_);
  const auto place = std::ranges::lower_bound(known, sender, {}, &MessagePerson::who);
  if (place != known.end() && place->who == sender) return take_of(*place, mark, content);
  if (count_ == max_people) return std::unexpected(Error::exhausted);  // [CN-6-6]
  MessagePerson person;
  person.who = sender;
  const StateChange change = take_of(person, mark, content);  // A first word always changes it.
  people_[count_++] = person;
  std::ranges::sort(std::span(people_).first(count_), {}, &MessagePerson::who);
  return change;
}

const MessagePerson* MessageState::find(const UserId& who) const noexcept {
  const auto found = std::ranges::find(people(), who, &MessagePerson::who);
  return found == people().end() ? nullptr : &*found;
}

std::optional<ShownMessage> MessageState::shown(const UserId& author) const noexcept {
  const MessagePerson* const person = find(author);
  if (person == nullptr || !person->sent) return std::nullopt;
  const ContentMark& sent = *person->sent;
  ShownMessage shown{.at = {sent.order, author, sent.device, id_},
                     .kind = person->kind,
                     .deleted = person->deleted,
                     .text = id_};
  if (person->edit && person->kind == ContentKind::text) {  // [CN-6-2]
    shown.edited = true;
    shown.text = person->edit->content;
  }
  return shown;
}

std::string_view MessageState::reaction(const UserId& who) const noexcept {
  const bool anything = std::ranges::any_of(
      people(), [](const MessagePerson& person) { return person.sent && !person.deleted; });
  const MessagePerson* const person = find(who);
  if (!anything || person == nullptr) return {};
  return conversation::text_of(Bytes(person->emoji).first(person->emoji_bytes));
}

}  // namespace sotto
