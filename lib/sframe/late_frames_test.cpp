// SPDX-License-Identifier: MIT OR Apache-2.0
// Frames that are late while somebody sends forged ones of steps far ahead. They can do no more
// than cost their work: what is true opens as if they had not come.
#include <algorithm>

#include "sframe/test_frames.hpp"

namespace sotto::sframe {
namespace {

/// A sender, its receiver, and somebody who knows the KIDs and no key.
struct Line {
  explicit Line(SframeSuite suite) : ends(suite) {
    auto forger = *SframeSender::create(suite, SframeKid{0x100}, base_key(9));
    for (unsigned step = 0; step < 256; ++step) {
      if (step <= 6 || step == 100 || step == 255) {
        Buffer frame(forger.sealed_size(6));
        EXPECT_TRUE(forger.seal(frame, {}, bytes_of("forged")));
        forgeries.push_back(std::move(frame));
      }
      if (step < 255) {
        EXPECT_TRUE(forger.ratchet(ends.chain));
      }
    }
  }
  /// A frame opens once, with forged ones of all steps before it and behind it.
  void expect_open(const Buffer& frame, std::string_view text) {
    forge();
    EXPECT_EQ(ends.open(frame), bytes_of(text));
    forge();
    EXPECT_EQ(error_of(ends.open(frame)), Error::replayed);
  }
  void forge() {
    for (const Buffer& frame : forgeries) EXPECT_FALSE(ends.open(frame));
  }

  Ends ends;
  std::vector<Buffer> forgeries;
};

TEST(LateFrames, OpenBetweenForgedOnesOfStepsFarAhead) {
  for (const SframeSuite suite : all_suites) {
    SCOPED_TRACE(static_cast<int>(std::to_underlying(suite)));
    Line line(suite);
    std::vector<Buffer> steps[6];  // what was sealed in each step
    for (unsigned step = 0; step < std::size(steps); ++step) {
      for (int i = 0; i < 3; ++i) steps[step].push_back(line.ends.seal(std::to_string(step)));
      if (step + 1 < std::size(steps)) {
        ASSERT_TRUE(line.ends.sender.ratchet(line.ends.chain));
      }
    }
    // No newer key is in use: none grows old, however long it takes.
    line.expect_open(steps[0][2], "0");
    line.ends.now += std::chrono::hours(1);
    line.expect_open(steps[0][1], "0");
    // Steps 1 and 2 are passed over, and 4 by the next jump; all come late.
    line.expect_open(steps[3][1], "3");
    for (const unsigned step : {2U, 0U, 1U}) line.expect_open(steps[step][0], std::to_string(step));
    line.expect_open(steps[5][2], "5");
    line.ends.now += std::chrono::seconds(9);
    for (const unsigned step : {4U, 2U, 3U, 1U, 5U})
      line.expect_open(steps[step][step == 3 ? 0 : 1], std::to_string(step));
    // The keys that were replaced go when their time is up, and not for forged frames.
    line.ends.now += std::chrono::seconds(1);
    line.expect_open(steps[5][0], "5");
    EXPECT_FALSE(line.ends.open(steps[2][2]));
    ASSERT_TRUE(line.ends.sender.ratchet(line.ends.chain));
    line.expect_open(line.ends.seal("6"), "6");
  }
}

}  // namespace
}  // namespace sotto::sframe
