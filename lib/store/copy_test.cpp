// SPDX-License-Identifier: MIT OR Apache-2.0
/// Copies of a store, in the ways that sqlite_store.hpp names.
#include <filesystem>
#include <string>
#include <vector>

#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sotto/sqlite_store.hpp>

#include "store/test_files.hpp"

namespace sotto {
namespace {

class Copy : public File {
 protected:
  std::string copy = (folder / "copy.db").string();
  sqlite3* reader = nullptr;

  void TearDown() override { sqlite3_close(reader); }

  /// Two commits, of a process that dies after the second, or that closes the store while another
  /// connection has the file open.
  void commit_and_die() {
    static_cast<void>(*SqliteStore::open(path)->commit(std::vector{put("a", "old")}));
    const pid_t child = fork();
    if (child == 0) {
      auto store = SqliteStore::open(path);
      const bool done = store && store->commit(std::vector{put("b", "newest")});
      _exit(done ? 0 : 1);
    }
    int status = 1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0);
    ASSERT_TRUE(std::filesystem::exists(path + "-wal"));
  }
  void commit_beside_a_reader() {
    static_cast<void>(*SqliteStore::open(path)->commit(std::vector{put("a", "old")}));
    ASSERT_EQ(sqlite3_open(path.c_str(), &reader), SQLITE_OK);
    EXPECT_EQ(ask(reader, "SELECT count(*) FROM rows"), "1");
    static_cast<void>(*SqliteStore::open(path)->commit(std::vector{put("b", "newest")}));
    ASSERT_TRUE(std::filesystem::exists(path + "-wal"));
  }
  void copy_files(bool log) {
    for (const char* const ending : {"", "-wal", "-shm"}) std::filesystem::remove(copy + ending);
    std::filesystem::copy_file(path, copy);
    if (log && std::filesystem::exists(path + "-wal"))
      std::filesystem::copy_file(path + "-wal", copy + "-wal");
  }
  [[nodiscard]] bool has_the_newest() const {
    auto store = SqliteStore::open(copy, {.create_if_missing = false});
    EXPECT_TRUE(store && *store->get(bytes_of("a")));
    const auto row = store ? store->get(bytes_of("b")) : std::optional<Row>();
    return row && *row && text_of((**row).value) == "newest";
  }
};

TEST_F(Copy, after_a_crash_has_the_newest_with_the_log_alone) {
  commit_and_die();
  copy_files(false);
  EXPECT_FALSE(has_the_newest());
  copy_files(true);
  EXPECT_TRUE(has_the_newest());
  // A store that is opened and closed leaves no log.
  EXPECT_TRUE(SqliteStore::open(path));
  EXPECT_FALSE(std::filesystem::exists(path + "-wal"));
  copy_files(false);
  EXPECT_TRUE(has_the_newest());
}

TEST_F(Copy, that_sqlite_makes_has_the_newest) {
  commit_and_die();
  EXPECT_EQ(ask(("VACUUM INTO '" + copy + "'").c_str()), "");
  EXPECT_TRUE(has_the_newest());
}

TEST_F(Copy, that_sqlite_makes_while_the_store_is_open) {
  auto store = *SqliteStore::open(path);
  ASSERT_TRUE(store.commit(std::vector{put("a", "old"), put("b", "newest")}));
  EXPECT_EQ(ask(("VACUUM INTO '" + copy + "'").c_str()), "");
  EXPECT_TRUE(has_the_newest());
  EXPECT_TRUE(store.commit(std::vector{put("c", "later")})) << store.failure();
}

TEST_F(Copy, beside_a_connection_that_read_has_the_newest_with_the_log_alone) {
  commit_beside_a_reader();
  EXPECT_TRUE(std::filesystem::exists(path + "-wal"));
  copy_files(false);
  EXPECT_FALSE(has_the_newest());
  copy_files(true);
  EXPECT_TRUE(has_the_newest());
}

}  // namespace
}  // namespace sotto
