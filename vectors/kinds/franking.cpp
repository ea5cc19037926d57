// SPDX-License-Identifier: MIT OR Apache-2.0
// Tags, stamps and reports (spec/franking.md), through the public interface [FR-1-1, FR-2-1,
// FR-3-1, FR-4-1, FR-4-2].
#include <vector>

#include <sotto/franking.hpp>

#include "vectors/kind.hpp"

namespace sotto::vectors {
namespace {

struct ReportItem {
  FrankingContext context;
  std::array<std::uint8_t, 32> key;
  Blob content;
  std::array<std::uint8_t, 32> tag, stamp;
  std::uint64_t gap_before = 0;

  static ReportItem read(Fields& fields, const ConversationId& conversation) {
    constexpr std::uint64_t most = (std::uint64_t{1} << 63) - 1;
    ReportItem item;
    item.context.sender = UserId(fields.hex_of<32>("sender"));
    item.context.sender_device = fields.number32("sender_device");
    item.context.recipient = UserId(fields.hex_of<32>("recipient"));
    item.context.conversation = conversation;
    item.context.at =
        Instant(std::chrono::milliseconds(static_cast<std::int64_t>(fields.number("at", most))));
    item.context.counter = fields.number("counter", most);
    item.key = fields.hex_of<32>("key");
    item.content = fields.hex("content");
    item.tag = fields.hex_of<32>("tag");
    item.stamp = fields.hex_of<32>("stamp");
    item.gap_before = fields.number("gap_before", most);
    return item;
  }

  void verify(Checks& checks, const PlatformKey& platform) const {
    const FrankingKey secret(key);
    checks.equal("tag", frank(secret, content).bytes(), tag);
    checks.require(check_franking(secret, content, FrankingTag(tag)).has_value(), "tag is refused");
    const auto made = franking_stamp(platform, FrankingTag(tag), context);
    checks.require(made.has_value(), "cannot be stamped");
    if (made) checks.equal("stamp", made->bytes(), stamp);
  }
};

struct FrankingCase {
  std::array<std::uint8_t, 32> platform_key;
  Blob report;
  std::vector<ReportItem> messages;

  static FrankingCase read(Fields& fields) {
    FrankingCase test{fields.hex_of<32>("platform_key"), fields.hex("report"), {}};
    if (refused(fields)) return test;
    const ConversationId conversation(fields.hex_of<32>("conversation"));
    for (Fields* item : fields.objects("messages"))
      test.messages.push_back(ReportItem::read(*item, conversation));
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    const PlatformKey platform(platform_key);
    const auto verified = VerifiedReport::verify(platform, report);
    if (!verified) return std::unexpected(verified.error());
    checks.require(verified->messages().size() == messages.size(), "another number of messages");
    if (verified->messages().size() != messages.size()) return {};
    std::vector<ReportedMessage> reported;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      const ReportItem& item = messages[i];
      const VerifiedMessage& told = verified->messages()[i];
      item.verify(checks, platform);
      checks.require(told.context == item.context, "another context");
      checks.require(told.gap_before == item.gap_before, "another gap_before");
      checks.equal("content", told.content, item.content);
      reported.push_back(
          {item.context, FrankingStamp(item.stamp), FrankingKey(item.key), item.content});
    }
    Blob room(report.size());
    const auto written = write_report(room, reported);
    if (!written) return std::unexpected(written.error());
    checks.equal("report", *written, report);
    return {};
  }
};

constexpr Kind kinds[] = {{"franking", run_case<FrankingCase>}};

}  // namespace

std::span<const Kind> franking_kinds() {
  return kinds;
}

}  // namespace sotto::vectors
