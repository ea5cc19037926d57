// SPDX-License-Identifier: MIT OR Apache-2.0
// Frames that are late while somebody sends forged ones of steps and counters far ahead.
#include "call/test_ringrtc.hpp"

namespace sotto::call {
namespace {

/// Frames of somebody who has another secret: of each step, and of counters near and far.
std::vector<Buffer> forged_frames() {
  std::vector<Buffer> frames;
  for (const std::uint32_t counter : {1U, 1'000'000U, 0xffffff00U}) {
    auto forger = *RingrtcSender::create(ringrtc_secret(9), counter);
    for (unsigned step = 0; step < 256; ++step) {
      if (step <= 6 || step == 100 || step == 255) {
        Buffer frame(6 + ringrtc_footer_bytes);
        EXPECT_TRUE(forger.seal(frame, bytes_of("forged")));
        frames.push_back(std::move(frame));
      }
      EXPECT_TRUE(forger.ratchet());
    }
  }
  return frames;
}

TEST(RingrtcLateFrames, OpenBetweenForgedOnesOfStepsFarAhead) {
  RingrtcEnds ends;
  const auto forged = forged_frames();
  const auto expect_open = [&](const Buffer& frame, std::string_view text) {
    for (const Buffer& one : forged) EXPECT_FALSE(ends.open(one));
    EXPECT_EQ(ends.open(frame), bytes_of(text));
    for (const Buffer& one : forged) EXPECT_FALSE(ends.open(one));
    EXPECT_EQ(error_of(ends.open(frame)), Error::replayed);
  };
  std::vector<Buffer> steps[6];
  for (std::vector<Buffer>& step : steps) {
    const std::string text = std::to_string(&step - steps);
    for (int i = 0; i < 3; ++i) step.push_back(ends.seal(text));
    if (&step != &steps[5]) {
      ASSERT_TRUE(ends.sender.ratchet());
    }
  }
  // No newer key is in use: none grows old, however long it takes.
  expect_open(steps[0][2], "0");
  ends.now += std::chrono::hours(1);
  expect_open(steps[0][1], "0");
  expect_open(steps[3][1], "3");
  for (const unsigned step : {2U, 0U, 1U}) expect_open(steps[step][0], std::to_string(step));
  expect_open(steps[5][2], "5");
  ends.now += std::chrono::seconds(9);
  for (const unsigned step : {4U, 2U, 3U, 1U, 5U})
    expect_open(steps[step][step == 3 ? 0 : 1], std::to_string(step));
  ASSERT_TRUE(ends.sender.ratchet());
  expect_open(ends.seal("6"), "6");
  // A new secret, told while the frames of the one before are still on their way.
  const Buffer late = ends.seal("late");
  ends.rekey(2);
  expect_open(ends.seal("new"), "new");
  expect_open(late, "late");
}

}  // namespace
}  // namespace sotto::call
