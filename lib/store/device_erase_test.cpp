// SPDX-License-Identifier: MIT OR Apache-2.0
/// A device that is erased from a database: beside others that have it open, beside tables of the
/// app's, and what is left of it in the files.
#include <array>
#include <optional>
#include <string>
#include <vector>

#include <sotto/device.hpp>
#include <sotto/sqlite_store.hpp>

#include "store/test_files.hpp"
#include "testing/error_of.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto {
namespace {

using testing::error_of;

Result<Device> set_up(Store& store, std::uint8_t key) {
  testing::TapeEntropy tape(key);
  auto device = Device::create(store, storage_key(key), *IdentityKeyPair::generate(tape),
                               DeviceId{1}, RegistrationId{key});
  if (!device) return device;
  auto tx = *device->begin();
  EXPECT_TRUE(tx.rotate_signed_prekey(tape, Instant{std::chrono::days(20'000)}));
  EXPECT_TRUE(tx.replenish(tape) && tx.put(bytes_of("draft"), bytes_of("to be sent")));
  EXPECT_TRUE(std::move(tx).commit());
  return device;
}

/// All values that stand in a store.
std::vector<std::string> values_of(Store& store) {
  std::vector<std::string> values;
  std::string last;
  for (;;) {
    const auto entry = store.next({}, bytes_of(last));
    EXPECT_TRUE(entry);
    if (!entry || !*entry) return values;
    last = text_of((**entry).key);
    values.push_back(text_of((**entry).value));
  }
}

TEST_F(File, leaves_nothing_of_a_device_that_was_erased_and_purged) {
  auto store = *SqliteStore::open(path);
  auto other = *SqliteStore::open(path);
  std::vector<std::string> before;
  {
    auto device = *set_up(store, 1);
    auto open_elsewhere = *Device::open(other, storage_key(1));
    before = values_of(store);
    ASSERT_GT(before.size(), 50U);
    // Another connection has the device open: it is told, and holds nothing up.
    ASSERT_TRUE(Device::erase(store));
    EXPECT_EQ(error_of(open_elsewhere.begin()), Error::rolled_back);
    EXPECT_EQ(error_of(device.begin()), Error::rolled_back);
  }
  EXPECT_TRUE(values_of(other).empty());
  ASSERT_TRUE(store.purge()) << store.failure();
  for (const std::string& value : before) EXPECT_FALSE(found_in_files(value));
  EXPECT_TRUE(set_up(other, 2));
  EXPECT_TRUE(Device::open(store, storage_key(2)));
  EXPECT_EQ(error_of(Device::open(store, storage_key(1))), Error::corrupted);
}

TEST_F(File, keeps_the_apps_tables_beside_a_device_that_was_erased) {
  sqlite3* app = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &app), SQLITE_OK);
  ASSERT_EQ(ask(app, "CREATE TABLE inbox (text); INSERT INTO inbox VALUES ('kept')"), "");
  {
    auto store = *SqliteStore::over(app);
    ASSERT_TRUE(set_up(store, 1));
    ASSERT_EQ(ask(app, "UPDATE sotto_1_rows SET value = x'00'"), "") << "damaged as well";
    EXPECT_EQ(error_of(Device::open(store, storage_key(1))), Error::corrupted);
    EXPECT_EQ(error_of(set_up(store, 2)), Error::already_exists);
    ASSERT_TRUE(Device::erase(store));
    EXPECT_EQ(ask(app, "SELECT count(*) FROM sotto_1_rows"), "0");
    EXPECT_TRUE(set_up(store, 2));
  }
  EXPECT_EQ(ask(app, "SELECT text FROM inbox"), "kept");
  sqlite3_close(app);
}

TEST_F(File, with_rows_that_no_commit_writes_is_not_erased_but_removed) {
  auto store = *SqliteStore::open(path);
  ASSERT_TRUE(set_up(store, 1));
  ASSERT_EQ(ask("UPDATE rows SET revision = -1"), "");
  const auto before = files().at("rows.db");
  EXPECT_EQ(error_of(Device::erase(store)), Error::corrupted);
  EXPECT_EQ(files().at("rows.db"), before);
}

}  // namespace
}  // namespace sotto
