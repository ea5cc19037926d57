// SPDX-License-Identifier: MIT OR Apache-2.0
// Each frame opens once, whatever happens to keys in between.
#include "sframe/schedule.hpp"
#include "sframe/test_frames.hpp"

namespace sotto::sframe {
namespace {

/// The base key so many steps behind the first one of `Ends`.
SframeBaseKey base_key_of_step(int steps) {
  const Suite& suite = *find_suite(SframeSuite::aes_256_gcm_sha512_128);
  auto key = base_key();
  for (int i = 0; i < steps; ++i) key = next_base_key(suite, key.expose());
  return key;
}

/// Ends whose sender has sealed a frame of each of its first four steps.
struct Steps : Ends {
  Steps() {
    for (int step = 0; step < 4; ++step) {
      if (step > 0) {
        EXPECT_TRUE(sender.ratchet(chain));
      }
      frames.push_back(seal());
    }
  }
  std::vector<Buffer> frames;
};

// [RFC9605-9.3-2]
TEST(SframeReplay, AChainAddedAtTwoOfItsSteps) {
  Steps steps;
  ASSERT_TRUE(steps.receiver.add_key(SframeKid{0x102}, base_key_of_step(2), steps.chain));
  EXPECT_TRUE(steps.open(steps.frames[2]));
  EXPECT_TRUE(steps.open(steps.frames[3]));
  EXPECT_TRUE(steps.open(steps.frames[1])) << "late, of the step between";
  EXPECT_TRUE(steps.open(steps.frames[0]));
  for (const Buffer& frame : steps.frames) EXPECT_EQ(error_of(steps.open(frame)), Error::replayed);
  EXPECT_EQ(steps.receiver.keys(), 4U);
}

// [RFC9605-9.3-2]
TEST(SframeReplay, AStepThatIsHeldAlreadyIsNotMadeAgain) {
  Steps steps;
  ASSERT_TRUE(steps.receiver.add_key(SframeKid{0x101}, base_key_of_step(1)));
  EXPECT_TRUE(steps.open(steps.frames[1]));
  EXPECT_TRUE(steps.open(steps.frames[3]));
  EXPECT_EQ(error_of(steps.open(steps.frames[1])), Error::replayed);
  EXPECT_EQ(steps.receiver.keys(), 4U);
}

// [RFC9605-9.3-2]
TEST(SframeReplay, AStepThatIsOverIsNotMadeAgain) {
  Steps steps;
  ASSERT_TRUE(steps.receiver.add_key(SframeKid{0x101}, base_key_of_step(1)));
  EXPECT_TRUE(steps.open(steps.frames[1]));
  ASSERT_TRUE(steps.receiver.erase_key(SframeKid{0x101}));
  EXPECT_EQ(error_of(steps.open(steps.frames[1])), Error::unknown_key) << "as the step ahead";
  EXPECT_TRUE(steps.open(steps.frames[3]));
  EXPECT_EQ(error_of(steps.open(steps.frames[1])), Error::unknown_key) << "as one passed over";
  EXPECT_EQ(steps.receiver.keys(), 3U);
}

// [RFC9605-9.3-2]
TEST(SframeReplay, AKeyWhoseTimeIsOverIsNotMadeAgain) {
  Steps steps;
  ASSERT_TRUE(steps.receiver.add_key(SframeKid{0x102}, base_key_of_step(2)));
  ASSERT_TRUE(steps.open(steps.frames[2]));
  ASSERT_TRUE(steps.receiver.add_key(SframeKid{0x200}, base_key(2)));
  ASSERT_TRUE(steps.sender.rekey(SframeKid{0x200}, base_key(2)));
  ASSERT_TRUE(steps.open(steps.seal()));
  steps.now += SframeLimits{}.max_old_age;
  EXPECT_EQ(error_of(steps.open(steps.frames[2])), Error::unknown_key);
  EXPECT_EQ(error_of(steps.open(steps.frames[3])), Error::unknown_key);
}

// [RFC9605-9.3-2]
TEST(SframeReplay, AKeyThatWasLetGoOfGoesOnWithItsWindow) {
  // Held again at the same step or at a later one; twice over.
  for (const int step : {0, 1}) {
    Steps steps;
    const Buffer more = steps.seal();
    ASSERT_TRUE(steps.open(steps.frames[0]));
    ASSERT_TRUE(steps.open(steps.frames[1]));
    ASSERT_TRUE(steps.open(steps.frames[3]));
    for (int time = 0; time < 2; ++time) {
      ASSERT_TRUE(steps.receiver.let_go());
      EXPECT_EQ(steps.receiver.keys(), 0U);
      EXPECT_EQ(error_of(steps.open(more)), Error::unknown_key);
      const SframeKid kid{0x100 + static_cast<std::uint64_t>(step)};
      ASSERT_TRUE(steps.receiver.add_key(kid, base_key_of_step(step), steps.chain));
      EXPECT_EQ(error_of(steps.open(steps.frames[static_cast<std::size_t>(step)])),
                Error::replayed);
      EXPECT_EQ(error_of(steps.open(steps.frames[3])), Error::replayed) << "as a step ahead";
      if (time == 0) {
        EXPECT_TRUE(steps.open(steps.frames[2])) << "never opened";
      }
      EXPECT_EQ(error_of(steps.open(steps.frames[2])), Error::replayed);
      EXPECT_TRUE(steps.open(steps.seal()));
    }
    EXPECT_TRUE(steps.open(more));
  }
}

// [RFC9605-9.3-2]
TEST(SframeReplay, AnotherKeyUnderTheKidOfOneThatWasLetGoOf) {
  Ends ends;
  ASSERT_TRUE(ends.open(ends.seal()));
  ASSERT_TRUE(ends.receiver.let_go());
  EXPECT_EQ(error_of(ends.receiver.add_key(SframeKid{0x100}, base_key(9))), Error::conflict);
  // Where KIDs come round it is another key, and the first one rests on.
  SframeLimits round;
  round.kid_bits = 4;
  auto receiver = *SframeReceiver::create(SframeSuite::aes_256_gcm_sha512_128, round);
  auto sender =
      *SframeSender::create(SframeSuite::aes_256_gcm_sha512_128, SframeKid{3}, base_key());
  Buffer frame(sender.sealed_size(5)), out(frame.size());
  ASSERT_TRUE(sender.seal(frame, {}, bytes_of("frame")));
  const auto open = [&] { return error_of(receiver.open(out, {}, frame, noon)); };
  ASSERT_TRUE(receiver.add_key(SframeKid{3}, base_key()));
  ASSERT_FALSE(open());
  ASSERT_TRUE(receiver.let_go());
  ASSERT_TRUE(receiver.add_key(SframeKid{3}, base_key(9)));
  EXPECT_EQ(open(), Error::authentication_failed);
  ASSERT_TRUE(receiver.erase_key(SframeKid{3}));
  ASSERT_TRUE(receiver.add_key(SframeKid{3}, base_key()));
  EXPECT_EQ(open(), Error::replayed);
}

// [RFC9605-9.3-2]
TEST(SframeReplay, OfManyKeysThatWereLetGoOfTheOldestIsOverForGood) {
  Ends ends;
  std::vector<Buffer> frames{ends.seal()};
  ASSERT_TRUE(ends.open(frames[0]));
  ASSERT_TRUE(ends.receiver.let_go());
  for (std::uint8_t i = 1; i < 18; ++i) {
    const SframeKid kid{0x100U + 0x100U * i};
    ASSERT_TRUE(ends.sender.rekey(kid, base_key(static_cast<std::uint8_t>(i + 1))));
    ASSERT_TRUE(ends.receiver.add_key(kid, base_key(static_cast<std::uint8_t>(i + 1)), ends.chain));
    frames.push_back(ends.seal());
    ASSERT_TRUE(ends.open(frames.back()));
    ASSERT_TRUE(ends.receiver.let_go());
  }
  for (std::uint8_t i = 0; i < 18; ++i) {
    const auto added = ends.receiver.add_key(
        SframeKid{0x100U + 0x100U * i}, base_key(static_cast<std::uint8_t>(i + 1)), ends.chain);
    EXPECT_EQ(error_of(added), i < 2 ? std::optional(Error::conflict) : std::nullopt) << int{i};
    EXPECT_EQ(error_of(ends.open(frames[i])), i < 2 ? Error::unknown_key : Error::replayed);
    if (i >= 2) {
      ASSERT_TRUE(ends.receiver.let_go());
    }
  }
}

TEST(SframeReplay, AKeyThatOpenedNothingMayComeBack) {
  Ends ends;
  const Buffer frame = ends.seal();
  ASSERT_TRUE(ends.receiver.erase_key(SframeKid{0x100}));
  ASSERT_TRUE(ends.receiver.add_key(SframeKid{0x100}, base_key()));
  EXPECT_TRUE(ends.open(frame));
  ASSERT_TRUE(ends.receiver.erase_key(SframeKid{0x100}));
  EXPECT_EQ(error_of(ends.receiver.add_key(SframeKid{0x100}, base_key())), Error::conflict);
}

}  // namespace
}  // namespace sotto::sframe
