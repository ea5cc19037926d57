// SPDX-License-Identifier: MIT OR Apache-2.0
#include "ratchet/image.hpp"

#include <gtest/gtest.h>

#include "ratchet/test_pair.hpp"

namespace sotto::ratchet {
namespace {

/// A ratchet with three receiving chains, keys set aside in two of them, and messages sent.
Buffer rich_image() {
  Pair pair;
  pair.settle();
  for (int turn = 0; turn < 2; ++turn) {
    for (int i = 0; i < 3; ++i) pair.alice.send("lost");
    EXPECT_EQ(outcome(pair.bob.receive(pair.alice.send("kept"))), "opened");
    EXPECT_EQ(outcome(pair.alice.receive(pair.bob.send("back"))), "opened");
    pair.bob.now += std::chrono::seconds(1);
  }
  EXPECT_EQ(pair.bob.ratchet.skipped_keys(), 6);
  return image_of(pair.bob.ratchet);
}

Result<void> check(Bytes image) {
  const auto state = load(image);
  if (!state) return std::unexpected(state.error());
  Buffer again(image_size(**state));
  const auto saved = save(**state, again);
  EXPECT_TRUE(saved);
  EXPECT_TRUE(std::ranges::equal(image, again)) << "accepted, but it writes another image";
  return {};
}

TEST(Image, RestartGoesOnWhereItStopped) {
  Pair pair;
  pair.settle();
  const Buffer late = pair.alice.send("late");
  const Buffer second = pair.alice.send("second");
  ASSERT_EQ(pair.bob.receive(second), "second");
  pair.bob.restart();
  pair.alice.restart();
  ASSERT_EQ(pair.bob.receive(late), "late");
  ASSERT_EQ(outcome(pair.bob.receive(second)), "replayed");
  ASSERT_EQ(pair.alice.receive(pair.bob.send("back")), "back");
  ASSERT_EQ(pair.bob.receive(pair.alice.send("again")), "again");
}

TEST(Image, RestartBeforeTheFirstMessage) {
  Pair pair;
  pair.alice.restart();
  pair.bob.restart();
  pair.settle();
}

TEST(Image, IsCanonical) {
  EXPECT_TRUE(check(rich_image()));
}

TEST(Image, NeedsItsWholeBuffer) {
  Pair pair;
  Buffer out(image_size(pair.bob.ratchet.state()) - 1, 0xa5);
  const auto saved = save(pair.bob.ratchet.state(), out);
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error(), Error::buffer_too_small);
  EXPECT_TRUE(std::ranges::all_of(out, [](std::uint8_t byte) { return byte == 0; }));
}

TEST(Image, EveryTruncationAndExtensionIsMalformed) {
  Buffer image = rich_image();
  for (std::size_t size = 0; size < image.size(); ++size) {
    const auto state = load(Bytes(image).first(size));
    ASSERT_FALSE(state) << size;
    ASSERT_EQ(state.error(), Error::malformed) << size;
  }
  image.push_back(0);
  EXPECT_FALSE(load(image));
}

TEST(Image, EveryFlippedBitIsAnErrorOrAnotherState) {
  Buffer image = rich_image();
  std::size_t refused = 0;
  for (std::size_t i = 0; i < image.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      image[i] ^= static_cast<std::uint8_t>(1 << bit);
      if (!check(image)) ++refused;
      image[i] ^= static_cast<std::uint8_t>(1 << bit);
    }
  }
  // Format, suite, clamping bits, the counts, the high bits of keys and of limits at least.
  EXPECT_GE(refused, 100);
}

// Offsets by the layout in image.cpp.
constexpr std::size_t limits_at = 2;
constexpr std::size_t secret_at = limits_at + 24 + 3 * 32;
constexpr std::size_t count_at = secret_at + 2 * 32 + 8;
constexpr std::size_t chain_at = count_at + 4;
constexpr std::size_t first_skipped_at = chain_at + 2 * 32 + 4 + 8 + 4;

std::string load_with(Buffer image, std::size_t position, std::initializer_list<int> bytes) {
  for (const int byte : bytes) image.at(position++) = static_cast<std::uint8_t>(byte);
  const auto state = load(image);
  return state ? "loaded" : std::string(name(state.error()));
}

TEST(Image, RefusesWhatNoSaveWrites) {
  const Buffer image = rich_image();
  ASSERT_EQ(load_with(image, 0, {1}), "loaded");
  EXPECT_EQ(load_with(image, 0, {2}), "malformed") << "format";
  EXPECT_EQ(load_with(image, 1, {0x32}), "malformed") << "suite";
  EXPECT_EQ(load_with(image, limits_at, {0xff}), "malformed") << "forward jump";
  EXPECT_EQ(load_with(image, limits_at + 12, {0, 0, 0, 0}), "malformed") << "no chain allowed";
  EXPECT_EQ(load_with(image, limits_at + 12, {0, 0, 0, 2}), "malformed") << "chains above limit";
  EXPECT_EQ(load_with(image, limits_at + 16, {0x80}), "malformed") << "negative age";
  EXPECT_EQ(load_with(image, limits_at + 4, {0, 0, 0, 2}), "malformed") << "keys above limit";
  EXPECT_EQ(load_with(image, limits_at + 8, {0, 0, 0, 5}), "malformed") << "keys above the total";
  EXPECT_EQ(load_with(image, limits_at + 8, {0, 0, 0, 6}), "loaded");
  EXPECT_EQ(load_with(image, secret_at, {image[secret_at] | 1}), "malformed") << "not clamped";
  EXPECT_EQ(load_with(image, count_at, {0xff, 0xff, 0xff, 0xff}), "malformed") << "chains";
  EXPECT_EQ(load_with(image, chain_at + 31, {0xff}), "malformed") << "non-canonical ratchet key";
  EXPECT_EQ(load_with(image, chain_at + 2 * 32 + 4, {0, 0, 0, 0, 0, 0, 0, 1}), "malformed")
      << "a live chain that was retired";
  EXPECT_EQ(load_with(image, chain_at + 2 * 32 + 12, {0xff}), "malformed") << "count of keys";
  EXPECT_EQ(load_with(image, first_skipped_at, {0, 0, 0, 3}), "malformed") << "order of numbers";
  EXPECT_EQ(load_with(image, first_skipped_at + 2 * 44, {0, 0, 0, 4}), "malformed")
      << "a number not reached yet";
}

TEST(Image, RefusesTwoChainsOfOneKey) {
  Buffer image = rich_image();
  const std::size_t second = first_skipped_at + 3 * 44;
  std::copy_n(image.begin() + chain_at, 32, image.begin() + second);
  EXPECT_FALSE(load(image));
}

}  // namespace
}  // namespace sotto::ratchet
