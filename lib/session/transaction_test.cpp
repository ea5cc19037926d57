// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>

#include <gtest/gtest.h>

#include <sotto/transaction.hpp>

#include "session/test_devices.hpp"

namespace sotto::session {
namespace {

using testing::error_of;
using testing::hex;

bool zero(Bytes bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

TEST(Transaction, dropped_it_leaves_nothing_and_no_number_is_spent) {
  Pair pair;
  const auto before = contents(pair.alice.rows);
  std::optional<Unsent> unsent;
  {
    auto tx = pair.alice.begin();
    unsent = *tx.encrypt(pair.bob.address(), bytes_of("text"), start);
    ASSERT_TRUE(tx.put(bytes_of("key"), bytes_of("value")));
    ASSERT_TRUE(tx.replenish(pair.alice.tape));
  }
  EXPECT_EQ(contents(pair.alice.rows), before);
  // [SES-9-2]: what it sealed is gone, so its number may serve again.
  auto tx = pair.alice.begin();
  const auto other = tx.encrypt(pair.bob.address(), bytes_of("other"), start);
  ASSERT_TRUE(other);
  const auto committed = std::move(tx).commit();
  ASSERT_TRUE(committed);
  std::vector<std::uint8_t> out(max_message_size(5));
  EXPECT_EQ(error_of(unsent->release(*committed, out)), Error::invalid_argument);
  EXPECT_TRUE(zero(out));
  EXPECT_EQ(pair.bob.read(pair.alice, released(*other, *committed)), "other");
  EXPECT_EQ(pair.bob.read(pair.alice, *pair.alice.write(pair.bob, "more")), "more");
}

// [SES-9-2]
TEST(Transaction, a_message_comes_out_against_its_own_commit_only) {
  Pair pair;
  std::vector<std::uint8_t> out(max_message_size(4));
  auto one = pair.alice.begin();
  const auto unsent = one.encrypt(pair.bob.address(), bytes_of("text"), start);
  ASSERT_TRUE(unsent);

  auto other = pair.bob.begin();
  ASSERT_TRUE(other.encrypt(pair.alice.address(), bytes_of("text"), start));
  const auto others = std::move(other).commit();
  ASSERT_TRUE(others);
  EXPECT_EQ(error_of(unsent->release(*others, out)), Error::invalid_argument);

  auto committed = std::move(one).commit();
  ASSERT_TRUE(committed);
  EXPECT_EQ(error_of(unsent->release(*committed, MutableBytes(out).first(unsent->size() - 1))),
            Error::buffer_too_small);
  EXPECT_TRUE(zero(out));
  // As often as it is asked for, and wherever the proof went.
  const Letter first = released(*unsent, *committed);
  const Committed moved = *std::move(committed);
  EXPECT_EQ(released(*unsent, moved).bytes, first.bytes);
  EXPECT_EQ(error_of(unsent->release(*committed, out)), Error::consumed);
  EXPECT_EQ(pair.bob.read(pair.alice, first), "text");

  auto later = pair.alice.begin();
  ASSERT_TRUE(later.put(bytes_of("k"), bytes_of("v")));
  EXPECT_EQ(error_of(unsent->release(*std::move(later).commit(), out)), Error::invalid_argument);
}

TEST(Transaction, many_messages_go_in_one_and_each_is_numbered) {
  Pair pair;
  auto tx = pair.alice.begin();
  std::vector<Unsent> unsent;
  for (std::size_t i = 0; i < 9; ++i)
    unsent.push_back(*tx.encrypt(pair.bob.address(), bytes_of(std::string(200 * i, 'm')), start));
  const auto committed = std::move(tx).commit();
  ASSERT_TRUE(committed);
  for (std::size_t i = 0; i < unsent.size(); ++i)
    EXPECT_EQ(pair.bob.read(pair.alice, released(unsent[i], *committed)),
              std::string(200 * i, 'm'));
}

// [SES-9-2]
TEST(Transaction, a_bundle_comes_out_against_its_own_commit_only) {
  Pair pair;
  auto tx = pair.bob.begin();
  const auto whole = tx.bundle(), alone = tx.last_resort_bundle();
  ASSERT_TRUE(whole && alone);
  auto other = pair.alice.begin();
  const auto others = std::move(other).commit();
  EXPECT_EQ(error_of(whole->release(*others)), Error::invalid_argument);
  const auto committed = std::move(tx).commit();
  ASSERT_TRUE(committed);
  EXPECT_TRUE(whole->release(*committed)->keys.one_time);
  EXPECT_FALSE(alone->release(*committed)->keys.one_time);
}

TEST(Transaction, an_operation_that_fails_leaves_it_usable) {
  Pair pair;
  const auto letter = *pair.alice.write(pair.bob, "text");
  auto tx = pair.bob.begin();
  std::vector<std::uint8_t> out(letter.bytes.size());
  auto wrong = letter.bytes;
  wrong.back() ^= 1;
  EXPECT_EQ(
      error_of(tx.decrypt(out, pair.alice.address(), letter.kind, wrong, pair.bob.tape, start)),
      Error::authentication_failed);
  EXPECT_EQ(error_of(tx.encrypt({"", DeviceId{1}}, bytes_of("x"), start)), Error::invalid_argument);
  EXPECT_EQ(error_of(tx.put({}, bytes_of("x"))), Error::invalid_argument);
  testing::FailingEntropy none;
  EXPECT_EQ(error_of(tx.rotate_signed_prekey(none, start)), Error::entropy_failed);
  ASSERT_TRUE(
      tx.decrypt(out, pair.alice.address(), letter.kind, letter.bytes, pair.bob.tape, start));
  EXPECT_TRUE(std::move(tx).commit());
}

TEST(Transaction, failing_operations_alone_write_nothing) {
  Pair pair;
  const auto before = contents(pair.bob.rows);
  testing::FailingEntropy at_once;
  {
    auto tx = pair.bob.begin();
    testing::FailingEntropy none(2);
    EXPECT_EQ(error_of(tx.replenish(none)), std::nullopt);  // one was consumed, so one is made
    EXPECT_EQ(error_of(tx.rotate_signed_prekey(at_once, start)), Error::entropy_failed);
  }
  auto fresh = pair.bob.begin();
  EXPECT_EQ(error_of(fresh.rotate_signed_prekey(at_once, start)), Error::entropy_failed);
  EXPECT_TRUE(std::move(fresh).commit());
  EXPECT_EQ(contents(pair.bob.rows), before);
}

TEST(Transaction, a_message_writes_three_small_rows_and_the_pages_it_touched) {
  Pair pair;
  WatchingStore watching(pair.alice.rows);
  pair.alice.device = *Device::open(watching, storage_key());
  WatchingStore bobs(pair.bob.rows);
  pair.bob.device = *Device::open(bobs, storage_key());

  const auto expect_three = [](const WatchingStore& store) {
    EXPECT_EQ(store.last().size(), 3U);
    EXPECT_EQ(store.count(Change::Kind::put, 'H'), 1U);
    EXPECT_EQ(store.count(Change::Kind::put, 'P'), 1U);
    EXPECT_EQ(store.count(Change::Kind::put, 'S'), 1U);
    for (const auto& seen : store.last()) EXPECT_LT(seen.value_bytes, 512U);
  };
  const auto first = *pair.alice.write(pair.bob, "one");
  expect_three(watching);
  ASSERT_TRUE(pair.bob.read(pair.alice, first));
  expect_three(bobs);

  // 99 are late: they stand on pages of 64 numbers, and only what changes is written.
  std::vector<Letter> late;
  for (int i = 0; i < 99; ++i) late.push_back(*pair.alice.write(pair.bob, "late"));
  ASSERT_TRUE(pair.bob.read(pair.alice, *pair.alice.write(pair.bob, "in time")));
  const std::size_t pages = bobs.count(Change::Kind::put, 'K');
  EXPECT_EQ(pages, 2U);
  EXPECT_EQ(bobs.last().size(), 3 + pages);
  ASSERT_TRUE(pair.bob.write(pair.alice, "encrypting touches none"));
  expect_three(bobs);
  ASSERT_TRUE(pair.bob.read(pair.alice, late[5]));
  EXPECT_EQ(bobs.count(Change::Kind::put, 'K'), 1U);
  EXPECT_EQ(bobs.last().size(), 4U);
  std::size_t erased = 0;
  for (std::size_t i = 0; i < late.size(); ++i) {
    if (i == 5) continue;
    if (i % 7 == 0) pair.bob.device = *Device::open(bobs, storage_key());
    ASSERT_TRUE(pair.bob.read(pair.alice, late[i])) << i;
    erased += bobs.count(Change::Kind::erase, 'K');
  }
  EXPECT_EQ(erased, pages);
  EXPECT_EQ(pair.bob.info(pair.alice)->skipped_keys, 0U);
}

TEST(Transaction, erased_sessions_leave_no_rows_but_the_identity) {
  Pair pair;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(pair.alice.write(pair.bob, "lost"));
  ASSERT_TRUE(pair.bob.read(pair.alice, *pair.alice.write(pair.bob, "skips")));
  auto tx = pair.bob.begin();
  ASSERT_TRUE(tx.erase_sessions(pair.alice.address()));
  ASSERT_TRUE(std::move(tx).commit());
  for (const auto& [key, value] : contents(pair.bob.rows)) {
    EXPECT_NE(key.substr(0, 2), "53");  // 'S'
    EXPECT_NE(key.substr(0, 2), "4b");  // 'K'
  }
  EXPECT_EQ(*pair.bob.begin().identity(pair.alice.address()), pair.alice.device.identity());
  EXPECT_EQ(error_of(pair.bob.write(pair.alice, "x")), Error::no_session);
}

TEST(Transaction, an_identity_belongs_to_one_name) {
  // [SES-1-3]
  Pair pair;
  const auto identity = pair.bob.device.identity();
  auto tx = pair.alice.begin();
  EXPECT_EQ(error_of(tx.accept_identity({"mallory", DeviceId{1}}, identity)),
            Error::identity_in_use);
  EXPECT_TRUE(tx.accept_identity({"bob", DeviceId{2}}, identity));
  ASSERT_TRUE(std::move(tx).commit());

  pair.alice.restart();
  const auto verified = verify(pair.bob.bundle()->keys);
  EXPECT_EQ(error_of(pair.alice.device.connect({"mallory", DeviceId{1}}, {}, *verified,
                                               pair.alice.tape, start)),
            Error::identity_in_use);
  // Nor by a first message: the same person under another name.
  Party carol("carol", 3);
  ASSERT_TRUE(pair.alice.make_prekeys());
  ASSERT_TRUE(carol.connect(pair.alice));
  const auto letter = *carol.write(pair.alice, "hello");
  ASSERT_TRUE(pair.alice.read(carol, letter));
  ASSERT_TRUE(carol.connect(pair.alice));
  const auto again = *carol.write(pair.alice, "hello again");
  carol.name = "caroline";
  EXPECT_EQ(error_of(pair.alice.read(carol, letter)), Error::unknown_prekey);
  EXPECT_EQ(error_of(pair.alice.read(carol, again)), Error::identity_in_use);
  carol.name = "carol";
  EXPECT_TRUE(pair.alice.read(carol, again));
}

TEST(Transaction, a_time_set_back_is_stored) {
  // [SES-6-4]: of an archived session, by operations on the current one.
  Pair pair;
  ASSERT_TRUE(pair.alice.make_prekeys());
  ASSERT_TRUE(pair.bob.connect(pair.alice));
  const auto renewing = *pair.bob.write(pair.alice, "new session");
  pair.alice.now = start + std::chrono::days(20);
  ASSERT_TRUE(pair.alice.read(pair.bob, renewing));
  for (int i = 0; i < 3; ++i) {
    pair.alice.now = start + std::chrono::days(i);
    pair.alice.restart();
    ASSERT_TRUE(pair.alice.read(pair.bob, *pair.bob.write(pair.alice, "on")));
  }
  pair.alice.restart();
  pair.alice.now = start + std::chrono::days(32);
  ASSERT_TRUE(pair.alice.read(pair.bob, *pair.bob.write(pair.alice, "on")));
  EXPECT_EQ(pair.alice.info(pair.bob)->archived, 0U);
}

TEST(Transaction, an_identity_bound_in_it_counts_in_it_and_a_dropped_one_does_not) {
  Party alice("alice", 1), bob("bob", 2);
  {
    auto tx = alice.begin();
    ASSERT_TRUE(tx.accept_identity(bob.address(), bob.device.identity()));
    EXPECT_EQ(error_of(tx.accept_identity({"eve", DeviceId{1}}, bob.device.identity())),
              Error::identity_in_use);
  }
  auto tx = alice.begin();
  EXPECT_TRUE(tx.accept_identity({"eve", DeviceId{1}}, bob.device.identity()));
}

}  // namespace
}  // namespace sotto::session
