// SPDX-License-Identifier: MIT OR Apache-2.0
// Lines that are moved about, and used after that.
#include <array>

#include <gtest/gtest.h>

#include <sotto/call_setup.hpp>

#include "testing/error_of.hpp"
#include "testing/moves.hpp"

namespace sotto {
namespace {

using testing::error_of;

constexpr Instant start(std::chrono::seconds(1'000'000));
constexpr std::array<std::uint8_t, 3> body{1, 2, 3};

/// A line that places the call `n`.
CallLine line_of(int n) {
  std::array<std::uint8_t, CallId::size_bytes> id;
  id.fill(static_cast<std::uint8_t>(n));
  auto line = *CallLine::create();
  EXPECT_TRUE(line.place(CallId(id), body, start));
  return line;
}

TEST(Use, OfLinesThatAreMovedAbout) {
  testing::expect_moves<CallLine>(
      line_of, [](const CallLine& line) { return static_cast<int>(line.id().bytes()[0]); },
      [](CallLine& line) { return error_of(line.accept(body, start)); });
}

TEST(Use, OfALineThatWasMovedFromIsRefused) {
  CallLine line = line_of(1);
  const CallLine taken(std::move(line));
  // NOLINTBEGIN(bugprone-use-after-move)
  EXPECT_EQ(error_of(line.place(CallId(), body, start)), Error::consumed);
  EXPECT_EQ(error_of(line.accept(body, start)), Error::consumed);
  EXPECT_EQ(error_of(line.decline(HangUpReason::busy, start)), Error::consumed);
  EXPECT_EQ(error_of(line.hang_up(start)), Error::consumed);
  EXPECT_EQ(error_of(line.confirm(1, body, start)), Error::consumed);
  EXPECT_EQ(error_of(line.reject(1, start)), Error::consumed);
  EXPECT_EQ(error_of(line.take(body, 1, start)), Error::consumed);
  EXPECT_TRUE(line.tick(start).send().empty());
  EXPECT_EQ(line.next_deadline(), std::nullopt);
  EXPECT_EQ(line.state(), CallState::idle);
  EXPECT_EQ(line.id(), CallId());
  // NOLINTEND(bugprone-use-after-move)
}

}  // namespace
}  // namespace sotto
