// SPDX-License-Identifier: MIT OR Apache-2.0
/// A device over a handle of the app's that shows the rows from before others committed: nobody is
/// told that the store went back, or is empty.
#include <array>
#include <functional>
#include <optional>
#include <string>

#include <sotto/device.hpp>
#include <sotto/sqlite_store.hpp>

#include "store/test_files.hpp"
#include "testing/error_of.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto {
namespace {

using testing::error_of;

Result<Device> set_up(Store& store) {
  testing::TapeEntropy tape(1);
  return Device::create(store, storage_key(), *IdentityKeyPair::generate(tape), DeviceId{1},
                        RegistrationId{1});
}

/// An app's handle that shows old rows.
class Pinned : public File {
 protected:
  struct Handle {
    explicit Handle(const std::string& file) { sqlite3_open(file.c_str(), &database); }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() { sqlite3_close(database); }
    sqlite3* database = nullptr;
  };

  /// In each way in which the app's handle may show rows from before `meanwhile`: `call` over it
  /// names the app, and answers `then` once the app has ended what it did.
  void in_each_way(const std::function<void(Store& elsewhere)>& before,
                   const std::function<void(Store& elsewhere)>& meanwhile,
                   const std::function<std::optional<Error>(Store&)>& call,
                   std::optional<Error> then = {}) const {
    for (const bool by_statement : {false, true}) {
      SCOPED_TRACE(by_statement ? "a statement in use" : "a transaction that reads");
      const Handle app(path);
      ASSERT_EQ(ask(app.database,
                    "DROP TABLE IF EXISTS inbox; CREATE TABLE inbox (text);"
                    "INSERT INTO inbox VALUES ('one'), ('two')"),
                "");
      const Handle other(path);
      auto elsewhere = *SqliteStore::over(other.database);
      ASSERT_TRUE(Device::erase(elsewhere));
      auto store = *SqliteStore::over(app.database);
      before(elsewhere);
      sqlite3_stmt* reads = nullptr;
      if (by_statement) {
        sqlite3_prepare_v2(app.database, "SELECT text FROM inbox", -1, &reads, nullptr);
        ASSERT_EQ(sqlite3_step(reads), SQLITE_ROW);
      } else {
        ASSERT_EQ(ask(app.database, "BEGIN; SELECT text FROM inbox"), "onetwo");
      }
      meanwhile(elsewhere);
      EXPECT_EQ(call(store), Error::wrong_state);
      EXPECT_TRUE(store.failure().contains("of the app's")) << store.failure();
      sqlite3_finalize(reads);
      if (!by_statement) {
        EXPECT_EQ(ask(app.database, "COMMIT"), "");
      }
      EXPECT_EQ(call(store), then) << store.failure();
    }
  }
};

CommitNumber commit(Store& store) {
  auto device = *Device::open(store, storage_key());
  auto tx = *device.begin();
  EXPECT_TRUE(tx.put(bytes_of("draft"), bytes_of("to be sent")));
  return std::move(tx).commit()->number();
}

TEST_F(Pinned, by_the_app_does_not_look_rolled_back) {
  auto newest = CommitNumber{};
  in_each_way([](Store& other) { ASSERT_TRUE(set_up(other)); },
              [&](Store& other) { newest = commit(other); },
              [&](Store& store) { return error_of(Device::open(store, storage_key(), newest)); });
}

TEST_F(Pinned, by_the_app_does_not_look_empty) {
  const auto nothing = [](Store&) {};
  const auto creates = [](Store& other) { ASSERT_TRUE(set_up(other)); };
  in_each_way(nothing, creates,
              [](Store& store) { return error_of(Device::open(store, storage_key())); });
  in_each_way(
      nothing, creates, [](Store& store) { return error_of(set_up(store)); },
      Error::already_exists);
}

TEST_F(Pinned, by_the_app_does_not_pass_for_erased) {
  bool erased = false;
  in_each_way([](Store&) {}, [](Store& other) { ASSERT_TRUE(set_up(other)); },
              [&](Store& store) {
                const auto error = error_of(Device::erase(store));
                erased = !*store.next({}, {});
                return error;
              });
  EXPECT_TRUE(erased);
}

TEST_F(Pinned, by_the_app_does_not_look_full) {
  in_each_way([](Store& other) { ASSERT_TRUE(set_up(other)); },
              [](Store& other) { ASSERT_TRUE(Device::erase(other)); },
              [](Store& store) { return error_of(set_up(store)); });
}

/// Who writes sees the newest rows, and nobody else writes.
TEST_F(Pinned, by_a_transaction_that_writes_is_the_newest) {
  const Handle app(path);
  auto store = *SqliteStore::over(app.database);
  ASSERT_TRUE(set_up(store));
  ASSERT_EQ(ask(app.database, "CREATE TABLE inbox (text); BEGIN IMMEDIATE"), "");
  EXPECT_TRUE(Device::open(store, storage_key(), CommitNumber{1}));
  EXPECT_EQ(ask(app.database, "COMMIT"), "");
}

}  // namespace
}  // namespace sotto
