// SPDX-License-Identifier: MIT OR Apache-2.0
// Ends of RingRTC's frames, and a group call, that are held as they should not be.
#include "call/test_group.hpp"
#include "call/test_ringrtc.hpp"
#include "testing/moves.hpp"
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

TEST(Use, OfEndsAndAGroupCallThatAreMovedAbout) {
  testing::expect_moves<RingrtcSender>(
      [](int n) { return *RingrtcSender::create(ringrtc_secret(), static_cast<std::uint32_t>(n)); },
      [](const RingrtcSender& sender) { return static_cast<int>(sender.next_counter()); },
      [](RingrtcSender& sender) { return error_of(sender.ratchet()); });
  testing::expect_moves<RingrtcReceiver>(
      [](int n) {
        auto receiver = *RingrtcReceiver::create();
        for (int fill = 1; fill <= n; ++fill)
          EXPECT_TRUE(receiver.add_secret(0, ringrtc_secret(static_cast<std::uint8_t>(fill))));
        return receiver;
      },
      [](const RingrtcReceiver& receiver) { return static_cast<int>(receiver.secrets()); },
      [](RingrtcReceiver& receiver) { return error_of(receiver.open({}, {}, noon)); });
  Meeting meeting;
  testing::expect_moves<GroupCall>(
      [&](int n) {
        return *GroupCall::create(meeting.terms(0), static_cast<std::uint64_t>(n), members({0, 1}),
                                  meeting.tape, meeting.now);
      },
      [](const GroupCall& call) { return static_cast<int>(call.roster_number()); },
      [&](GroupCall& call) { return error_of(call.tick(meeting.now)); });
}

TEST(Use, OfAGroupCallThatWasMovedFromIsRefused) {
  Meeting meeting;
  meeting.see({0, 1});
  GroupCall& call = meeting.calls.at(member(0));
  const GroupCall taken(std::move(call));
  // NOLINTBEGIN(bugprone-use-after-move)
  Buffer out(group_max_message_bytes);
  const auto roster = members({0, 1});
  const Error all[]{
      call.set_roster(9, roster, meeting.tape, meeting.now).error(),
      call.take(member(1), out, meeting.tape, meeting.now).error(),
      call.next_message(out).error(),
      call.seal(out, {}, bytes_of("frame"), meeting.now).error(),
      call.open(member(1), out, {}, {}, meeting.now).error(),
      call.ask(member(1), meeting.now).error(),
      call.tick(meeting.now).error(),
  };
  for (const Error error : all) EXPECT_EQ(error, Error::consumed) << &error - all;
  EXPECT_EQ(call.roster_note(), decltype(call.roster_note()){});
  EXPECT_EQ(call.max_sealed_size(9), 0U);
  EXPECT_EQ(call.next_deadline(), std::nullopt);
  EXPECT_EQ(call.next_difference(), std::nullopt);
  EXPECT_EQ(call.confirmed(), 0U);
  EXPECT_EQ(call.roster_hash(), RosterHash());
  EXPECT_EQ(call.roster_number(), 0U);
  EXPECT_EQ(call.kid(), SframeKid{});
  EXPECT_FALSE(call.switching());
  EXPECT_EQ(call.keys_of(member(1)), 0U);
  // NOLINTEND(bugprone-use-after-move)
}

}  // namespace
}  // namespace sotto::call
