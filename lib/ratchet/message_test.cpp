// SPDX-License-Identifier: MIT OR Apache-2.0
#include "ratchet/message.hpp"

#include <gtest/gtest.h>

#include "ratchet/test_pair.hpp"

namespace sotto::ratchet {
namespace {

TEST(Message, ConversationOfManyTurns) {
  Pair pair;
  for (int turn = 0; turn < 40; ++turn) {
    const std::string there = "there " + std::to_string(turn);
    const std::string back = "back " + std::to_string(turn);
    for (int i = 0; i < turn % 4; ++i) ASSERT_EQ(pair.bob.receive(pair.alice.send(there)), there);
    for (int i = 0; i < turn % 3; ++i) ASSERT_EQ(pair.alice.receive(pair.bob.send(back)), back);
  }
}

TEST(Message, ResponderMaySpeakFirst) {
  Pair pair;
  ASSERT_EQ(pair.alice.receive(pair.bob.send("first")), "first");
  ASSERT_EQ(pair.bob.receive(pair.alice.send("second")), "second");
}

}  // namespace
}  // namespace sotto::ratchet
