// SPDX-License-Identifier: MIT OR Apache-2.0
/// How the functions of stores fail. tools/check_errors.py compares the rows with the headers.
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sqlite3.h>

#include <sotto/device.hpp>
#include <sotto/memory_store.hpp>
#include <sotto/sqlite_store.hpp>

#include "store/test_files.hpp"
#include "testing/error_of.hpp"
#include "testing/error_rows.hpp"
#include "testing/forked.hpp"

namespace sotto {
namespace {

using testing::error_of;
using testing::Fault;
using testing::in_a_forked_process;

using Rows = std::vector<std::pair<std::string, std::string>>;

/// A store of each kind with one row, and a folder.
struct Stores {
  explicit Stores(std::string in) : path(std::move(in)) {
    for (Store* const store : {static_cast<Store*>(&memory), static_cast<Store*>(&sqlite)})
      EXPECT_TRUE(store->commit(std::vector{put("a", "value")}));
  }
  std::string path;
  MemoryStore memory = *MemoryStore::create();
  SqliteStore sqlite = *SqliteStore::open(path, {.busy_timeout = std::chrono::milliseconds(0)});
  MemoryStore same_memory = *memory.share();
  SqliteStore same_sqlite = *SqliteStore::open(path);

  /// A connection of the app's own.
  struct Handle {
    explicit Handle(const std::string& file) { sqlite3_open(file.c_str(), &database); }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() { sqlite3_close(database); }
    void run(const char* sql) const {
      EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sql;
    }
    sqlite3* database = nullptr;
  };

  static Rows rows_of(Store& store) {
    Rows rows;
    std::string last;
    for (;;) {
      const auto entry = store.next({}, bytes_of(last));
      EXPECT_TRUE(entry);
      if (!entry || !*entry) return rows;
      last = text_of((**entry).key);
      rows.emplace_back(last, text_of((**entry).value));
    }
  }
};

/// Overwrite the first page behind the file's header.
void damage(const std::string& path) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(100);
  file << std::string(1000, '\xff');
  EXPECT_TRUE(file);
}

using ErrorRow = testing::ErrorRow<Stores>;

/// A store that was moved from.
template <class S>
S& moved_from(S& store) {
  static_cast<void>(S(std::move(store)));
  return store;
}

const std::string& long_key() {
  static const std::string key(Store::max_key_bytes + 1, 'k');
  return key;
}

std::string beside(const Stores& s, const char* name) {
  return (std::filesystem::path(s.path).parent_path() / name).string();
}

constexpr ErrorRow memory[]{
    {"MemoryStore::share", Error::consumed, Fault::caller, "after a move",
     [](Stores& s) { return error_of(moved_from(s.memory).share()); }},
    {"MemoryStore::share", Error::wrong_state, Fault::caller, "in a forked process",
     [](Stores& s) { return in_a_forked_process([&] { return error_of(s.memory.share()); }); }},
    {"MemoryStore::clone", Error::consumed, Fault::caller, "after a move",
     [](Stores& s) { return error_of(moved_from(s.memory).clone()); }},
    {"MemoryStore::clone", Error::wrong_state, Fault::caller, "in a forked process",
     [](Stores& s) { return in_a_forked_process([&] { return error_of(s.memory.clone()); }); }},
    {"MemoryStore::get", Error::invalid_argument, Fault::caller, "no key",
     [](Stores& s) { return error_of(s.memory.get({})); }},
    {"MemoryStore::get", Error::consumed, Fault::caller, "after a move",
     [](Stores& s) { return error_of(moved_from(s.memory).get(bytes_of("a"))); }},
    {"MemoryStore::get", Error::wrong_state, Fault::caller, "in a forked process",
     [](Stores& s) {
       return in_a_forked_process([&] { return error_of(s.memory.get(bytes_of("a"))); });
     }},
    {"MemoryStore::next", Error::invalid_argument, Fault::caller, "behind too long a key",
     [](Stores& s) { return error_of(s.memory.next({}, bytes_of(long_key()))); }},
    {"MemoryStore::next", Error::consumed, Fault::caller, "after a move",
     [](Stores& s) { return error_of(moved_from(s.memory).next({}, {})); }},
    {"MemoryStore::commit", Error::conflict, Fault::nobody, "over a row that another wrote",
     [](Stores& s) { return error_of(s.memory.commit(std::vector{put("a", "again")})); }},
    {"MemoryStore::commit", Error::invalid_argument, Fault::caller, "of one key twice",
     [](Stores& s) {
       return error_of(s.memory.commit(std::vector{put("b", "1"), put("b", "2")}));
     }},
    {"MemoryStore::commit", Error::consumed, Fault::caller, "after a move",
     [](Stores& s) { return error_of(moved_from(s.memory).commit(std::vector{put("b", "1")})); }},
    {"MemoryStore::commit", Error::wrong_state, Fault::caller, "in a forked process",
     [](Stores& s) {
       return in_a_forked_process(
           [&] { return error_of(s.memory.commit(std::vector{put("b", "1")})); });
     }},
    {"MemoryStore::purge", Error::consumed, Fault::caller, "after a move",
     [](Stores& s) { return error_of(moved_from(s.memory).purge()); }},
    {"MemoryStore::purge", Error::wrong_state, Fault::caller, "in a forked process",
     [](Stores& s) { return in_a_forked_process([&] { return error_of(s.memory.purge()); }); }},
    {"MemoryStore::revision", Error::consumed, Fault::caller, "after a move",
     [](Stores& s) { return error_of(moved_from(s.memory).revision()); }},
};

constexpr ErrorRow opening[]{
    {"SqliteStore::open", Error::invalid_argument, Fault::caller, "no path",
     [](Stores&) { return error_of(SqliteStore::open("")); }},
    {"SqliteStore::open", Error::invalid_argument, Fault::caller, "a timeout below zero",
     [](Stores& s) {
       return error_of(SqliteStore::open(s.path, {.busy_timeout = std::chrono::milliseconds(-1)}));
     }},
    {"SqliteStore::open", Error::not_set_up, Fault::caller, "a mistyped path that must exist",
     [](Stores& s) {
       const std::string path = beside(s, "mistyped.db");
       const auto error = error_of(SqliteStore::open(path, {.create_if_missing = false}));
       EXPECT_FALSE(std::filesystem::exists(path));
       return error;
     }},
    {"SqliteStore::open", Error::store_failed, Fault::store, "a folder",
     [](Stores& s) {
       return error_of(SqliteStore::open(std::filesystem::path(s.path).parent_path()));
     }},
    {"SqliteStore::open", Error::unsupported_version, Fault::nobody, "a later version's store",
     [](Stores& s) {
       const std::string path = beside(s, "later.db");
       EXPECT_TRUE(SqliteStore::open(path));
       Stores::Handle(path).run("PRAGMA user_version = 99");
       return error_of(SqliteStore::open(path));
     }},
    {"SqliteStore::open", Error::corrupted, Fault::store, "a damaged store",
     [](Stores& s) {
       const std::string path = beside(s, "damaged.db");
       EXPECT_TRUE(SqliteStore::open(path));
       damage(path);
       return error_of(SqliteStore::open(path));
     }},
    {"SqliteStore::open", Error::wrong_state, Fault::caller, "in a forked process",
     [](Stores& s) {
       return in_a_forked_process([&] { return error_of(SqliteStore::open(s.path)); });
     }},
    {"SqliteStore::over", Error::invalid_argument, Fault::caller, "no handle",
     [](Stores&) { return error_of(SqliteStore::over(nullptr)); }},
    {"SqliteStore::over", Error::not_set_up, Fault::caller, "a database without a store",
     [](Stores& s) {
       const Stores::Handle app(beside(s, "app.db"));
       return error_of(SqliteStore::over(app.database, {.create_if_missing = false}));
     }},
    {"SqliteStore::over", Error::wrong_state, Fault::caller, "inside a transaction",
     [](Stores& s) {
       const Stores::Handle app(beside(s, "app.db"));
       app.run("BEGIN");
       return error_of(SqliteStore::over(app.database));
     }},
    {"SqliteStore::over", Error::store_failed, Fault::store, "a database without a log ahead",
     [](Stores&) {
       const Stores::Handle app(":memory:");
       return error_of(SqliteStore::over(app.database));
     }},
    {"SqliteStore::over", Error::corrupted, Fault::store, "a damaged database",
     [](Stores& s) {
       const std::string path = beside(s, "app.db");
       EXPECT_TRUE(SqliteStore::over(Stores::Handle(path).database));
       damage(path);
       const Stores::Handle app(path);
       return error_of(SqliteStore::over(app.database));
     }},
    {"SqliteStore::over", Error::unsupported_version, Fault::nobody, "a later version's tables",
     [](Stores& s) {
       const Stores::Handle app(beside(s, "app.db"));
       app.run("CREATE TABLE sotto_2_rows (x)");
       return error_of(SqliteStore::over(app.database));
     }},
};

constexpr ErrorRow sqlite[]{
    {"SqliteStore::get", Error::invalid_argument, Fault::caller, "no key",
     [](Stores& s) { return error_of(s.sqlite.get({})); }},
    {"SqliteStore::get", Error::consumed, Fault::caller, "after a move",
     [](Stores& s) { return error_of(moved_from(s.sqlite).get(bytes_of("a"))); }},
    {"SqliteStore::get", Error::wrong_state, Fault::caller, "in a forked process",
     [](Stores& s) {
       return in_a_forked_process([&] { return error_of(s.sqlite.get(bytes_of("a"))); });
     }},
    {"SqliteStore::get", Error::store_failed, Fault::store, "when the tables are gone",
     [](Stores& s) {
       const std::string path = beside(s, "broken.db");
       auto store = *SqliteStore::open(path);
       Stores::Handle(path).run("DROP TABLE rows");
       return error_of(store.get(bytes_of("a")));
     }},
    {"SqliteStore::next", Error::invalid_argument, Fault::caller, "with too long a prefix",
     [](Stores& s) { return error_of(s.sqlite.next(bytes_of(long_key()), {})); }},
    {"SqliteStore::next", Error::consumed, Fault::caller, "after a move",
     [](Stores& s) { return error_of(moved_from(s.sqlite).next({}, {})); }},
    {"SqliteStore::commit", Error::conflict, Fault::nobody, "over a row that another wrote",
     [](Stores& s) { return error_of(s.sqlite.commit(std::vector{put("a", "again")})); }},
    {"SqliteStore::commit", Error::invalid_argument, Fault::caller, "of one key twice",
     [](Stores& s) {
       return error_of(s.sqlite.commit(std::vector{put("b", "1"), put("b", "2")}));
     }},
    {"SqliteStore::commit", Error::consumed, Fault::caller, "after a move",
     [](Stores& s) { return error_of(moved_from(s.sqlite).commit(std::vector{put("b", "1")})); }},
    {"SqliteStore::commit", Error::wrong_state, Fault::caller, "in a forked process",
     [](Stores& s) {
       return in_a_forked_process(
           [&] { return error_of(s.sqlite.commit(std::vector{put("b", "1")})); });
     }},
    {"SqliteStore::commit", Error::store_failed, Fault::store, "while another holds the file",
     [](Stores& s) {
       const Stores::Handle other(s.path);
       other.run("BEGIN IMMEDIATE");
       const auto error = error_of(s.sqlite.commit(std::vector{put("b", "1")}));
       EXPECT_TRUE(s.sqlite.failure().contains("locked")) << s.sqlite.failure();
       return error;
     }},
    {"SqliteStore::commit", Error::outcome_unknown, Fault::store, "whose log is deleted meanwhile",
     [](Stores& s) {
       const std::string path = beside(s, "app.db");
       const Stores::Handle app(path);
       auto store = *SqliteStore::over(app.database);
       std::string log = path + "-wal";
       sqlite3_commit_hook(
           app.database,
           [](void* name) {
             std::filesystem::remove(*static_cast<std::string*>(name));
             return 0;
           },
           &log);
       return error_of(store.commit(std::vector{put("b", "1")}));
     }},
    {"SqliteStore::purge", Error::store_failed, Fault::store, "when the file is gone",
     [](Stores& s) {
       const std::string path = beside(s, "gone.db");
       auto store = *SqliteStore::open(path);
       std::filesystem::remove(path);
       return error_of(store.purge());
     }},
    {"SqliteStore::purge", Error::conflict, Fault::nobody, "while another reads",
     [](Stores& s) {
       const Stores::Handle other(s.path);
       other.run("BEGIN; SELECT * FROM sqlite_schema");
       return error_of(s.sqlite.purge());
     }},
    {"SqliteStore::purge", Error::consumed, Fault::caller, "after a move",
     [](Stores& s) { return error_of(moved_from(s.sqlite).purge()); }},
    {"SqliteStore::purge", Error::wrong_state, Fault::caller, "in a forked process",
     [](Stores& s) { return in_a_forked_process([&] { return error_of(s.sqlite.purge()); }); }},
    {"SqliteStore::revision", Error::consumed, Fault::caller, "after a move",
     [](Stores& s) { return error_of(moved_from(s.sqlite).revision()); }},
    {"SqliteStore::begin_reading", Error::consumed, Fault::caller, "after a move",
     [](Stores& s) { return error_of(moved_from(s.sqlite).begin_reading()); }},
    {"SqliteStore::begin_reading", Error::wrong_state, Fault::caller, "while one has begun",
     [](Stores& s) {
       EXPECT_TRUE(s.sqlite.begin_reading());
       const auto error = error_of(s.sqlite.begin_reading());
       s.sqlite.end_reading();
       return error;
     }},
    {"SqliteStore::begin_reading", Error::wrong_state, Fault::caller, "while the app reads",
     [](Stores& s) {
       const Stores::Handle app(beside(s, "app.db"));
       auto store = *SqliteStore::over(app.database);
       app.run("BEGIN; SELECT * FROM sqlite_schema");
       return error_of(store.begin_reading());
     }},
};

class ErrorTable : public File {
 protected:
  void provoke(std::span<const ErrorRow> rows) {
    int number = 0;
    for (const ErrorRow& row : rows) {
      const std::string where = std::string(row.function) + ", " + row.situation;
      const auto place = folder / std::to_string(++number);
      std::filesystem::create_directory(place);
      Stores stores((place / "rows.db").string());
      const Rows in_memory = Stores::rows_of(stores.same_memory);
      const Rows in_file = Stores::rows_of(stores.same_sqlite);
      EXPECT_EQ(row.act(stores), row.error) << where;
      EXPECT_TRUE(testing::may_blame(row.error, row.fault)) << where;
      EXPECT_EQ(Stores::rows_of(stores.same_memory), in_memory) << where;
      EXPECT_EQ(Stores::rows_of(stores.same_sqlite), in_file) << where;
    }
  }
};

TEST_F(ErrorTable, stores_in_memory) {
  provoke(memory);
}

TEST_F(ErrorTable, opening_files) {
  provoke(opening);
}

TEST_F(ErrorTable, stores_in_files) {
  provoke(sqlite);
}

/// A wrong path of a store that must exist makes nothing; one that may be made is empty, and says
/// so when the device is opened.
TEST_F(ErrorTable, a_mistyped_path_does_not_look_like_a_device) {
  EXPECT_EQ(error_of(SqliteStore::open(path, {.create_if_missing = false})), Error::not_set_up);
  EXPECT_TRUE(files().empty());
  auto store = *SqliteStore::open(path);
  const StorageKey key(std::array<std::uint8_t, 32>{1});
  EXPECT_EQ(error_of(Device::open(store, key)), Error::not_set_up);
  EXPECT_EQ(error_of(Device::open(store, key, CommitNumber{7})), Error::rolled_back);
}

}  // namespace
}  // namespace sotto
