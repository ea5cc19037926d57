// SPDX-License-Identifier: MIT OR Apache-2.0
/// Contents as bytes, and what comes of them in any order.
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "conversation/test_contents.hpp"
#include "generators.hpp"
#include "twin_messages.hpp"

namespace sotto::prop {
namespace {

using testing::content_of;
using testing::filled;
using testing::message;

TimerSetting any_timer() {
  const auto type = static_cast<TimerType>(*within<int>(0, 4));
  const bool timed = type == TimerType::after_read || type == TimerType::after_send;
  return {type, timed ? *within<std::uint32_t>(1, timer_max_seconds + 1) : 0,
          Instant(std::chrono::milliseconds(*within<std::int64_t>(0, INT64_MAX)))};
}

ContentHead any_head(ContentKind kind) {
  const auto id = [](auto role) {
    using Id = decltype(role);
    return Id(array_of<Id::size_bytes>(*buffers_of(Id::size_bytes)));
  };
  return {.kind = kind,
          .id = id(MessageId()),
          .conversation = id(ConversationId()),
          .sent_at = Instant(std::chrono::milliseconds(*within<std::int64_t>(0, INT64_MAX))),
          .order = *within<std::uint64_t>(1, UINT64_MAX),
          .number = *within<std::uint64_t>(0, UINT64_MAX),
          .sender = {*within<std::uint64_t>(0, UINT64_MAX), id(RosterHash())},
          .recipient = {*within<std::uint64_t>(0, UINT64_MAX), id(RosterHash())},
          .timer = any_timer()};
}

Buffer any_body(ContentKind kind) {
  if (kind == ContentKind::text) return Buffer(*within<std::size_t>(1, 9000), 'a');
  if (is_known(kind)) return testing::body_of(kind);
  return *buffers_of(*within<std::size_t>(0, 2000));
}

bool is_one_of(std::size_t size) {
  if (size <= 4096) return size % 512 == 0 && size > 0;
  std::size_t top = 4096;
  while (2 * top < size) top *= 2;
  return size % (top / 8) == 0;
}

/// [CN-1-1] [CN-2-2] [CN-3-1] [CN-3-2]
RC_GTEST_PROP(ContentBytes, one_form_for_each_content, ()) {
  const auto kind = static_cast<ContentKind>(*within<std::uint16_t>(1, 16));
  const ContentHead head = any_head(kind);
  const Buffer body = any_body(kind);
  Buffer bytes = content_of(head, body);
  RC_ASSERT(is_one_of(bytes.size()));
  const auto read = read_content(bytes);
  RC_ASSERT(read.has_value());
  RC_ASSERT(read->head == head);
  RC_ASSERT(same(read->body, body));

  flip(bytes, *bits_of(bytes.size()));
  const auto altered = read_content(bytes);
  RC_CLASSIFY(altered.has_value(), "another content");
  if (!altered) return;
  Buffer again(content_max_padded);
  again.resize(
      write_content(again, altered->head, FrankingKey(altered->franking_key), altered->body)
          ->size());
  RC_ASSERT(again == bytes);
}

/// All that is said of the message 1, in the order in which it was said.
std::vector<Said> conversation() {
  const auto someone = [] { return filled<UserId>(*within<std::uint8_t>(1, 4)); };
  std::vector<Said> all;
  const auto count = *within<std::size_t>(1, 16);
  for (std::size_t i = 0; i < count; ++i) {
    Said said{.who = someone(),
              .device = DeviceId{*within<std::uint32_t>(1, 3)},
              .order = *within<std::uint64_t>(1, 6),
              .content = message(static_cast<std::uint8_t>(i + 2))};
    using enum ContentKind;
    said.kind = *rc::gen::element(edit, edit, edit, delete_for_all, reaction, reaction);
    if (said.kind == reaction) said.text = *rc::gen::element<std::string>("", "+", "no");
    all.push_back(said);
  }
  for (std::uint8_t who = 1; who < 4; ++who) {
    if (who > 1 && *within<int>(0, 3) > 0) continue;
    all.push_back({.who = filled<UserId>(who),
                   .device = DeviceId{1},
                   .order = *within<std::uint64_t>(1, 6),
                   .content = message(1),
                   .kind = *rc::gen::element(ContentKind::text, ContentKind::text,
                                             ContentKind::attachment, ContentKind{99})});
  }
  return all;
}

Buffer bytes_of(const Said& said) {
  ContentHead head = testing::head_of(said.kind);
  head.order = said.order;
  head.id = said.content;
  Buffer body = testing::body_of(said.kind);
  if (said.kind == ContentKind::reaction) {
    body.resize(64);
    body.resize(write_reaction(body, {message(1), said.text})->size());
  }
  return content_of(head, body);
}

Buffer bytes_of(const MessageState& state) {
  Buffer room(MessageState::max_bytes);
  room.resize(state.write(room)->size());
  return room;
}

void check(const MessageState& state, const TwinMessage& twin) {
  for (std::uint8_t who = 1; who < 5; ++who) {
    const UserId user = filled<UserId>(who);
    const auto shown = state.shown(user);
    std::optional<TwinMessage::Shown> ours;
    if (shown)
      ours.emplace(shown->at.order, shown->at.device, shown->kind, shown->deleted, shown->edited,
                   shown->text);
    RC_ASSERT(ours == twin.shown(user));
    RC_ASSERT(state.reaction(user) == twin.reaction(user));
  }
}

/// [CN-4-1] [CN-6-1] [CN-6-2] [CN-6-3] [CN-6-4] [CN-6-7]
RC_GTEST_PROP(MessageState, devices_that_took_the_same_show_the_same, ()) {
  const std::vector<Said> all = conversation();
  std::optional<Buffer> first;
  for (int device = 0; device < 3; ++device) {
    // Anything may come first, or twice, and the app may start anew at any time.
    MessageState state(message(1));
    TwinMessage twin;
    std::vector<std::size_t> waiting(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) waiting[i] = i;
    while (!waiting.empty()) {
      const auto next = waiting.begin() + *within<std::ptrdiff_t>(0, std::ssize(waiting));
      const Said& said = all[*next];
      const bool comes_again = *within<int>(0, 4) == 0;
      if (!comes_again) waiting.erase(next);
      const Buffer bytes = bytes_of(said);
      RC_ASSERT(state.take(said.who, said.device, *read_content(bytes)).has_value());
      twin.take(said);
      check(state, twin);
      if (*within<int>(0, 4) == 0) state = *MessageState::restore(bytes_of(state));
    }
    if (!first) first = bytes_of(state);
    RC_ASSERT(bytes_of(state) == *first);
  }
}

/// [CN-6-8]
RC_GTEST_PROP(TimerDefault, the_last_change_stands_everywhere, ()) {
  std::vector<std::pair<OrderKey, TimerSetting>> changes;
  const auto count = *within<std::uint8_t>(1, 8);
  for (std::uint8_t i = 0; i < count; ++i)
    changes.push_back({{*within<std::uint64_t>(1, 4), filled<UserId>(*within<std::uint8_t>(1, 3)),
                        DeviceId{*within<std::uint32_t>(1, 3)}, message(i)},
                       any_timer()});
  TimerDefault timer;
  const auto times = *within<int>(1, 30);
  std::optional<std::pair<OrderKey, TimerSetting>> last;
  for (int i = 0; i < times; ++i) {
    const auto& change = changes[*within<std::size_t>(0, changes.size())];
    const bool later = !last || last->first < change.first;
    RC_ASSERT(*timer.take(change.first, change.second) == later);
    if (later) last = change;
    Buffer room(TimerDefault::size_bytes);
    RC_ASSERT(timer.write(room).has_value());
    timer = *TimerDefault::restore(room);
    RC_ASSERT(timer.by() == last->first);
    RC_ASSERT(timer.setting() == last->second);
  }
}

}  // namespace
}  // namespace sotto::prop
