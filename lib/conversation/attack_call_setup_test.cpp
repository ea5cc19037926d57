// SPDX-License-Identifier: MIT OR Apache-2.0
// The attacks on call set-up of spec/attacks.toml.
#include <algorithm>
#include <array>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/call_setup.hpp>

namespace sotto {
namespace {

using Buffer = std::vector<std::uint8_t>;

CallId call_of(std::uint8_t byte) {
  std::array<std::uint8_t, CallId::size_bytes> bytes;
  bytes.fill(byte);
  return CallId(bytes);
}

// The server keeps an offer for hours, and delivers it while the callee calls back: its id is the
// larger one, before which a call that is being placed gives way.
TEST(Attack, attack_M18_offer_delivered_late) {
  const Instant called{std::chrono::hours(480'000)};
  const Buffer body(80, 1);
  CallSignal offer;
  offer.kind = CallSignalKind::offer;
  offer.id = call_of(9);
  offer.at = called;
  offer.body = body;
  Buffer room(call_signal_max_bytes);
  const auto bytes = *write_call_signal(room, offer);
  for (const auto late : {std::chrono::minutes(10), std::chrono::minutes(300)}) {
    for (const bool calls_back : {false, true}) {
      auto line = *CallLine::create();
      if (calls_back) {
        ASSERT_TRUE(line.place(call_of(1), body, called + late));
      }
      const CallState before = line.state();
      const auto step = *line.take(bytes, 1, called + late);
      ASSERT_EQ(step.tell().size(), 1U);
      EXPECT_EQ(step.tell()[0].kind, CallNotice::Kind::missed);
      EXPECT_EQ(line.state(), before) << "rings, or has ended the call being placed";
    }
  }
}

}  // namespace
}  // namespace sotto
