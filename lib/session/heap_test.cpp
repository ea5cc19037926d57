// SPDX-License-Identifier: MIT OR Apache-2.0
// Counts what the C++ heap gives out: this program replaces `operator new`.
#include <array>

#include "session/test_peers.hpp"
#include "testing/counting_new.hpp"

namespace sotto::session {
namespace {

TEST(Heap, messages_in_order_take_none) {
  Two two;
  two.settle();
  ASSERT_TRUE(two.alice.connect(two.bob));
  ASSERT_TRUE(two.bob.receive(two.alice.send("begin")));

  const std::array<std::uint8_t, 64> plaintext{};
  std::array<std::uint8_t, 512> wire;
  std::array<std::uint8_t, 512> out;
  for (const bool answered : {false, true}) {
    if (answered) {
      ASSERT_TRUE(two.alice.receive(two.bob.send("answer")));
      ASSERT_TRUE(two.bob.receive(two.alice.send("turn")));
    }
    std::size_t opened = 0;
    const std::size_t before = given_out;
    for (int i = 0; i < 10; ++i) {
      const auto sent = two.alice.peer->encrypt(two.alice.self(), wire, plaintext,
                                                two.alice.prekeys, two.alice.now);
      if (!sent) break;
      const auto got = two.bob.peer->decrypt(two.bob.self(), out, sent->kind, sent->bytes,
                                             two.bob.prekeys, two.bob.tape, two.bob.now);
      if (got && got->opened.plaintext.size() == plaintext.size()) ++opened;
    }
    const std::size_t after = given_out;
    EXPECT_EQ(opened, 10U);
    EXPECT_EQ(after, before) << (answered ? "SignalMessage" : "PreKeySignalMessage");
    EXPECT_GT(after, 0U);  // The counter counts.
  }
}

}  // namespace
}  // namespace sotto::session
