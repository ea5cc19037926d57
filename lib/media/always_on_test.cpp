// SPDX-License-Identifier: MIT OR Apache-2.0
// Whatever number is asked for as a profile: there is none that leaves a packet in the clear, or
// without a tag.
#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/srtp.hpp>

namespace sotto {
namespace {

using Buffer = std::vector<std::uint8_t>;

constexpr std::size_t head = 12;

Buffer packet() {
  Buffer bytes{0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7};
  for (std::uint8_t i = 0; i < 64; ++i) bytes.push_back(static_cast<std::uint8_t>(0x30 + i));
  return bytes;
}

/// Whether some four bytes of the payload stand where they stood.
bool shows(const Buffer& plain, const Buffer& sealed) {
  for (std::size_t i = head; i + 4 <= plain.size(); ++i)
    if (std::equal(plain.begin() + static_cast<std::ptrdiff_t>(i),
                   plain.begin() + static_cast<std::ptrdiff_t>(i + 4),
                   sealed.begin() + static_cast<std::ptrdiff_t>(i)))
      return true;
  return false;
}

TEST(AlwaysOn, NoProfileIsOpenOrUnauthenticated) {
  std::set<std::uint16_t> taken;
  const Buffer plain = packet();
  EXPECT_TRUE(shows(plain, plain));
  const Buffer master(32, 7);
  for (unsigned number = 0; number <= 0xffff; ++number) {
    const auto profile = static_cast<SrtpProfile>(number);
    for (const std::size_t key : {0U, 16U, 24U, 32U})
      for (const std::size_t salt : {0U, 12U, 14U}) {
        const Bytes keys = Bytes(master).first(key);
        const Bytes salts = Bytes(master).first(salt);
        auto sender = SrtpSender::create(profile, keys, salts);
        if (!sender) continue;
        taken.insert(static_cast<std::uint16_t>(number));
        auto receiver = SrtpReceiver::create(profile, keys, salts);
        ASSERT_TRUE(receiver);
        EXPECT_GE(key, 16U);
        EXPECT_GE(sender->overhead_bytes(), 4U);
        Buffer sealed(plain.size() + sender->overhead_bytes());
        ASSERT_TRUE(sender->protect(sealed, plain));
        EXPECT_FALSE(shows(plain, sealed)) << number;
        Buffer out(sealed.size());
        EXPECT_FALSE(receiver->unprotect(out, plain)) << number;
        for (std::size_t i = 0; i < sealed.size(); ++i) {
          Buffer altered = sealed;
          altered[i] ^= 1;
          EXPECT_FALSE(receiver->unprotect(out, altered)) << number << " byte " << i;
        }
        EXPECT_TRUE(receiver->unprotect(out, sealed)) << number;
      }
  }
  EXPECT_EQ(taken, (std::set<std::uint16_t>{0x0001, 0x0002, 0x0007, 0x0008, 0xff01, 0xff02}));
}

}  // namespace
}  // namespace sotto
