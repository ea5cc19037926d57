// SPDX-License-Identifier: MIT OR Apache-2.0
/// Whom a head row knows of, and which other it can come after.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "session/head.hpp"
#include "testing/error_of.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

Head next(const Head& head, std::uint64_t by) {
  return head.next(Writer{by}, 0, {});
}

/// The heads of a store to which these writers commit, one after the other.
std::vector<Head> heads(const std::vector<std::uint64_t>& writers) {
  std::vector<Head> made{Head()};
  for (const std::uint64_t writer : writers) made.push_back(next(made.back(), writer));
  made.erase(made.begin());
  return made;
}

TEST(Past, has_each_writer_but_the_present_one_with_its_last_commit) {
  const Head head = heads({1, 1, 2, 3, 1, 3}).back();
  EXPECT_EQ(head.writer, Writer{3});
  EXPECT_EQ(head.past.all()[0], (Reached{Writer{1}, 5}));
  EXPECT_EQ(head.past.all()[1], (Reached{Writer{2}, 3}));
  EXPECT_EQ(head.past.all()[2], Reached());
  EXPECT_EQ(head.has({Writer{3}, 6}), true);
  EXPECT_EQ(head.has({Writer{3}, 7}), false);
  EXPECT_EQ(head.has({Writer{1}, 5}), true);
  EXPECT_EQ(head.has({Writer{1}, 6}), false);
  EXPECT_EQ(head.has({Writer{4}, 2}), false);
}

TEST(Past, lets_the_lowest_number_go) {
  std::vector<std::uint64_t> writers{1, 2};
  for (std::uint64_t other = 3; other <= Past::most + 1; ++other) writers.push_back(other);
  EXPECT_EQ(heads(writers).back().has({Writer{1}, 1}), true);
  writers.push_back(Past::most + 2);
  EXPECT_EQ(heads(writers).back().has({Writer{1}, 1}), std::nullopt);
  EXPECT_EQ(heads(writers).back().has({Writer{1}, 2}), false) << "it would stand there";
  EXPECT_EQ(heads(writers).back().has({Writer{2}, 2}), true);
  writers.push_back(1);  // One who comes again takes the place of the lowest.
  EXPECT_EQ(heads(writers).back().has({Writer{2}, 2}), std::nullopt);
}

TEST(Past, of_an_honest_store_follows_from_each_that_it_had) {
  std::uint64_t state = 1;
  for (const std::uint64_t writers : {1U, 2U, 7U, 8U, 9U, 10U, 20U}) {
    std::vector<std::uint64_t> order;
    for (int i = 0; i < 200; ++i) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      order.push_back(1 + (state >> 40U) % writers);
    }
    const auto all = heads(order);
    for (std::size_t i = 0; i < all.size(); ++i)
      for (std::size_t j = 0; j < all.size(); ++j)
        ASSERT_EQ(all[j].follows(all[i]), j > i) << writers << ' ' << i << ' ' << j;
  }
}

TEST(Past, of_another_store_does_not_follow_until_most_others_have_committed) {
  const auto all = heads({1, 2, 1});
  Head other = all[1];
  for (std::uint64_t writer = 10; writer < 10 + Past::most + 1; ++writer) {
    for (int times = 0; times < 3; ++times) {
      other = next(other, writer);
      ASSERT_EQ(other.follows(all[2]), writer == 10 + Past::most) << writer;
      ASSERT_TRUE(other.follows(all[0]));
    }
  }
}

TEST(Head, writes_the_bytes_that_it_reads_and_refuses_others) {
  const RowRoot root(std::array<std::uint8_t, 32>{1});
  const auto keys = *RowKeys::create(root);
  const Head head = heads({1, 2, 3, 4}).back();
  std::array<std::uint8_t, sealed_head_bytes> sealed;
  head.seal(sealed, *keys, Revision{3});
  EXPECT_EQ(*Head::open(sealed, *keys), head);
  const std::vector<std::uint8_t> name{'H'};
  std::array<std::uint8_t, head_record_bytes> good;
  ASSERT_TRUE(keys->sealer().open(good, sealed, name));
  constexpr std::size_t writer_at = 17, past_at = 25;
  const auto refused = [&](auto change) {
    auto record = good;
    change(record);
    keys->sealer().seal(sealed, record, name, 3);
    return error_of(Head::open(sealed, *keys));
  };
  EXPECT_EQ(refused([](auto&) {}), std::nullopt);
  EXPECT_EQ(refused([](auto& r) { r[0] = 2; }), Error::unsupported_version);
  EXPECT_EQ(refused([](auto& r) { r[0] = 0; }), Error::corrupted);
  EXPECT_EQ(refused([](auto& r) { r[8] = 0; }), Error::corrupted) << "number";
  EXPECT_EQ(refused([](auto& r) { r[8] = 3; }), Error::corrupted) << "below its past";
  EXPECT_EQ(refused([](auto& r) { r[writer_at + 7] = 0; }), Error::corrupted) << "nobody";
  EXPECT_EQ(refused([](auto& r) { r[writer_at + 7] = 3; }), Error::corrupted) << "in its past";
  EXPECT_EQ(refused([](auto& r) { r[past_at + 7] = 0; }), Error::corrupted) << "nobody";
  EXPECT_EQ(refused([](auto& r) { r[past_at + 7] = 2; }), Error::corrupted) << "twice";
  EXPECT_EQ(refused([](auto& r) { r[past_at + 15] = 0; }), Error::corrupted) << "number 0";
  EXPECT_EQ(refused([](auto& r) { r[past_at + 15] = 2; }), Error::corrupted) << "not falling";
  EXPECT_EQ(refused([](auto& r) { r[past_at + 4 * 16 + 7] = 9; }), Error::corrupted) << "a gap";
}

}  // namespace
}  // namespace sotto::session
