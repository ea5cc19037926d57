// SPDX-License-Identifier: MIT OR Apache-2.0
// Counts what the C++ heap gives out: this program replaces `operator new`.
#include <cstdlib>
#include <new>

#include "media/test_ends.hpp"
#include "testing/counting_new.hpp"

namespace sotto::media {
namespace {

TEST(Heap, protect_and_unprotect_take_none) {
  auto sender = SrtpSender::create(test_master());
  auto receiver = SrtpReceiver::create(test_master());
  ASSERT_TRUE(sender && receiver);
  auto packet = testing::rtp({.payload_bytes = 1200});
  Packet sealed(packet.size() + srtp_overhead_bytes);
  const std::size_t before = given_out;
  bool good = true;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    packet[3] = static_cast<std::uint8_t>(i / srtp_max_streams);
    packet[11] = static_cast<std::uint8_t>(i % srtp_max_streams);
    good = good && sender->protect(sealed, packet) && receiver->unprotect(packet, sealed);
    good = good && !receiver->unprotect(packet, sealed);
    good = good && !sender->protect(sealed, packet);
  }
  const std::size_t after = given_out;
  EXPECT_TRUE(good);
  EXPECT_EQ(before, after);
  EXPECT_GT(after, 0U);  // The counter counts.
}

}  // namespace
}  // namespace sotto::media
