// SPDX-License-Identifier: MIT OR Apache-2.0
// Steps that a frame names before anybody has opened one of them.
#include "sframe/steps_ahead.hpp"

#include "sframe/test_frames.hpp"

namespace sotto::sframe {
namespace {

constexpr SframeSuite suite = SframeSuite::aes_256_gcm_sha512_128;

/// A frame of each step of the chain of `Ends` up to 40.
std::vector<Buffer> frames_of_steps() {
  Ends ends;
  std::vector<Buffer> frames{ends.seal()};
  for (int step = 1; step <= 40; ++step) {
    EXPECT_TRUE(ends.sender.ratchet(ends.chain));
    frames.push_back(ends.seal());
  }
  return frames;
}

// [RFC9605-5.1-4]
TEST(StepsAhead, AreTheChainsInWhateverOrderTheyAreAskedFor) {
  const Suite& of = *find_suite(suite);
  std::vector<SframeBaseKey> bases;
  bases.push_back(base_key());
  for (std::size_t i = 0; i < 40; ++i) bases.push_back(next_base_key(of, bases[i].expose()));
  const auto is_right = [&](StepsAhead& ahead, std::uint64_t step) {
    const SframeKid kid{0x100 + step};
    const auto keys = ahead.keys_of(kid);
    const auto right = derive_keys(of, kid, bases[step].expose());
    return keys && std::ranges::equal(keys->key.expose(), right.key.expose()) &&
           std::ranges::equal(keys->salt.expose(), right.salt.expose());
  };
  StepsAhead ahead(of, SframeChain{}, SframeKid{0x100}, base_key());
  EXPECT_TRUE(ahead.leads_to(SframeKid{0x101}) && ahead.leads_to(SframeKid{0x1ff}));
  for (const std::uint64_t kid : {0xffU, 0x100U, 0x200U, 0x201U})
    EXPECT_FALSE(ahead.leads_to(SframeKid{kid})) << kid;
  for (const std::uint64_t step : {3U, 1U, 8U, 8U, 2U, 9U})
    EXPECT_TRUE(is_right(ahead, step)) << step;
  ahead.move_to(SframeKid{0x104});
  EXPECT_FALSE(ahead.leads_to(SframeKid{0x104}));
  for (const std::uint64_t step : {5U, 9U, 17U, 6U}) EXPECT_TRUE(is_right(ahead, step)) << step;
  ahead.move_to(SframeKid{0x111});
  for (const std::uint64_t step : {40U, 18U}) EXPECT_TRUE(is_right(ahead, step)) << step;
}

// [RFC9605-5.1-4]
TEST(StepsAhead, ThatWereForgedMoveNothingAndTheTrueOnesOpen) {
  const auto frames = frames_of_steps();
  Ends ends;
  for (const std::size_t step : {32U, 3U, 17U, 32U, 1U}) {
    Buffer forged = frames[step];
    forged.back() ^= 1;
    EXPECT_EQ(error_of(ends.open(forged)), Error::authentication_failed);
    EXPECT_EQ(ends.receiver.keys(), 1U) << "of steps passed over, too";
  }
  EXPECT_EQ(error_of(ends.open(frames[33])), Error::too_far_ahead);
  for (const std::size_t step : {3U, 1U, 2U, 0U, 35U, 40U, 38U}) {
    EXPECT_TRUE(ends.open(frames[step])) << step;
    EXPECT_EQ(error_of(ends.open(frames[step])), Error::replayed) << step;
  }
}

}  // namespace
}  // namespace sotto::sframe
