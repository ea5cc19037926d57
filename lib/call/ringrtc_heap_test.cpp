// SPDX-License-Identifier: MIT OR Apache-2.0
// Counts what the C++ heap gives out: this program replaces `operator new`.
#include <cstdlib>
#include <new>

#include "call/test_ringrtc.hpp"
#include "testing/counting_new.hpp"

namespace sotto::call {
namespace {

TEST(Heap, frames_take_none) {
  RingrtcEnds ends;
  ends.rekey(2);
  ends.rekey(3);
  const Buffer text(1200, 'x');
  Buffer frame(text.size() + ringrtc_footer_bytes), out(text.size());
  const std::size_t before = given_out;
  bool good = true;
  for (int i = 0; i < 1000; ++i) {
    const auto sealed = ends.sender.seal(frame, text);
    good = good && sealed && ends.receiver.open(out, *sealed, noon);
    good = good && !ends.receiver.open(out, *sealed, noon);
    frame.back() ^= 1;
    good = good && !ends.receiver.open(out, frame, noon);
    frame[text.size()] = 9;  // A forged step: steps are made for every secret.
    if (i < 100) good = good && !ends.receiver.open(out, frame, noon);
  }
  const std::size_t after = given_out;
  EXPECT_TRUE(good);
  EXPECT_EQ(before, after);
  EXPECT_GT(after, 0U);  // The counter counts.
}

}  // namespace
}  // namespace sotto::call
