// SPDX-License-Identifier: MIT OR Apache-2.0
#include <array>

#include "call/ringrtc_keys.hpp"
#include "call/test_ringrtc.hpp"

namespace sotto::call {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

RingrtcSecret stepped(RingrtcSecret secret, int steps) {
  for (int i = 0; i < steps; ++i) secret = ringrtc_next_secret(secret);
  return secret;
}

TEST(RingrtcReceiver, AFrameOpensOnce) {
  RingrtcEnds ends;
  const Buffer frame = ends.seal();
  ASSERT_TRUE(ends.open(frame));
  EXPECT_EQ(error_of(ends.open(frame)), Error::replayed);
}

TEST(RingrtcReceiver, TheReplayWindowOnBothSides) {
  RingrtcEnds ends;
  const auto frames = ends.seal_many(ringrtc_replay_window + 2);
  ASSERT_TRUE(ends.open(frames[ringrtc_replay_window]));
  EXPECT_EQ(error_of(ends.open(frames[0])), Error::replayed) << "a whole width behind";
  EXPECT_TRUE(ends.open(frames[1])) << "the last place";
  ASSERT_TRUE(ends.open(frames[ringrtc_replay_window + 1]));
  EXPECT_EQ(error_of(ends.open(frames[1])), Error::replayed);
  EXPECT_TRUE(ends.open(frames[2]));
  EXPECT_EQ(error_of(ends.open(frames[2])), Error::replayed);
}

TEST(RingrtcReceiver, AStepIsFollowedAndItsFramesOpenOnceAsWell) {
  RingrtcEnds ends;
  const Buffer before = ends.seal("before"), late = ends.seal("late");
  ASSERT_TRUE(ends.open(before));
  ASSERT_TRUE(ends.sender.ratchet());
  const Buffer after = ends.seal("after");
  EXPECT_EQ(ends.open(after), bytes_of("after"));
  EXPECT_EQ(error_of(ends.open(after)), Error::replayed);
  EXPECT_EQ(error_of(ends.open(before)), Error::replayed) << "across the step";
  EXPECT_EQ(ends.open(late), bytes_of("late"));
}

TEST(RingrtcReceiver, ANewcomerOpensNothingFromBefore) {
  RingrtcEnds ends;
  const Buffer before = ends.seal();
  ASSERT_TRUE(ends.sender.ratchet());
  auto newcomer = *RingrtcReceiver::create();
  ASSERT_TRUE(newcomer.add_secret(ends.sender.step(), ends.sender.secret().duplicate()));
  Buffer out(64);
  EXPECT_EQ(error_of(newcomer.open(out, before, noon)), Error::authentication_failed);
  EXPECT_TRUE(newcomer.open(out, ends.seal(), noon));
}

TEST(RingrtcReceiver, WhoLeftOpensNothingUnderTheNewSecret) {
  RingrtcEnds ends;
  ASSERT_TRUE(ends.open(ends.seal()));
  ASSERT_TRUE(ends.sender.rekey(ringrtc_secret(2)));
  EXPECT_EQ(error_of(ends.open(ends.seal())), Error::authentication_failed);
}

TEST(RingrtcReceiver, StepsAheadOnBothSidesOfTheLimit) {
  RingrtcLimits limits;
  limits.max_steps = 3;
  for (const int ahead : {3, 4}) {
    RingrtcEnds ends(limits);
    for (int i = 0; i < ahead; ++i) ASSERT_TRUE(ends.sender.ratchet());
    EXPECT_EQ(error_of(ends.open(ends.seal())),
              ahead == 3 ? std::nullopt : std::optional(Error::too_far_ahead));
  }
}

TEST(RingrtcReceiver, FiveOldStepsOpenLateFramesAndTheSixthDoesNot) {
  for (const bool at_once : {false, true}) {
    RingrtcEnds ends;
    std::vector<Buffer> late;
    for (int step = 0; step < 6; ++step) {
      late.push_back(ends.seal());
      const Buffer read = ends.seal();
      if (!at_once) {
        ASSERT_TRUE(ends.open(read));
      }
      ASSERT_TRUE(ends.sender.ratchet());
    }
    ASSERT_TRUE(ends.open(ends.seal()));
    EXPECT_EQ(error_of(ends.open(late[0])), Error::authentication_failed);
    for (std::size_t step = 1; step < 6; ++step) EXPECT_TRUE(ends.open(late[step])) << step;
  }
}

TEST(RingrtcReceiver, NoOldStepsWhenNoneAreAskedFor) {
  RingrtcLimits limits;
  limits.max_old_steps = 0;
  RingrtcEnds ends(limits);
  const Buffer late = ends.seal();
  ASSERT_TRUE(ends.sender.ratchet());
  ASSERT_TRUE(ends.open(ends.seal()));
  EXPECT_EQ(error_of(ends.open(late)), Error::authentication_failed);
  EXPECT_TRUE(ends.open(ends.seal()));
}

TEST(RingrtcReceiver, AnOldStepGoes300FramesLater) {
  for (const std::size_t later : {299U, 300U}) {
    RingrtcEnds ends;
    const Buffer late = ends.seal();
    ASSERT_TRUE(ends.sender.ratchet());
    const auto frames = ends.seal_many(301);
    ASSERT_TRUE(ends.open(frames[0]));
    ASSERT_TRUE(ends.open(frames[later]));
    EXPECT_EQ(ends.open(late).has_value(), later == 299);
  }
}

TEST(RingrtcReceiver, AnOldSecretGoes300FramesLater) {
  for (const std::size_t later : {299U, 300U}) {
    RingrtcEnds ends;
    const Buffer late = ends.seal();
    ends.rekey(2);
    const auto frames = ends.seal_many(301);
    ASSERT_TRUE(ends.open(frames[0]));
    ASSERT_TRUE(ends.open(frames[later]));
    EXPECT_EQ(ends.receiver.secrets(), later == 299 ? 2U : 1U);
    EXPECT_EQ(ends.open(late).has_value(), later == 299);
  }
}

TEST(RingrtcReceiver, OldKeysGoWithTime) {
  for (const bool secret : {false, true}) {
    RingrtcEnds ends;
    const Buffer late = ends.seal(), later = ends.seal();
    if (secret) {
      ends.rekey(2);
    } else {
      ASSERT_TRUE(ends.sender.ratchet());
    }
    ASSERT_TRUE(ends.open(ends.seal()));
    ends.now = noon + seconds(10) - milliseconds(1);
    EXPECT_TRUE(ends.open(late));
    ends.now = noon + seconds(10);
    EXPECT_EQ(error_of(ends.open(later)), Error::authentication_failed);
    ends.now = noon - seconds(10);
    EXPECT_TRUE(ends.open(later)) << "a clock that goes backwards makes nothing expire";
  }
}

TEST(RingrtcReceiver, WhoKeepsOldKeysSealsNothingNewUnderThem) {
  // Somebody who left and still knows the keys; counters from that of the first new frame on.
  for (const auto& [secret, counter] :
       {std::pair(false, 2U), std::pair(false, 100U), std::pair(true, 2U), std::pair(true, 100U)}) {
    RingrtcEnds ends;
    auto leaver = *RingrtcSender::create(ringrtc_secret(), counter);
    const Buffer late = ends.seal();
    if (secret) {
      ends.rekey(2);
    } else {
      ASSERT_TRUE(ends.sender.ratchet());
    }
    ASSERT_TRUE(ends.open(ends.seal()));
    Buffer forged(32);
    const auto sealed = leaver.seal(forged, bytes_of("forged"));
    ASSERT_TRUE(sealed);
    EXPECT_EQ(error_of(ends.open(*sealed)), Error::authentication_failed);
    EXPECT_TRUE(ends.open(late));
  }
}

TEST(RingrtcReceiver, SecretsBeyondTheLimitGoOldestFirst) {
  RingrtcEnds ends;
  std::vector<Buffer> frames{ends.seal()};
  for (std::uint8_t fill = 2; fill <= 6; ++fill) {
    ends.rekey(fill);
    frames.push_back(ends.seal());
    EXPECT_EQ(ends.receiver.secrets(), std::min<std::size_t>(fill, 5));
  }
  EXPECT_EQ(error_of(ends.open(frames[0])), Error::authentication_failed);
  for (std::size_t i = 1; i < frames.size(); ++i) EXPECT_TRUE(ends.open(frames[i])) << i;
}

TEST(RingrtcReceiver, ASecretThatIsKnownIsNotTakenAgain) {
  RingrtcEnds ends;
  const Buffer frame = ends.seal();
  ASSERT_TRUE(ends.open(frame));
  const auto again = [&](std::uint8_t step, int steps) {
    return error_of(ends.receiver.add_secret(step, stepped(ringrtc_secret(), steps)));
  };
  EXPECT_EQ(again(0, 0), Error::conflict);
  EXPECT_EQ(again(3, 3), Error::conflict) << "a later step of it";
  for (int i = 0; i < 7; ++i) ASSERT_TRUE(ends.sender.ratchet());
  ASSERT_TRUE(ends.open(ends.seal()));
  EXPECT_EQ(again(0, 0), Error::conflict) << "an earlier step of it";
  EXPECT_EQ(again(200, 200), Error::conflict);
  EXPECT_EQ(ends.receiver.secrets(), 1U);
  EXPECT_EQ(again(1, 0), std::nullopt) << "the same bytes at another step are another secret";
}

TEST(RingrtcReceiver, ASecretThatWasLetGoIsNotTakenAgain) {
  RingrtcLimits limits;
  limits.max_secrets = 1;
  RingrtcEnds ends(limits);
  const Buffer frame = ends.seal();
  ASSERT_TRUE(ends.open(frame));
  ASSERT_TRUE(ends.sender.ratchet());
  ASSERT_TRUE(ends.open(ends.seal()));
  for (std::uint8_t fill = 2; fill <= 17; ++fill)
    ASSERT_TRUE(ends.receiver.add_secret(0, ringrtc_secret(fill)));
  // Sixteen are remembered: of the first, which was let go at step 1, also step 0.
  EXPECT_EQ(error_of(ends.receiver.add_secret(1, stepped(ringrtc_secret(), 1))), Error::conflict);
  EXPECT_EQ(error_of(ends.receiver.add_secret(0, ringrtc_secret())), Error::conflict);
  EXPECT_EQ(error_of(ends.open(frame)), Error::authentication_failed);
  ASSERT_TRUE(ends.receiver.add_secret(0, ringrtc_secret(18)));
  EXPECT_EQ(error_of(ends.receiver.add_secret(0, ringrtc_secret())), std::nullopt)
      << "the seventeenth is forgotten";
}

TEST(RingrtcReceiver, AForgedStepMovesNothing) {
  RingrtcEnds ends;
  Buffer forged = ends.seal();
  const Buffer genuine = ends.seal();
  forged.back() ^= 1;
  for (int step = 0; step < 256; ++step) {
    forged[forged.size() - ringrtc_footer_bytes] = static_cast<std::uint8_t>(step);
    Buffer out(forged.size(), 0xa5);
    EXPECT_EQ(error_of(ends.receiver.open(out, forged, noon)), Error::authentication_failed);
    EXPECT_EQ(out, Buffer(forged.size(), 0xa5));
  }
  EXPECT_TRUE(ends.open(genuine));
}

TEST(RingrtcReceiver, AReplayAheadMovesNothing) {
  // A frame of a later step whose counter was seen: its MAC is right, and it is refused.
  RingrtcEnds ends;
  const Buffer seen = ends.seal();
  ASSERT_TRUE(ends.open(seen));
  auto twin = *RingrtcSender::create(ringrtc_secret());
  ASSERT_TRUE(twin.ratchet());
  Buffer ahead(ringrtc_footer_bytes);
  ASSERT_TRUE(twin.seal(ahead, {}));
  EXPECT_EQ(error_of(ends.open(ahead)), Error::replayed);
  EXPECT_TRUE(ends.open(ends.seal())) << "step 0 is the newest still, so nothing was replaced";
}

TEST(RingrtcReceiver, WithoutASecretNothingOpens) {
  auto receiver = *RingrtcReceiver::create();
  RingrtcEnds ends;
  Buffer out(64);
  EXPECT_EQ(error_of(receiver.open(out, ends.seal(), noon)), Error::unknown_key);
  EXPECT_EQ(receiver.secrets(), 0U);
}

TEST(RingrtcReceiver, LimitsOnBothSides) {
  const auto with = [](auto change) {
    RingrtcLimits limits;
    change(limits);
    return error_of(RingrtcReceiver::create(limits));
  };
  EXPECT_EQ(with([](auto& l) { l.max_secrets = 0; }), Error::malformed);
  EXPECT_EQ(with([](auto& l) { l.max_secrets = 1; }), std::nullopt);
  EXPECT_EQ(with([](auto& l) { l.max_secrets = 6; }), Error::malformed);
  EXPECT_EQ(with([](auto& l) { l.max_old_steps = 5; }), std::nullopt);
  EXPECT_EQ(with([](auto& l) { l.max_old_steps = 6; }), Error::malformed);
  EXPECT_EQ(with([](auto& l) { l.max_old_frames = 0; }), Error::malformed);
  EXPECT_EQ(with([](auto& l) { l.max_old_frames = 1; }), std::nullopt);
  EXPECT_EQ(with([](auto& l) { l.max_old_age = milliseconds(-1); }), Error::malformed);
  EXPECT_EQ(with([](auto& l) { l.max_old_age = milliseconds(0); }), std::nullopt);
}

}  // namespace
}  // namespace sotto::call
