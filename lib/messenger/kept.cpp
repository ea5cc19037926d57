// SPDX-License-Identifier: MIT OR Apache-2.0
/// What is kept, and for how long.
#include <algorithm>
#include <array>
#include <utility>

#include <sotto/messenger.hpp>

#include "messenger/desk.hpp"
#include "messenger/plan.hpp"

namespace sotto {
namespace {

using messenger::Desk;
using messenger::RowKey;
using messenger::RowKind;

/// Whose timers a book has.
struct BookOf {
  ConversationId conversation;
  UserId author;
};

/// The first book of timers behind `after`, or of all. Only conversations in which something was
/// to disappear have one [CV-5-4].
Result<std::optional<BookOf>> next_book(Desk& desk, const std::optional<BookOf>& after) noexcept {
  const RowKey all(RowKind::timers);
  const RowKey behind = after ? messenger::timers_row(after->conversation, after->author) : all;
  std::array<std::uint8_t, RowKey::max_bytes> room{};
  const auto next = desk.next(room, all, behind);
  if (!next) return std::unexpected(next.error());
  const std::optional<Bytes>& row = *next;
  if (!row) return std::optional<BookOf>();
  base::Fields fields(*row);
  BookOf book;
  book.conversation = fields.public_value<ConversationId>();
  book.author = fields.public_value<UserId>();
  if (!fields.finished()) return std::unexpected(Error::corrupted);
  return std::optional(book);
}

/// Change the timers of a person's messages, at `now`, and store them.
template <class Change>
Result<void> with_timers(Device& device, const ConversationId& id, const UserId& author,
                         Instant now, Change&& change) noexcept {
  auto desk = Desk::open(device);
  if (!desk) return std::unexpected(desk.error());
  if (const auto state = desk->state(id); !state) return std::unexpected(state.error());
  auto book = desk->timers(id, author);
  if (!book) return std::unexpected(book.error());
  const bool moved = book->follow(now);
  if (!change(book->timers()) && !moved) return {};
  if (const auto put = desk->put(id, author, *book); !put) return put;
  if (const auto done = desk->commit(); !done) return std::unexpected(done.error());
  return {};
}

/// Erase what is over of one person's messages, as much as there is room for. `changed` is set if
/// there is anything to be stored.
Result<std::size_t> erase_due(Desk& desk, const ConversationId& id, const UserId& author,
                              std::span<Erased> erased, Instant now, bool& changed) noexcept {
  auto book = desk.timers(id, author);
  if (!book) return std::unexpected(book.error());
  std::size_t count = 0;
  const bool moved = book->follow(now);
  for (; count < erased.size(); ++count) {
    const auto due = book->timers().due(now);
    if (due.empty()) break;
    const MessageName message{author, due.front().id};
    const auto place = desk.place(id, message);
    if (!place) return std::unexpected(place.error());
    if (const std::optional<messenger::Place>& known = *place; known && !known->gone) {
      if (const auto done = desk.erase_content(id, known->key); !done)
        return std::unexpected(done.error());
    }
    book->timers().done(message.id);
    erased[count] = {id, message};
  }
  if (count == 0 && !moved) return count;
  changed = true;
  if (const auto put = desk.put(id, author, *book); !put) return std::unexpected(put.error());
  return count;
}

/// Erase what is over, and store that; how many there were.
Result<std::size_t> erase_all_due(Device& device, std::span<Erased> erased, Instant now) noexcept {
  auto desk = Desk::open(device);
  if (!desk) return std::unexpected(desk.error());
  std::size_t count = 0;
  bool changed = false;
  for (std::optional<BookOf> at; count < erased.size();) {
    const auto next = next_book(*desk, at);
    if (!next) return std::unexpected(next.error());
    at = *next;
    if (!at) break;
    const auto done =
        erase_due(*desk, at->conversation, at->author, erased.subspan(count), now, changed);
    if (!done) return std::unexpected(done.error());
    count += *done;
  }
  if (!changed) return count;
  // Also a commit of which nobody knows whether it happened may have erased.
  if (count > 0) device.owe_purge();
  if (const auto done = desk->commit(); !done) return std::unexpected(done.error());
  return count;
}

}  // namespace

Result<std::optional<KeptContent>> Messenger::kept(MutableBytes out,
                                                   const ConversationId& conversation,
                                                   const MessageName& message) noexcept {
  auto desk = Desk::open(device_);
  if (!desk) return std::unexpected(desk.error());
  const auto found = desk->place(conversation, message);
  if (!found) return std::unexpected(found.error());
  const std::optional<messenger::Place>& place = *found;
  if (!place || place->gone) return std::optional<KeptContent>();
  return desk->content(out, conversation, place->key);
}

Result<std::optional<KeptContent>> Messenger::next_kept(
    MutableBytes out, const ConversationId& conversation,
    const std::optional<OrderKey>& after) noexcept {
  auto desk = Desk::open(device_);
  if (!desk) return std::unexpected(desk.error());
  const RowKey all = RowKey(RowKind::content).put(conversation.bytes());
  const RowKey behind = after ? messenger::content_row(conversation, *after) : all;
  std::array<std::uint8_t, RowKey::max_bytes> room{};
  const auto next = desk->next(room, all, behind);
  if (!next) return std::unexpected(next.error());
  const std::optional<Bytes>& row = *next;
  if (!row) return std::optional<KeptContent>();
  base::Fields fields(*row);
  const OrderKey place = messenger::read_place(fields);
  if (!fields.finished()) return std::unexpected(Error::corrupted);
  return desk->content(out, conversation, place);
}

Result<void> Messenger::read(const ConversationId& conversation, const MessageName& message,
                             Instant now) noexcept {
  return with_timers(device_, conversation, message.author, now,
                     [&](TimerBook& book) { return book.read(message.id, now); });
}

Result<void> Messenger::close(const ConversationId& conversation, const MessageName& message,
                              Instant now) noexcept {
  return with_timers(device_, conversation, message.author, now,
                     [&](TimerBook& book) { return book.close(message.id, now); });
}

Result<Ticked> Messenger::tick(std::span<Erased> erased, Instant now) noexcept {
  const auto count = erase_all_due(device_, erased, now);
  if (!count) return std::unexpected(count.error());
  Ticked ticked{erased.first(*count), {}};
  const auto purged = device_.purge_if_due();  // [CV-5-3]
  if (!purged) ticked.unpurged = purged.error();
  return ticked;
}

Result<std::optional<Instant>> Messenger::next_deadline() noexcept {
  auto desk = Desk::open(device_);
  if (!desk) return std::unexpected(desk.error());
  std::optional<Instant> first;
  for (std::optional<BookOf> at;;) {
    const auto next = next_book(*desk, at);
    if (!next) return std::unexpected(next.error());
    at = *next;
    if (!at) return first;
    const auto book = desk->timers(at->conversation, at->author);
    if (!book) return std::unexpected(book.error());
    const auto deadline = book->timers().next_deadline();
    if (deadline && (!first || *deadline < *first)) first = deadline;
  }
}

}  // namespace sotto
