// SPDX-License-Identifier: MIT OR Apache-2.0
// What is shown of a message, whatever comes in whatever order.
#include <gtest/gtest.h>

#include <sotto/message_state.hpp>

#include "conversation/test_contents.hpp"
#include "testing/error_of.hpp"

namespace sotto {
namespace {

using testing::body_of;
using testing::Buffer;
using testing::buffer_of;
using testing::content_of;
using testing::error_of;
using testing::filled;
using testing::head_of;
using testing::message;

constexpr auto newer_kind = static_cast<ContentKind>(77);
const UserId alice = filled<UserId>(1);
const UserId bob = filled<UserId>(2);
constexpr DeviceId phone{1}, tablet{2};

/// One content of somebody, on its way.
struct Sent {
  UserId who;
  DeviceId device;
  Buffer bytes;

  [[nodiscard]] StateChange to(MessageState& state) const {
    return *state.take(who, device, *read_content(bytes));
  }
};

Sent sent(const UserId& who, DeviceId device, std::uint64_t order, std::uint8_t id,
          ContentKind kind, const Buffer& body) {
  ContentHead head = head_of(kind);
  head.order = order;
  head.id = message(id);
  return {who, device, content_of(head, body)};
}

/// The messages of these tests have the id 1; so has what `body_of` makes of them.
Sent text(const UserId& who, std::uint64_t order = 1) {
  return sent(who, phone, order, 1, ContentKind::text, buffer_of("hello"));
}
Sent edit(const UserId& who, std::uint64_t order, std::uint8_t id, DeviceId device = phone) {
  return sent(who, device, order, id, ContentKind::edit, body_of(ContentKind::edit));
}
Sent deletion(const UserId& who, std::uint64_t order = 9) {
  return sent(who, phone, order, 99, ContentKind::delete_for_all,
              body_of(ContentKind::delete_for_all));
}
Sent reaction(const UserId& who, std::uint64_t order, std::string_view emoji) {
  Buffer body(64);
  body.resize(write_reaction(body, {message(1), emoji})->size());
  return sent(who, phone, order, static_cast<std::uint8_t>(100 + order), ContentKind::reaction,
              body);
}

Buffer bytes_of(const MessageState& state) {
  Buffer room(MessageState::max_bytes);
  room.resize(state.write(room)->size());
  return room;
}

/// The state after these, which is the same in every order and when all of it comes twice.
MessageState after(std::vector<Sent> all) {
  MessageState state(message(1));
  for (const Sent& one : all) static_cast<void>(one.to(state));
  std::vector<std::size_t> order(all.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  do {
    MessageState other(message(1));
    for (const std::size_t i : order) static_cast<void>(all[i].to(other));
    for (const std::size_t i : order) EXPECT_EQ(all[i].to(other), StateChange::nothing);
    EXPECT_EQ(bytes_of(other), bytes_of(state));
  } while (std::ranges::next_permutation(order).found);
  return state;
}

TEST(MessageState, WhatAContentConcerns) {
  for (std::uint16_t number = 1; number <= 10; ++number) {
    const auto kind = static_cast<ContentKind>(number);
    const Buffer bytes = content_of(head_of(kind), body_of(kind));
    const auto id = concerns(*read_content(bytes));
    if (kind == ContentKind::text || kind == ContentKind::attachment || !is_known(kind)) {
      EXPECT_EQ(id, message(0x11));
    } else if (kind == ContentKind::reaction || kind == ContentKind::edit ||
               kind == ContentKind::delete_for_all) {
      EXPECT_EQ(id, message(1));
    } else {
      EXPECT_EQ(id, std::nullopt) << number;
    }
  }
}

TEST(MessageState, ADuplicateShowsOnce) {  // [CN-6-1]
  MessageState state(message(1));
  EXPECT_FALSE(state.shown(alice).has_value());
  EXPECT_EQ(text(alice, 5).to(state), StateChange::changed);
  EXPECT_EQ(text(alice, 5).to(state), StateChange::nothing);
  const auto shown = state.shown(alice);
  ASSERT_TRUE(shown.has_value());
  EXPECT_EQ(shown->at, (OrderKey{5, alice, phone, message(1)}));
  EXPECT_EQ(shown->text, message(1));
  EXPECT_FALSE(shown->edited || shown->deleted);
  EXPECT_FALSE(state.shown(bob).has_value());
}

TEST(MessageState, TheLaterEditStands) {  // [CN-6-2]
  EXPECT_EQ(after({text(alice), edit(alice, 3, 30), edit(alice, 2, 40)}).shown(alice)->text,
            message(30));
  // Of two that knew nothing of each other, the one of the larger device.
  EXPECT_EQ(after({text(alice), edit(alice, 3, 30, tablet), edit(alice, 3, 40)}).shown(alice)->text,
            message(30));
  EXPECT_EQ(after({text(alice), edit(alice, 3, 30), edit(alice, 3, 40)}).shown(alice)->text,
            message(40));
  EXPECT_TRUE(after({text(alice), edit(alice, 3, 30)}).shown(alice)->edited);
}

TEST(MessageState, OnlyTheAuthorEdits) {  // [CN-6-2]
  const auto shown = after({text(alice), edit(bob, 3, 30)}).shown(alice);
  EXPECT_EQ(shown->text, message(1));
  EXPECT_FALSE(shown->edited);
}

TEST(MessageState, OnlyTextIsEdited) {  // [CN-6-2]
  for (const ContentKind kind : {ContentKind::attachment, newer_kind}) {
    const Sent file = sent(alice, phone, 1, 1, kind, body_of(kind));
    const auto shown = after({file, edit(alice, 3, 30)}).shown(alice);
    EXPECT_EQ(shown->kind, kind);
    EXPECT_FALSE(shown->edited);
    EXPECT_EQ(shown->text, message(1));
  }
}

TEST(MessageState, DeletedIsDeleted) {  // [CN-6-3]
  const MessageState state =
      after({text(alice), edit(alice, 10, 30), deletion(alice, 2), reaction(bob, 4, "+")});
  EXPECT_TRUE(state.shown(alice)->deleted);
  EXPECT_FALSE(state.shown(alice)->edited);
  EXPECT_EQ(state.reaction(bob), "");
  const MessageState other = after({text(alice), deletion(bob)});
  EXPECT_FALSE(other.shown(alice)->deleted);
}

TEST(MessageState, OneReactionForEach) {  // [CN-6-4]
  const MessageState state = after({text(alice), reaction(bob, 3, "first"),
                                    reaction(bob, 5, "last"), reaction(alice, 4, "own")});
  EXPECT_EQ(state.reaction(bob), "last");
  EXPECT_EQ(state.reaction(alice), "own");
  EXPECT_EQ(state.reaction(filled<UserId>(3)), "");
  const MessageState none = after({text(alice), reaction(bob, 3, "first"), reaction(bob, 5, "")});
  EXPECT_EQ(none.reaction(bob), "");
  EXPECT_EQ(after({reaction(bob, 3, "early")}).reaction(bob), "");  // There is no message yet.
}

TEST(MessageState, AnIdThatIsUsedTwice) {  // [CN-6-5]
  MessageState state(message(1));
  EXPECT_EQ(text(alice, 5).to(state), StateChange::changed);
  const Buffer before = bytes_of(state);
  EXPECT_EQ(text(alice, 6).to(state), StateChange::id_reused);
  EXPECT_EQ(text(alice, 4).to(state), StateChange::id_reused);
  EXPECT_EQ(sent(alice, tablet, 5, 1, ContentKind::text, buffer_of("hello")).to(state),
            StateChange::id_reused);
  EXPECT_EQ(sent(alice, phone, 5, 1, newer_kind, buffer_of("hello")).to(state),
            StateChange::id_reused);
  EXPECT_EQ(bytes_of(state), before);
  // Somebody else's message of the same id is another message, and hides nothing.
  EXPECT_EQ(text(bob, 1).to(state), StateChange::changed);
  EXPECT_EQ(state.shown(alice)->at.order, 5U);
  EXPECT_EQ(state.shown(bob)->at.order, 1U);
}

TEST(MessageState, AsManyPeopleAsThereIsRoomFor) {  // [CN-6-6]
  MessageState state(message(1));
  for (std::uint8_t i = 0; i < MessageState::max_people; ++i)
    ASSERT_EQ(reaction(filled<UserId>(static_cast<std::uint8_t>(200 - i)), 1,
                       std::string(content_max_reaction, 'a'))
                  .to(state),
              StateChange::changed);
  EXPECT_TRUE(std::ranges::is_sorted(state.people(), {}, &MessagePerson::who));
  const Buffer before = bytes_of(state);
  const Sent late = text(alice);
  EXPECT_EQ(error_of(state.take(alice, phone, *read_content(late.bytes))), Error::exhausted);
  EXPECT_EQ(bytes_of(state), before);
  const UserId last = filled<UserId>(200);
  EXPECT_EQ(text(last).to(state), StateChange::changed);
  EXPECT_EQ(edit(last, 2, 30).to(state), StateChange::changed);
  EXPECT_EQ(bytes_of(*MessageState::restore(bytes_of(state))), bytes_of(state));
}

TEST(MessageState, WhatConcernsAnother) {
  MessageState state(message(2));
  const Sent other = text(alice);
  EXPECT_EQ(error_of(state.take(alice, phone, *read_content(other.bytes))), Error::malformed);
  const Buffer receipt =
      content_of(head_of(ContentKind::read_receipt), body_of(ContentKind::read_receipt));
  EXPECT_EQ(error_of(state.take(alice, phone, *read_content(receipt))), Error::malformed);
  EXPECT_TRUE(state.people().empty());
}

TEST(MessageState, EveryByte) {  // [CN-6-7]
  const MessageState state =
      after({text(alice, 5), edit(alice, 6, 7), deletion(bob), reaction(bob, 8, "ok")});
  Buffer expected(1, 1);
  const auto put = [&expected](std::size_t count, std::uint8_t byte) {
    expected.insert(expected.end(), count, byte);
  };
  put(16, 1);
  put(1, 2);
  put(32, 1);                                  // alice
  put(1, 1 | 4);                               // sent, edited
  put(7, 0), put(1, 5), put(3, 0), put(1, 1);  // order, device
  put(1, 0), put(1, 1);                        // text
  put(7, 0), put(1, 6), put(3, 0), put(1, 1), put(16, 7);
  put(32, 2);     // bob
  put(1, 2 | 8);  // deleted, reacted
  put(7, 0), put(1, 8), put(3, 0), put(1, 1), put(16, 108), put(1, 2), put(1, 'o'), put(1, 'k');
  EXPECT_EQ(bytes_of(state), expected);
  const auto again = MessageState::restore(expected);
  ASSERT_TRUE(again.has_value());
  EXPECT_TRUE(std::ranges::equal(again->people(), state.people()));
  EXPECT_EQ(again->id(), message(1));
  Buffer room(expected.size() - 1);
  EXPECT_EQ(error_of(state.write(room)), Error::buffer_too_small);
}

TEST(MessageState, BytesThatAreNone) {  // [CN-6-7]
  const Buffer good =
      bytes_of(after({text(alice, 5), edit(alice, 6, 7), reaction(alice, 8, "ok")}));
  const auto with = [&good](std::size_t at, std::uint8_t byte) {
    Buffer bytes = good;
    bytes[at] = byte;
    return error_of(MessageState::restore(bytes));
  };
  EXPECT_EQ(with(0, 2), Error::unsupported_version);
  EXPECT_EQ(with(17, 0), Error::malformed);
  EXPECT_EQ(with(17, 2), Error::malformed);
  EXPECT_EQ(with(17, 33), Error::malformed);
  EXPECT_EQ(with(50, 0), Error::malformed);   // said nothing
  EXPECT_EQ(with(50, 29), Error::malformed);  // said something unknown
  EXPECT_EQ(with(50, 15), Error::malformed);  // deleted, and edited
  EXPECT_EQ(with(58, 0), Error::malformed);   // order 0
  EXPECT_EQ(with(64, 4), Error::malformed);   // a reaction is no message
  EXPECT_EQ(with(64, 10), std::nullopt);      // of a newer kind
  EXPECT_EQ(with(64, 0), Error::malformed);   // of no kind
  EXPECT_EQ(with(72, 0), Error::malformed);   // an edit's order 0
  EXPECT_EQ(with(100, 0), Error::malformed);  // a reaction's
  EXPECT_EQ(with(121, 3), Error::malformed);  // size
  EXPECT_EQ(with(121, 33), Error::malformed);
  EXPECT_EQ(with(122, 0xff), Error::malformed);  // no text
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(error_of(MessageState::restore(Bytes(good).first(size))), Error::malformed) << size;
  Buffer silent(good.begin(), good.begin() + 51);
  silent[50] = 0;
  EXPECT_EQ(error_of(MessageState::restore(silent)), Error::malformed);  // and no more
  Buffer many(good.begin(), good.begin() + 18);
  many[17] = MessageState::max_people + 1;
  for (std::uint8_t who = 0; who <= MessageState::max_people; ++who) {
    many.insert(many.end(), 32, who);
    many.push_back(2);  // deleted
  }
  EXPECT_EQ(error_of(MessageState::restore(many)), Error::malformed);
  many[17] = MessageState::max_people;
  many.resize(many.size() - 33);
  EXPECT_TRUE(MessageState::restore(many).has_value());
  Buffer two = bytes_of(after({text(alice), text(bob)}));
  two[18 + 47] = 1;  // The second is the first once more.
  std::fill_n(two.begin() + 18 + 47, 32, std::uint8_t{1});
  EXPECT_EQ(error_of(MessageState::restore(two)), Error::malformed);
}

TEST(TimerDefault, TheLargestKeyStands) {  // [CN-6-8]
  const TimerSetting ten{TimerType::after_read, 10, Instant{}};
  const TimerSetting twenty{TimerType::after_send, 20, Instant{}};
  TimerDefault timer;
  EXPECT_EQ(timer.setting(), TimerSetting{});
  EXPECT_EQ(timer.by().order, 0U);
  EXPECT_EQ(timer.take({5, alice, phone, message(1)}, ten), true);
  EXPECT_EQ(timer.take({5, alice, phone, message(1)}, ten), false);
  EXPECT_EQ(timer.take({4, bob, tablet, message(9)}, twenty), false);
  EXPECT_EQ(timer.setting(), ten);
  EXPECT_EQ(timer.take({5, bob, phone, message(0)}, twenty), true);
  EXPECT_EQ(timer.setting(), twenty);
  EXPECT_EQ(timer.take({6, alice, phone, message(2)}, TimerSetting{}), true);
  EXPECT_EQ(timer.setting().type, TimerType::off);
  EXPECT_EQ(error_of(timer.take({7, alice, phone, message(3)}, {TimerType::after_read, 0, {}})),
            Error::malformed);
  EXPECT_EQ(error_of(timer.take({0, alice, phone, message(3)}, ten)), Error::malformed);
  EXPECT_EQ(timer.by(), (OrderKey{6, alice, phone, message(2)}));
}

TEST(TimerDefault, AsBytes) {  // [CN-6-8]
  Buffer room(TimerDefault::size_bytes);
  TimerDefault timer;
  ASSERT_TRUE(timer.write(room));
  EXPECT_EQ(TimerDefault::restore(room)->by().order, 0U);
  for (const std::size_t at : {10U, 61U, 73U}) {
    Buffer some = room;
    some[at] = 1;  // A change by nobody.
    EXPECT_EQ(error_of(TimerDefault::restore(some)), Error::malformed) << at;
  }
  ASSERT_TRUE(timer.take({5, alice, phone, message(1)}, {TimerType::after_read, 10, Instant{}}));
  ASSERT_EQ(timer.write(room)->size(), TimerDefault::size_bytes);
  const auto again = TimerDefault::restore(room);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->by(), timer.by());
  EXPECT_EQ(again->setting(), timer.setting());
  for (std::size_t size = 0; size < room.size(); ++size)
    EXPECT_EQ(error_of(TimerDefault::restore(Bytes(room).first(size))), Error::malformed);
  Buffer bad = room;
  bad[61] = 4;
  EXPECT_EQ(error_of(TimerDefault::restore(bad)), Error::malformed);
  bad = room;
  bad[0] = 2;
  EXPECT_EQ(error_of(TimerDefault::restore(bad)), Error::unsupported_version);
  bad = room;
  bad.push_back(0);
  EXPECT_EQ(error_of(TimerDefault::restore(bad)), Error::malformed);
  EXPECT_EQ(error_of(timer.write(MutableBytes(bad).first(73))), Error::buffer_too_small);
}

}  // namespace
}  // namespace sotto
