// SPDX-License-Identifier: MIT OR Apache-2.0
/// What SqliteStore::open takes, refuses, and leaves alone.
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sotto/sqlite_store.hpp>

#include "store/test_files.hpp"
#include "testing/error_of.hpp"

namespace sotto {
namespace {

using testing::error_of;

constexpr std::string_view nothing_is_there;

struct Opened {
  std::optional<Error> error;
  std::string why;
};
Opened try_open(SqlitePath&& path, SqliteOptions options = {}) {
  std::array<char, 400> why{};
  options.failure = why;
  return {error_of(SqliteStore::open(std::move(path), options)), why.data()};
}

TEST_F(File, is_named_in_any_way) {
  const std::filesystem::path as_path(path);
  const std::string_view as_view(path);
  EXPECT_TRUE(SqliteStore::open(path));
  EXPECT_TRUE(SqliteStore::open(path.c_str()));
  EXPECT_TRUE(SqliteStore::open(as_view));
  EXPECT_TRUE(SqliteStore::open(as_path));
  EXPECT_TRUE(SqliteStore::open(folder / "other.db"));
  EXPECT_TRUE(SqliteStore::open(std::string_view(path).substr(0, path.size() - 1)));
  EXPECT_TRUE(std::filesystem::exists(path.substr(0, path.size() - 1)));
  // What means more to SQLite is a name like any other.
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder);
  EXPECT_TRUE(SqliteStore::open("file:x?mode=memory"));
  EXPECT_TRUE(std::filesystem::exists("file:x?mode=memory"));
  std::filesystem::current_path(before);
}

TEST_F(File, is_not_made_of_nothing) {
  const auto expect_refused = [](SqlitePath&& what) {
    const Opened opened = try_open(std::move(what));
    EXPECT_EQ(opened.error, Error::invalid_argument);
    EXPECT_TRUE(opened.why.starts_with("open: ")) << opened.why;
  };
  expect_refused("");
  expect_refused(nothing_is_there);
  expect_refused(static_cast<const char*>(nullptr));
  expect_refused(nullptr);
  expect_refused(std::filesystem::path());
  expect_refused(":memory:");
  expect_refused(std::string_view("/a\0b", 4));
  EXPECT_EQ(try_open(path, {.busy_timeout = std::chrono::milliseconds(-1)}).error,
            Error::invalid_argument);
  EXPECT_EQ(try_open(path, {.busy_timeout = std::chrono::hours(25)}).error,
            Error::invalid_argument);
  EXPECT_TRUE(files().empty());
}

TEST_F(File, is_made_only_where_that_is_asked_for) {
  const SqliteOptions only_open{.create_if_missing = false};
  EXPECT_EQ(try_open(path, only_open).error, Error::not_set_up);
  EXPECT_EQ(try_open(folder / "no" / "where", only_open).error, Error::not_set_up);
  EXPECT_TRUE(files().empty());
  write("");
  EXPECT_EQ(try_open(path, only_open).error, Error::not_set_up) << "an empty file is no store";
  EXPECT_EQ(files(), (std::map<std::string, std::string>{{"rows.db", ""}}));
  EXPECT_FALSE(try_open(path).error);
  EXPECT_FALSE(try_open(path, only_open).error);
}

TEST_F(File, tells_what_stands_in_the_way) {
  const Opened nowhere = try_open(folder / "no" / "rows.db");
  EXPECT_EQ(nowhere.error, Error::store_failed);
  EXPECT_TRUE(nowhere.why.contains("no/rows.db")) << nowhere.why;
  EXPECT_TRUE(nowhere.why.contains("errno 2")) << nowhere.why;
  const Opened directory = try_open(folder);
  EXPECT_EQ(directory.error, Error::store_failed);
  EXPECT_TRUE(directory.why.contains("no regular file")) << directory.why;
  const Opened device = try_open("/dev/null");
  EXPECT_EQ(device.error, Error::store_failed);
  EXPECT_TRUE(device.why.contains("no regular file")) << device.why;
  // Cut where there is no room, and zero-terminated.
  std::array<char, 8> little{};
  little.fill('x');
  EXPECT_FALSE(SqliteStore::open(folder, {.failure = little}));
  EXPECT_EQ(std::string(little.data()), "open: /");
}

TEST_F(File, that_may_not_be_written_is_refused) {
  {
    ASSERT_TRUE(SqliteStore::open(path));
  }
  write("");
  std::filesystem::permissions(path, std::filesystem::perms(0444));
  std::filesystem::permissions(folder, std::filesystem::perms(0777));
  const pid_t child = fork();
  if (child == 0) {
    // Root may write everything: somebody else tries.
    if (geteuid() == 0 && setuid(65534) != 0) std::_Exit(9);
    const Opened opened = try_open(path);
    const Opened other = try_open("/proc/new.db");
    std::printf("%s\n%s\n", opened.why.c_str(), other.why.c_str());
    std::fflush(stdout);
    std::_Exit(opened.error == Error::store_failed && opened.why.contains("only be read") &&
                       other.error == Error::store_failed && other.why.contains("errno")
                   ? 0
                   : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(File, is_its_owners_alone) {
  const mode_t before = umask(022);
  auto store = *SqliteStore::open(path);
  ASSERT_TRUE(store.commit(std::vector{put("a", "1")}));
  umask(before);
  for (const std::string end : {"", "-wal", "-shm"}) {
    struct stat found{};
    ASSERT_EQ(stat((path + end).c_str(), &found), 0) << end;
    EXPECT_EQ(found.st_mode & 0777U, 0600U) << end;
  }
}

TEST_F(File, of_somebody_else_is_not_touched) {
  const auto expect_untouched = [&](std::string_view what, const char* reason) {
    const auto before = files();
    for (const bool create : {true, false}) {
      const Opened opened = try_open(path, {.create_if_missing = create});
      EXPECT_EQ(opened.error, Error::store_failed) << what;
      EXPECT_TRUE(opened.why.contains(reason)) << opened.why;
      EXPECT_EQ(files(), before) << what;
    }
    for (const auto& [name, bytes] : before) std::filesystem::remove(folder / name);
  };
  const auto crash_with = [&](const char* sql) {  // The files as a process leaves them that dies.
    sqlite3* database = nullptr;
    sqlite3_open((folder / "live").c_str(), &database);
    ask(database, sql);
    for (const std::string end : {"", "-wal", "-journal"})
      if (std::filesystem::exists((folder / "live").string() + end))
        std::filesystem::copy_file((folder / "live").string() + end, path + end);
    sqlite3_close(database);
    for (const std::string end : {"", "-wal", "-shm", "-journal"})
      std::filesystem::remove((folder / "live").string() + end);
  };
  write("x");
  expect_untouched("a single letter", "not a database");
  write("some letters");
  expect_untouched("a short file", "not a database");
  write(std::string(8192, 'x'));
  expect_untouched("a file of something else", "not a database");
  EXPECT_EQ(ask("CREATE TABLE t (x); INSERT INTO t VALUES (1)"), "");
  expect_untouched("a database", "another application's");
  EXPECT_EQ(ask("PRAGMA application_id = 7; PRAGMA user_version = 1"), "");
  expect_untouched("a database without a table", "another application's");
  crash_with("PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1)");
  EXPECT_EQ(files().size(), 2U);
  expect_untouched("a database with a log", "another application's");
  crash_with(
      "CREATE TABLE t (x); INSERT INTO t VALUES (1); PRAGMA cache_size = 2; BEGIN; "
      "INSERT INTO t WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 90) "
      "SELECT zeroblob(900) FROM n");
  EXPECT_EQ(files().size(), 2U);
  expect_untouched("a database with a journal to roll back", "another application's");
}

TEST_F(File, is_refused_where_no_log_is_written_ahead) {
  sqlite3_vfs* const usual = sqlite3_vfs_find(nullptr);
  sqlite3_vfs* const dotted = sqlite3_vfs_find("unix-dotfile");  // It cannot share memory.
  ASSERT_NE(dotted, nullptr);
  sqlite3_vfs_register(dotted, 1);
  const Opened opened = try_open(path);
  sqlite3_vfs_register(usual, 1);
  EXPECT_EQ(opened.error, Error::store_failed);
  EXPECT_TRUE(opened.why.contains("log ahead")) << opened.why;
}

TEST_F(File, waits_as_long_as_it_is_told) {
  auto store = *SqliteStore::open(path, {.busy_timeout = std::chrono::milliseconds(0)});
  auto patient = *SqliteStore::open(path, {.busy_timeout = std::chrono::minutes(10)});
  sqlite3* writer = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &writer), SQLITE_OK);
  ASSERT_EQ(ask(writer, "BEGIN IMMEDIATE"), "");
  EXPECT_EQ(error_of(store.commit(std::vector{put("a", "1")})), Error::store_failed);
  EXPECT_TRUE(store.failure().contains("locked")) << store.failure();
  EXPECT_TRUE(store.failure().starts_with("commit: ")) << store.failure();
  EXPECT_TRUE(store.failure().contains("rows.db")) << store.failure();
  EXPECT_EQ(store.failure().data()[store.failure().size()], '\0');
  std::thread commits([&] { EXPECT_TRUE(patient.commit(std::vector{put("b", "1")})); });
  sqlite3_sleep(20);
  EXPECT_EQ(ask(writer, "COMMIT"), "");
  commits.join();
  sqlite3_close(writer);
  EXPECT_TRUE(store.commit(std::vector{put("a", "1")}));
}

// snapshot.hpp: so a device is copied whole.
TEST_F(File, that_is_closed_holds_everything) {
  {
    auto one = *SqliteStore::open(folder / "live");
    auto other = *SqliteStore::open(folder / "live");
    ASSERT_TRUE(one.commit(std::vector{put("a", "1")}));
    ASSERT_TRUE(other.commit(std::vector{put("b", "2")}));
  }
  ASSERT_EQ(files().size(), 1U);
  std::filesystem::copy_file(folder / "live", path);
  auto copy = *SqliteStore::open(path);
  EXPECT_TRUE(*copy.get(bytes_of("a")));
  EXPECT_TRUE(*copy.get(bytes_of("b")));
}

TEST_F(File, left_by_a_crash_is_folded_in) {
  // A log that nobody synced may be lost with all that follows it: so it does not stay the log.
  {
    auto store = *SqliteStore::open(folder / "live");
    ASSERT_TRUE(store.commit(std::vector{put("a", "the value")}));
    for (const std::string end : {"", "-wal"})
      std::filesystem::copy_file((folder / "live").string() + end, path + end);
  }
  ASSERT_FALSE(read(path).contains("the value"));
  auto store = *SqliteStore::open(path);
  EXPECT_TRUE(read(path).contains("the value"));
  EXPECT_TRUE(*store.get(bytes_of("a")));
}

}  // namespace
}  // namespace sotto
