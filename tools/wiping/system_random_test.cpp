// SPDX-License-Identifier: MIT OR Apache-2.0
/// A system that gives some random bytes and then no more. This program has a `getentropy` of its
/// own, which stands in front of the system's.
#include "crypto/system_random.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <gtest/gtest.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {
int calls_until_refusal = -1;  // never
}

extern "C" int getentropy(void* out, std::size_t size) {
  if (calls_until_refusal == 0) {
    errno = ENOSYS;
    return -1;
  }
  if (calls_until_refusal > 0) {
    --calls_until_refusal;
    std::memset(out, 0xa5, size);
    return 0;
  }
  return syscall(SYS_getrandom, out, size, 0) == static_cast<long>(size) ? 0 : -1;
}

namespace sotto::crypto {
namespace {

TEST(SystemRandom, gives_nothing_where_it_cannot_give_all) {
  std::array<std::uint8_t, 600> out;
  calls_until_refusal = 2;
  const int why = system_random(out);
  calls_until_refusal = -1;
  EXPECT_EQ(why, ENOSYS);
  EXPECT_TRUE(std::ranges::all_of(out, [](std::uint8_t byte) { return byte == 0; }));
}

}  // namespace
}  // namespace sotto::crypto
