// SPDX-License-Identifier: MIT OR Apache-2.0
// Ends of RingRTC's frames, and a group call, that are held as they should not be.
#include "call/test_group.hpp"
#include "call/test_ringrtc.hpp"
#include "testing/one_hand.hpp"

namespace sotto::call {
namespace {

TEST(Use, OfARingrtcSenderInTwoHandsSpendsNoCounterTwice) {
  RingrtcEnds ends;
  testing::expect_no_number_twice(ends.sender, [](RingrtcSender& sender) -> Result<std::uint64_t> {
    std::array<std::uint8_t, 64> out;
    const auto frame = sender.seal(out, bytes_of("frame"));
    if (!frame) return std::unexpected(frame.error());
    std::uint64_t counter = 0;
    for (const std::uint8_t byte : frame->last(ringrtc_footer_bytes).subspan(1, 4))
      counter = counter << 8 | byte;
    return counter;
  });
  const RingrtcSender taken(std::move(ends.sender));
  // NOLINTBEGIN(bugprone-use-after-move)
  EXPECT_EQ(error_of(ends.sender.ratchet()), Error::consumed);
  EXPECT_EQ(error_of(ends.sender.rekey(ringrtc_secret(7))), Error::consumed);
  EXPECT_EQ(ends.sender.step(), 0U);
  EXPECT_EQ(ends.sender.next_counter(), 0U);
  // NOLINTEND(bugprone-use-after-move)
}

TEST(Use, OfARingrtcReceiverInTwoHandsIsRefused) {
  RingrtcEnds ends;
  const Buffer frame = ends.seal();
  static_cast<void>(testing::held_in_two_hands(
      ends.receiver, [&](RingrtcReceiver& receiver) -> Result<std::size_t> {
        std::array<std::uint8_t, 64> out;
        const auto opened = receiver.open(out, frame, noon);
        if (!opened && opened.error() != Error::replayed) return std::unexpected(opened.error());
        return frame.size();
      }));
  const RingrtcReceiver taken(std::move(ends.receiver));
  // NOLINTBEGIN(bugprone-use-after-move)
  EXPECT_EQ(error_of(ends.receiver.add_secret(0, ringrtc_secret(7))), Error::consumed);
  EXPECT_EQ(ends.receiver.secrets(), 0U);
  // NOLINTEND(bugprone-use-after-move)
}

TEST(Use, OfAGroupCallInAForkedProcessSealsNothing) {
  Meeting meeting;
  meeting.see({0, 1});
  GroupCall& call = meeting.calls.at(member(0));
  const auto seal = [&]() -> std::optional<Error> {
    Buffer out(call.max_sealed_size(5));
    return error_of(call.seal(out, {}, bytes_of("frame"), meeting.now));
  };
  EXPECT_EQ(testing::in_a_forked_process(seal), Error::wrong_state);
  EXPECT_EQ(seal(), std::nullopt);
}

}  // namespace
}  // namespace sotto::call
