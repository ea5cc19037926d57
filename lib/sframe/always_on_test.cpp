// SPDX-License-Identifier: MIT OR Apache-2.0
// Whatever number is asked for as a suite: there is none that leaves a frame in the clear, or
// without a tag.
#include <algorithm>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/sframe.hpp>

namespace sotto {
namespace {

using Buffer = std::vector<std::uint8_t>;

SframeBaseKey base_key() {
  return *SframeBaseKey::create(Buffer(32, 7));
}

TEST(AlwaysOn, NoSuiteIsOpenOrUnauthenticated) {
  std::set<std::uint16_t> taken;
  Buffer plain;
  for (std::uint8_t i = 0; i < 64; ++i) plain.push_back(static_cast<std::uint8_t>(0x30 + i));
  for (unsigned number = 0; number <= 0xffff; ++number) {
    const auto suite = static_cast<SframeSuite>(number);
    auto sender = SframeSender::create(suite, SframeKid{1}, base_key());
    if (!sender) continue;
    taken.insert(static_cast<std::uint16_t>(number));
    EXPECT_GE(sframe_sizes(suite).tag, 4U);
    auto receiver = SframeReceiver::create(suite);
    ASSERT_TRUE(receiver);
    ASSERT_TRUE(receiver->add_key(SframeKid{1}, base_key()));
    Buffer room(plain.size() + 64);
    const auto sealed = sender->seal(room, {}, plain);
    ASSERT_TRUE(sealed);
    for (std::size_t i = 0; i + 4 <= plain.size(); ++i)
      EXPECT_TRUE(std::ranges::search(*sealed, Bytes(plain).subspan(i, 4)).empty()) << number;
    Buffer out(sealed->size());
    EXPECT_FALSE(receiver->open(out, {}, plain, Instant{}));
    for (std::size_t i = 0; i < sealed->size(); ++i) {
      Buffer altered(sealed->begin(), sealed->end());
      altered[i] ^= 1;
      EXPECT_FALSE(receiver->open(out, {}, altered, Instant{})) << number << " byte " << i;
    }
    EXPECT_TRUE(receiver->open(out, {}, *sealed, Instant{})) << number;
  }
  EXPECT_EQ(taken, (std::set<std::uint16_t>{1, 2, 3, 4, 5, 6, 7, 8, 0xf001}));
}

}  // namespace
}  // namespace sotto
