// SPDX-License-Identifier: MIT OR Apache-2.0
/// The bodies as bytes [CN-5-2, CN-5-3, CN-5-4, CN-5-5, CN-5-6, CN-5-7, CN-5-8]:
///
///   text        text
///   attachment  size(2) reference  size(1) name  size(1) media type
///   timer       type(1) seconds(4) set at(8)
///   reaction    to(16)  size(1) emoji
///   edit        of(16)  text
///   delete      of(16)
///   receipt     count(2)  ids(16 each)
#include <algorithm>

#include <sotto/content_body.hpp>

#include "conversation/content_fields.hpp"
#include "conversation/utf8.hpp"

namespace sotto {
namespace {

using conversation::bytes_of;
using conversation::text_of;

bool is_text(Bytes bytes) noexcept {
  return !bytes.empty() && bytes.size() <= content_max_text && conversation::is_utf8(bytes);
}

/// Shown beside the file, and where it is kept perhaps part of a path: nothing in it may lead
/// elsewhere or upset a terminal.
bool is_file_name(Bytes name) noexcept {
  const auto leads_elsewhere = [](std::uint8_t c) {
    return c < 0x20 || c == 0x7f || c == '/' || c == '\\';
  };
  const std::string_view text = text_of(name);
  return name.size() <= content_max_file_name && conversation::is_utf8(name) &&
         std::ranges::none_of(name, leads_elsewhere) && text != "." && text != "..";
}

bool is_media_type(Bytes type) noexcept {
  return type.size() <= content_max_media_type &&
         std::ranges::all_of(type, [](std::uint8_t c) { return c > 0x20 && c < 0x7f; });
}

bool is_sound(const AttachmentBody& attachment) noexcept {
  return !attachment.reference.empty() && attachment.reference.size() <= content_max_reference &&
         is_file_name(bytes_of(attachment.name)) && is_media_type(bytes_of(attachment.media_type));
}

bool is_emoji(Bytes emoji) noexcept {
  return emoji.size() <= content_max_reaction && conversation::is_utf8(emoji);
}

/// Strictly ascending, so that a set of messages has one form.
bool ascend(const ReceiptView& ids) noexcept {
  for (std::size_t i = 1; i < ids.size(); ++i)
    if (ids[i - 1] >= ids[i]) return false;
  return true;
}

std::unexpected<Error> malformed() noexcept {
  return std::unexpected(Error::malformed);
}

}  // namespace

Result<std::string_view> read_text(Bytes body) noexcept {
  if (!is_text(body)) return malformed();
  return text_of(body);
}

Result<MutableBytes> write_text(MutableBytes out, std::string_view text) noexcept {
  if (!is_text(bytes_of(text))) return malformed();
  base::Writer writer(out);
  writer.put(bytes_of(text));
  return writer.finish();
}

Result<AttachmentBody> read_attachment(Bytes body) noexcept {
  base::Fields fields(body);
  AttachmentBody attachment;
  attachment.reference = fields.view(fields.uint<std::uint16_t>());
  attachment.name = text_of(fields.view(fields.uint<std::uint8_t>()));
  attachment.media_type = text_of(fields.view(fields.uint<std::uint8_t>()));
  if (!fields.finished() || !is_sound(attachment)) return malformed();
  return attachment;
}

Result<MutableBytes> write_attachment(MutableBytes out, const AttachmentBody& attachment) noexcept {
  if (!is_sound(attachment)) return malformed();
  base::Writer writer(out);
  writer.put_uint(static_cast<std::uint16_t>(attachment.reference.size()));
  writer.put(attachment.reference);
  writer.put_uint(static_cast<std::uint8_t>(attachment.name.size()));
  writer.put(bytes_of(attachment.name));
  writer.put_uint(static_cast<std::uint8_t>(attachment.media_type.size()));
  writer.put(bytes_of(attachment.media_type));
  return writer.finish();
}

Result<TimerSetting> read_timer_change(Bytes body) noexcept {
  base::Fields fields(body);
  const TimerSetting setting = conversation::take_timer_setting(fields);
  if (!fields.finished() || !is_valid(setting)) return malformed();
  return setting;
}

Result<MutableBytes> write_timer_change(MutableBytes out, const TimerSetting& setting) noexcept {
  if (!is_valid(setting)) return malformed();
  base::Writer writer(out);
  conversation::put(writer, setting);
  return writer.finish();
}

Result<ReactionBody> read_reaction(Bytes body) noexcept {
  base::Fields fields(body);
  const auto to = fields.public_value<MessageId>();
  const Bytes emoji = fields.view(fields.uint<std::uint8_t>());
  if (!fields.finished() || !is_emoji(emoji)) return malformed();
  return ReactionBody{to, text_of(emoji)};
}

Result<MutableBytes> write_reaction(MutableBytes out, const ReactionBody& reaction) noexcept {
  if (!is_emoji(bytes_of(reaction.emoji))) return malformed();
  base::Writer writer(out);
  writer.put(reaction.to.bytes());
  writer.put_uint(static_cast<std::uint8_t>(reaction.emoji.size()));
  writer.put(bytes_of(reaction.emoji));
  return writer.finish();
}

Result<EditBody> read_edit(Bytes body) noexcept {
  base::Fields fields(body);
  const auto of = fields.public_value<MessageId>();
  if (fields.failed() || !is_text(fields.rest())) return malformed();
  return EditBody{of, text_of(fields.rest())};
}

Result<MutableBytes> write_edit(MutableBytes out, const EditBody& edit) noexcept {
  if (!is_text(bytes_of(edit.text))) return malformed();
  base::Writer writer(out);
  writer.put(edit.of.bytes());
  writer.put(bytes_of(edit.text));
  return writer.finish();
}

Result<MessageId> read_delete(Bytes body) noexcept {
  base::Fields fields(body);
  const auto of = fields.public_value<MessageId>();
  if (!fields.finished()) return malformed();
  return of;
}

Result<MutableBytes> write_delete(MutableBytes out, const MessageId& of) noexcept {
  base::Writer writer(out);
  writer.put(of.bytes());
  return writer.finish();
}

Result<ReceiptView> read_receipt(Bytes body) noexcept {
  base::Fields fields(body);
  const std::size_t count = fields.uint<std::uint16_t>();
  const ReceiptView ids(fields.view(count * MessageId::size_bytes));
  if (!fields.finished() || count == 0 || count > content_max_receipts || !ascend(ids))
    return malformed();
  return ids;
}

Result<MutableBytes> write_receipt(MutableBytes out, std::span<const MessageId> ids) noexcept {
  const bool ascending = std::ranges::adjacent_find(ids, std::greater_equal<>()) == ids.end();
  if (ids.empty() || ids.size() > content_max_receipts || !ascending) return malformed();
  base::Writer writer(out);
  writer.put_uint(static_cast<std::uint16_t>(ids.size()));
  for (const MessageId& id : ids) writer.put(id.bytes());
  return writer.finish();
}

bool is_body_of(ContentKind kind, Bytes body) noexcept {
  switch (kind) {
    case ContentKind::text:
      return read_text(body).has_value();
    case ContentKind::attachment:
      return read_attachment(body).has_value();
    case ContentKind::timer_change:
      return read_timer_change(body).has_value();
    case ContentKind::reaction:
      return read_reaction(body).has_value();
    case ContentKind::edit:
      return read_edit(body).has_value();
    case ContentKind::delete_for_all:
      return read_delete(body).has_value();
    case ContentKind::read_receipt:
      return read_receipt(body).has_value();
    case ContentKind::call:
      return !body.empty() && body.size() <= content_max_call;
    case ContentKind::device_note:
      return !body.empty() && body.size() <= content_max_device_note;
  }
  return body.size() <= content_max_body;  // Of a newer version [CN-2-2].
}

}  // namespace sotto
