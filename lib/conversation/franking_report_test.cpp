// SPDX-License-Identifier: MIT OR Apache-2.0
// Reports: what is true is believed, and nothing else [FR-3-1, FR-3-2, FR-3-3, FR-4-1, FR-4-2].
#include <algorithm>
#include <functional>
#include <type_traits>

#include <gtest/gtest.h>

#include "conversation/test_franking.hpp"
#include "testing/error_of.hpp"

namespace sotto::conversation {
namespace {

using testing::error_of;
using Change = std::function<void(ReportedMessage&)>;

static_assert(!std::is_copy_constructible_v<VerifiedReport>);
static_assert(!std::is_default_constructible_v<VerifiedReport>);

constexpr std::uint8_t anna = 1, bert = 2;

/// Six messages of two people.
Passed talk() {
  Passed passed;
  passed.pass(anna, bert, "give me the money");
  passed.pass(bert, anna, "never");
  passed.pass(anna, bert, "you will be sorry");
  passed.pass(anna, bert, "something else");
  passed.pass(bert, anna, "leave me alone");
  passed.pass(anna, bert, "I know where you live");
  return passed;
}

Buffer written(const std::vector<ReportedMessage>& messages) {
  Buffer report(report_size(messages).value());
  EXPECT_EQ(write_report(report, messages).value().size(), report.size());
  return report;
}

std::string text_of(const VerifiedMessage& message) {
  return {message.content.begin() + 32, message.content.end()};
}

TEST(FrankingReport, one_message) {
  const Passed passed = talk();
  const Buffer report = written(passed.some({3}));
  EXPECT_EQ(report.size(), report_head_bytes + report_message_bytes + 32 + 17);
  const auto verified = VerifiedReport::verify(passed.platform, report);
  ASSERT_TRUE(verified);
  ASSERT_EQ(verified->messages().size(), 1U);
  EXPECT_EQ(verified->messages()[0].context, passed.all[2].context);
  EXPECT_EQ(text_of(verified->messages()[0]), "you will be sorry");
  EXPECT_EQ(verified->messages()[0].gap_before, 2U);
  EXPECT_EQ(verified->conversation(), passed.all[0].context.conversation);
}

// Verification is given these bytes and the platform's key: of the others it has not even the tags
// [FR-4-3].
TEST(FrankingReport, some_messages_of_both_in_their_true_order) {
  const Passed passed = talk();
  const auto verified = VerifiedReport::verify(passed.platform, written(passed.some({1, 2, 3, 6})));
  ASSERT_TRUE(verified);
  std::vector<std::uint64_t> gaps;
  for (const VerifiedMessage& message : verified->messages()) gaps.push_back(message.gap_before);
  EXPECT_EQ(gaps, (std::vector<std::uint64_t>{0, 0, 0, 2}));
  EXPECT_EQ(verified->messages()[1].context.sender, id_of<UserId>(bert));
  EXPECT_EQ(verified->messages()[3].context.sender, id_of<UserId>(anna));
}

TEST(FrankingReport, what_is_not_reported_is_not_in_it) {
  const Passed passed = talk();
  const Buffer report = written(passed.some({1, 6}));
  for (const std::size_t counter : {2U, 3U, 4U, 5U}) {
    const ReportedMessage& other = passed.all[counter - 1];
    const auto holds = [&](Bytes what) { return !std::ranges::search(report, what).empty(); };
    EXPECT_FALSE(holds(other.key.expose()));
    EXPECT_FALSE(holds(other.stamp.bytes()));
    EXPECT_FALSE(holds(frank(other.key, other.content).bytes()));
    EXPECT_FALSE(holds(other.content.subspan(32)));
  }
}

/// What comes of a report of three messages after `change` to the second.
std::optional<Error> altered(const Change& change) {
  const Passed passed = talk();
  auto messages = passed.some({1, 3, 6});
  change(messages[1]);
  return error_of(VerifiedReport::verify(passed.platform, joined(messages)));
}

TEST(FrankingReport, altered_or_moved_it_is_not_believed) {
  EXPECT_EQ(altered([](auto&) {}), std::nullopt);
  static const Buffer forged(32 + 17, 0x41);
  const std::vector<Change> changes = {
      [](auto& m) { m.content = forged; },
      [](auto& m) { m.content = m.content.first(m.content.size() - 1); },
      [](auto& m) { m.key = FrankingKey(std::array<std::uint8_t, 32>{1}); },
      [](auto& m) { m.context.sender = id_of<UserId>(bert); },
      [](auto& m) { std::swap(m.context.sender, m.context.recipient); },
      [](auto& m) { m.context.sender_device += 1; },
      [](auto& m) { m.context.recipient = id_of<UserId>(3); },
      [](auto& m) { m.context.at += std::chrono::milliseconds(1); },
      [](auto& m) { m.context.counter -= 1; },
      [](auto& m) { m.context.counter += 1; },
      [](auto& m) { m.stamp = id_of<FrankingStamp>(0); },
  };
  for (std::size_t i = 0; i < changes.size(); ++i)
    EXPECT_EQ(altered(changes[i]), Error::authentication_failed) << "change " << i;
}

// The same tag under a second key would take a collision of HMAC-SHA256.
TEST(FrankingReport, nobody_opens_a_tag_to_a_second_content) {
  const Passed passed = talk();
  auto messages = passed.some({1, 2});
  messages[0].content = passed.all[3].content;
  EXPECT_EQ(error_of(VerifiedReport::verify(passed.platform, joined(messages))),
            Error::authentication_failed);
  messages[0].key = passed.all[3].key.duplicate();
  EXPECT_EQ(error_of(VerifiedReport::verify(passed.platform, joined(messages))),
            Error::authentication_failed);
}

TEST(FrankingReport, not_of_another_conversation_or_platform) {
  const Passed passed = talk();
  Passed elsewhere(0x50, 0xc1), another(0x51);
  elsewhere.pass(anna, bert, "give me the money");
  another.pass(anna, bert, "give me the money");
  auto moved = passed.some({1});
  moved[0].context.conversation = id_of<ConversationId>(0xc1);
  EXPECT_EQ(error_of(VerifiedReport::verify(passed.platform, joined(moved))),
            Error::authentication_failed);
  EXPECT_EQ(error_of(VerifiedReport::verify(passed.platform, joined(another.some({1})))),
            Error::authentication_failed);
  // A message of a second conversation stands among those of the first.
  auto mixed = elsewhere.some({1});
  mixed.push_back(std::move(passed.some({2})[0]));
  EXPECT_EQ(error_of(report_size(mixed)), Error::malformed);
  EXPECT_EQ(error_of(VerifiedReport::verify(passed.platform, joined(mixed))),
            Error::authentication_failed);
}

TEST(FrankingReport, a_tag_that_the_platform_never_stamped) {
  const Passed passed = talk();
  auto messages = passed.some({1});
  const FrankingKey key(std::array<std::uint8_t, 32>{5});
  const Buffer content = content_with(key, "what was never sent");
  messages[0].key = key.duplicate();
  messages[0].content = content;
  messages[0].stamp = FrankingStamp(frank(key, content).bytes());
  EXPECT_EQ(error_of(VerifiedReport::verify(passed.platform, joined(messages))),
            Error::authentication_failed);
}

TEST(FrankingReport, each_once_and_in_order) {
  const Passed passed = talk();
  for (const auto& counters :
       {std::vector<std::size_t>{1, 1}, {2, 1}, {1, 3, 2}, {1, 2, 3, 3}, {6, 1, 2}}) {
    const auto messages = passed.some(counters);
    EXPECT_EQ(error_of(report_size(messages)), Error::malformed);
    EXPECT_EQ(error_of(VerifiedReport::verify(passed.platform, joined(messages))),
              Error::malformed);
    // Told with other numbers, the order is that of the numbers and the stamps are wrong.
    auto renumbered = passed.some(counters);
    for (std::size_t i = 0; i < renumbered.size(); ++i) renumbered[i].context.counter = i + 1;
    EXPECT_EQ(error_of(VerifiedReport::verify(passed.platform, joined(renumbered))),
              Error::authentication_failed);
  }
}

TEST(FrankingReport, no_bit_of_it_can_be_turned) {
  const Passed passed = talk();
  const Buffer report = written(passed.some({1, 2}));
  for (std::size_t bit = 0; bit < 8 * report.size(); ++bit) {
    Buffer altered = report;
    altered[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_FALSE(VerifiedReport::verify(passed.platform, altered)) << "bit " << bit;
  }
}

TEST(FrankingReport, exact_sizes) {
  const Passed passed = talk();
  const Buffer report = written(passed.some({1, 4}));
  const auto error = [&](Bytes bytes) {
    return error_of(VerifiedReport::verify(passed.platform, bytes));
  };
  for (std::size_t size = 0; size < report.size(); ++size)
    EXPECT_EQ(error(Bytes(report).first(size)), Error::malformed) << size;
  Buffer longer = report;
  longer.push_back(0);
  EXPECT_EQ(error(longer), Error::malformed);
  for (const std::size_t at : {report_head_bytes, report_head_bytes + 8}) {
    Buffer beyond = report;
    beyond[at] = 0x80;  // a counter, a time beyond 2^63
    EXPECT_EQ(error(beyond), Error::malformed) << at;
  }
  Buffer of_2 = report;
  of_2[0] = 2;
  EXPECT_EQ(error(of_2), Error::unsupported_version);
  for (const std::uint8_t count : {std::uint8_t{0}, std::uint8_t{1}, std::uint8_t{3}}) {
    Buffer miscounted = report;
    miscounted[report_head_bytes - 1] = count;
    EXPECT_EQ(error(miscounted), Error::malformed);
  }
}

TEST(FrankingReport, limits_on_both_sides) {
  Passed passed;
  std::vector<std::size_t> counters;
  for (std::size_t i = 1; i <= report_max_messages + 1; ++i) {
    passed.pass(anna, bert, "again");
    counters.push_back(i);
  }
  const auto too_many = passed.some(counters);
  EXPECT_EQ(error_of(report_size(too_many)), Error::malformed);
  EXPECT_EQ(error_of(VerifiedReport::verify(passed.platform, joined(too_many))), Error::malformed);
  counters.pop_back();
  const auto verified = VerifiedReport::verify(passed.platform, written(passed.some(counters)));
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->messages().size(), report_max_messages);
  EXPECT_EQ(error_of(report_size({})), Error::malformed);

  for (const std::size_t size : {std::size_t{1}, report_max_content_bytes - 32}) {
    Passed one;
    one.pass(anna, bert, std::string(size, 'x'));
    EXPECT_TRUE(VerifiedReport::verify(one.platform, written(one.some({1}))));
  }
  Passed one;
  one.pass(anna, bert, std::string(report_max_content_bytes - 31, 'x'));
  auto messages = one.some({1});
  EXPECT_EQ(error_of(report_size(messages)), Error::malformed);
  messages[0].content = {};
  EXPECT_EQ(error_of(report_size(messages)), Error::malformed);
}

TEST(FrankingReport, a_refused_writer_writes_nothing) {
  const Passed passed = talk();
  const auto messages = passed.some({1, 2});
  const std::size_t size = report_size(messages).value();
  Buffer room(size, 0xee);
  const auto untouched = [&] { return std::ranges::count(room, 0xee) == std::ssize(room); };
  EXPECT_EQ(error_of(write_report(std::span(room).first(size - 1), messages)),
            Error::buffer_too_small);
  EXPECT_EQ(error_of(write_report(room, passed.some({2, 1}))), Error::malformed);
  auto within = passed.some({1, 2});
  within[1].content = Bytes(room).last(10);
  EXPECT_EQ(error_of(write_report(room, within)), Error::buffers_overlap);
  EXPECT_TRUE(untouched());
  ASSERT_TRUE(write_report(room, messages));
  EXPECT_FALSE(untouched());
}

}  // namespace
}  // namespace sotto::conversation
