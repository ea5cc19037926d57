// SPDX-License-Identifier: MIT OR Apache-2.0
// Counts what the C++ heap gives out: this program replaces `operator new`.
#include <cstdlib>
#include <new>

#include "sframe/test_frames.hpp"
#include "testing/counting_new.hpp"

namespace sotto::sframe {
namespace {

TEST(Heap, seal_and_open_take_none) {
  for (const SframeSuite suite : all_suites) {
    Ends ends(suite);
    const Buffer text(1200, 'x'), metadata(20, 'm');
    Buffer frame(ends.sender.sealed_size(text.size()) + 8), out(1300);
    const std::size_t before = given_out;
    bool good = true;
    for (int i = 0; i < 1000; ++i) {
      const auto sealed = ends.sender.seal(frame, metadata, text);
      good = good && sealed && ends.receiver.open(out, metadata, *sealed, noon);
      good = good && !ends.receiver.open(out, metadata, *sealed, noon);
      frame[sealed->size() - 1] ^= 1;
      if (i < 100) good = good && !ends.receiver.open(out, metadata, *sealed, noon);
    }
    const std::size_t after = given_out;
    EXPECT_TRUE(good);
    EXPECT_EQ(before, after);
    EXPECT_GT(after, 0U);  // The counter counts.
  }
}

}  // namespace
}  // namespace sotto::sframe
