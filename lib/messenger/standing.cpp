// SPDX-License-Identifier: MIT OR Apache-2.0
#include "messenger/standing.hpp"

#include <algorithm>

#include <sotto/content_body.hpp>

namespace sotto::messenger {
namespace {

/// A message that its author's account takes back, on whichever device it was written.
Result<void> delete_for_all(Desk& desk, const ConversationId& id, const UserId& author,
                            Bytes body) noexcept {
  const auto of = read_delete(body);
  if (!of) return std::unexpected(of.error());
  const auto found = desk.place(id, {author, *of});
  if (!found) return std::unexpected(found.error());
  const std::optional<Place>& place = *found;
  // It may come yet: then it is known, and is never shown.
  if (!place) return desk.put(id, Place{{0, author, {}, *of}, true});
  if (place->gone) return {};
  auto book = desk.timers(id, author);
  if (!book) return std::unexpected(book.error());
  if (book->timers().done(*of)) {
    if (const auto put = desk.put(id, author, *book); !put) return put;
  }
  return desk.erase_content(id, place->key);
}

/// Messages that the reader has read: the other person's, on whichever device.
Result<void> take_receipt(Desk& desk, const ConversationState& state, const ConversationId& id,
                          const UserId& reader, Bytes body, Instant now) noexcept {
  const auto ids = read_receipt(body);
  if (!ids) return std::unexpected(ids.error());
  const auto sides = state.choice.sides();
  const UserId& author = sides[0].user() == reader ? sides[1].user() : sides[0].user();
  auto book = desk.timers(id, author);
  if (!book) return std::unexpected(book.error());
  bool changed = book->follow(now);
  for (std::size_t i = 0; i < ids->size(); ++i)
    changed = book->timers().read((*ids)[i], now) || changed;
  return changed ? desk.put(id, author, *book) : Result<void>();
}

/// Whether the message may be kept at all. Most have no timer, and need no book.
Result<TimerStart> start_timer(Desk& desk, const ConversationId& id, const OrderKey& place,
                               const ContentHead& head, const UserId& us, Instant now) noexcept {
  if (head.timer.type == TimerType::off) return TimerStart::untimed;
  auto book = desk.timers(id, place.sender);
  if (!book) return std::unexpected(book.error());
  book->follow(now);
  const auto started = book->add(place.id, head.timer, head.sent_at, place.sender == us, now);
  if (!started) return started;
  if (const auto put = desk.put(id, place.sender, *book); !put) return std::unexpected(put.error());
  return started;
}

Result<void> heed(Desk& desk, ConversationState& state, const ConversationId& id,
                  const OrderKey& place, const ContentView& content, Instant now) noexcept {
  switch (content.head.kind) {
    case ContentKind::timer_change: {
      const auto setting = read_timer_change(content.body);
      if (!setting) return std::unexpected(setting.error());
      if (place <= state.timer_place) return {};
      state.timer = *setting;
      state.timer_place = place;
      return {};
    }
    case ContentKind::delete_for_all:
      return delete_for_all(desk, id, place.sender, content.body);
    case ContentKind::read_receipt:
      return take_receipt(desk, state, id, place.sender, content.body, now);
    default:
      return {};
  }
}

}  // namespace

Result<Stood> stand(Desk& desk, ConversationState& state, const ConversationId& id,
                    const OrderKey& place, const ContentView& content, const KeptHead& kept,
                    const UserId& us, Instant now) noexcept {
  state.largest_order = std::max(state.largest_order, place.order);
  const auto started = start_timer(desk, id, place, content.head, us, now);
  if (!started) return std::unexpected(started.error());
  const bool over = *started == TimerStart::over;
  if (const auto put = desk.put(id, Place{place, over}); !put) return std::unexpected(put.error());
  if (!over) {
    if (const auto put = desk.put_content(id, place, kept, content.franked); !put)
      return std::unexpected(put.error());
  }
  if (const auto heeded = heed(desk, state, id, place, content, now); !heeded)
    return std::unexpected(heeded.error());
  return over ? Stood::over : Stood::kept;
}

}  // namespace sotto::messenger
