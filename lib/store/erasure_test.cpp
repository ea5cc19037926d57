// SPDX-License-Identifier: MIT OR Apache-2.0
/// What is left of rows that went: in the files of a database after a purge.
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <sotto/sqlite_store.hpp>

#include "store/test_files.hpp"
#include "testing/error_of.hpp"

namespace sotto {
namespace {

using testing::error_of;

constexpr std::size_t window = 8;  // Bytes of a value that nothing else has by chance.

std::uint64_t window_at(const char* bytes) {
  std::uint64_t number = 0;
  std::memcpy(&number, bytes, window);
  return number;
}

/// Rows that come, change and go, and every value that was.
class Churn {
 public:
  Churn(SqliteStore& store, std::uint64_t seed) : store_(store), random_(seed) {}

  /// A commit of some rows.
  void step() {
    // Of some bytes, of half a page, of a page and of several: SQLite keeps each in another way.
    constexpr std::size_t sizes[] = {0,   20,  60,    300,   372,   372,
                                     372, 900, 1'100, 2'000, 4'090, 9'000};
    std::map<std::string, std::string> values;  // by key; nothing for a row that goes
    for (int i = 0; i < 12; ++i) {
      std::string value(sizes[random_() % std::size(sizes)] + random_() % 20, '\0');
      for (char& byte : value) byte = static_cast<char>(random_());
      values["row " + std::to_string(random_() % 300)] = random_() % 3 == 0 ? "" : value;
    }
    std::vector<Change> changes;
    for (const auto& [key, value] : values) {
      const auto known = live_.find(key);
      const Revision expected = known == live_.end() ? Revision{} : known->second.revision;
      if (known != live_.end()) dead_.push_back(known->second.value);
      changes.push_back(value.empty() ? erase(key, expected) : put(key, value, expected));
    }
    const auto done = store_.commit(changes);
    ASSERT_TRUE(done);
    for (const auto& [key, value] : values) {
      if (value.empty())
        live_.erase(key);
      else
        live_[key] = {value, *done};
    }
  }

  /// Dead values of which something stands in `bytes`.
  [[nodiscard]] std::size_t found_dead(const std::string& bytes) const {
    std::unordered_map<std::uint64_t, std::size_t> parts;
    std::vector<char> starts(std::size_t{1} << 24U);  // Nearly everything fails this quick look.
    for (std::size_t i = 0; i < dead_.size(); ++i)
      for (std::size_t at = 0; at + window <= dead_[i].size(); at += window) {
        const std::uint64_t part = window_at(dead_[i].data() + at);
        starts[part & 0xffffffU] = 1;
        parts.emplace(part, i);
      }
    std::unordered_set<std::size_t> found;
    const char* const end = bytes.data() + bytes.size() - window;
    for (const char* at = bytes.data(); at <= end; ++at) {
      const std::uint64_t part = window_at(at);
      if (starts.data()[part & 0xffffffU] == 0) continue;
      if (const auto known = parts.find(part); known != parts.end()) found.insert(known->second);
    }
    return found.size();
  }

  void expect_rows() {
    std::size_t count = 0;
    for (std::string after;; ++count) {
      const auto entry = store_.next({}, bytes_of(after));
      ASSERT_TRUE(entry);
      if (!*entry) break;
      after = text_of((*entry)->key);
      EXPECT_EQ(text_of((*entry)->value), live_.at(after).value);
      EXPECT_EQ((*entry)->revision, live_.at(after).revision);
    }
    EXPECT_EQ(count, live_.size());
  }

 private:
  struct Live {
    std::string value;
    Revision revision;
  };
  SqliteStore& store_;
  std::mt19937_64 random_;
  std::map<std::string, Live> live_;
  std::vector<std::string> dead_;
};

TEST_F(File, holds_nothing_dead_after_a_purge) {
  for (const std::uint64_t seed : {1U, 2U}) {
    const std::string one = (folder / std::to_string(seed)).string();
    auto store = *SqliteStore::open(one);
    auto reader = *SqliteStore::open(one);  // Another connection, which may stay.
    Churn churn(store, seed);
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 40 && !HasFailure(); ++i) churn.step();
      std::string all;
      for (const auto& [name, bytes] : files()) all += bytes;
      EXPECT_GT(churn.found_dead(all), 50U) << "they would be found";
      ASSERT_TRUE(reader.revision());
      ASSERT_TRUE(store.purge()) << store.failure();
      all.clear();
      for (const auto& [name, bytes] : files()) all += bytes;
      EXPECT_EQ(churn.found_dead(all), 0U) << "seed " << seed << ", round " << round;
      churn.expect_rows();
    }
  }
}

TEST_F(File, is_not_written_again_by_a_purge_that_has_nothing_to_do) {
  auto store = *SqliteStore::open(path);
  ASSERT_TRUE(store.commit(std::vector{put("a", "1")}));
  ASSERT_TRUE(store.purge());
  const auto written = std::filesystem::last_write_time(path);
  ASSERT_TRUE(store.purge());
  EXPECT_EQ(std::filesystem::last_write_time(path), written);
  EXPECT_EQ(std::filesystem::file_size(path + "-wal"), 0U);
}

TEST_F(File, whoever_writes_holds_a_purge_back) {
  auto store = *SqliteStore::open(path);
  ASSERT_TRUE(store.commit(std::vector{put("a", "1")}));
  sqlite3* writer = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &writer), SQLITE_OK);
  ASSERT_EQ(ask(writer, "BEGIN IMMEDIATE"), "");
  EXPECT_EQ(error_of(store.purge()), Error::conflict);
  EXPECT_FALSE(store.failure().empty());
  ASSERT_EQ(ask(writer, "ROLLBACK"), "");
  sqlite3_close(writer);
  EXPECT_TRUE(store.purge());
}

}  // namespace
}  // namespace sotto
