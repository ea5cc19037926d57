// SPDX-License-Identifier: MIT OR Apache-2.0
// Tags and stamps: what they depend on [FR-1-1, FR-1-2, FR-2-1].
#include <functional>
#include <limits>

#include <gtest/gtest.h>

#include "conversation/test_franking.hpp"
#include "testing/error_of.hpp"
#include "testing/hex.hpp"

namespace sotto::conversation {
namespace {

using testing::error_of;
using testing::hex;
using testing::TapeEntropy;

FrankingKey key_of(std::uint8_t byte) {
  return FrankingKey(std::array<std::uint8_t, 32>{byte});
}

Buffer bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

TEST(FrankingTag, is_the_hmac_of_the_content) {
  // RFC 4231, test case 2, has a key of four bytes: HMAC fills it up with zeros, as ours has them.
  std::array<std::uint8_t, 32> key{'J', 'e', 'f', 'e'};
  EXPECT_EQ(hex(frank(FrankingKey(key), bytes_of("what do ya want for nothing?")).bytes()),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(FrankingTag, the_right_one_is_taken_and_no_other) {
  const FrankingKey key = key_of(1);
  const Buffer content = content_with(key, "we meet at nine");
  const FrankingTag tag = frank(key, content);
  EXPECT_TRUE(check_franking(key, content, tag));

  for (std::size_t bit = 0; bit < 8 * tag.bytes().size(); ++bit) {
    auto other = tag.bytes();
    std::array<std::uint8_t, 32> turned;
    std::ranges::copy(other, turned.begin());
    turned[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_EQ(error_of(check_franking(key, content, FrankingTag(turned))),
              Error::authentication_failed);
  }
  for (std::size_t at = 0; at < content.size(); ++at) {
    Buffer altered = content;
    altered[at] ^= 0x40;
    EXPECT_EQ(error_of(check_franking(key, altered, tag)), Error::authentication_failed);
  }
  EXPECT_EQ(error_of(check_franking(key, Bytes(content).first(content.size() - 1), tag)),
            Error::authentication_failed);
  EXPECT_EQ(error_of(check_franking(key_of(2), content, tag)), Error::authentication_failed);
}

TEST(FrankingTag, a_key_is_drawn_for_each_message) {
  TapeEntropy entropy(3);
  const auto one = new_franking_key(entropy);
  const auto two = new_franking_key(entropy);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(entropy.drawn(), 64U);
  EXPECT_NE(hex(one->expose()), hex(two->expose()));
  testing::FailingEntropy broken;
  EXPECT_EQ(error_of(new_franking_key(broken)), Error::entropy_failed);
}

TEST(FrankingStamp, everything_in_it_counts) {
  const PlatformKey platform(std::array<std::uint8_t, 32>{9});
  FrankingContext context;
  context.sender = id_of<UserId>(1);
  context.sender_device = 2;
  context.recipient = id_of<UserId>(3);
  context.conversation = id_of<ConversationId>(4);
  context.at = Instant(std::chrono::milliseconds(5));
  context.counter = 6;
  const auto tag = id_of<FrankingTag>(7);
  const auto stamp = franking_stamp(platform, tag, context);
  ASSERT_TRUE(stamp);
  EXPECT_EQ(*franking_stamp(platform, tag, context), *stamp);

  const std::vector<std::function<void(FrankingContext&)>> changes = {
      [](auto& c) { c.sender = id_of<UserId>(9); },
      [](auto& c) { c.sender_device = 9; },
      [](auto& c) { c.recipient = id_of<UserId>(9); },
      [](auto& c) { std::swap(c.sender, c.recipient); },
      [](auto& c) { c.conversation = id_of<ConversationId>(9); },
      [](auto& c) { c.at += std::chrono::milliseconds(1); },
      [](auto& c) { c.counter += 1; },
      [](auto& c) { c.sender_device += std::uint32_t{1} << 31; },
  };
  for (const auto& change : changes) {
    FrankingContext other = context;
    change(other);
    EXPECT_NE(*franking_stamp(platform, tag, other), *stamp);
  }
  EXPECT_NE(*franking_stamp(platform, id_of<FrankingTag>(8), context), *stamp);
  EXPECT_NE(*franking_stamp(PlatformKey(std::array<std::uint8_t, 32>{8}), tag, context), *stamp);
}

TEST(FrankingStamp, limits_on_both_sides) {
  const PlatformKey platform(std::array<std::uint8_t, 32>{9});
  const FrankingTag tag;
  FrankingContext context;
  const auto with = [&](std::uint64_t counter, std::int64_t at) {
    context.counter = counter;
    context.at = Instant(std::chrono::milliseconds(at));
    return error_of(franking_stamp(platform, tag, context));
  };
  EXPECT_EQ(with(0, 0), Error::malformed);
  EXPECT_EQ(with(1, 0), std::nullopt);
  EXPECT_EQ(with((std::uint64_t{1} << 63) - 1, 0), std::nullopt);
  EXPECT_EQ(with(std::uint64_t{1} << 63, 0), Error::malformed);
  EXPECT_EQ(with(1, -1), Error::malformed);
  EXPECT_EQ(with(1, std::numeric_limits<std::int64_t>::max()), std::nullopt);
}

}  // namespace
}  // namespace sotto::conversation
