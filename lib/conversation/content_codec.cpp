// SPDX-License-Identifier: MIT OR Apache-2.0
/// A content as bytes [CN-1-1], at these places:
///
///     0  version(1) = 1  kind(2)  flags(1) = 0      60  order(8)  number(8)          169  franking
///     key(32) 4  message id(16)                             76  sender's roster: number(8)
///     hash(32)
///    20  conversation(32)                          116  recipient's: number(8) hash(32)
///    52  sent at(8)                                156  timer: type(1) seconds(4) set at(8)
///   201  body size(4)  body  padding
#include <algorithm>

#include <sotto/content.hpp>
#include <sotto/content_body.hpp>

#include "base/overlap.hpp"
#include "conversation/content_fields.hpp"

namespace sotto {
namespace {

constexpr std::uint8_t version = 1;

/// [CN-1-2]
bool is_sound(const ContentHead& head) noexcept {
  return std::to_underlying(head.kind) != 0 && head.order != 0 &&
         conversation::has_form(head.sent_at) && is_valid(head.timer);
}

void put(base::Writer& writer, const RosterClaim& claim) noexcept {
  writer.put_uint(claim.number);
  writer.put(claim.hash.bytes());
}

RosterClaim take_claim(base::Fields& fields) noexcept {
  const auto number = fields.uint<std::uint64_t>();
  return {number, fields.public_value<RosterHash>()};
}

}  // namespace

Result<MutableBytes> write_content(MutableBytes out, const ContentHead& head,
                                   const FrankingKey& franking_key, Bytes body) noexcept {
  if (!is_sound(head) || !is_body_of(head.kind, body)) return std::unexpected(Error::malformed);
  const std::size_t size = padded_content_size(content_head_bytes + body.size());
  if (out.size() < size) return std::unexpected(Error::buffer_too_small);
  if (base::overlap(out, body) || base::overlap(out, franking_key.expose()))
    return std::unexpected(Error::buffers_overlap);
  base::Writer writer(out);
  writer.put_uint(version);
  writer.put_uint(std::to_underlying(head.kind));
  writer.put_uint(std::uint8_t{0});
  writer.put(head.id.bytes());
  writer.put(head.conversation.bytes());
  conversation::put(writer, head.sent_at);
  writer.put_uint(head.order);
  writer.put_uint(head.number);
  put(writer, head.sender);
  put(writer, head.recipient);
  conversation::put(writer, head.timer);
  writer.put(franking_key.expose());
  writer.put_uint(static_cast<std::uint32_t>(body.size()));
  writer.put(body);
  std::ranges::fill(writer.claim(size - content_head_bytes - body.size()), std::uint8_t{0});
  return writer.finish();
}

Result<ContentView> read_franked_content(Bytes franked) noexcept {
  base::Fields fields(franked);
  const auto written = fields.uint<std::uint8_t>();
  if (!franked.empty() && written != version) return std::unexpected(Error::unsupported_version);
  ContentHead head;
  const auto kind = fields.uint<std::uint16_t>();
  if (kind == 0) return std::unexpected(Error::malformed);
  head.kind = static_cast<ContentKind>(kind);
  const auto flags = fields.uint<std::uint8_t>();
  head.id = fields.public_value<MessageId>();
  head.conversation = fields.public_value<ConversationId>();
  head.sent_at = conversation::take_instant(fields);
  head.order = fields.uint<std::uint64_t>();
  head.number = fields.uint<std::uint64_t>();
  head.sender = take_claim(fields);
  head.recipient = take_claim(fields);
  head.timer = conversation::take_timer_setting(fields);
  const Bytes key = fields.view(FrankingKey::size_bytes);
  const Bytes body = fields.view(fields.uint<std::uint32_t>());
  if (!fields.finished() || flags != 0 || !is_sound(head) || !is_body_of(head.kind, body))
    return std::unexpected(Error::malformed);
  return ContentView{head, key.first<FrankingKey::size_bytes>(), body, franked};
}

Result<ContentView> read_content(Bytes padded) noexcept {
  base::Fields fields(padded);
  const auto written = fields.uint<std::uint8_t>();
  if (!padded.empty() && written != version) return std::unexpected(Error::unsupported_version);
  static_cast<void>(fields.view(content_head_bytes - 1 - 4));
  const std::size_t size = fields.uint<std::uint32_t>();
  if (fields.failed() || size > fields.remaining()) return std::unexpected(Error::malformed);
  const std::size_t whole = content_head_bytes + size;
  const Bytes padding = padded.subspan(whole);
  // One length and one padding for each content, so that it has one form [CN-3-2].
  if (padded.size() != padded_content_size(whole) ||
      std::ranges::any_of(padding, [](std::uint8_t byte) { return byte != 0; }))
    return std::unexpected(Error::malformed);
  return read_franked_content(padded.first(whole));
}

}  // namespace sotto
