// SPDX-License-Identifier: MIT OR Apache-2.0
#include "ratchet/image.hpp"

#include <gtest/gtest.h>

#include "ratchet/test_pair.hpp"
#include "testing/error_of.hpp"

namespace sotto::ratchet {
namespace {

using testing::error_of;
using testing::load_image;

/// A ratchet with three receiving chains, keys set aside in two of them, and messages sent.
Pair rich_pair() {
  Pair pair;
  pair.settle();
  for (int turn = 0; turn < 2; ++turn) {
    for (int i = 0; i < 3; ++i) pair.alice.send("lost");
    EXPECT_EQ(outcome(pair.bob.receive(pair.alice.send("kept"))), "opened");
    EXPECT_EQ(outcome(pair.alice.receive(pair.bob.send("back"))), "opened");
    pair.bob.now += std::chrono::seconds(1);
  }
  EXPECT_EQ(pair.bob.ratchet.skipped_keys(), 6);
  return pair;
}

Buffer rich_image() {
  return image_of(rich_pair().bob.ratchet);
}

Result<void> check(Bytes image) {
  const auto state = load_image(image);
  if (!state) return std::unexpected(state.error());
  EXPECT_TRUE(std::ranges::equal(image, testing::image_of(**state)))
      << "accepted, but it writes another image";
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

TEST(Image, HasTheSizesThatItSays) {
  const Pair pair = rich_pair();
  const State& state = pair.bob.ratchet.state();
  ASSERT_EQ(state.receiving_chains(), 3);
  Buffer head(head_bytes(3));
  base::Writer writer(head);
  write_head(writer, state);
  ASSERT_TRUE(writer.finish());
  EXPECT_EQ(writer.finish()->size(), 142 + 3 * 88);
  for_each_page(state, [&](const PageMark& mark) {
    Buffer page(max_page_bytes);
    base::Writer page_writer(page);
    write_page(page_writer, state, mark.name);
    EXPECT_EQ(page_writer.finish()->size(), 8 + 3 * 40);
    EXPECT_EQ(mark.present, 0b111);
  });
}

TEST(Image, EveryTruncationAndExtensionIsMalformed) {
  Buffer image = rich_image();
  const std::size_t page = 16 + 3 * skipped_bytes;
  for (std::size_t size = 0; size < image.size(); ++size)
    ASSERT_EQ(error_of(load_image(Bytes(image).first(size))), Error::malformed) << size;
  // Also one without its last page, whole as it is.
  ASSERT_EQ(error_of(load_image(Bytes(image).first(image.size() - page))), Error::malformed);
  image.push_back(0);
  EXPECT_FALSE(load_image(image));
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
  // Suite, counts, serials, names of pages and bitmaps at least.
  EXPECT_GE(refused, 500);
}

// Offsets by the layout in image.hpp.
constexpr std::size_t pn_at = testing::image_head_at + 4 * 32 + 4;
constexpr std::size_t next_serial_at = pn_at + 4;
constexpr std::size_t doubt_at = next_serial_at + 4;
constexpr std::size_t count_at = doubt_at + 1;
constexpr std::size_t chain_at = count_at + 1;
constexpr std::size_t nr_at = chain_at + 4 + 64;
constexpr std::size_t last_at = nr_at + 4;
constexpr std::size_t retired_at = last_at + 4;
constexpr std::size_t kept_at = retired_at + 8;
constexpr std::size_t pages_at = chain_at + 3 * chain_bytes;
constexpr std::size_t second_page_at = pages_at + 16 + 3 * skipped_bytes;

std::string load_with(Buffer image, std::size_t position, std::initializer_list<int> bytes) {
  for (const int byte : bytes) image.at(position++) = static_cast<std::uint8_t>(byte);
  const auto state = load_image(image);
  return state ? "loaded" : std::string(name(state.error()));
}

TEST(Image, RefusesWhatIsNeverWritten) {
  const Buffer image = rich_image();
  ASSERT_EQ(image.size(), second_page_at + 16 + 3 * skipped_bytes);
  ASSERT_EQ(load_with(image, next_serial_at, {0, 0, 0, 3}), "loaded");
  EXPECT_EQ(load_with(image, pn_at, {255, 255, 255, 255}), "malformed") << "PN";
  EXPECT_EQ(load_with(image, next_serial_at, {0, 0, 0, 2}), "malformed") << "serial above the next";
  EXPECT_EQ(load_with(image, chain_at, {0, 0, 0, 1}), "malformed") << "two of one serial";
  EXPECT_EQ(load_with(image, count_at, {33}), "malformed") << "chains";
  EXPECT_EQ(load_with(image, chain_at + 4 + 31, {0xff}), "malformed") << "non-canonical key";
  EXPECT_EQ(load_with(image, retired_at, {0, 0, 0, 0, 0, 0, 0, 1}), "malformed")
      << "a live chain that was retired";
  EXPECT_EQ(load_with(image, last_at, {0, 0, 0, 9}), "malformed") << "a live chain that has ended";
  EXPECT_EQ(load_with(image, last_at + chain_bytes, {0, 0, 0, 9}), "loaded");
  EXPECT_EQ(load_with(image, doubt_at, {1}), "loaded");
  EXPECT_EQ(load_with(image, doubt_at, {255}), "loaded") << "a day like any other";
  EXPECT_EQ(load_with(image, kept_at, {0, 0, 0, 2}), "malformed") << "more keys than said";
  EXPECT_EQ(load_with(image, kept_at, {0, 0, 0, 4}), "malformed") << "fewer keys than said";
  EXPECT_EQ(load_with(image, nr_at, {0, 0, 0, 3}), "loaded");
  EXPECT_EQ(load_with(image, nr_at, {0, 0, 0, 2}), "malformed") << "a number not reached yet";
  EXPECT_EQ(load_with(image, pages_at, {0, 0, 0, 9}), "malformed") << "a page of no chain";
  EXPECT_EQ(load_with(image, pages_at + 4, {0, 0, 0, 1}), "malformed") << "a page too high";
  EXPECT_EQ(load_with(image, pages_at + 4, {4, 0, 0, 0}), "malformed") << "a page beyond all";
  EXPECT_EQ(load_with(image, pages_at + 15, {0}), "malformed") << "an empty page";
}

/// What comes of a head alone, for clauses that the pages behind it would break as well.
std::optional<Error> head_error(Bytes image) {
  const IdentityPublic nobody;
  base::Reader reader(image.subspan(testing::image_head_at));
  return error_of(read_head(reader, signal_v3, nobody, nobody, {}));
}

TEST(Image, RefusesHeadsThatAreNeverWritten) {
  Buffer image = rich_image();
  image.resize(pages_at);
  ASSERT_EQ(head_error(image), std::nullopt);
  for (std::size_t size = testing::image_head_at; size < image.size(); ++size)
    ASSERT_EQ(head_error(Bytes(image).first(size)), Error::malformed) << size;
  const auto with = [&](std::size_t position, std::initializer_list<int> bytes) {
    Buffer other = image;
    for (const int byte : bytes) other.at(position++) = static_cast<std::uint8_t>(byte);
    return head_error(other);
  };
  const std::size_t next = image[nr_at + 3];
  EXPECT_EQ(with(kept_at + 3, {static_cast<int>(next)}), std::nullopt);
  EXPECT_EQ(with(kept_at + 3, {static_cast<int>(next) + 1}), Error::malformed) << "more than came";
  // Of a chain from which more came, and which alone has keys set aside.
  constexpr int high = most_skipped_keys >> 16, middle = most_skipped_keys >> 8 & 0xff,
                low = most_skipped_keys & 0xff;
  image[nr_at] = 1;
  image[kept_at + chain_bytes + 3] = image[kept_at + 2 * chain_bytes + 3] = 0;
  EXPECT_EQ(with(kept_at + 1, {high, middle, low}), std::nullopt);
  EXPECT_EQ(with(kept_at + 1, {high, middle, low + 1}), Error::malformed) << "more than all may be";
}

TEST(Image, RefusesMoreChainsThanThereCanBe) {
  const Buffer one = rich_image();
  const auto heads = [&](std::size_t count) {
    Buffer image(one.begin(), one.begin() + chain_at);
    image[count_at] = static_cast<std::uint8_t>(count);
    image[next_serial_at + 3] = static_cast<std::uint8_t>(count);
    for (std::size_t i = 0; i < count; ++i) {
      Buffer chain(one.begin() + chain_at, one.begin() + chain_at + chain_bytes);
      chain[3] = static_cast<std::uint8_t>(count - 1 - i);
      std::fill_n(chain.begin() + 4, 32, static_cast<std::uint8_t>(i + 2));
      std::fill_n(chain.begin() + (kept_at - chain_at), 4, std::uint8_t{0});
      image.insert(image.end(), chain.begin(), chain.end());
    }
    return image;
  };
  EXPECT_EQ(head_error(heads(most_receiving_chains)), std::nullopt);
  EXPECT_EQ(head_error(heads(most_receiving_chains + 1)), Error::malformed);
}

TEST(Image, RefusesPagesThatAreNeverWritten) {
  const Buffer image = rich_image();
  const Bytes good = Bytes(image).subspan(pages_at + 16 - 8, 8 + 3 * skipped_bytes);
  const auto read = [&](Bytes page) {
    base::Reader reader(Bytes(image).subspan(testing::image_head_at));
    const IdentityPublic nobody;
    const auto state = read_head(reader, signal_v3, nobody, nobody, {});
    return error_of(read_page(page, **state, {1, 0}));
  };
  ASSERT_EQ(read(good), std::nullopt);
  Buffer page(good.begin(), good.end());
  page.push_back(0);
  EXPECT_EQ(read(page), Error::malformed) << "a byte too many";
  page.resize(good.size() - 1);
  EXPECT_EQ(read(page), Error::malformed) << "a byte too few";
  page.assign(good.begin(), good.end());
  page[7] = 0b1011;
  EXPECT_EQ(read(page), std::nullopt);
  page[7] = 0b10011;
  EXPECT_EQ(read(page), Error::malformed) << "the next number, which has not come";
}

TEST(Image, TheLastSerialIsTheEnd) {
  Buffer image = rich_image();
  std::fill_n(image.begin() + next_serial_at, 4, std::uint8_t{0xff});
  const auto state = load_image(image);
  ASSERT_TRUE(state);
  const auto plan = (*state)->plan({filled<RatchetPublic>(9), 0, 0}, {}, crypto::zero_salt());
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error(), Error::exhausted);
}

TEST(Image, RefusesTwoChainsOfOneKey) {
  Buffer image = rich_image();
  std::copy_n(image.begin() + chain_at + 4, 32, image.begin() + chain_at + chain_bytes + 4);
  EXPECT_FALSE(load_image(image));
}

TEST(Image, RefusesPagesTwiceAndOutOfOrder) {
  Pair pair;
  for (int i = 0; i < 130; ++i) pair.alice.send("lost");
  ASSERT_EQ(pair.bob.receive(pair.alice.send("x")), "x");
  Buffer image = image_of(pair.bob.ratchet);
  ASSERT_TRUE(check(image));
  constexpr std::size_t full = 16 + 64 * skipped_bytes;
  const auto first = image.begin() + chain_at + chain_bytes;
  Buffer swapped = image;
  std::rotate(swapped.begin() + (first - image.begin()),
              swapped.begin() + (first - image.begin()) + full,
              swapped.begin() + (first - image.begin()) + 2 * full);
  EXPECT_EQ(error_of(load_image(swapped)), Error::malformed);
  Buffer parted = image;  // an empty page before the second
  const auto second = parted.begin() + (first - image.begin()) + full;
  const Buffer name(second, second + 8);
  parted.insert(parted.insert(second, std::size_t{8}, std::uint8_t{0}), name.begin(), name.end());
  EXPECT_EQ(error_of(load_image(parted)), Error::malformed);
  std::copy_n(first, full, first + full);
  EXPECT_EQ(error_of(load_image(image)), Error::malformed);
}

// A page is read once, even if its second half comes under its name again.
TEST(Image, RefusesAPageInTwoParts) {
  Pair pair;
  for (int i = 0; i < 4; ++i) pair.alice.send("lost");
  ASSERT_EQ(pair.bob.receive(pair.alice.send("x")), "x");
  const Buffer image = image_of(pair.bob.ratchet);
  ASSERT_TRUE(check(image));
  constexpr std::size_t half = 2 * skipped_bytes;
  const auto page = image.begin() + chain_at + chain_bytes;  // its name, present(8), its keys
  Buffer parted(image.begin(), page + 16 + half);
  parted[chain_at + chain_bytes + 15] = 0b0011;
  parted.insert(parted.end(), page, page + 15);
  parted.push_back(0b1100);
  parted.insert(parted.end(), page + 16 + half, image.end());
  EXPECT_EQ(error_of(load_image(parted)), Error::malformed);
}

// What is stored may be more than is kept now: the oldest goes.
TEST(Image, SmallerLimitsEraseTheOldest) {
  const Pair pair = rich_pair();
  const Buffer image = image_of(pair.bob.ratchet);
  const auto keys_with = [&](const RatchetLimits& limits) {
    const auto state = load_image(image, limits);
    EXPECT_TRUE(state);
    std::string keys;
    for_each_page(**state, [&](const PageMark& mark) {
      keys += std::to_string(mark.name.chain) + ":" + std::to_string(mark.present) + " ";
    });
    return keys;
  };
  EXPECT_EQ(keys_with({}), "1:7 2:7 ");
  EXPECT_EQ(keys_with({.max_skipped_per_chain = 3}), "1:7 2:7 ");
  EXPECT_EQ(keys_with({.max_skipped_per_chain = 2}), "1:6 2:6 ");
  EXPECT_EQ(keys_with({.max_skipped_total = 6}), "1:7 2:7 ");
  EXPECT_EQ(keys_with({.max_skipped_total = 5}), "1:6 2:7 ");
  EXPECT_EQ(keys_with({.max_skipped_total = 0}), "");
  EXPECT_EQ(keys_with({.max_receiving_chains = 2}), "1:7 2:7 ");
  EXPECT_EQ(keys_with({.max_receiving_chains = 1}), "2:7 ");
}

TEST(Image, ChangesOfSkippedKeysAreCounted) {
  Pair pair;
  pair.settle();
  const State& bob = pair.bob.ratchet.state();
  std::uint64_t last = bob.skipped_changes();
  const auto changed = [&] { return std::exchange(last, bob.skipped_changes()) < last; };
  ASSERT_EQ(pair.bob.receive(pair.alice.send("in order")), "in order");
  EXPECT_FALSE(changed());
  const Buffer late = pair.alice.send("late");
  const Buffer later = pair.alice.send("later");
  ASSERT_EQ(pair.bob.receive(pair.alice.send("skips")), "skips");
  EXPECT_TRUE(changed());
  pair.bob.send("x");
  EXPECT_FALSE(changed());
  ASSERT_EQ(pair.bob.receive(late), "late");
  EXPECT_TRUE(changed());
  ASSERT_EQ(outcome(pair.bob.receive(late)), "replayed");
  EXPECT_FALSE(changed());
  // A chain that goes with keys in it: by age, with the first message after it.
  ASSERT_EQ(pair.alice.receive(pair.bob.send("turn")), "turn");
  ASSERT_EQ(pair.bob.receive(pair.alice.send("turned")), "turned");
  EXPECT_FALSE(changed());
  pair.bob.now += std::chrono::days(31);
  ASSERT_EQ(pair.bob.receive(pair.alice.send("much later")), "much later");
  ASSERT_EQ(bob.skipped_keys(), 0);
  EXPECT_TRUE(changed());
}

}  // namespace
}  // namespace sotto::ratchet
