// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include <sotto/transaction.hpp>

#include "session/sealing.hpp"
#include "session/test_devices.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

Result<std::optional<std::string>> get(Transaction& tx, std::string_view key) {
  std::vector<std::uint8_t> out(100);
  const auto value = tx.get(out, bytes_of(key));
  if (!value) return std::unexpected(value.error());
  if (!*value) return std::nullopt;
  return std::string((**value).begin(), (**value).end());
}

std::vector<std::string> keys(Transaction& tx, std::string_view prefix) {
  std::vector<std::string> found;
  std::vector<std::uint8_t> out(400);
  for (;;) {
    const std::string after = found.empty() ? "" : found.back();
    const auto key = tx.next(out, bytes_of(prefix), bytes_of(after));
    if (!key || !*key) return found;
    found.emplace_back((**key).begin(), (**key).end());
  }
}

TEST(AppRows, are_seen_in_the_transaction_and_after_its_commit) {
  Party alice("alice", 1);
  auto tx = alice.begin();
  ASSERT_TRUE(tx.put(bytes_of("in/1"), bytes_of("one")));
  ASSERT_TRUE(tx.put(bytes_of("in/2"), bytes_of("two")));
  ASSERT_TRUE(tx.put(bytes_of("out/1"), {}));
  EXPECT_EQ(*get(tx, "in/1"), "one");
  EXPECT_EQ(keys(tx, "in/"), (std::vector<std::string>{"in/1", "in/2"}));
  ASSERT_TRUE(std::move(tx).commit());

  alice.restart();
  auto later = alice.begin();
  EXPECT_EQ(*get(later, "in/2"), "two");
  EXPECT_EQ(*get(later, "out/1"), "");
  EXPECT_EQ(*get(later, "out/2"), std::nullopt);
  ASSERT_TRUE(later.erase(bytes_of("in/1")));
  ASSERT_TRUE(later.erase(bytes_of("never")));
  ASSERT_TRUE(later.put(bytes_of("in/0"), bytes_of("zero")));
  EXPECT_EQ(*get(later, "in/1"), std::nullopt);
  EXPECT_EQ(keys(later, "in/"), (std::vector<std::string>{"in/0", "in/2"}));
  EXPECT_EQ(keys(later, ""), (std::vector<std::string>{"in/0", "in/2", "out/1"}));
  ASSERT_TRUE(std::move(later).commit());
  auto last = alice.begin();
  EXPECT_EQ(keys(last, ""), (std::vector<std::string>{"in/0", "in/2", "out/1"}));
}

TEST(AppRows, have_keys_of_1_to_400_bytes_and_fit_the_buffer_or_say_so) {
  Party alice("alice", 1);
  auto tx = alice.begin();
  const std::string longest(400, 'k'), longer(401, 'k');
  EXPECT_TRUE(tx.put(bytes_of(longest), bytes_of("value")));
  EXPECT_EQ(error_of(tx.put(bytes_of(longer), bytes_of("value"))), Error::invalid_argument);
  EXPECT_EQ(error_of(tx.put({}, bytes_of("value"))), Error::invalid_argument);
  std::vector<std::uint8_t> four(4), five(5), all(400);
  EXPECT_EQ(error_of(tx.get(four, bytes_of(longest))), Error::buffer_too_small);
  EXPECT_EQ(*tx.size(bytes_of(longest)), 5U);
  EXPECT_EQ(*tx.size(bytes_of("no such row")), std::nullopt);
  EXPECT_EQ(error_of(tx.size(bytes_of(longer))), Error::invalid_argument);
  EXPECT_TRUE(tx.get(five, bytes_of(longest)));
  EXPECT_EQ((**tx.next(all, {}, {})).size(), 400U);
  EXPECT_EQ(error_of(tx.next(std::span(all).first(399), {}, {})), Error::buffer_too_small);
  const std::vector<std::uint8_t> huge((16U << 20) - Sealer::overhead_bytes + 1);
  EXPECT_EQ(error_of(tx.put(bytes_of("huge"), huge)), Error::invalid_argument);
  EXPECT_TRUE(tx.put(bytes_of("huge"), Bytes(huge).first(huge.size() - 1)));
  EXPECT_TRUE(std::move(tx).commit());
}

TEST(AppRows, do_not_reach_the_devices_own) {
  Pair pair;
  auto tx = pair.alice.begin();
  EXPECT_EQ(keys(tx, ""), std::vector<std::string>{});
  EXPECT_EQ(*get(tx, "D"), std::nullopt);
}

TEST(AppRows, an_outbox_holds_kind_and_bytes_of_a_message) {
  Pair pair;
  auto tx = pair.alice.begin();
  const auto unsent = tx.encrypt(pair.bob.address(), bytes_of("hi"), start);
  ASSERT_TRUE(tx.put(bytes_of("outbox"), *unsent));
  EXPECT_EQ(error_of(pair.bob.begin().put(bytes_of("outbox"), *unsent)), Error::invalid_argument);
  ASSERT_TRUE(std::move(tx).commit());
  auto later = pair.alice.begin();
  std::vector<std::uint8_t> row(200);
  const auto value = **later.get(row, bytes_of("outbox"));
  const Letter letter{MessageKind{value[0]}, {value.begin() + 1, value.end()}};
  EXPECT_EQ(pair.bob.read(pair.alice, letter), "hi");
}

TEST(AppRows, of_two_who_take_the_same_row_one_is_in_conflict) {
  Party alice("alice", 1);
  auto put = alice.begin();
  ASSERT_TRUE(put.put(bytes_of("job"), bytes_of("do it")));
  ASSERT_TRUE(std::move(put).commit());
  auto same = *alice.rows.share();
  auto other = *Device::open(same, storage_key());
  auto one = alice.begin();
  auto two = *other.begin();
  EXPECT_EQ(*get(one, "job"), "do it");
  EXPECT_EQ(*get(two, "job"), "do it");
  ASSERT_TRUE(one.erase(bytes_of("job")));
  ASSERT_TRUE(two.erase(bytes_of("job")));
  EXPECT_TRUE(std::move(one).commit());
  EXPECT_EQ(error_of(std::move(two).commit()), Error::conflict);
}

TEST(AppRows, a_row_that_was_read_must_still_be_so_when_something_is_written) {
  Party alice("alice", 1);
  auto same = *alice.rows.share();
  auto other = *Device::open(same, storage_key());
  auto one = alice.begin();
  EXPECT_EQ(*get(one, "flag"), std::nullopt);
  ASSERT_TRUE(one.put(bytes_of("acted"), bytes_of("on no flag")));
  auto two = *other.begin();
  ASSERT_TRUE(two.put(bytes_of("flag"), bytes_of("up")));
  ASSERT_TRUE(std::move(two).commit());
  EXPECT_EQ(error_of(std::move(one).commit()), Error::conflict);
}

}  // namespace
}  // namespace sotto::session
