// SPDX-License-Identifier: MIT OR Apache-2.0
// Counts what the C++ heap gives out: this program replaces `operator new`.
#include <cstdlib>
#include <new>

#include "media/test_ends.hpp"

namespace {
std::size_t given_out = 0;
}

void* operator new(std::size_t size) {
  ++given_out;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++given_out;
  return std::malloc(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

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
