// SPDX-License-Identifier: MIT OR Apache-2.0
/// A script of commits over an SQLite store, once for each call that can fail and each way to: what
/// was answered is what is there, after a crash at that moment as well.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <sotto/sqlite_store.hpp>

#include "crash/faults.hpp"
#include "testing/soak.hpp"

namespace sotto::crash {
namespace {

using Kind = Change::Kind;
using Rows = std::map<std::string, std::string>;
using Edit =
    std::pair<std::string, std::optional<std::string>>;  // a key, and its value from now on

Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
std::string text_of(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

Result<Rows> rows_of(Store& store) {
  Rows rows;
  for (std::string after;;) {
    const auto entry = store.next({}, bytes_of(after));
    if (!entry) return std::unexpected(entry.error());
    if (!*entry) return rows;
    after = text_of((*entry)->key);
    rows[after] = text_of((*entry)->value);
  }
}

std::string integrity(const std::string& path) {
  sqlite3* database = nullptr;
  sqlite3_open(path.c_str(), &database);
  std::string answer;
  sqlite3_exec(
      database, "PRAGMA integrity_check",
      [](void* out, int, char** columns, char**) {
        *static_cast<std::string*>(out) += columns[0];
        return 0;
      },
      &answer, nullptr);
  sqlite3_close(database);
  return answer;
}

/// Of the calls that can fail, how many are tried for one seed.
constexpr std::uint64_t calls_tried = 300;

/// A life of a store under one fault.
class Life {
 public:
  Life(const std::filesystem::path& folder, const Fault& fault, std::uint64_t seed)
      : folder_(folder), fault_(fault), seed_(seed) {}

  /// The calls that were counted.
  std::uint64_t run() {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "crash");
    set_fault(fault_);
    open();
    commit({{"a", value(100)}, {"b", value(5'000)}, {"c", value(300)}});
    commit({{"a", value(120)}, {"b", std::nullopt}, {"d", value(20'000)}});
    somebody_else();
    commit_too_late();
    commit({{"a", value(120)}, {"c", std::nullopt}, {"e", value(900)}});
    look();
    std::vector<Edit> many;
    for (int i = 0; i < 40; ++i) many.emplace_back("m" + std::to_string(i), value(300));
    commit(many);
    for (Edit& edit : many) edit.second = std::nullopt;
    commit(many);
    purge();
    somebody_else();
    commit_too_late();
    commit({{"f", value(10)}});
    look();
    const std::uint64_t counted = calls();
    let_fail(false);
    store_.reset();
    expect_image("rows.db", {rows_});
    return counted;
  }

 private:
  [[nodiscard]] std::string path() const { return (folder_ / "rows.db").string(); }
  std::string value(std::size_t size) {
    return std::string(size + seed_ % 97, static_cast<char>('A' + next_++ % 26));
  }

  /// Of a failure each answer says what is so; `also` is what this call may say besides.
  void expect_failure(Error error, std::string_view text, Error also = Error::store_failed) {
    EXPECT_TRUE(struck());
    EXPECT_TRUE(text.contains("rows.db") || fault_.kind == Fault::Kind::memory) << text;
    if (error == Error::outcome_unknown || error == also) return;
    EXPECT_EQ(error,
              fault_.kind == Fault::Kind::memory ? Error::out_of_memory : Error::store_failed)
        << text;
  }

  void open() {
    char text[300] = "";
    const SqliteOptions options{.busy_timeout = std::chrono::milliseconds(0), .failure = text};
    auto opened = SqliteStore::open(path(), options);
    if (!opened) {
      expect_failure(opened.error(), text);
      EXPECT_NE(opened.error(), Error::outcome_unknown);
      crash({{}});
      if (fault_.way == Fault::Way::on) let_fail(false);
      opened = SqliteStore::open(path(), options);
    }
    ASSERT_TRUE(opened) << name(opened.error());
    store_.emplace(*std::move(opened));
  }

  void commit(const std::vector<Edit>& edits) {
    Rows after = rows_;
    std::vector<Change> changes;
    for (const auto& [key, value] : edits) {
      const auto known = revisions_.find(key);
      changes.push_back({value ? Kind::put : Kind::erase, bytes_of(key),
                         known == revisions_.end() ? Revision{} : known->second,
                         value ? bytes_of(*value) : Bytes()});
      if (value)
        after[key] = *value;
      else
        after.erase(key);
    }
    const bool was_struck = struck();
    const auto done = store_->commit(changes);
    if (done) {
      rows_ = after;
      for (const auto& [key, value] : edits) revisions_[key] = value ? *done : Revision{};
      if (!was_struck && struck()) crash({rows_});
      return;
    }
    expect_failure(done.error(), store_->failure());
    if (done.error() != Error::outcome_unknown) {
      crash({rows_});
    } else {
      crash({rows_, after});
      if (fault_.way == Fault::Way::on) {  // As long as nothing can be written, nothing is sure.
        const auto still = store_->get(bytes_of("a"));
        EXPECT_TRUE(!still && still.error() == Error::outcome_unknown);
      }
    }
    let_fail(false);
    const auto now = rows_of(*store_);
    ASSERT_TRUE(now) << name(now.error());
    EXPECT_TRUE(*now == rows_ || (done.error() == Error::outcome_unknown && *now == after));
    rows_ = *now;
    crash({rows_});  // Once it is sure, it stays so.
    const auto again = store_->commit(changes);
    if (again || again.error() == Error::conflict) {
      if (again) rows_ = after;
      EXPECT_TRUE(rows_ == after) << "what could not be done can be, unless it was";
    } else {
      ADD_FAILURE() << name(again.error()) << ": " << store_->failure();
    }
    learn();
  }

  /// Another process writes, so that nothing of what we have read holds any more.
  void somebody_else() {
    const bool failing = let_fail(false);
    {
      auto other = SqliteStore::open(path());
      ASSERT_TRUE(other);
      const std::string text = value(50);
      const auto known = revisions_.find("x");
      const Change change{Kind::put, bytes_of("x"),
                          known == revisions_.end() ? Revision{} : known->second, bytes_of(text)};
      const auto done = other->commit(std::span(&change, 1));
      ASSERT_TRUE(done) << name(done.error());
      before_ = known == revisions_.end() ? Revision{} : known->second;
      revisions_["x"] = *done;
      rows_["x"] = text;
    }
    let_fail(failing);
  }

  /// What somebody else has changed is not changed by who does not know it, whatever fails.
  void commit_too_late() {
    const Change change{Kind::put, bytes_of("x"), before_, bytes_of("lost")};
    const auto done = store_->commit(std::span(&change, 1));
    ASSERT_FALSE(done);
    if (done.error() != Error::conflict) expect_failure(done.error(), store_->failure());
    EXPECT_NE(done.error(), Error::outcome_unknown);
  }

  void look() {
    const auto rows = rows_of(*store_);
    const auto one = store_->get(bytes_of("a"));
    const auto number = store_->revision();
    EXPECT_TRUE(!rows || *rows == rows_);
    if (!rows) expect_failure(rows.error(), "rows.db");  // The text is by now another call's.
    EXPECT_TRUE(!one || (*one && text_of((*one)->value) == rows_.at("a")));
    EXPECT_TRUE(struck() || (rows && one && number));
  }

  void purge() {
    const bool was_struck = struck();
    const auto purged = store_->purge();
    if (!purged) {
      expect_failure(purged.error(), store_->failure(), Error::conflict);
      EXPECT_NE(purged.error(), Error::outcome_unknown);
    }
    if (!was_struck && struck()) crash({rows_});
    if (!purged) let_fail(false);
  }

  /// The revisions that are there now.
  void learn() {
    revisions_.clear();
    for (const auto& [key, value] : rows_) {
      const auto row = store_->get(bytes_of(key));
      ASSERT_TRUE(row && *row);
      revisions_[key] = (*row)->revision;
    }
  }

  /// The process dies at this moment: of the files, what was written is there.
  void crash(const std::vector<Rows>& allowed) {
    const bool failing = let_fail(false);
    for (const char* const end : {"", "-wal", "-journal"}) {
      const auto from = folder_ / (std::string("rows.db") + end);
      const auto to = folder_ / "crash" / (std::string("rows.db") + end);
      std::filesystem::remove(to);
      if (std::filesystem::exists(from)) std::filesystem::copy_file(from, to);
    }
    std::filesystem::remove(folder_ / "crash" / "rows.db-shm");
    expect_image("crash/rows.db", allowed);
    let_fail(failing);
  }

  void expect_image(const std::string& file, const std::vector<Rows>& allowed) {
    const std::string image = (folder_ / file).string();
    char text[300] = "";
    auto store = SqliteStore::open(image, {.failure = text});
    ASSERT_TRUE(store) << text;
    const auto rows = rows_of(*store);
    ASSERT_TRUE(rows) << store->failure();
    EXPECT_TRUE(std::ranges::find(allowed, *rows) != allowed.end()) << "nothing half, nothing else";
    EXPECT_EQ(integrity(image), "ok");
  }

  std::filesystem::path folder_;
  Fault fault_;
  std::uint64_t seed_;
  std::optional<SqliteStore> store_;
  Rows rows_;  // what is there
  std::map<std::string, Revision> revisions_;
  Revision before_{};  // of the row that somebody else has written, before that
  int next_ = 0;
};

class FailingFiles : public ::testing::TestWithParam<std::pair<Fault::Kind, Fault::Way>> {};

TEST_P(FailingFiles, say_what_happened) {
  const auto [kind, way] = GetParam();
  static const std::uint64_t first = testing::soak_seed(12), times = testing::soak_times();
  std::string folder = (std::filesystem::temp_directory_path() / "sotto-faults-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  std::uint64_t struck_calls = 0;
  for (std::uint64_t seed = first; seed < first + times; ++seed) {
    const std::uint64_t most = Life(folder, {kind, way, 0}, seed).run();
    const std::uint64_t step = most / calls_tried + 1;  // Another seed strikes other calls.
    for (std::uint64_t at = 1 + seed % step; at <= most && !HasFailure(); at += step) {
      SCOPED_TRACE(::testing::Message() << name(Fault{kind, way, at}) << ", seed " << seed);
      Life(folder, {kind, way, at}, seed).run();
      struck_calls += struck() ? 1U : 0U;
    }
  }
  std::printf("%llu calls failed\n", static_cast<unsigned long long>(struck_calls));
  EXPECT_GT(struck_calls, 40U);
  std::filesystem::remove_all(folder);
}

using F = Fault;
INSTANTIATE_TEST_SUITE_P(
    , FailingFiles,
    ::testing::Values(std::pair(F::Kind::io, F::Way::once), std::pair(F::Kind::io, F::Way::late),
                      std::pair(F::Kind::io, F::Way::torn), std::pair(F::Kind::io, F::Way::on),
                      std::pair(F::Kind::full, F::Way::once), std::pair(F::Kind::full, F::Way::on),
                      std::pair(F::Kind::busy, F::Way::once),
                      std::pair(F::Kind::memory, F::Way::once),
                      std::pair(F::Kind::memory, F::Way::on)));

TEST(BusyFiles, are_waited_for) {
  std::string folder = (std::filesystem::temp_directory_path() / "sotto-busy-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  for (std::uint64_t at = 1;; ++at) {
    SCOPED_TRACE(at);
    set_fault({Fault::Kind::busy, Fault::Way::once, at});
    char text[300] = "";
    auto store = SqliteStore::open(folder + "/" + std::to_string(at), {.failure = text});
    ASSERT_TRUE(store) << text;
    const Change change{Kind::put, bytes_of("a"), Revision{}, bytes_of("1")};
    EXPECT_TRUE(store->commit(std::span(&change, 1))) << store->failure();
    EXPECT_TRUE(*store->get(bytes_of("a")));
    let_fail(false);
    if (struck()) continue;
    EXPECT_GT(at, 10U);
    break;
  }
  std::filesystem::remove_all(folder);
}

/// A store over a handle of the app's, for which memory is short: the answer says so, and the
/// handle is the app's as before.
TEST(HandlesOfAnApp, for_which_memory_is_short_stay_the_apps) {
  std::string folder = (std::filesystem::temp_directory_path() / "sotto-handle-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  std::uint64_t at = 1, refused = 0;
  for (bool has_struck = true; has_struck && !HasFailure(); ++at) {
    SCOPED_TRACE(at);
    set_fault({Fault::Kind::memory, Fault::Way::once, 0});
    let_fail(false);
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open((folder + "/" + std::to_string(at)).c_str(), &handle), SQLITE_OK);
    {
      set_fault({Fault::Kind::memory, Fault::Way::once, at});
      const auto store = SqliteStore::over(handle);
      has_struck = struck();
      let_fail(false);
      EXPECT_TRUE(store || has_struck);
      if (!store) {
        EXPECT_EQ(store.error(), Error::out_of_memory);
        ++refused;
      }
    }
    EXPECT_NE(sqlite3_get_autocommit(handle), 0);
    EXPECT_TRUE(SqliteStore::over(handle)) << "afterwards";
    EXPECT_EQ(sqlite3_close(handle), SQLITE_OK);
  }
  EXPECT_GT(refused, 10U);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace sotto::crash

int main(int argc, char** argv) {
  sotto::crash::install_faults();
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
