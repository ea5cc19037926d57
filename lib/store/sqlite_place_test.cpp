// SPDX-License-Identifier: MIT OR Apache-2.0
// A store whose files are deleted, replaced or moved while it is open.
#include <array>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
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

/// Each thing that may happen to the files, by name.
class Place : public File {
 protected:
  const std::string log = path + "-wal";
  const std::vector<std::pair<const char*, std::function<void()>>> misfortunes{
      // As another process does that ends and sees no lock of ours.
      {"the log is deleted", [this] { std::filesystem::remove(log); }},
      {"the log is another",
       [this] {
         std::filesystem::copy_file(log, log + "2");
         std::filesystem::rename(log + "2", log);
       }},
      {"the file is deleted", [this] { std::filesystem::remove(path); }},
      {"the file is another",
       [this] {
         std::filesystem::copy_file(path, path + "2");
         std::filesystem::rename(path + "2", path);
       }},
      {"the index is deleted", [this] { std::filesystem::remove(path + "-shm"); }},
      {"the index is another",
       [this] {
         std::filesystem::copy_file(path + "-shm", path + "2");
         std::filesystem::rename(path + "2", path + "-shm");
       }},
      {"the file has a second name",
       [this] { std::filesystem::create_hard_link(path, path + "2"); }},
      {"both are moved", [this] {
         std::filesystem::rename(path, path + "2");
         std::filesystem::rename(log, path + "2-wal");
       }}};

  void remove_all() const {
    for (const auto& file : std::filesystem::directory_iterator(folder))
      std::filesystem::remove(file);
  }
};

TEST_F(Place, of_the_files_is_where_a_commit_is_looked_for) {
  for (const auto& [what, happens] : misfortunes) {
    SCOPED_TRACE(what);
    {
      auto store = *SqliteStore::open(path);
      ASSERT_TRUE(store.commit(std::vector{put("a", "1")}));
      happens();
      EXPECT_EQ(error_of(store.commit(std::vector{put("b", "secret")})), Error::store_failed);
      EXPECT_TRUE(store.failure().contains("open it again")) << store.failure();
      EXPECT_FALSE(found_in_files("secret"));
      EXPECT_EQ(error_of(store.get(bytes_of("a"))), Error::store_failed);
      EXPECT_EQ(error_of(store.next({}, {})), Error::store_failed);
      EXPECT_EQ(error_of(store.revision()), Error::store_failed);
      EXPECT_EQ(error_of(store.purge()), Error::store_failed);
      EXPECT_EQ(error_of(store.commit(std::vector{put("b", "2")})), Error::store_failed);
    }
    remove_all();
  }
}

TEST_F(Place, of_the_files_is_where_a_purge_empties_them) {
  for (const auto& [what, happens] : misfortunes) {
    SCOPED_TRACE(what);
    {
      auto store = *SqliteStore::open(path);
      ASSERT_TRUE(store.commit(std::vector{put("a", "1")}));
      happens();
      EXPECT_EQ(error_of(store.purge()), Error::store_failed);
      EXPECT_EQ(error_of(store.commit(std::vector{put("b", "2")})), Error::store_failed);
    }
    remove_all();
  }
}

TEST_F(Place, that_changes_during_a_commit_leaves_its_outcome_unknown) {
  for (const auto& [what, happens] : misfortunes) {
    SCOPED_TRACE(what);
    sqlite3* app = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &app), SQLITE_OK);
    {
      auto store = *SqliteStore::over(app);
      ASSERT_TRUE(store.commit(std::vector{put("a", "1")}));
      auto act = happens;
      sqlite3_commit_hook(
          app,
          [](void* what_happens) {
            (*static_cast<std::function<void()>*>(what_happens))();
            return 0;
          },
          &act);
      EXPECT_EQ(error_of(store.commit(std::vector{put("b", "2")})), Error::outcome_unknown);
      sqlite3_commit_hook(app, nullptr, nullptr);
      EXPECT_EQ(error_of(store.get(bytes_of("b"))), Error::store_failed) << "not: it is there";
    }
    sqlite3_close(app);
    remove_all();
  }
}

TEST_F(Place, of_a_file_with_two_names_is_none) {
  static_cast<void>(SqliteStore::open(path));
  std::filesystem::create_hard_link(path, path + "2");
  for (const auto& name : {path, path + "2"}) {
    std::array<char, 400> why{};
    EXPECT_EQ(error_of(SqliteStore::open(name, {.failure = why})), Error::store_failed);
    EXPECT_TRUE(std::string_view(why.data()).contains("second name")) << why.data();
  }
  std::filesystem::remove(path + "2");
  EXPECT_TRUE(SqliteStore::open(path));
  std::filesystem::create_symlink(path, path + "3");
  EXPECT_TRUE(SqliteStore::open(path + "3")) << "that leads to one file with one name";
}

TEST_F(Place, that_changes_under_a_device_is_told_until_both_are_opened_again) {
  const StorageKey key(std::array<std::uint8_t, 32>{42});
  testing::TapeEntropy tape(1);
  const auto write = [](Device& device) -> Result<void> {
    auto tx = device.begin();
    if (!tx) return std::unexpected(tx.error());
    if (const auto put = tx->put(bytes_of("k"), bytes_of("v")); !put) return put;
    const auto done = std::move(*tx).commit();
    if (!done) return std::unexpected(done.error());
    return {};
  };
  {
    auto store = *SqliteStore::open(path);
    auto device = *Device::create(store, key, *IdentityKeyPair::generate(tape), DeviceId{1},
                                  RegistrationId{1});
    ASSERT_TRUE(write(device));
    std::filesystem::create_hard_link(path, path + "2");
    EXPECT_EQ(error_of(write(device)), Error::outcome_unknown);
    EXPECT_EQ(error_of(write(device)), Error::outcome_unknown);
    EXPECT_TRUE(store.failure().contains("open it again")) << store.failure();
  }
  std::filesystem::remove(path + "2");
  auto store = *SqliteStore::open(path);
  auto device = Device::open(store, key, CommitNumber{2});
  ASSERT_TRUE(device);
  EXPECT_EQ(*device->last_commit(), CommitNumber{2});
  EXPECT_TRUE(write(*device));
}

TEST_F(Place, that_was_left_once_is_not_trusted_again) {
  auto store = *SqliteStore::open(path);
  ASSERT_TRUE(store.commit(std::vector{put("a", "1")}));
  std::filesystem::rename(path, path + "2");
  EXPECT_EQ(error_of(store.commit(std::vector{put("b", "2")})), Error::store_failed);
  std::filesystem::rename(path + "2", path);
  EXPECT_EQ(error_of(store.commit(std::vector{put("b", "2")})), Error::store_failed);
  EXPECT_EQ(error_of(store.get(bytes_of("a"))), Error::store_failed);
  auto again = *SqliteStore::open(path);
  EXPECT_TRUE(again.commit(std::vector{put("b", "2")}));
}

TEST_F(Place, is_the_same_for_all_who_use_sqlite) {
  auto store = *SqliteStore::open(path);
  ASSERT_TRUE(store.commit(std::vector{put("a", "1")}));
  for (int round = 0; round < 3; ++round) {
    auto other = *SqliteStore::open(path);
    ASSERT_TRUE(other.commit(std::vector{put("b" + std::to_string(round), "2")}));
    ASSERT_TRUE(other.purge());
    ASSERT_TRUE(store.commit(std::vector{put("c" + std::to_string(round), "3")}));
    ASSERT_TRUE(store.purge());
  }
  EXPECT_EQ(ask("SELECT count(*) FROM rows"), "7");
}

}  // namespace
}  // namespace sotto
