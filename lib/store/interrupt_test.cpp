// SPDX-License-Identifier: MIT OR Apache-2.0
/// A store over the app's handle, and an app that interrupts it: after each number of steps of
/// SQLite's, once or from then on. What is told afterwards is what others find in the file.
#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <sqlite3.h>

#include <sotto/device.hpp>
#include <sotto/sqlite_store.hpp>

#include "store/test_files.hpp"
#include "testing/error_of.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto {
namespace {

using testing::error_of;

/// SQLite asks it every `every` steps, and is interrupted when it has answered `pass` times.
struct Interruption {
  int every;
  int pass;
  bool lasts;
  sqlite3* from_elsewhere = nullptr;  // or sqlite3_interrupt for it, as another thread may call it

  void begin(sqlite3* database) {
    const auto asked = [](void* self) { return static_cast<Interruption*>(self)->answer(); };
    sqlite3_progress_handler(database, every, asked, this);
  }
  int answer() {
    --pass;
    const bool now = lasts ? pass < 0 : pass == -1;
    if (now && from_elsewhere != nullptr) sqlite3_interrupt(from_elsewhere);
    return now && from_elsewhere == nullptr ? 1 : 0;
  }
  [[nodiscard]] bool happened() const { return pass < 0; }
};

std::string said(const Result<std::optional<Row>>& row) {
  if (!row) return std::string(name(row.error()));
  return *row ? text_of((**row).value) : "nothing";
}

/// A handle on the app's file, closed at the end.
struct Handle {
  explicit Handle(const std::string& path) {
    EXPECT_EQ(sqlite3_open(path.c_str(), &it), SQLITE_OK);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { sqlite3_close(it); }
  sqlite3* it = nullptr;
};

class Interrupted : public File {
 protected:
  sqlite3* app = nullptr;
  std::string original = (folder / "original.db").string();

  Interrupted() {
    const Handle handle(original);
    auto store = *SqliteStore::over(handle.it);
    EXPECT_TRUE(store.commit(std::vector{put("a", "old"), put("b", "old")}));
    EXPECT_EQ(ask(handle.it, "CREATE TABLE mine (x)"), "");
  }
  /// The app's handle on a copy of the file.
  void found() {
    for (const char* const ending : {"-wal", "-shm"}) std::filesystem::remove(path + ending);
    std::filesystem::copy_file(original, path, std::filesystem::copy_options::overwrite_existing);
    ASSERT_EQ(sqlite3_open(path.c_str(), &app), SQLITE_OK);
  }
  /// Nothing here waits for the disk.
  static SqliteStore over(sqlite3* handle) {
    auto store = *SqliteStore::over(handle);
    EXPECT_EQ(ask(handle, "PRAGMA synchronous = OFF"), "");
    return store;
  }
  /// `act` with every interruption that reaches it, or with each `stride`th.
  void each(const std::function<void(Interruption&)>& act, int stride = 1) {
    for (const bool lasts : {true, false})
      for (const int every : {1, 2, 5, 10, 50})
        for (int pass = 0;; pass += stride) {
          SCOPED_TRACE(std::to_string(pass) + " of " + std::to_string(every) +
                       (lasts ? " and from then on" : " once"));
          Interruption interruption{every, pass, lasts};
          found();
          act(interruption);
          sqlite3_close(app);
          if (HasFailure() || !interruption.happened()) break;
        }
  }
  void stop_interrupting() { sqlite3_progress_handler(app, 0, nullptr, nullptr); }

  /// A plain connection's answer, which writes nothing.
  std::string in_the_file(const std::string& key) {
    const std::string sql =
        "SELECT value FROM sotto_1_rows WHERE key = CAST('" + key + "' AS BLOB)";
    const std::string found = ask(sql.c_str());
    return found.empty() ? "nothing" : found;
  }
  /// What another connection finds is what the store tells, if it tells anything.
  void expect_true(SqliteStore& store, std::string_view when) {
    EXPECT_EQ(sqlite3_get_autocommit(app), 1) << when << ": " << store.failure();
    for (const char* const key : {"a", "b"}) {
      const auto row = store.get(bytes_of(key));
      const std::string told = said(row);
      if (row) {
        EXPECT_EQ(told, in_the_file(key)) << when;
      } else {
        EXPECT_TRUE(row.error() == Error::outcome_unknown || row.error() == Error::store_failed)
            << told;
      }
    }
  }
  /// The app's own rows are kept, and the store works.
  void expect_works(SqliteStore& store) {
    expect_true(store, "afterwards");
    EXPECT_TRUE(store.get(bytes_of("a"))) << store.failure();
    EXPECT_EQ(ask(app, "INSERT INTO mine VALUES (7)"), "");
    EXPECT_TRUE(store.commit(std::vector{put("c", "new")})) << store.failure();
    EXPECT_EQ(ask("SELECT x FROM mine"), "7");
    EXPECT_EQ(in_the_file("c"), "new");
  }
};

TEST_F(Interrupted, commits_are_told_as_they_are_in_the_file) {
  each([&](Interruption& interruption) {
    {
      auto store = over(app);
      const Revision last = *store.revision();
      interruption.begin(app);
      const auto done =
          store.commit(std::vector{put("a", "new", last), erase("b", last), put("d", "new")});
      expect_true(store, "meanwhile");
      stop_interrupting();
      if (error_of(done) != Error::outcome_unknown) {
        EXPECT_EQ(in_the_file("a"), done ? "new" : "old");
      }
      EXPECT_EQ(in_the_file("b") == "nothing", in_the_file("a") == "new");
      expect_works(store);
    }
  });
}

/// As long as a statement of the app's is in use, one sqlite3_interrupt meets all that follow.
TEST_F(Interrupted, commits_beside_a_statement_in_use) {
  each([&](Interruption& interruption) {
    interruption.from_elsewhere = app;
    {
      auto store = over(app);
      const Revision last = *store.revision();
      sqlite3_stmt* in_use = nullptr;
      const char* const sql = "VALUES (1), (2)";
      ASSERT_EQ(sqlite3_prepare_v2(app, sql, -1, &in_use, nullptr), SQLITE_OK);
      ASSERT_EQ(sqlite3_step(in_use), SQLITE_ROW);
      interruption.begin(app);
      const auto done = store.commit(std::vector{put("a", "new", last), erase("b", last)});
      expect_true(store, "meanwhile");
      stop_interrupting();
      sqlite3_finalize(in_use);
      if (error_of(done) != Error::outcome_unknown) {
        EXPECT_EQ(in_the_file("a"), done ? "new" : "old");
      }
      EXPECT_EQ(in_the_file("b") == "nothing", in_the_file("a") == "new");
      expect_works(store);
    }
  });
}

TEST_F(Interrupted, readings_are_ended) {
  each([&](Interruption& interruption) {
    {
      auto store = over(app);
      interruption.begin(app);
      if (store.begin_reading()) {
        static_cast<void>(store.next({}, bytes_of("a")));
        store.end_reading();
      }
      expect_true(store, "meanwhile");
      stop_interrupting();
      expect_works(store);
    }
  });
}

TEST_F(Interrupted, readings_keep_what_the_app_wrote_meanwhile) {
  each([&](Interruption& interruption) {
    {
      auto store = over(app);
      ASSERT_TRUE(store.begin_reading());
      EXPECT_EQ(ask(app, "INSERT INTO mine VALUES (5)"), "");
      interruption.begin(app);
      store.end_reading();
      if (sqlite3_get_autocommit(app) == 0) {
        EXPECT_EQ(error_of(store.get(bytes_of("a"))), Error::store_failed);
      }
      stop_interrupting();
      EXPECT_TRUE(store.get(bytes_of("a"))) << store.failure();
      EXPECT_EQ(ask("SELECT x FROM mine"), "5");
      EXPECT_EQ(sqlite3_get_autocommit(app), 1);
    }
  });
}

TEST_F(Interrupted, purges_and_openings_leave_no_transaction) {
  for (const bool opens : {true, false}) {
    each(
        [&](Interruption& interruption) {
          {
            auto store = over(app);
            ASSERT_TRUE(store.commit(std::vector{put("e", "new")}));
            interruption.begin(app);
            if (opens) {
              static_cast<void>(SqliteStore::over(app));
            } else {
              static_cast<void>(store.purge());
            }
            expect_true(store, "meanwhile");
            stop_interrupting();
            expect_works(store);
          }
        },
        7);
  }
}

/// A handle that the app uses for the first time with a store.
TEST_F(Interrupted, foundings_leave_no_transaction) {
  each(
      [&](Interruption& interruption) {
        const std::string fresh = (folder / "fresh.db").string();
        for (const char* const ending : {"", "-wal", "-shm"})
          std::filesystem::remove(fresh + ending);
        sqlite3* handle = nullptr;
        ASSERT_EQ(sqlite3_open(fresh.c_str(), &handle), SQLITE_OK);
        interruption.begin(handle);
        static_cast<void>(SqliteStore::over(handle));
        EXPECT_EQ(sqlite3_get_autocommit(handle), 1);
        sqlite3_progress_handler(handle, 0, nullptr, nullptr);
        sqlite3_close(handle);
        // SQLite leaves a handle on which the switch to WAL mode was interrupted in neither mode.
        const Handle again(fresh);
        EXPECT_TRUE(SqliteStore::over(again.it));
      },
      11);
}

/// Of a transaction that cannot be ended, nothing is told: neither while it is open, nor once the
/// app has ended it.
TEST_F(Interrupted, a_transaction_that_cannot_be_ended_is_told_by_nobody) {
  const auto forbid = [](void*, int what, const char* first, const char*, const char*,
                         const char*) {
    const std::string_view name = first == nullptr ? "" : first;
    const bool counts = what == SQLITE_UPDATE && name == "sotto_1_commits";
    const bool ends = what == SQLITE_TRANSACTION && name == "ROLLBACK";
    return counts || ends ? SQLITE_DENY : SQLITE_OK;
  };
  for (const char* const by_the_app : {"", "ROLLBACK"}) {
    found();
    {
      auto store = over(app);
      const Revision last = *store.revision();
      sqlite3_set_authorizer(app, forbid, nullptr);
      EXPECT_EQ(error_of(store.commit(std::vector{put("a", "new", last)})), Error::outcome_unknown);
      ASSERT_EQ(sqlite3_get_autocommit(app), 0);
      EXPECT_EQ(ask(app, "SELECT value FROM sotto_1_rows WHERE key = x'61'"), "new");
      EXPECT_EQ(error_of(store.get(bytes_of("a"))), Error::outcome_unknown);
      EXPECT_EQ(error_of(store.next({}, {})), Error::outcome_unknown);
      EXPECT_EQ(error_of(store.revision()), Error::outcome_unknown);
      EXPECT_EQ(error_of(store.begin_reading()), Error::outcome_unknown);
      EXPECT_EQ(error_of(store.purge()), Error::outcome_unknown);
      EXPECT_EQ(error_of(store.commit(std::vector{put("d", "new")})), Error::outcome_unknown);
      EXPECT_TRUE(store.failure().contains("kept from ending")) << store.failure();
      sqlite3_set_authorizer(app, nullptr, nullptr);
      EXPECT_EQ(ask(app, by_the_app), "");
      EXPECT_EQ(said(store.get(bytes_of("a"))), "old");
      expect_works(store);
    }
    sqlite3_close(app);
  }
}

/// What a device's person finds in a store, by the key that it had and by the next one.
std::string state_of(Store& store) {
  std::string found;
  for (const std::uint8_t key : {std::uint8_t{1}, std::uint8_t{2}}) {
    auto device = Device::open(store, storage_key(key));
    if (!device) {
      found += std::string(name(device.error())) + ' ';
      continue;
    }
    std::array<std::uint8_t, 16> out{};
    auto tx = device->begin();
    if (!tx) return std::string(name(tx.error()));
    const auto draft = tx->get(out, bytes_of("draft"));
    if (!draft) return std::string(name(draft.error()));
    found += (*draft ? text_of(**draft) : "none") + ' ';
  }
  return found;
}

TEST_F(Interrupted, devices_tell_what_is_in_the_file) {
  using Outcome = std::optional<Error>;
  const std::vector<std::function<Outcome(Store&, Device&)>> acts = {
      [](Store&, Device& device) -> Outcome {
        auto tx = device.begin();
        if (!tx) return tx.error();
        if (const auto put = tx->put(bytes_of("draft"), bytes_of("new")); !put) return put.error();
        return error_of(std::move(*tx).commit());
      },
      [](Store&, Device& device) { return error_of(device.rotate_storage_key(storage_key(2))); },
      [](Store& store, Device&) { return error_of(Device::erase(store)); },
      [](Store& store, Device&) { return error_of(Device::open(store, storage_key(1))); },
      [](Store&, Device& device) { return error_of(device.purge()); },
  };
  const std::vector<std::string> before_and_after = {"old corrupted ", "new corrupted ",
                                                     "corrupted old ", "not_set_up not_set_up "};
  const std::vector<std::size_t> after = {1, 2, 3, 0, 0};
  {
    const Handle handle(original);
    auto store = over(handle.it);
    ASSERT_TRUE(Device::erase(store));
    testing::TapeEntropy tape(1);
    auto device = *Device::create(store, storage_key(1), *IdentityKeyPair::generate(tape),
                                  DeviceId{1}, RegistrationId{1});
    auto tx = *device.begin();
    ASSERT_TRUE(tx.put(bytes_of("draft"), bytes_of("old")));
    ASSERT_TRUE(std::move(tx).commit());
  }
  for (std::size_t which = 0; which < acts.size(); ++which) {
    each(
        [&](Interruption& interruption) {
          {
            auto store = over(app);
            auto device = *Device::open(store, storage_key(1));
            interruption.begin(app);
            const auto done = acts[which](store, device);
            EXPECT_EQ(sqlite3_get_autocommit(app), 1) << store.failure();
            stop_interrupting();
            const Handle handle(path);
            auto other = over(handle.it);
            const std::string found = state_of(other);
            EXPECT_EQ(state_of(store), found);
            if (!done) {
              EXPECT_EQ(found, before_and_after[after[which]]);
            } else if (done == Error::outcome_unknown) {
              EXPECT_TRUE(found == before_and_after[0] || found == before_and_after[after[which]])
                  << found;
            } else {
              EXPECT_EQ(found, before_and_after[0]) << name(*done);
            }
            EXPECT_EQ(ask(app, "INSERT INTO mine VALUES (7)"), "");
            EXPECT_EQ(ask("SELECT x FROM mine"), "7");
          }
        },
        3);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace sotto
