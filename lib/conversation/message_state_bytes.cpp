// SPDX-License-Identifier: MIT OR Apache-2.0
/// A message's state as bytes [CN-6-7]:
///
///   version(1) = 1  message id(16)  people(1)
///   each, ascending: user(32)  said(1)
///     1 sent      order(8) device(4) kind(2)          2 deleted   nothing
///     4 edited    order(8) device(4) content id(16)
///     8 reacted   order(8) device(4) content id(16) size(1) emoji
#include <algorithm>

#include <sotto/message_state.hpp>

#include "conversation/content_fields.hpp"
#include "conversation/utf8.hpp"

namespace sotto {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::uint8_t said_sent = 1;
constexpr std::uint8_t said_deleted = 2;
constexpr std::uint8_t said_edit = 4;
constexpr std::uint8_t said_reaction = 8;
constexpr std::uint8_t said_all = 15;

std::uint8_t said_by(const MessagePerson& person) noexcept {
  return static_cast<std::uint8_t>(
      (person.sent ? said_sent : 0) | (person.deleted ? said_deleted : 0) |
      (person.edit ? said_edit : 0) | (person.reaction ? said_reaction : 0));
}

void put(base::Writer& writer, const ContentMark& mark) noexcept {
  writer.put_uint(mark.order);
  writer.put_uint(std::to_underlying(mark.device));
  writer.put(mark.content.bytes());
}

void put(base::Writer& writer, const MessagePerson& person) noexcept {
  writer.put(person.who.bytes());
  writer.put_uint(said_by(person));
  if (person.sent) {
    writer.put_uint(person.sent->order);
    writer.put_uint(std::to_underlying(person.sent->device));
    writer.put_uint(std::to_underlying(person.kind));
  }
  if (person.edit) put(writer, *person.edit);
  if (person.reaction) {
    put(writer, *person.reaction);
    writer.put_uint(person.emoji_bytes);
    writer.put(Bytes(person.emoji).first(person.emoji_bytes));
  }
}

ContentMark take_mark(base::Fields& fields) noexcept {
  ContentMark mark;
  mark.order = fields.uint<std::uint64_t>();
  mark.device = static_cast<DeviceId>(fields.uint<std::uint32_t>());
  mark.content = fields.public_value<MessageId>();
  return mark;
}

/// Kinds that are a message of their own.
bool is_message(ContentKind kind) noexcept {
  return kind == ContentKind::text || kind == ContentKind::attachment ||
         (!is_known(kind) && std::to_underlying(kind) != 0);
}

/// Whether a state can come to hold what was read.
bool is_sound(const MessagePerson& person) noexcept {
  if (person.sent && (person.sent->order == 0 || !is_message(person.kind))) return false;
  if (person.edit && (person.edit->order == 0 || person.deleted)) return false;
  return !person.reaction || (person.reaction->order != 0 &&
                              conversation::is_utf8(Bytes(person.emoji).first(person.emoji_bytes)));
}

/// One person; nothing when that is not how one looks.
std::optional<MessagePerson> take_person(base::Fields& fields, const MessageId& id) noexcept {
  MessagePerson person;
  person.who = fields.public_value<UserId>();
  const auto said = fields.uint<std::uint8_t>();
  if (said == 0 || (said & ~said_all) != 0) return std::nullopt;
  if ((said & said_sent) != 0) {
    const auto order = fields.uint<std::uint64_t>();
    const auto device = static_cast<DeviceId>(fields.uint<std::uint32_t>());
    person.sent = ContentMark{order, device, id};
    const auto kind = fields.uint<std::uint16_t>();
    if (kind == 0) return std::nullopt;
    person.kind = static_cast<ContentKind>(kind);
  }
  person.deleted = (said & said_deleted) != 0;
  if ((said & said_edit) != 0) person.edit = take_mark(fields);
  if ((said & said_reaction) != 0) {
    person.reaction = take_mark(fields);
    person.emoji_bytes = fields.uint<std::uint8_t>();
    if (person.emoji_bytes > content_max_reaction) return std::nullopt;
    fields.bytes(std::span(person.emoji).first(person.emoji_bytes));
  }
  if (fields.failed() || !is_sound(person)) return std::nullopt;
  return person;
}

}  // namespace

Result<MutableBytes> MessageState::write(MutableBytes out) const noexcept {
  base::Writer writer(out);
  writer.put_uint(version);
  writer.put(id_.bytes());
  writer.put_uint(static_cast<std::uint8_t>(count_));
  for (const MessagePerson& person : people()) put(writer, person);
  return writer.finish();
}

Result<MessageState> MessageState::restore(Bytes bytes) noexcept {
  base::Fields fields(bytes);
  const auto written = fields.uint<std::uint8_t>();
  if (!bytes.empty() && written != version) return std::unexpected(Error::unsupported_version);
  MessageState state(fields.public_value<MessageId>());
  const std::size_t count = fields.uint<std::uint8_t>();
  if (count > max_people) return std::unexpected(Error::malformed);
  for (; state.count_ < count; ++state.count_) {
    const auto person = take_person(fields, state.id_);
    const bool ascends =
        person && (state.count_ == 0 || state.people_[state.count_ - 1].who < person->who);
    if (!ascends) return std::unexpected(Error::malformed);
    state.people_[state.count_] = *person;
  }
  if (!fields.finished()) return std::unexpected(Error::malformed);
  return state;
}

}  // namespace sotto
