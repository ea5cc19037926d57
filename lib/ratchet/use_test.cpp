// SPDX-License-Identifier: MIT OR Apache-2.0
// Ratchets that are held as they should not be.
#include "ratchet/test_pair.hpp"
#include "testing/moves.hpp"
#include "testing/one_hand.hpp"

namespace sotto::ratchet {
namespace {

using testing::error_of;

TEST(Use, OfARatchetInTwoHandsSpendsNoNumberTwice) {
  Pair pair;
  pair.settle();
  testing::expect_no_number_twice(pair.alice.ratchet,
                                  [](Ratchet& ratchet) -> Result<std::uint64_t> {
                                    Buffer out(Ratchet::encrypted_size(4));
                                    const auto message = ratchet.encrypt(out, bytes_of("text"));
                                    if (!message) return std::unexpected(message.error());
                                    std::uint64_t number = 0;
                                    for (const std::uint8_t byte : message->subspan(37, 4))
                                      number = number << 8 | byte;
                                    return number;
                                  });
}

TEST(Use, OfARatchetElsewhereOpensNothing) {
  Pair pair;
  pair.settle();
  const Buffer message = pair.alice.send("text");
  const auto open = [&]() -> std::optional<Error> {
    Buffer out(message.size());
    return error_of(pair.bob.ratchet.decrypt(out, message, pair.bob.tape, pair.bob.now));
  };
  EXPECT_EQ(testing::in_a_forked_process(open), Error::wrong_state);
  Ratchet taken(std::move(pair.bob.ratchet));
  EXPECT_EQ(open(), Error::consumed);
  EXPECT_EQ(pair.bob.ratchet.skipped_keys(), 0U);  // NOLINT(bugprone-use-after-move)
  pair.bob.ratchet = std::move(taken);
  EXPECT_EQ(open(), std::nullopt);
}

TEST(Use, OfRatchetsThatAreMovedAbout) {
  testing::expect_moves<Ratchet>(
      [](int n) {
        Pair pair;
        pair.settle();
        for (int i = 0; i < n; ++i) static_cast<void>(pair.alice.send("lost"));
        EXPECT_EQ(pair.bob.receive(pair.alice.send("came")), "came");
        return std::move(pair.bob.ratchet);
      },
      [](const Ratchet& ratchet) { return static_cast<int>(ratchet.skipped_keys()); },
      [](Ratchet& ratchet) {
        Buffer out(Ratchet::encrypted_size(4));
        return error_of(ratchet.encrypt(out, bytes_of("text")));
      });
}

}  // namespace
}  // namespace sotto::ratchet
