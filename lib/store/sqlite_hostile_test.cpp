// SPDX-License-Identifier: MIT OR Apache-2.0
/// Files that somebody else has written into, and handles of the app's.
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <sqlite3.h>

#include <sotto/sqlite_store.hpp>

#include "store/test_files.hpp"
#include "testing/error_of.hpp"

namespace sotto {
namespace {

using testing::error_of;

TEST_F(File, with_rows_that_no_commit_makes) {
  const auto expect_corrupted = [&](const char* sql) {
    for (const auto& [name, bytes] : files()) std::filesystem::remove(folder / name);
    {
      ASSERT_TRUE(SqliteStore::open(path)->commit(std::vector{put("a", "1")}));
    }
    EXPECT_EQ(ask(sql), "") << sql;
    auto store = *SqliteStore::open(path);
    const auto walked = error_of(store.next({}, {}));
    const auto got = error_of(store.get(bytes_of("a")));
    EXPECT_TRUE(walked == Error::corrupted || got == Error::corrupted) << sql;
    EXPECT_TRUE(!walked || walked == Error::corrupted) << sql;
    EXPECT_TRUE(!got || got == Error::corrupted) << sql;
    EXPECT_TRUE(store.failure().contains("rows.db")) << store.failure();
  };
  expect_corrupted("INSERT INTO rows VALUES (zeroblob(601), x'00', 1)");
  expect_corrupted("UPDATE rows SET revision = 0");
  expect_corrupted("UPDATE rows SET revision = -1");
  expect_corrupted("UPDATE rows SET revision = 9223372036854775807");
  expect_corrupted("UPDATE rows SET value = zeroblob(16777217)");
  expect_corrupted("UPDATE rows SET value = zeroblob(17000000)");
}

TEST_F(File, with_a_number_that_is_none) {
  for (const char* const sql : {"DELETE FROM commits", "UPDATE commits SET number = -1"}) {
    for (const auto& [name, bytes] : files()) std::filesystem::remove(folder / name);
    {
      ASSERT_TRUE(SqliteStore::open(path));
    }
    EXPECT_EQ(ask(sql), "");
    auto store = *SqliteStore::open(path);
    EXPECT_EQ(error_of(store.revision()), Error::corrupted);
    EXPECT_EQ(error_of(store.commit(std::vector{put("a", "1")})), Error::corrupted);
    EXPECT_FALSE(*store.get(bytes_of("a")));
  }
}

TEST_F(File, whose_numbers_are_at_their_end) {
  auto store = *SqliteStore::open(path);
  EXPECT_EQ(ask("UPDATE commits SET number = 9223372036854775804"), "");
  const auto last = store.commit(std::vector{put("a", "1")});
  EXPECT_EQ(last, Revision{9223372036854775805U});
  EXPECT_EQ(error_of(store.commit(std::vector{put("a", "2", *last)})), Error::exhausted);
  EXPECT_EQ(store.revision(), last);
  EXPECT_EQ(text_of((*store.get(bytes_of("a")))->value), "1");
}

TEST_F(File, runs_nothing_of_its_own) {
  {
    ASSERT_TRUE(SqliteStore::open(path));
  }
  EXPECT_EQ(ask("CREATE TABLE kept (value); CREATE TRIGGER keep AFTER INSERT ON rows BEGIN "
                "INSERT INTO kept VALUES (new.value); END"),
            "");
  auto store = *SqliteStore::open(path);
  ASSERT_TRUE(store.commit(std::vector{put("a", "1")}));
  EXPECT_EQ(ask("SELECT count(*) FROM kept"), "0");
}

TEST_F(File, that_is_damaged) {
  {
    auto store = *SqliteStore::open(path);
    ASSERT_TRUE(store.commit(std::vector{put("a", std::string(9'000, 'x'))}));
  }
  std::string bytes = read(path);
  for (std::size_t at = 4096; at < bytes.size(); ++at) bytes[at] = '\xff';
  write(bytes);
  auto store = SqliteStore::open(path);
  EXPECT_EQ(store ? error_of(store->get(bytes_of("a"))) : store.error(), Error::corrupted);
}

TEST_F(File, that_is_cut_off) {
  {
    ASSERT_TRUE(SqliteStore::open(path));
  }
  const std::string bytes = read(path);
  for (const std::size_t size : {16U, 50U, 99U, 100U, 4095U}) {
    write(bytes.substr(0, size));
    EXPECT_EQ(error_of(SqliteStore::open(path)), Error::corrupted) << size;
    EXPECT_EQ(read(path).size(), size);
  }
}

TEST_F(File, with_a_long_path_still_tells_why) {
  const std::string missing = (folder / std::string(200, 'd') / std::string(200, 'd')).string() +
                              "/" + std::string(200, 'd') + "/" + std::string(200, 'd') + "/the.db";
  std::array<char, 1024> why{};
  EXPECT_EQ(error_of(SqliteStore::open(missing, {.failure = why})), Error::store_failed);
  EXPECT_TRUE(std::string_view(why.data()).contains("d/the.db: the file cannot be made"))
      << why.data();
}

/// A database that the app has opened.
class Handle : public File {
 protected:
  sqlite3* app = [this] {
    sqlite3* made = nullptr;
    sqlite3_open(path.c_str(), &made);
    return made;
  }();
  ~Handle() override { sqlite3_close(app); }
};

TEST_F(Handle, serves_the_app_and_the_store) {
  EXPECT_EQ(ask(app,
                "CREATE TABLE rows (mine); INSERT INTO rows VALUES (5);"
                "PRAGMA application_id = 7; PRAGMA user_version = 9"),
            "");
  {
    auto store = *SqliteStore::over(app);
    const auto first = *store.commit(std::vector{put("a", "1"), put("b", "2")});
    EXPECT_EQ((*store.get(bytes_of("a")))->revision, first);
    EXPECT_EQ(text_of((*store.next({}, bytes_of("a")))->key), "b");
    ASSERT_TRUE(store.purge());
    EXPECT_EQ(ask(app,
                  "SELECT mine FROM rows; PRAGMA application_id; PRAGMA user_version;"
                  "PRAGMA journal_mode; PRAGMA synchronous; PRAGMA secure_delete"),
              "579wal21");
  }
  auto again = *SqliteStore::over(app, {.create_if_missing = false});
  EXPECT_EQ(*again.revision(), Revision{1});
  EXPECT_EQ(ask(app, "SELECT count(*) FROM sotto_1_rows"), "2");
  again = *SqliteStore::over(app);
  EXPECT_EQ(error_of(SqliteStore::open(path)), Error::store_failed) << "it is not ours alone";
}

TEST_F(Handle, is_left_open) {
  {
    ASSERT_TRUE(SqliteStore::over(app));
  }
  EXPECT_EQ(sqlite3_close(app), SQLITE_OK) << "no statement is left";
  app = nullptr;
}

TEST_F(Handle, in_a_transaction_is_the_apps) {
  EXPECT_EQ(ask(app, "BEGIN"), "");
  EXPECT_EQ(error_of(SqliteStore::over(app)), Error::wrong_state);
  EXPECT_EQ(ask(app, "COMMIT"), "");
  auto store = *SqliteStore::over(app);
  EXPECT_EQ(ask(app, "BEGIN"), "");
  EXPECT_EQ(error_of(store.commit(std::vector{put("a", "1")})), Error::wrong_state);
  EXPECT_EQ(error_of(store.purge()), Error::wrong_state);
  EXPECT_FALSE(*store.get(bytes_of("a")));
  EXPECT_EQ(ask(app, "COMMIT"), "");
  EXPECT_TRUE(store.commit(std::vector{put("a", "1")}));
  sqlite3_stmt* reading = nullptr;
  ASSERT_EQ(sqlite3_prepare_v2(app, "SELECT * FROM sotto_1_rows", -1, &reading, nullptr),
            SQLITE_OK);
  ASSERT_EQ(sqlite3_step(reading), SQLITE_ROW);
  EXPECT_EQ(error_of(store.purge()), Error::wrong_state);
  sqlite3_finalize(reading);
  EXPECT_TRUE(store.purge());
}

TEST_F(Handle, with_limits_of_the_apps_is_not_damaged) {
  auto store = *SqliteStore::over(app);
  const std::string large(2'000'000, 'x');
  ASSERT_TRUE(store.commit(std::vector{put("large", large)}));
  // As SQLite advises an app to do.
  const int before = sqlite3_limit(app, SQLITE_LIMIT_LENGTH, 1'000'000);
  EXPECT_EQ(error_of(store.get(bytes_of("large"))), Error::store_failed);
  EXPECT_EQ(error_of(store.next({}, {})), Error::store_failed);
  EXPECT_EQ(error_of(store.commit(std::vector{put("larger", large)})), Error::store_failed);
  EXPECT_TRUE(store.commit(std::vector{put("small", "y")}));
  sqlite3_limit(app, SQLITE_LIMIT_LENGTH, before);
  EXPECT_EQ(text_of((*store.get(bytes_of("large")))->value), large);

  const int sql = sqlite3_limit(app, SQLITE_LIMIT_SQL_LENGTH, 10);
  EXPECT_EQ(error_of(SqliteStore::over(app)), Error::store_failed);
  sqlite3_limit(app, SQLITE_LIMIT_SQL_LENGTH, sql);
}

TEST_F(Handle, that_cannot_hold_a_store_is_refused) {
  std::array<char, 200> why{};
  EXPECT_EQ(error_of(SqliteStore::over(nullptr, {.failure = why})), Error::invalid_argument);
  EXPECT_NE(why[0], '\0');
  EXPECT_EQ(error_of(SqliteStore::over(app, {.create_if_missing = false})), Error::not_set_up);
  EXPECT_EQ(error_of(SqliteStore::over(app, {.busy_timeout = std::chrono::milliseconds(-1)})),
            Error::invalid_argument);
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(":memory:", &other), SQLITE_OK);
  EXPECT_EQ(error_of(SqliteStore::over(other)), Error::store_failed);
  sqlite3_close(other);
  ASSERT_TRUE(SqliteStore::over(app));
  ASSERT_EQ(sqlite3_open_v2(path.c_str(), &other, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
  EXPECT_EQ(error_of(SqliteStore::over(other)), Error::store_failed);
  sqlite3_close(other);
  EXPECT_EQ(ask(app, "CREATE TABLE sotto_2_rows (x)"), "");
  EXPECT_EQ(error_of(SqliteStore::over(app)), Error::unsupported_version);
}

}  // namespace
}  // namespace sotto
