// SPDX-License-Identifier: MIT OR Apache-2.0
// Counts what the C++ heap gives out: this program replaces `operator new`.
#include <array>

#include <gtest/gtest.h>

#include "testing/counting_new.hpp"
#include "wire/frame.hpp"

namespace sotto::wire {
namespace {

TEST(Heap, laying_out_and_reading_take_none) {
  std::array<std::uint8_t, 512> out{}, bundle_room{};
  const SignalHeader header{.ratchet_key = {}, .counter = 300, .previous_counter = 7};
  const PrekeyHeader prekey{RegistrationId{1}, OneTimePrekeyId{2}, SignedPrekeyId{3}, {}, {}};
  const DeviceBundle bundle{};
  const std::size_t before = given_out;
  const auto layout = lay_out(out, header, &prekey, 64);
  const auto first = parse_prekey_message(layout->whole);
  const auto message = parse_signal_message(layout->message);
  const auto written = write_bundle(bundle_room, bundle);
  const auto read = parse_bundle(*written);
  const std::size_t after = given_out;
  EXPECT_TRUE(first && message && read);
  EXPECT_EQ(before, after);
  EXPECT_GT(after, 0U);  // The counter counts.
}

}  // namespace
}  // namespace sotto::wire
