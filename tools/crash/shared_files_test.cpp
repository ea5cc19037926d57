// SPDX-License-Identifier: MIT OR Apache-2.0
/// Processes that open the same store at the same moment, and processes that are forked with one
/// open.
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sotto/memory_store.hpp>
#include <sotto/sqlite_store.hpp>

#include "testing/error_of.hpp"
#include "testing/soak.hpp"

namespace sotto::crash {
namespace {

using testing::error_of;

Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
Change put(std::string_view key, std::string_view value, Revision expected = {}) {
  return {Change::Kind::put, bytes_of(key), expected, bytes_of(value)};
}
Result<Revision> put_one(Store& store, std::string_view key, std::string_view value = "1",
                         Revision expected = {}) {
  const Change change = put(key, value, expected);
  return store.commit(std::span(&change, 1));
}

/// What `act` returned in a process of its own; -1 when that crashed.
int in_child(const std::function<int()>& act) {
  const pid_t child = fork();
  if (child == 0) std::_Exit(act());
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

class SharedFiles : public ::testing::Test {
 protected:
  std::filesystem::path folder = [] {
    std::string name = (std::filesystem::temp_directory_path() / "sotto-shared-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    return std::filesystem::path(name);
  }();
  ~SharedFiles() override { std::filesystem::remove_all(folder); }

  /// What is there before many open a store at one moment.
  enum class Before : std::uint8_t {
    nothing,
    closed,  ///< a database, as at the end of an ordinary run
    killed,  ///< a database, and beside it the log of a process that ended in the middle
  };

  /// Rows of a process that had the store before.
  static constexpr int old_rows = 40;
  static std::string old_row(int i) { return "old " + std::to_string(i); }
  static void make_store(const std::string& path, Before before) {
    ASSERT_EQ(in_child([&] {
                auto store = SqliteStore::open(path);
                for (int i = 0; i < old_rows; ++i)
                  if (!store || !put_one(*store, old_row(i), std::string(5'000, 'o'))) return 1;
                if (before == Before::killed) std::_Exit(0);
                return 0;
              }),
              0);
    EXPECT_EQ(std::filesystem::exists(path + "-wal"), before == Before::killed);
  }

  /// Twenty open a store together, and each sees all that was there and writes a row.
  void open_together(const std::string& path, Before before) {
    constexpr int processes = 20;
    const int old = before == Before::nothing ? 0 : old_rows;
    if (before != Before::nothing) make_store(path, before);
    int gate[2];
    ASSERT_EQ(pipe(gate), 0);
    std::vector<pid_t> children;
    for (int i = 0; i < processes; ++i) {
      const pid_t child = fork();
      ASSERT_GE(child, 0);
      if (child == 0) {
        close(gate[1]);
        char go = 0;
        while (read(gate[0], &go, 1) > 0) {  // All start when the pipe closes.
        }
        char why[400] = "";
        auto store =
            SqliteStore::open(path, {.busy_timeout = std::chrono::minutes(5), .failure = why});
        if (!store) std::fprintf(stderr, "%s\n", why);
        if (!store) std::_Exit(1);
        for (int row = 0; row < old; ++row) {
          const auto known = store->get(bytes_of(old_row(row)));
          if (!known || !*known || (*known)->value.size() != 5'000) std::_Exit(3);
        }
        const auto done = put_one(*store, std::to_string(i));
        if (!done) std::fprintf(stderr, "%s\n", std::string(store->failure()).c_str());
        store = std::unexpected(Error::consumed);  // Closed, as at the end of a helper's work.
        std::_Exit(done ? 0 : 2);
      }
      children.push_back(child);
    }
    close(gate[0]);
    close(gate[1]);
    for (const pid_t child : children) {
      int status = 0;
      ASSERT_EQ(waitpid(child, &status, 0), child);
      EXPECT_EQ(status, 0);
    }
    auto store = SqliteStore::open(path);
    ASSERT_TRUE(store);
    EXPECT_EQ(*store->revision(), Revision(processes + old));
    for (int i = 0; i < old; ++i) EXPECT_TRUE(*store->get(bytes_of(old_row(i))));
    for (int i = 0; i < processes; ++i) EXPECT_TRUE(*store->get(bytes_of(std::to_string(i))));
  }
};

TEST_F(SharedFiles, are_opened_by_twenty_processes_at_once) {
  testing::soak_seed(0);  // Chance is the scheduler's here.
  const std::uint64_t rounds = 6 * testing::soak_times();
  for (std::uint64_t round = 0; round < rounds && !HasFailure(); ++round)
    open_together((folder / std::to_string(round)).string(), Before::nothing);
}

TEST_F(SharedFiles, that_are_there_already_are_opened_by_twenty_processes_at_once) {
  testing::soak_seed(0);  // Chance is the scheduler's here.
  const std::uint64_t rounds = 2 * testing::soak_times();
  for (std::uint64_t round = 0; round < rounds && !HasFailure(); ++round)
    for (const Before before : {Before::closed, Before::killed})
      open_together(
          (folder / (std::to_string(round) + (before == Before::closed ? "c" : "k"))).string(),
          before);
}

/// The first function of a store that a forked process may use; 0 when there is none.
int first_that_answers(Store& store) {
  if (error_of(store.get(bytes_of("a"))) != Error::wrong_state) return 1;
  if (error_of(store.next({}, {})) != Error::wrong_state) return 2;
  if (error_of(put_one(store, "b")) != Error::wrong_state) return 3;
  if (error_of(store.revision()) != Error::wrong_state) return 4;
  if (error_of(store.purge()) != Error::wrong_state) return 5;
  return 0;
}

TEST_F(SharedFiles, are_not_used_by_a_child) {
  const std::string path = (folder / "rows.db").string();
  std::optional<SqliteStore> store = *SqliteStore::open(path);
  ASSERT_TRUE(put_one(*store, "a"));
  EXPECT_EQ(in_child([&] {
              if (const int answered = first_that_answers(*store); answered != 0) return answered;
              if (!store->failure().contains("another process")) return 6;
              // Nor can it open one of its own: SQLite's locks would be held in name only.
              if (error_of(SqliteStore::open(path)) != Error::wrong_state) return 7;
              store.reset();  // This leaves the parent's log and locks alone.
              return error_of(SqliteStore::open(path)) == Error::wrong_state ? 0 : 8;
            }),
            0);
  ASSERT_TRUE(put_one(*store, "b"));
  EXPECT_EQ(*store->revision(), Revision{2});
  store.reset();
  EXPECT_EQ(in_child([&] {
              auto own = SqliteStore::open(path);  // Nothing was open when this one was forked.
              return own && put_one(*own, "c") ? 0 : 1;
            }),
            0);
  EXPECT_EQ(*SqliteStore::open(path)->revision(), Revision{3});
}

TEST_F(SharedFiles, rows_in_memory_are_not_used_by_a_child) {
  std::optional<MemoryStore> store = *MemoryStore::create();
  ASSERT_TRUE(put_one(*store, "a"));
  EXPECT_EQ(in_child([&] {
              if (const int answered = first_that_answers(*store); answered != 0) return answered;
              if (error_of(store->share()) != Error::wrong_state) return 6;
              if (error_of(store->clone()) != Error::wrong_state) return 7;
              if (store->rows() != 0 || store->bytes() != 0) return 8;
              store.reset();
              return MemoryStore::create() ? 0 : 9;
            }),
            0);
  EXPECT_TRUE(put_one(*store, "b"));
}

}  // namespace
}  // namespace sotto::crash
