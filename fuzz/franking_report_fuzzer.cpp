// SPDX-License-Identifier: MIT OR Apache-2.0
/// A report of anything, under a platform key of its first byte. What is read is written again as
/// it was; once the platform has stamped what it says it is believed, as it stands, and with no bit
/// of it turned; nothing else is believed.
#include <optional>
#include <vector>

#include "conversation/franking_report.hpp"
#include "input.hpp"

namespace {

using namespace sotto;
using fuzz::Buffer;
using fuzz::Input;
using fuzz::require;

struct Read {
  std::vector<ReportedMessage> messages;
  std::optional<Error> error;
};

Read read_all(Bytes report) {
  Read read;
  auto reader = conversation::ReportReader::begin(report);
  if (!reader) {
    read.error = reader.error();
    return read;
  }
  for (std::size_t i = 0; i < reader->count() && !read.error; ++i) {
    if (auto message = reader->next()) {
      read.messages.push_back(*std::move(message));
    } else {
      read.error = message.error();
    }
  }
  return read;
}

Buffer written(const std::vector<ReportedMessage>& messages) {
  const auto size = report_size(messages);
  require(size.has_value(), "what was read cannot be written");
  Buffer report(*size);
  require(write_report(report, messages).has_value(), "what has a size is not written");
  return report;
}

void is_as_read(const VerifiedReport& report, const std::vector<ReportedMessage>& messages) {
  require(report.messages().size() == messages.size(), "another number of messages");
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const VerifiedMessage& one = report.messages()[i];
    require(one.context == messages[i].context, "another context");
    require(std::ranges::equal(one.content, messages[i].content), "another content");
    require(one.context.counter == before + one.gap_before + 1, "the omission is miscounted");
    require(one.context.conversation == report.conversation(), "another conversation");
    before = one.context.counter;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input in(data, size);
  const PlatformKey platform(std::array<std::uint8_t, 32>{in.byte()});
  const std::uint32_t turned = in.number(3);
  const Bytes report = in.rest();

  auto [messages, error] = read_all(report);
  const auto believed = VerifiedReport::verify(platform, report);
  if (error) {
    require(!believed && believed.error() == *error, "judged otherwise than it was read");
    return 0;
  }
  require(std::ranges::equal(written(messages), report), "what was read is written otherwise");
  bool all_stamped = true;
  for (ReportedMessage& message : messages) {
    const auto stamp =
        franking_stamp(platform, frank(message.key, message.content), message.context);
    require(stamp.has_value(), "what was read cannot be stamped");
    all_stamped = all_stamped && *stamp == message.stamp;
    message.stamp = *stamp;
  }
  require(believed.has_value() == all_stamped, "believed is what the platform stamped");
  if (!believed) require(believed.error() == Error::authentication_failed, "for another reason");

  Buffer stamped = written(messages);
  const auto now = VerifiedReport::verify(platform, stamped);
  require(now.has_value(), "what the platform stamped is not believed");
  is_as_read(*now, messages);
  stamped[turned / 8 % stamped.size()] ^= static_cast<std::uint8_t>(1U << turned % 8);
  require(!VerifiedReport::verify(platform, stamped), "a bit is turned and it is believed");
  return 0;
}
