// SPDX-License-Identifier: MIT OR Apache-2.0
#include "messenger/desk.hpp"

#include <array>
#include <utility>

#include "messenger/plan.hpp"

namespace sotto::messenger {
namespace {

/// A stored form that is wrong was sealed by us so: it is damaged, not hostile.
Error stored(Error error) noexcept {
  return error == Error::malformed ? Error::corrupted : error;
}

}  // namespace

Result<Desk> Desk::open(Device& device) noexcept {
  auto transaction = device.begin();
  if (!transaction) return std::unexpected(transaction.error());
  return Desk(*std::move(transaction));
}

Result<std::optional<Bytes>> Desk::next(MutableBytes room, const RowKey& all,
                                        const RowKey& behind) noexcept {
  const auto next = transaction_.next(Space::messenger, room, all.bytes(), behind.bytes());
  if (!next) return std::unexpected(next.error());
  const std::optional<MutableBytes>& row = *next;
  if (!row) return std::optional<Bytes>();
  return std::optional<Bytes>(row->subspan(all.bytes().size()));
}

Result<std::optional<UserId>> Desk::account() noexcept {
  std::array<std::uint8_t, UserId::size_bytes> room{};
  const auto value = read(room, RowKey(RowKind::account));
  if (!value) return std::unexpected(value.error());
  const std::optional<MutableBytes>& row = *value;
  if (!row) return std::optional<UserId>();
  if (row->size() != room.size()) return std::unexpected(Error::corrupted);
  return std::optional(UserId(room));
}

Result<void> Desk::put_account(const UserId& us) noexcept {
  return put(RowKey(RowKind::account), us.bytes());
}

Result<KnownRoster> Desk::roster(const UserId& user) noexcept {
  std::array<std::uint8_t, KnownRoster::max_saved_bytes> room{};
  const auto value = read(room, roster_row(user));
  if (!value) return std::unexpected(value.error());
  const std::optional<MutableBytes>& row = *value;
  if (!row) return KnownRoster(user);
  auto loaded = KnownRoster::load(*row);
  if (!loaded) return std::unexpected(stored(loaded.error()));
  if (loaded->user() != user) return std::unexpected(Error::corrupted);
  return loaded;
}

Result<void> Desk::put(const KnownRoster& roster) noexcept {
  std::array<std::uint8_t, KnownRoster::max_saved_bytes> room{};
  const auto saved = roster.save(room);
  if (!saved) return std::unexpected(saved.error());
  return put(roster_row(roster.user()), *saved);
}

Result<std::optional<ConversationState>> Desk::find(const ConversationId& id) noexcept {
  std::array<std::uint8_t, state_max_bytes> room{};
  const auto value = read(room, conversation_row(id));
  if (!value) return std::unexpected(value.error());
  const std::optional<MutableBytes>& row = *value;
  if (!row) return std::optional<ConversationState>();
  const auto state = read_state(*row);
  if (!state) return std::unexpected(state.error());
  return std::optional(*state);
}

Result<ConversationState> Desk::state(const ConversationId& id) noexcept {
  const auto found = find(id);
  if (!found) return std::unexpected(found.error());
  const std::optional<ConversationState>& state = *found;
  if (!state) return std::unexpected(Error::wrong_state);
  return *state;
}

Result<void> Desk::put(const ConversationId& id, const ConversationState& state) noexcept {
  std::array<std::uint8_t, state_max_bytes> room{};
  const auto written = write_state(room, state);
  if (!written) return std::unexpected(written.error());
  return put(conversation_row(id), *written);
}

Result<ClockedBook> Desk::timers(const ConversationId& id, const UserId& author) noexcept {
  const auto room = Scratch::create(ClockedBook::max_bytes);
  if (!room) return std::unexpected(room.error());
  const auto value = read(room->bytes(), timers_row(id, author));
  if (!value) return std::unexpected(value.error());
  const std::optional<MutableBytes>& row = *value;
  if (!row) return ClockedBook();
  auto book = ClockedBook::restore(*row);
  if (!book) return std::unexpected(stored(book.error()));
  return book;
}

Result<void> Desk::put(const ConversationId& id, const UserId& author,
                       const ClockedBook& book) noexcept {
  if (book.timers().running().empty()) return erase(timers_row(id, author));
  const auto room = Scratch::create(ClockedBook::max_bytes);
  if (!room) return std::unexpected(room.error());
  const auto written = book.write(room->bytes());
  if (!written) return std::unexpected(written.error());
  return put(timers_row(id, author), *written);
}

Result<std::optional<Place>> Desk::place(const ConversationId& id,
                                         const MessageName& message) noexcept {
  std::array<std::uint8_t, place_bytes + 1> room{};
  const auto value = read(room, place_row(id, message));
  if (!value) return std::unexpected(value.error());
  const std::optional<MutableBytes>& row = *value;
  if (!row) return std::optional<Place>();
  base::Fields fields(*row);
  Place place;
  place.key = read_place(fields);
  const auto gone = fields.uint<std::uint8_t>();
  place.gone = gone == 1;
  // What is gone before it came has no order; it has its name.
  if (!fields.finished() || gone > 1 || name_of(place.key) != message ||
      (place.key.order == 0 && !place.gone))
    return std::unexpected(Error::corrupted);
  return std::optional(place);
}

Result<void> Desk::put(const ConversationId& id, const Place& place) noexcept {
  std::array<std::uint8_t, place_bytes + 1> room{};
  base::Writer writer(room);
  put_place(writer, place.key);
  writer.put_uint(static_cast<std::uint8_t>(place.gone ? 1 : 0));
  return put(place_row(id, name_of(place.key)), room);
}

Result<void> Desk::put_content(const ConversationId& id, const OrderKey& place,
                               const KeptHead& head, Bytes content) noexcept {
  const auto room = Scratch::create(kept_head_bytes + content.size());
  if (!room) return std::unexpected(room.error());
  base::Writer writer(room->bytes());
  writer.put(head.tag.bytes());
  writer.put_uint(head.counter);
  writer.put_uint(static_cast<std::uint64_t>(head.stamped_at.time_since_epoch().count()));
  writer.put(head.stamp.bytes());
  writer.put(content);
  return put(content_row(id, place), room->bytes());
}

Result<std::optional<KeptContent>> Desk::content(MutableBytes out, const ConversationId& id,
                                                 const OrderKey& place) noexcept {
  const auto value = get(out, content_row(id, place));
  if (!value) return std::unexpected(value.error());
  const std::optional<MutableBytes>& row = *value;
  if (!row) return std::optional<KeptContent>();
  base::Fields fields(*row);
  const auto tag = fields.public_value<FrankingTag>();
  const auto counter = fields.uint<std::uint64_t>();
  const auto at = Instant(fields.milliseconds());
  const auto stamp = fields.public_value<FrankingStamp>();
  if (fields.failed()) return std::unexpected(Error::corrupted);
  const auto content = read_franked_content(fields.rest());
  if (!content) return std::unexpected(stored(content.error()));
  if (order_key(content->head, place.sender, place.device) != place)
    return std::unexpected(Error::corrupted);
  return std::optional(KeptContent{place, *content, tag, counter, at, stamp});
}

Result<void> Desk::erase_content(const ConversationId& id, const OrderKey& place) noexcept {
  if (const auto erased = erase(content_row(id, place)); !erased) return erased;
  if (const auto dropped = drop_plan(*this, id, place.id); !dropped) return dropped;
  return put(id, Place{place, true});
}

}  // namespace sotto::messenger
