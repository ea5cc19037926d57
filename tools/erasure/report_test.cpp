// SPDX-License-Identifier: MIT OR Apache-2.0
/// The key of a message that is reported stays with the message and in the report, which makes it
/// public, and nowhere else.
#include <memory>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/franking.hpp>

#include "erasure/memory_scan.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto {
namespace {

using testing::deep_down;
using testing::found_in_memory;
using testing::learn;
using testing::Notes;
using testing::TapeEntropy;
using Names = std::set<std::string>;

FrankingKey drawn() {
  TapeEntropy tape(1080);
  return *new_franking_key(tape);
}
PlatformKey platform() {
  TapeEntropy tape(1081);
  return PlatformKey::made_by([&](MutableBytes out) { static_cast<void>(tape.fill(out)); });
}

TEST(Erasure, of_a_reported_message_nothing_stays) {
  const auto needles = learn([](Notes& n) {
    n.add("key", drawn().expose());
    n.add("platform key", platform().expose());
  });
  const auto message = std::make_unique<std::optional<ReportedMessage>>();
  std::string where;
  const auto found = [&] {
    where.clear();
    return found_in_memory(needles, &where);
  };
  const std::vector<std::uint8_t> content(40, 1);
  deep_down([&] {
    FrankingKey key = drawn();
    FrankingContext context;
    context.counter = 1;
    const FrankingTag tag = frank(key, content);
    ASSERT_TRUE(check_franking(key, content, tag));
    const auto stamp = *franking_stamp(platform(), tag, context);
    message->emplace(ReportedMessage{context, stamp, std::move(key), content});
  });
  EXPECT_EQ(found(), Names{"key"}) << where;
  deep_down([&] {
    const std::span<const ReportedMessage> all(&**message, 1);
    std::vector<std::uint8_t> report(*report_size(all));
    const auto written = write_report(report, all);
    ASSERT_TRUE(written);
    EXPECT_TRUE(VerifiedReport::verify(platform(), *written));
    wipe(report);
  });
  EXPECT_EQ(found(), Names{"key"}) << where;
  deep_down([&] { message->reset(); });
  EXPECT_EQ(found(), Names{}) << where;
}

}  // namespace
}  // namespace sotto
