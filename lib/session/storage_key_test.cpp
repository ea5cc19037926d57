// SPDX-License-Identifier: MIT OR Apache-2.0
/// Another storage key for a device, given once, twice at once, or interrupted.
#include <gtest/gtest.h>

#include <sotto/device.hpp>

#include "session/test_devices.hpp"
#include "session/test_rows.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

TEST(Commits, another_storage_key_takes_over) {
  Pair pair;
  auto rows = *pair.alice.rows.share();
  auto twin = *Device::open(rows, storage_key());
  auto copy = *pair.alice.rows.clone();
  const auto number = pair.alice.device.rotate_storage_key(storage_key(0x43));
  ASSERT_TRUE(number);
  EXPECT_EQ(error_of(Device::open(pair.alice.rows, storage_key())), Error::corrupted);
  EXPECT_TRUE(Device::open(pair.alice.rows, storage_key(0x43), *number));
  EXPECT_TRUE(Device::open(copy, storage_key()));  // A copy from before keeps the old key.
  // Who has it open goes on.
  std::vector<std::uint8_t> out(max_message_size(1));
  EXPECT_TRUE(twin.encrypt(out, pair.bob.address(), bytes_of("m"), start));
  EXPECT_TRUE(pair.alice.device.encrypt(out, pair.bob.address(), bytes_of("m"), start));
  ASSERT_TRUE(pair.alice.device.rotate_storage_key(storage_key(0x44)));
  EXPECT_EQ(error_of(Device::open(pair.alice.rows, storage_key(0x43))), Error::corrupted);
  EXPECT_TRUE(Device::open(pair.alice.rows, storage_key(0x44)));
}

TEST(Commits, of_two_storage_keys_given_at_once_one_takes_over) {
  Pair pair;
  auto rows = *pair.alice.rows.share();
  UnsureStore store(rows);
  auto twin = *Device::open(store, storage_key());
  const auto expect_refused = [&] {
    EXPECT_EQ(error_of(twin.rotate_storage_key(storage_key(0x44))), Error::conflict);
    EXPECT_EQ(error_of(Device::open(rows, storage_key(0x44))), Error::corrupted);
    EXPECT_TRUE(Device::open(rows, storage_key(0x43)));
  };
  // In between the other's reading and its commit; and before both.
  store.before_commit(
      [&] { ASSERT_TRUE(pair.alice.device.rotate_storage_key(storage_key(0x43))); });
  store.next_commit(false, 0, Error::conflict);
  expect_refused();
  expect_refused();
  auto reopened = Device::open(store, storage_key(0x43));
  ASSERT_TRUE(reopened);
  twin = *std::move(reopened);
  ASSERT_TRUE(twin.rotate_storage_key(storage_key(0x44)));
  EXPECT_TRUE(Device::open(rows, storage_key(0x44)));
}

TEST(Commits, a_devices_row_that_was_put_back_gets_no_other_storage_key) {
  const RowName name = device_row();
  for (const bool put_back : {true, false}) {
    Pair pair;
    const Bytes stored = (**pair.alice.rows.get(name.bytes())).value;
    std::vector<std::uint8_t> row(stored.begin(), stored.end());
    ASSERT_TRUE(pair.alice.device.rotate_storage_key(storage_key(0x43)));
    if (!put_back) row.back() ^= 1;
    write_raw(pair.alice.rows, name.bytes(), row);
    const auto before = contents(pair.alice.rows);
    EXPECT_EQ(error_of(pair.alice.device.rotate_storage_key(storage_key(0x44))), Error::corrupted);
    EXPECT_EQ(contents(pair.alice.rows), before);
  }
}

TEST(Commits, a_change_of_the_storage_key_that_is_interrupted_leaves_either) {
  for (std::size_t n = 1;; ++n) {
    Pair pair;
    pair.alice.store.fail_at(n);
    const auto done = pair.alice.device.rotate_storage_key(storage_key(0x43));
    pair.alice.store.fail_at(0);
    EXPECT_EQ(Device::open(pair.alice.rows, storage_key()).has_value(), !done) << n;
    EXPECT_EQ(Device::open(pair.alice.rows, storage_key(0x43)).has_value(), done.has_value()) << n;
    if (done) break;
    ASSERT_TRUE(pair.alice.device.rotate_storage_key(storage_key(0x43)));
    ASSERT_LT(n, 10U);
  }
}

}  // namespace
}  // namespace sotto::session
