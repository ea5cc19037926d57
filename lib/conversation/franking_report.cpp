// SPDX-License-Identifier: MIT OR Apache-2.0
#include "conversation/franking_report.hpp"

#include "base/overlap.hpp"
#include "base/writer.hpp"
#include "conversation/franking_context.hpp"

namespace sotto {
namespace {

constexpr std::uint8_t version = 1;

bool is_reportable_size(std::size_t content_bytes) noexcept {
  return content_bytes != 0 && content_bytes <= report_max_content_bytes;
}

/// Whether `message` may follow a message of the counter `before` in a report of `conversation`.
bool may_stand(const ReportedMessage& message, const ConversationId& conversation,
               std::uint64_t before) noexcept {
  return conversation::can_be_stamped(message.context) && message.context.counter > before &&
         message.context.conversation == conversation && is_reportable_size(message.content.size());
}

}  // namespace

namespace conversation {

Result<ReportReader> ReportReader::begin(Bytes report) noexcept {
  ReportReader reader(report);
  const auto written = reader.fields_.uint<std::uint8_t>();
  if (!report.empty() && written != version) return std::unexpected(Error::unsupported_version);
  reader.conversation_ = reader.fields_.public_value<ConversationId>();
  reader.count_ = reader.fields_.uint<std::uint16_t>();
  // What is said to be there must be there, before any memory is asked for [FR-3-2].
  if (reader.fields_.failed() || reader.count_ == 0 || reader.count_ > report_max_messages ||
      reader.fields_.remaining() < reader.count_ * (report_message_bytes + 1))
    return std::unexpected(Error::malformed);
  return reader;
}

Result<ReportedMessage> ReportReader::next() noexcept {
  FrankingContext context;
  context.conversation = conversation_;
  context.counter = fields_.uint<std::uint64_t>();
  context.at = Instant(fields_.milliseconds());
  context.sender = fields_.public_value<UserId>();
  context.sender_device = fields_.uint<std::uint32_t>();
  context.recipient = fields_.public_value<UserId>();
  const auto stamp = fields_.public_value<FrankingStamp>();
  ReportedMessage message{context, stamp, fields_.secret<FrankingKey>(), {}};
  const auto size = fields_.uint<std::uint32_t>();
  if (!is_reportable_size(size)) return std::unexpected(Error::malformed);
  message.content = fields_.view(size);
  // The order is that in which the platform passed them on, each once [FR-3-3].
  if (fields_.failed() || !may_stand(message, conversation_, last_counter_))
    return std::unexpected(Error::malformed);
  last_counter_ = context.counter;
  if (++read_ == count_ && !fields_.finished()) return std::unexpected(Error::malformed);
  return message;
}

}  // namespace conversation

Result<std::size_t> report_size(std::span<const ReportedMessage> messages) noexcept {
  if (messages.empty() || messages.size() > report_max_messages)
    return std::unexpected(Error::malformed);
  const ConversationId& conversation = messages[0].context.conversation;
  std::size_t size = report_head_bytes;
  std::uint64_t before = 0;
  for (const ReportedMessage& message : messages) {
    if (!may_stand(message, conversation, before)) return std::unexpected(Error::malformed);
    before = message.context.counter;
    size += report_message_bytes + message.content.size();
  }
  return size;
}

Result<MutableBytes> write_report(MutableBytes out,
                                  std::span<const ReportedMessage> messages) noexcept {
  const auto size = report_size(messages);
  if (!size) return std::unexpected(size.error());
  if (out.size() < *size) return std::unexpected(Error::buffer_too_small);
  for (const ReportedMessage& message : messages)
    if (base::overlap(out, message.content)) return std::unexpected(Error::buffers_overlap);
  base::Writer writer(out);
  writer.put_uint(version);
  writer.put(messages[0].context.conversation.bytes());
  writer.put_uint(static_cast<std::uint16_t>(messages.size()));
  for (const ReportedMessage& message : messages) {
    const FrankingContext& context = message.context;
    writer.put_uint(context.counter);
    writer.put_uint(static_cast<std::uint64_t>(context.at.time_since_epoch().count()));
    writer.put(context.sender.bytes());
    writer.put_uint(context.sender_device);
    writer.put(context.recipient.bytes());
    writer.put(message.stamp.bytes());
    writer.put(message.key.expose());
    writer.put_uint(static_cast<std::uint32_t>(message.content.size()));
    writer.put(message.content);
  }
  return writer.finish();
}

}  // namespace sotto
