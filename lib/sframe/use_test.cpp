// SPDX-License-Identifier: MIT OR Apache-2.0
// Ends of frames that are held as they should not be.
#include "sframe/test_frames.hpp"
#include "testing/moves.hpp"
#include "testing/one_hand.hpp"

namespace sotto::sframe {
namespace {

TEST(Use, OfASenderInTwoHandsSpendsNoCounterTwice) {
  Ends ends;
  testing::expect_no_number_twice(ends.sender, [](SframeSender& sender) -> Result<std::uint64_t> {
    std::array<std::uint8_t, 64> out;
    const auto frame = sender.seal(out, {}, bytes_of("frame"));
    if (!frame) return std::unexpected(frame.error());
    return parse_sframe_header(*frame)->counter;
  });
}

TEST(Use, OfASenderThatWasMovedFromIsRefused) {
  Ends ends;
  const SframeSender taken(std::move(ends.sender));
  // NOLINTBEGIN(bugprone-use-after-move)
  EXPECT_EQ(error_of(ends.sender.rekey(SframeKid{7}, base_key(7))), Error::consumed);
  EXPECT_EQ(error_of(ends.sender.ratchet(ends.chain)), Error::consumed);
  EXPECT_EQ(ends.sender.kid(), SframeKid{});
  EXPECT_EQ(ends.sender.next_counter(), 0U);
  EXPECT_EQ(ends.sender.sealed_size(9), 0U);
  EXPECT_EQ(ends.sender.header_size(), 0U);
  // NOLINTEND(bugprone-use-after-move)
}

TEST(Use, OfAReceiverInTwoHandsIsRefused) {
  Ends ends;
  const Buffer frame = ends.seal();
  static_cast<void>(testing::held_in_two_hands(
      ends.receiver, [&](SframeReceiver& receiver) -> Result<std::size_t> {
        std::array<std::uint8_t, 64> out;
        const auto opened = receiver.open(out, {}, frame, noon);
        if (!opened && opened.error() != Error::replayed) return std::unexpected(opened.error());
        return frame.size();
      }));
  const SframeReceiver taken(std::move(ends.receiver));
  // NOLINTBEGIN(bugprone-use-after-move)
  EXPECT_EQ(error_of(ends.receiver.add_key(SframeKid{7}, base_key(7))), Error::consumed);
  EXPECT_EQ(error_of(ends.receiver.add_key(SframeKid{7}, base_key(7), ends.chain)),
            Error::consumed);
  EXPECT_EQ(error_of(ends.receiver.erase_key(SframeKid{7})), Error::consumed);
  EXPECT_EQ(ends.receiver.keys(), 0U);
  // NOLINTEND(bugprone-use-after-move)
}

TEST(Use, OfEndsThatAreMovedAbout) {
  testing::expect_moves<SframeSender>(
      [](int n) { return *SframeSender::create(all_suites[0], SframeKid(n), base_key()); },
      [](const SframeSender& sender) { return static_cast<int>(sender.kid()); },
      [](SframeSender& sender) {
        Buffer out(64);
        return error_of(sender.seal(out, {}, bytes_of("frame")));
      });
  testing::expect_moves<SframeReceiver>(
      [](int n) {
        auto receiver = *SframeReceiver::create(all_suites[0]);
        for (int key = 0; key < n; ++key) EXPECT_TRUE(receiver.add_key(SframeKid(key), base_key()));
        return receiver;
      },
      [](const SframeReceiver& receiver) { return static_cast<int>(receiver.keys()); },
      [](SframeReceiver& receiver) { return error_of(receiver.open({}, {}, {}, noon)); });
}

}  // namespace
}  // namespace sotto::sframe
