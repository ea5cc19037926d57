// SPDX-License-Identifier: MIT OR Apache-2.0
/// What each store has of its own.
#include <array>
#include <ctime>
#include <functional>
#include <latch>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <sotto/device.hpp>
#include <sotto/memory_store.hpp>
#include <sotto/sqlite_store.hpp>

#include "store/test_files.hpp"
#include "testing/error_of.hpp"
#include "testing/moves.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto {
namespace {

using Kind = Change::Kind;
using testing::error_of;

TEST(MemoryStore, a_clone_goes_its_own_way) {
  auto store = *MemoryStore::create();
  const auto base = *store.commit(std::vector{put("a", "1"), put("b", "22")});
  auto clone = *store.clone();
  EXPECT_EQ(clone.rows(), 2U);
  EXPECT_EQ(clone.bytes(), 5U);
  ASSERT_TRUE(store.commit(std::vector{put("a", "mine", base)}));
  EXPECT_EQ((*clone.get(bytes_of("a")))->revision, base);
  EXPECT_EQ((*clone.get(bytes_of("a")))->value.size(), 1U);
  EXPECT_TRUE(clone.commit(std::vector{put("a", "hers", base)}));
}

TEST(MemoryStore, rows_live_as_long_as_a_handle) {
  auto first = MemoryStore::create();
  ASSERT_TRUE(first->commit(std::vector{put("a", "1")}));
  auto second = *first->share();
  first = std::unexpected(Error::consumed);
  EXPECT_EQ((*second.get(bytes_of("a")))->value.size(), 1U);
}

/// The time that a walk over `count` rows takes, from the first to the last.
double seconds_of_walk(Store& store, int count) {
  std::vector<std::string> keys;
  for (int i = 0; i < count; ++i) keys.push_back(std::to_string(1'000'000 + i));
  std::vector<Change> changes;
  changes.reserve(keys.size());
  for (const std::string& key : keys) changes.push_back(put(key, "value"));
  EXPECT_TRUE(store.commit(changes));
  std::string last;
  int found = 0;
  const std::clock_t start = std::clock();
  for (;; ++found) {
    const auto entry = store.next({}, bytes_of(last));
    if (!entry || !*entry) break;
    last.assign((**entry).key.begin(), (**entry).key.end());
  }
  EXPECT_EQ(found, count);
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

TEST_F(File, is_walked_over_in_a_time_that_grows_as_the_rows_do) {
  const double few = [&] {
    auto store = *SqliteStore::open(path);
    return seconds_of_walk(store, 1'000);
  }();
  const std::string other = std::string(path) + "-more";
  auto store = *SqliteStore::open(other.c_str());
  const double many = seconds_of_walk(store, 16'000);
  EXPECT_LT(many, 64 * few + 1.0);  // 16 times, or with a walk for each step 256 times
}

TEST_F(File, keeps_its_rows) {
  ASSERT_TRUE(SqliteStore::open(path)->commit(std::vector{put("a", "1")}));
  auto store = *SqliteStore::open(path);
  EXPECT_EQ(*store.revision(), Revision{1});
  EXPECT_EQ((*store.get(bytes_of("a")))->revision, Revision{1});
  ASSERT_TRUE(store.commit(std::vector{put("b", "1")}));
  EXPECT_EQ(*store.revision(), Revision{2});
}

TEST_F(File, is_founded_by_several_at_once) {
  constexpr int threads = 4;
  for (int round = 0; round < 25; ++round) {
    const std::string fresh = (folder / std::to_string(round)).string();
    std::latch ready(threads);
    std::vector<std::thread> running;
    for (int t = 0; t < threads; ++t)
      running.emplace_back([&] {
        ready.arrive_and_wait();
        EXPECT_TRUE(SqliteStore::open(fresh));
      });
    for (std::thread& one : running) one.join();
  }
}

TEST_F(File, refuses_what_is_no_store) {
  write(std::string(8192, 'x'));
  EXPECT_EQ(error_of(SqliteStore::open(path)), Error::store_failed);
}

TEST_F(File, refuses_a_newer_one) {
  static_cast<void>(*SqliteStore::open(path));
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(63);  // the last byte of user_version in the header of an SQLite file
  file.put(2);
  file.close();
  EXPECT_EQ(error_of(SqliteStore::open(path)), Error::unsupported_version);
  file.open(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(68);  // the first byte of application_id
  file.put('x');
  file.close();
  EXPECT_EQ(error_of(SqliteStore::open(path)), Error::store_failed);
}

TEST_F(File, what_is_erased_is_gone_from_the_files) {
  // Once the log has been folded in, which closing the last connection does.
  const std::string secret(64, 'S'), other(64, 'T');
  {
    auto store = *SqliteStore::open(path);
    const auto first = *store.commit(std::vector{put("a", secret), put("b", secret)});
    ASSERT_TRUE(found_in_files(secret)) << "the search would not find it if it were there";
    ASSERT_TRUE(store.commit(
        std::vector{put("a", other, first), Change{Kind::erase, bytes_of("b"), first, {}}}));
  }
  EXPECT_FALSE(found_in_files(secret));
  EXPECT_TRUE(found_in_files(other));
}

TEST_F(File, what_is_erased_is_gone_from_the_files_after_a_purge) {
  const std::string secret(64, 'S'), other(64, 'T');
  auto store = *SqliteStore::open(path);
  auto reader = *SqliteStore::open(path);  // Another connection, which may stay.
  const auto first = *store.commit(std::vector{put("a", secret), put("b", secret)});
  ASSERT_TRUE(reader.get(bytes_of("a")));
  ASSERT_TRUE(store.commit(
      std::vector{put("a", other, first), Change{Kind::erase, bytes_of("b"), first, {}}}));
  ASSERT_TRUE(found_in_files(secret)) << "the log holds it";
  ASSERT_TRUE(store.purge());
  EXPECT_FALSE(found_in_files(secret));
  EXPECT_TRUE(found_in_files(other));
  EXPECT_EQ((*reader.get(bytes_of("a")))->value.size(), other.size());
  EXPECT_TRUE(store.purge()) << "twice is not once too often";
}

TEST_F(File, who_reads_holds_a_purge_back) {
  const std::string secret(64, 'S');
  auto store = *SqliteStore::open(path);
  const auto first = *store.commit(std::vector{put("a", secret)});
  sqlite3* reader = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &reader), SQLITE_OK);
  ASSERT_EQ(
      sqlite3_exec(reader, "BEGIN; SELECT count(*) FROM sqlite_master", nullptr, nullptr, nullptr),
      SQLITE_OK);
  ASSERT_TRUE(store.commit(std::vector{Change{Kind::erase, bytes_of("a"), first, {}}}));
  EXPECT_EQ(error_of(store.purge()), Error::conflict);
  EXPECT_TRUE(store.get(bytes_of("a"))) << "it can be used as before";
  ASSERT_EQ(sqlite3_close(reader), SQLITE_OK);
  EXPECT_TRUE(store.purge());
  EXPECT_FALSE(found_in_files(secret));
}

/// The keys in the order of a walk.
std::string walk(Store& store) {
  std::string keys, last;
  for (;;) {
    const auto entry = store.next({}, bytes_of(last));
    if (!entry || !*entry) return entry ? keys : "failed";
    last = text_of((**entry).key);
    keys += last;
  }
}

class Reading : public File {};

TEST_F(Reading, of_one_moment_lets_others_commit_and_sees_none_of_it) {
  auto store = *SqliteStore::open(path);
  const auto first = *store.commit(std::vector{put("a", "1"), put("c", "1")});
  auto other = *SqliteStore::open(path);
  ASSERT_TRUE(store.begin_reading());
  EXPECT_EQ(walk(store), "ac");
  ASSERT_TRUE(other.commit(std::vector{put("b", "1"), erase("c", first)}));
  EXPECT_EQ(walk(store), "ac");
  EXPECT_TRUE(*store.get(bytes_of("c")));
  EXPECT_EQ(*store.revision(), first);
  store.end_reading();
  EXPECT_EQ(walk(store), "ab");
  store.end_reading();  // Nothing to end.
  ASSERT_TRUE(store.commit(std::vector{put("d", "1")}));
  EXPECT_EQ(walk(other), "abd");
  EXPECT_TRUE(store.purge());
}

TEST_F(Reading, is_ended_before_the_store_does_anything_else) {
  auto store = *SqliteStore::open(path);
  ASSERT_TRUE(store.begin_reading());
  EXPECT_EQ(error_of(store.begin_reading()), Error::wrong_state);
  EXPECT_EQ(error_of(store.commit(std::vector{put("a", "1")})), Error::wrong_state);
  EXPECT_EQ(error_of(store.purge()), Error::wrong_state);
  EXPECT_TRUE(store.failure().contains("reading")) << store.failure();
  EXPECT_EQ(walk(store), "");
  store.end_reading();
  ASSERT_TRUE(store.commit(std::vector{put("a", "1")}));
  EXPECT_EQ(walk(store), "a");
}

TEST_F(Reading, that_a_store_ends_in_is_ended_for_the_app_too) {
  sqlite3* app = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &app), SQLITE_OK);
  {
    auto store = *SqliteStore::over(app);
    ASSERT_TRUE(store.begin_reading());
    EXPECT_EQ(sqlite3_get_autocommit(app), 0);
  }
  EXPECT_EQ(sqlite3_get_autocommit(app), 1);
  sqlite3_close(app);
}

TEST_F(Reading, leaves_the_apps_transaction_as_it_is) {
  sqlite3* app = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &app), SQLITE_OK);
  {
    auto store = *SqliteStore::over(app);
    ASSERT_TRUE(store.commit(std::vector{put("a", "1")}));
    ASSERT_EQ(ask(app, "CREATE TABLE t (x); BEGIN; INSERT INTO t VALUES (7)"), "");
    ASSERT_TRUE(store.begin_reading());
    EXPECT_EQ(walk(store), "a");
    store.end_reading();
    EXPECT_EQ(ask(app, "COMMIT"), "");
    EXPECT_EQ(ask(app, "SELECT x FROM t"), "7");
    ASSERT_TRUE(store.begin_reading());
    store.end_reading();
    EXPECT_EQ(sqlite3_get_autocommit(app), 1);
  }
  sqlite3_close(app);
}

TEST_F(Reading, that_ends_keeps_what_the_app_wrote_meanwhile) {
  sqlite3* app = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &app), SQLITE_OK);
  {
    auto store = *SqliteStore::over(app);
    ASSERT_EQ(ask(app, "CREATE TABLE t (x)"), "");
    ASSERT_TRUE(store.begin_reading());
    EXPECT_EQ(ask(app, "INSERT INTO t VALUES (1)"), "");
    store.end_reading();
    EXPECT_EQ(sqlite3_get_autocommit(app), 1);
    EXPECT_EQ(ask(app, "SELECT x FROM t"), "1");
    // A transaction of the app's that took the place of the reading is the app's to end.
    for (const char* ends : {"COMMIT", "ROLLBACK"}) {
      ASSERT_TRUE(store.begin_reading());
      EXPECT_EQ(ask(app, ends), "");
      EXPECT_EQ(ask(app, "BEGIN; INSERT INTO t VALUES (2)"), "");
      store.end_reading();
      EXPECT_EQ(sqlite3_get_autocommit(app), 0) << ends;
      EXPECT_EQ(ask(app, "ROLLBACK"), "");
      EXPECT_EQ(ask(app, "SELECT x FROM t"), "1") << ends;
    }
    ASSERT_TRUE(store.commit(std::vector{put("a", "1")}));
  }
  sqlite3_close(app);
}

TEST_F(Reading, of_all_rows_keeps_what_the_app_wrote_before_and_meanwhile) {
  sqlite3* app = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &app), SQLITE_OK);
  {
    auto store = *SqliteStore::over(app);
    testing::TapeEntropy tape(1);
    const std::array<std::uint8_t, 32> key{1};
    ASSERT_TRUE(Device::create(store, StorageKey(key), *IdentityKeyPair::generate(tape),
                               DeviceId{1}, RegistrationId{1}));
    ASSERT_EQ(ask(app, "CREATE TABLE t (x); BEGIN; INSERT INTO t VALUES (7)"), "");
    EXPECT_TRUE(Device::open(store, StorageKey(key)));
    EXPECT_EQ(ask(app, "COMMIT; SELECT x FROM t"), "7");
    // While a device opens, the app has its turn between two rows.
    struct Turn final : Store {
      explicit Turn(SqliteStore& over) : under(&over) {}
      Result<std::optional<Row>> get(Bytes name) noexcept override { return under->get(name); }
      Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept override {
        if (std::exchange(first, false)) act();
        return under->next(prefix, after);
      }
      Result<Revision> commit(std::span<const Change> changes) noexcept override {
        return under->commit(changes);
      }
      Result<Revision> revision() noexcept override { return under->revision(); }
      Result<void> begin_reading() noexcept override { return under->begin_reading(); }
      void end_reading() noexcept override { under->end_reading(); }
      SqliteStore* under;
      bool first = true;
      std::function<void()> act;
    } turn(store);
    turn.act = [&] { EXPECT_EQ(ask(app, "INSERT INTO t VALUES (8)"), ""); };
    EXPECT_TRUE(Device::open(turn, StorageKey(key)));
    EXPECT_EQ(ask(app, "SELECT max(x) FROM t"), "8");
    EXPECT_EQ(sqlite3_get_autocommit(app), 1);
  }
  sqlite3_close(app);
}

/// The rows that are found by a walk; 0 where there is none.
int rows_of(Store& store) {
  int found = 0;
  std::string last;
  for (;; ++found) {
    const auto entry = store.next({}, bytes_of(last));
    if (!entry || !*entry) return found;
    last.assign((**entry).key.begin(), (**entry).key.end());
  }
}

TEST_F(File, and_memory_are_moved_about) {
  const auto filled = [](auto store, int n) {
    for (int i = 0; i < n; ++i) EXPECT_TRUE(store.commit(std::vector{put(std::to_string(i), "1")}));
    return store;
  };
  const auto number = [](Store& store) { return rows_of(store); };
  const auto use = [](Store& store) { return error_of(store.get(bytes_of("0"))); };
  testing::expect_moves<MemoryStore>([&](int n) { return filled(*MemoryStore::create(), n); },
                                     number, use);
  int made = 0;
  testing::expect_moves<SqliteStore>(
      [&](int n) {
        const std::string fresh = (folder / std::to_string(made++)).string();
        return filled(*SqliteStore::open(fresh.c_str()), n);
      },
      number, use);
}

}  // namespace
}  // namespace sotto
