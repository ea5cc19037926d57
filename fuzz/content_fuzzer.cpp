// SPDX-License-Identifier: MIT OR Apache-2.0
/// Bytes as a content, with its padding and without; as each kind of body; as the rows of a
/// message's state and of a conversation's timer: what is read is written again as it was. A
/// content that was read is then taken by a state, which may come to hold nothing that it cannot be
/// restored from.
#include <sotto/message_state.hpp>

#include "input.hpp"

namespace {

using namespace sotto;
using fuzz::Buffer;
using fuzz::require;

bool same(const Result<MutableBytes>& written, Bytes bytes) {
  return written && std::ranges::equal(*written, bytes);
}

/// Its body by the reader of its kind, and again.
bool body_written_again(ContentKind kind, Bytes body, MutableBytes room) {
  switch (kind) {
    case ContentKind::text:
      return same(write_text(room, *read_text(body)), body);
    case ContentKind::attachment:
      return same(write_attachment(room, *read_attachment(body)), body);
    case ContentKind::timer_change:
      return same(write_timer_change(room, *read_timer_change(body)), body);
    case ContentKind::reaction:
      return same(write_reaction(room, *read_reaction(body)), body);
    case ContentKind::edit:
      return same(write_edit(room, *read_edit(body)), body);
    case ContentKind::delete_for_all:
      return same(write_delete(room, *read_delete(body)), body);
    case ContentKind::read_receipt: {
      const auto receipt = read_receipt(body);
      std::vector<MessageId> ids;
      for (std::size_t i = 0; i < receipt->size(); ++i) ids.push_back((*receipt)[i]);
      return same(write_receipt(room, ids), body);
    }
    case ContentKind::call:
    case ContentKind::device_note:
      return true;
  }
  return true;
}

void state_is_whole(const MessageState& state) {
  Buffer room(MessageState::max_bytes);
  const auto written = state.write(room);
  require(written.has_value(), "a state cannot be written");
  const auto again = MessageState::restore(*written);
  require(again && std::ranges::equal(again->people(), state.people()),
          "a state cannot be restored");
}

void taken(const ContentView& content) {
  const auto id = concerns(content);
  if (!id) return;
  MessageState state(*id);
  require(state.take(UserId(), DeviceId{1}, content) == StateChange::changed,
          "a first word changes nothing");
  state_is_whole(state);
  require(state.take(UserId(), DeviceId{1}, content) == StateChange::nothing,
          "a second delivery changes something");
}

void content(Bytes bytes) {
  const auto read = read_content(bytes);
  const auto bare = read_franked_content(read ? read->franked : bytes);
  require(!read || bare.has_value(), "a content is none without its padding");
  if (!bare) return;
  Buffer room(content_max_padded);
  const auto written = write_content(room, bare->head, FrankingKey(bare->franking_key), bare->body);
  require(written.has_value(), "a content cannot be written");
  require(std::ranges::equal(written->first(bare->franked.size()), bare->franked) &&
              (!read || std::ranges::equal(*written, bytes)),
          "a content is written otherwise");
  require(body_written_again(bare->head.kind, bare->body, room), "a body is written otherwise");
  taken(*bare);
}

void rows(Bytes bytes) {
  Buffer room(MessageState::max_bytes);
  if (const auto state = MessageState::restore(bytes)) {
    require(same(state->write(room), bytes), "a state is written otherwise");
    for (const MessagePerson& person : state->people()) {
      require(state->shown(person.who).has_value() == person.sent.has_value(),
              "a message is shown that has not come");
      static_cast<void>(state->reaction(person.who));
    }
  }
  if (const auto timer = TimerDefault::restore(bytes))
    require(same(timer->write(room), bytes), "a timer is written otherwise");
}

void bodies(Bytes bytes) {
  Buffer room(content_max_padded);
  for (std::uint16_t number = 0; number <= 10; ++number) {
    const auto kind = static_cast<ContentKind>(number);
    if (is_body_of(kind, bytes))
      require(body_written_again(kind, bytes, room), "a body is written otherwise");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes(data, size);
  content(bytes);
  rows(bytes);
  bodies(bytes);
  return 0;
}
