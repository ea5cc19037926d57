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
