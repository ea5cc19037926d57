// SPDX-License-Identifier: MIT OR Apache-2.0
// Which key is the newer one, in whatever order they come.
#include "sframe/kid_order.hpp"
#include "sframe/test_frames.hpp"

namespace sotto::sframe {
namespace {

/// A receiver without a key, and what senders of single keys have for it.
struct Keys {
  explicit Keys(const SframeLimits& limits = {})
      : receiver(*SframeReceiver::create(suite, limits)) {}

  static Buffer frame_of(std::uint64_t kid, std::uint8_t fill, std::uint64_t counter = 0) {
    auto sender = *SframeSender::create(suite, SframeKid{kid}, base_key(fill), counter);
    Buffer frame(sender.sealed_size(1));
    EXPECT_TRUE(sender.seal(frame, {}, Buffer(1, 'x')));
    return frame;
  }
  std::optional<Error> add(std::uint64_t kid, std::uint8_t fill) {
    return error_of(receiver.add_key(SframeKid{kid}, base_key(fill)));
  }
  std::optional<Error> open(Bytes frame) {
    Buffer out(frame.size());
    return error_of(receiver.open(out, {}, frame, now));
  }

  static constexpr SframeSuite suite = SframeSuite::aes_128_gcm_sha256_128;
  SframeReceiver receiver;
  Instant now = noon;
};

// [RFC9605-5-1]
TEST(SframeKeyOrder, AnOlderKeyThatComesLateReplacesNoNewerOne) {
  for (const bool chains : {false, true}) {
    Keys keys;
    const auto add = [&](std::uint8_t number) {
      const SframeKid kid{std::uint64_t{number} << 8};
      return chains ? keys.receiver.add_key(kid, base_key(number), SframeChain{})
                    : keys.receiver.add_key(kid, base_key(number));
    };
    ASSERT_TRUE(add(2));
    ASSERT_TRUE(add(1));
    EXPECT_EQ(keys.open(Keys::frame_of(0x200, 2)), std::nullopt);
    EXPECT_EQ(keys.open(Keys::frame_of(0x100, 1)), std::nullopt) << "late";
    keys.now += SframeLimits{}.max_old_age;
    EXPECT_EQ(keys.open(Keys::frame_of(0x200, 2, 1)), std::nullopt) << "the newest has no age";
    EXPECT_EQ(keys.open(Keys::frame_of(0x100, 1, 1)), Error::unknown_key) << "the older has";
    EXPECT_EQ(keys.receiver.keys(), 1U);
  }
}

// [RFC9605-5-1]
TEST(SframeKeyOrder, TheOldestGoesForRoomWheneverItCame) {
  Keys keys({.max_keys = 2});
  ASSERT_EQ(keys.add(3, 3), std::nullopt);
  ASSERT_EQ(keys.add(2, 2), std::nullopt);
  EXPECT_EQ(keys.add(1, 1), Error::exhausted) << "all that are held are newer";
  ASSERT_EQ(keys.add(4, 4), std::nullopt);
  EXPECT_EQ(keys.open(Keys::frame_of(2, 2)), Error::unknown_key);
  EXPECT_EQ(keys.open(Keys::frame_of(3, 3)), std::nullopt);
  EXPECT_EQ(keys.open(Keys::frame_of(4, 4)), std::nullopt);
}

// [RFC9605-5-1] [RFC9605-9.3-2]
TEST(SframeKeyOrder, KidsOfAGroupComeRoundForEver) {
  Keys keys({.kid_bits = 4});
  Buffer late, before;
  for (std::uint8_t epoch = 1; epoch < 200; ++epoch) {
    const std::uint64_t kid = 0x50U | (epoch % 16U);
    ASSERT_EQ(keys.add(kid, epoch), std::nullopt) << int{epoch};
    EXPECT_EQ(keys.open(Keys::frame_of(kid, epoch)), std::nullopt) << int{epoch};
    if (epoch > 1) {
      EXPECT_EQ(keys.open(late), std::nullopt) << "of the epoch before";
    }
    late = Keys::frame_of(kid, epoch, 1);
    // The key of nine epochs ago is over, though another may have its KID.
    if (epoch > 9) {
      const std::uint64_t old = 0x50U | (epoch - 9U) % 16U;
      EXPECT_EQ(keys.add(old, static_cast<std::uint8_t>(epoch - 9)), Error::conflict);
    }
    keys.now += std::chrono::seconds(1);
  }
  auto chained = keys.receiver.add_key(SframeKid{0x100}, base_key(), SframeChain{});
  EXPECT_EQ(error_of(chained), Error::malformed) << "a chain's KIDs only rise";
}

// [RFC9605-5-1]
static_assert(is_newer(SframeKid{2}, SframeKid{1}, 64) &&
              !is_newer(SframeKid{1}, SframeKid{2}, 64));
static_assert(!is_newer(SframeKid{1}, SframeKid{1}, 64) &&
              !is_newer(SframeKid{1}, SframeKid{1}, 4));
static_assert(is_newer(SframeKid{~0ULL}, SframeKid{0}, 64));
static_assert(is_newer(SframeKid{0}, SframeKid{15}, 4) &&
              !is_newer(SframeKid{15}, SframeKid{0}, 4));
static_assert(is_newer(SframeKid{7}, SframeKid{0}, 4) && !is_newer(SframeKid{8}, SframeKid{0}, 4));
static_assert(is_newer(SframeKid{0}, SframeKid{~0ULL}, 63));

}  // namespace
}  // namespace sotto::sframe
