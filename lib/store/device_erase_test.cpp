// SPDX-License-Identifier: MIT OR Apache-2.0
/// A device that is erased from a database: beside others that have it open, beside tables of the
/// app's, and what is left of it in the files.
#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sotto/device.hpp>
#include <sotto/sqlite_store.hpp>

#include "store/test_files.hpp"
#include "testing/erased_device.hpp"
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
    EXPECT_EQ(error_of(open_elsewhere.begin()), Error::not_set_up);
    EXPECT_EQ(error_of(device.begin()), Error::not_set_up);
  }
  EXPECT_TRUE(values_of(other).empty());
  ASSERT_TRUE(store.purge()) << store.failure();
  for (const std::string& value : before) EXPECT_FALSE(found_in_files(value));
  EXPECT_TRUE(set_up(other, 2));
  EXPECT_TRUE(Device::open(store, storage_key(2)));
  EXPECT_EQ(error_of(Device::open(store, storage_key(1))), Error::corrupted);
}

TEST_F(File, says_of_a_device_that_was_erased_that_it_was_erased) {
  // Each over files of its own, and two connections.
  using testing::ErasedDevice;
  {
    auto store = *SqliteStore::open(path);
    const ErasedDevice filled(store);
  }
  auto rows = *MemoryStore::create();
  const ErasedDevice alice(rows);  // the same as in the file
  const auto in_a_copy = [&](ErasedDevice::Way way, const auto& act) {
    const std::string at = (folder / "copy.db").string();
    for (const char* ending : {"", "-wal", "-shm"}) std::filesystem::remove(at + ending);
    std::filesystem::copy_file(path, at);
    auto store = *SqliteStore::open(at);
    auto other = *SqliteStore::open(at);
    auto device = alice.open(store, false);
    act(device, [&] { alice.erase(other, way); });
    EXPECT_EQ(error_of(device.begin()), Error::not_set_up);
  };
  for (const ErasedDevice::Way way : ErasedDevice::ways) {
    SCOPED_TRACE(static_cast<int>(way));
    for (const auto& question : alice.questions())
      in_a_copy(way, [&](Device& device, const auto& erase) {
        erase();
        EXPECT_EQ(question.ask(device), Error::not_set_up) << question.name;
      });
    if (way == ErasedDevice::Way::another || way == ErasedDevice::Way::and_further) continue;
    for (const auto& operation : alice.operations())
      in_a_copy(way, [&](Device& device, const auto& erase) {
        auto tx = *device.begin();
        erase();
        const auto told = operation.ask(tx);
        EXPECT_EQ(told.value_or(Error::not_set_up), Error::not_set_up) << operation.name;
        EXPECT_EQ(error_of(std::move(tx).commit()), Error::not_set_up) << operation.name;
      });
  }
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

TEST_F(File, damaged_anywhere_is_erased_or_says_that_it_is_damaged) {
  {
    auto store = *SqliteStore::open(path);
    ASSERT_TRUE(set_up(store, 1));
  }
  const std::string whole = read(path);
  testing::TapeEntropy tape(5);
  const auto below = [&](std::size_t end) {
    std::array<std::uint8_t, 4> bytes{};
    EXPECT_TRUE(tape.fill(bytes));
    std::size_t value = 0;
    for (const std::uint8_t byte : bytes) value = value << 8 | byte;
    return value % end;
  };
  std::size_t erased = 0, damaged = 0;
  for (int i = 0; i < 200; ++i) {
    std::string altered = whole;
    const std::size_t at = below(altered.size());
    altered[at] = static_cast<char>(altered[at] ^ static_cast<char>(1U << below(8)));
    for (const char* ending : {"-wal", "-shm"}) std::filesystem::remove(path + ending);
    write(altered);
    auto store = SqliteStore::open(path);
    if (!store) continue;  // It is no file of ours, or SQLite reads nothing of it.
    const auto done = Device::erase(*store);
    if (done) {
      EXPECT_TRUE(values_of(*store).empty()) << at;
      ++erased;
    } else {
      EXPECT_TRUE(done.error() == Error::corrupted || done.error() == Error::store_failed)
          << at << ": " << done.error();
      ++damaged;
    }
  }
  EXPECT_GT(erased, 50U);
  EXPECT_GT(damaged, 0U);
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
