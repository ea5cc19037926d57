// SPDX-License-Identifier: MIT OR Apache-2.0
#include "call/group_messages.hpp"

#include <utility>

#include "base/fields.hpp"
#include "base/writer.hpp"

namespace sotto::call {
namespace {

constexpr std::uint8_t version = 1;

/// The two bytes that `group_kind_of` has looked at.
void skip_head(base::Fields& fields) noexcept {
  static_cast<void>(fields.view(2));
}

RosterName take_roster(base::Fields& fields) noexcept {
  RosterName roster;
  roster.number = fields.uint<std::uint64_t>();
  roster.hash = fields.public_value<RosterHash>();
  return roster;
}

/// The suite of a number, which may be none that is known here.
SframeSuite suite_of(std::uint16_t number) noexcept {
  return static_cast<SframeSuite>(number);
}

void put_head(base::Writer& writer, GroupKind kind, const CallId& id) noexcept {
  writer.put_uint(version);
  writer.put_uint(std::to_underlying(kind));
  writer.put(id.bytes());
}

void put_roster(base::Writer& writer, const RosterName& roster) noexcept {
  writer.put_uint(roster.number);
  writer.put(roster.hash.bytes());
}

}  // namespace

Result<GroupKind> group_kind_of(Bytes message) noexcept {
  base::Fields fields(message);
  const auto written = fields.uint<std::uint8_t>();
  const auto kind = fields.uint<std::uint8_t>();
  if (!message.empty() && written != version) return std::unexpected(Error::unsupported_version);
  if (fields.failed() || kind < std::to_underlying(GroupKind::key) ||
      kind > std::to_underlying(GroupKind::note))
    return std::unexpected(Error::malformed);
  return static_cast<GroupKind>(kind);
}

Result<KeyMessage> read_group_key(Bytes message) noexcept {
  const auto kind = group_kind_of(message);
  if (!kind) return std::unexpected(kind.error());
  base::Fields fields(message);
  skip_head(fields);
  KeyMessage read;
  read.head.id = fields.public_value<CallId>();
  read.head.stay = fields.uint<std::uint64_t>();
  read.head.suite = suite_of(fields.uint<std::uint16_t>());
  read.head.kid = static_cast<SframeKid>(fields.uint<std::uint64_t>());
  read.head.since = fields.uint<std::uint64_t>();
  read.head.roster = take_roster(fields);
  const std::size_t key_bytes = sframe_sizes(read.head.suite).ratchet_key;
  read.key = fields.view(key_bytes);
  // A sender sees the rosters that it names: none of them is newer than the one that it sees.
  if (*kind != GroupKind::key || key_bytes == 0 || !fields.finished() ||
      read.head.since > read.head.roster.number)
    return std::unexpected(Error::malformed);
  return read;
}

Result<RosterMessage> read_group_roster(Bytes message) noexcept {
  const auto kind = group_kind_of(message);
  if (!kind) return std::unexpected(kind.error());
  base::Fields fields(message);
  skip_head(fields);
  RosterMessage read;
  read.kind = *kind;
  read.id = fields.public_value<CallId>();
  read.roster = take_roster(fields);
  if (*kind == GroupKind::key || !fields.finished()) return std::unexpected(Error::malformed);
  return read;
}

Result<MutableBytes> write_group_key(MutableBytes out, const KeyHead& head, Bytes key) noexcept {
  if (out.size() < group_key_message_bytes + key.size())
    return std::unexpected(Error::buffer_too_small);
  base::Writer writer(out);
  put_head(writer, GroupKind::key, head.id);
  writer.put_uint(head.stay);
  writer.put_uint(std::to_underlying(head.suite));
  writer.put_uint(std::to_underlying(head.kid));
  writer.put_uint(head.since);
  put_roster(writer, head.roster);
  writer.put(key);
  return writer.finish();
}

Result<MutableBytes> write_group_roster(MutableBytes out, const RosterMessage& message) noexcept {
  if (out.size() < group_note_bytes) return std::unexpected(Error::buffer_too_small);
  base::Writer writer(out);
  put_head(writer, message.kind, message.id);
  put_roster(writer, message.roster);
  return writer.finish();
}

}  // namespace sotto::call
