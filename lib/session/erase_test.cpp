// SPDX-License-Identifier: MIT OR Apache-2.0
/// Erasing a device: what goes, in whatever state the rows are, and what stands there afterwards.
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "session/test_devices.hpp"
#include "session/test_rows.hpp"

namespace sotto::session {
namespace {

using testing::error_of;
using testing::unhex;

Result<Device> set_up(Store& store) {
  testing::TapeEntropy tape(60);
  return Device::create(store, storage_key(0x77), *IdentityKeyPair::generate(tape), DeviceId{1},
                        RegistrationId{7});
}

/// Alice, of whose rows there is one of each kind that she writes.
struct Full : Pair {
  Full() {
    EXPECT_TRUE(alice.make_prekeys());
    static_cast<void>(*bob.write(alice, "lost"));
    EXPECT_TRUE(alice.read(bob, *bob.write(alice, "skips")));
    auto tx = alice.begin();
    EXPECT_TRUE(tx.put(bytes_of("k"), bytes_of("value")) && std::move(tx).commit());
  }
};

TEST(Erase, leaves_an_empty_store_in_which_a_device_can_be_set_up) {
  Full full;
  MemoryStore& rows = full.alice.rows;
  write_raw(rows, bytes_of("Mconversation"), bytes_of("a row of the messenger's"));
  EXPECT_EQ(error_of(set_up(rows)), Error::already_exists);
  ASSERT_TRUE(Device::erase(rows));
  EXPECT_TRUE(contents(rows).empty());
  EXPECT_TRUE(Device::erase(rows)) << "once more is no error";
  EXPECT_EQ(error_of(Device::open(rows, storage_key())), Error::not_set_up);
  EXPECT_EQ(error_of(Device::open(rows, storage_key(), CommitNumber{9})), Error::rolled_back);
  auto anew = set_up(rows);
  ASSERT_TRUE(anew);
  EXPECT_EQ(*anew->last_commit(), CommitNumber{1});
  auto tx = *anew->begin();
  EXPECT_EQ(*tx.size(bytes_of("k")), std::nullopt);
  const auto upload = tx.prekeys_to_upload({}, full.alice.tape, start);
  const auto done = std::move(tx).commit();
  std::vector<Bundle::OneTime> room(upload->size());
  EXPECT_TRUE(upload->release(*done, room)->replaces);
}

TEST(Erase, leaves_no_number_of_a_last_commit_to_be_kept) {
  Full full;
  auto handle = *full.alice.rows.share();
  auto other = *Device::open(handle, storage_key());
  EXPECT_EQ(*other.last_commit(), *full.alice.device.last_commit());
  EXPECT_TRUE(full.alice.write(full.bob, "one more"));
  EXPECT_EQ(*other.last_commit(), *full.alice.device.last_commit()) << "it looks at the store";
  auto third = *Device::open(handle, storage_key());
  ASSERT_TRUE(Device::erase(full.alice.rows));
  EXPECT_EQ(error_of(other.last_commit()), Error::not_set_up);
  EXPECT_EQ(error_of(full.alice.device.last_commit()), Error::not_set_up);
  ASSERT_TRUE(set_up(full.alice.rows));
  EXPECT_EQ(error_of(third.last_commit()), Error::not_set_up) << "another device stands there";
}

TEST(Erase, asks_for_no_key_and_believes_no_row) {
  Full whole;
  const auto before = contents(whole.alice.rows);
  const auto erases = [](MemoryStore& rows, const std::string& what) {
    EXPECT_TRUE(Device::erase(rows)) << what;
    EXPECT_TRUE(contents(rows).empty()) << what;
    EXPECT_TRUE(set_up(rows)) << what;
  };
  for (const auto& [key, value] : before) {
    const auto name = unhex(key);
    auto altered = unhex(value);
    altered.back() ^= 1;
    const std::vector<std::pair<const char*, std::optional<Bytes>>> ways{
        {" altered", altered}, {" emptied", Bytes()}, {" taken out", std::nullopt}};
    for (const auto& [way, to] : ways) {
      auto rows = *whole.alice.rows.clone();
      write_raw(rows, name, to);
      erases(rows, key + way);
    }
  }
  auto rows = *MemoryStore::create();
  write_raw(rows, bytes_of("\xff, which is no row of ours"), bytes_of("x"));
  write_raw(rows, bytes_of(std::string(Store::max_key_bytes, 'P')), Bytes());
  erases(rows, "of another program");
}

TEST(Erase, is_told_to_whoever_has_the_device_open) {
  Full full;
  Party& alice = full.alice;
  auto twin_rows = *alice.rows.share();
  auto twin = *Device::open(twin_rows, storage_key());
  auto third = *Device::open(twin_rows, storage_key());
  auto begun = *twin.begin();
  ASSERT_TRUE(begun.put(bytes_of("k"), bytes_of("other")));
  ASSERT_TRUE(Device::erase(alice.rows));
  EXPECT_EQ(error_of(std::move(begun).commit()), Error::not_set_up);
  EXPECT_EQ(error_of(alice.device.begin()), Error::not_set_up);
  EXPECT_TRUE(contents(alice.rows).empty());
  // Nor do they go on over the one that was set up anew.
  auto anew = set_up(alice.rows);
  ASSERT_TRUE(anew);
  EXPECT_EQ(error_of(alice.device.begin()), Error::not_set_up);
  EXPECT_EQ(error_of(twin.begin()), Error::not_set_up);
  EXPECT_EQ(error_of(third.begin()), Error::not_set_up) << "it has not looked in between";
  EXPECT_TRUE(anew->begin());
}

TEST(Erase, happens_whole_or_not_at_all) {
  Full whole;
  const auto before = contents(whole.alice.rows);
  for (std::size_t n = 1;; ++n) {
    auto rows = *whole.alice.rows.clone();
    FailingStore store(rows);
    store.fail_at(n);
    const auto done = Device::erase(store);
    if (store.calls() < n) break;
    if (done) {  // What failed is the look at what it left.
      EXPECT_TRUE(contents(rows).empty()) << n;
      continue;
    }
    EXPECT_EQ(error_of(done), Error::store_failed) << n;
    EXPECT_EQ(contents(rows), before) << n;
    EXPECT_TRUE(Device::erase(store)) << n;
    EXPECT_TRUE(contents(rows).empty()) << n;
  }
  for (const bool happens : {true, false})
    for (const Error error : {Error::outcome_unknown, Error::store_failed, Error::corrupted}) {
      auto rows = *whole.alice.rows.clone();
      UnsureStore store(rows);
      store.next_commit(happens, 0, error);
      EXPECT_EQ(error_of(Device::erase(store)),
                happens ? std::optional<Error>() : std::optional(error));
      if (!happens) {
        EXPECT_EQ(contents(rows), before);
      }
      EXPECT_TRUE(Device::erase(store));
      EXPECT_TRUE(contents(rows).empty());
    }
}

/// Lets something happen before one of the commits.
class CrowdedStore final : public StoreOver {
 public:
  CrowdedStore(Store& under, int times, std::function<void()> act)
      : StoreOver(under), times_(times), act_(std::move(act)) {}
  [[nodiscard]] Result<Revision> commit(std::span<const Change> changes) noexcept override {
    if (times_-- > 0) act_();
    return under_->commit(changes);
  }

 private:
  int times_;
  std::function<void()> act_;
};

TEST(Erase, takes_what_others_commit_meanwhile_too) {
  for (const bool in_a_walk : {true, false}) {
    Full full;
    auto twin_rows = *full.alice.rows.share();
    auto twin = *Device::open(twin_rows, storage_key());
    int left = 3;
    const auto commit = [&] {
      if (left-- <= 0) return;
      auto tx = *twin.begin();  // A row before all that the walk finds.
      EXPECT_TRUE(tx.put(bytes_of(std::to_string(left)), bytes_of("new")) &&
                  std::move(tx).commit());
    };
    CrowdedStore crowded(full.alice.rows, 3, commit);
    DisturbedStore disturbed(full.alice.rows, commit);
    EXPECT_TRUE(Device::erase(in_a_walk ? static_cast<Store&>(disturbed) : crowded));
    EXPECT_LE(left, 0);
    EXPECT_TRUE(contents(full.alice.rows).empty());
  }
}

TEST(Erase, finds_a_row_that_came_before_the_place_of_the_walk) {
  // A store that cannot read one moment, and a commit between two of the rows.
  class Walked final : public StoreOver {
   public:
    Walked(Store& under, std::function<void()> act) : StoreOver(under), act_(std::move(act)) {}
    [[nodiscard]] Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept override {
      if (!after.empty() && after[0] == 'D' && !std::exchange(done_, true)) act_();
      return under_->next(prefix, after);
    }

   private:
    std::function<void()> act_;
    bool done_ = false;
  };
  // That the others have committed is seen in the middle of many rows, or at the end of few.
  Full many;
  Party few("alice", 1);
  for (MemoryStore* rows : {&many.alice.rows, &few.rows}) {
    auto twin_rows = *rows->share();
    auto twin = *Device::open(twin_rows, storage_key());
    Walked store(*rows, [&] {
      auto tx = *twin.begin();
      EXPECT_TRUE(tx.put(bytes_of("a"), bytes_of("new")) && std::move(tx).commit());
    });
    EXPECT_TRUE(Device::erase(store));
    EXPECT_TRUE(contents(*rows).empty());
  }
}

/// Lets something happen before one of its calls.
class ActingStore final : public StoreOver {
 public:
  ActingStore(Store& under, int at, std::function<void()> act)
      : StoreOver(under), left_(at), act_(std::move(act)) {}
  [[nodiscard]] bool acted() const noexcept { return left_ <= 0; }

  [[nodiscard]] Result<std::optional<Row>> get(Bytes key) noexcept override {
    return count(), under_->get(key);
  }
  [[nodiscard]] Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept override {
    return count(), under_->next(prefix, after);
  }
  [[nodiscard]] Result<Revision> commit(std::span<const Change> changes) noexcept override {
    return count(), under_->commit(changes);
  }
  [[nodiscard]] Result<Revision> revision() noexcept override {
    return count(), under_->revision();
  }

 private:
  void count() {
    if (--left_ == 0) act_();
  }
  int left_;
  std::function<void()> act_;
};

TEST(Erase, does_not_take_a_device_that_was_set_up_meanwhile) {
  // At each call of a store that cannot read one moment, from the one on that finds the device.
  for (int at = 3;; ++at) {
    Full full;
    auto others = *full.alice.rows.share();
    ActingStore store(full.alice.rows, at, [&] {
      EXPECT_TRUE(Device::erase(others));
      EXPECT_TRUE(set_up(others));
    });
    const auto done = Device::erase(store);
    if (!store.acted()) break;
    EXPECT_TRUE(done || done.error() == Error::conflict) << at;
    EXPECT_TRUE(Device::open(others, storage_key(0x77))) << at;
  }
}

TEST(Erase, of_a_store_that_lists_other_rows_than_it_finds_says_that_it_is_damaged) {
  // As a database does whose index has lost its order.
  class Disordered final : public StoreOver {
   public:
    using StoreOver::StoreOver;
    bool hides = false;
    [[nodiscard]] Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept override {
      auto found = under_->next(prefix, after);
      // A walk from the start does not come to the rows behind this.
      if (hides && found && *found && (**found).key[0] >= 'Q') return std::optional<Entry>();
      return found;
    }
    [[nodiscard]] Result<Revision> commit(std::span<const Change> changes) noexcept override {
      ++tries;
      hides = false;
      return finds ? under_->commit(changes) : std::unexpected(Error::conflict);
    }
    bool finds = true;
    int tries = 0;
  };
  Full full;
  Disordered store(full.alice.rows);
  store.finds = false;
  EXPECT_EQ(error_of(Device::erase(store)), Error::corrupted);
  EXPECT_EQ(store.tries, 1);
  store.finds = store.hides = true;
  EXPECT_EQ(error_of(Device::erase(store)), Error::corrupted) << "some rows are left";
  EXPECT_TRUE(Device::erase(store));
  EXPECT_TRUE(contents(full.alice.rows).empty());
}

TEST(Erase, spares_what_was_set_up_since) {
  Full full;
  auto twin_rows = *full.alice.rows.share();
  CrowdedStore store(full.alice.rows, 1, [&] {
    EXPECT_TRUE(Device::erase(twin_rows));
    EXPECT_TRUE(set_up(twin_rows));
  });
  EXPECT_EQ(error_of(Device::erase(store)), Error::conflict);
  EXPECT_TRUE(Device::open(full.alice.rows, storage_key(0x77)));
  // Nor is it an error when another process was as fast.
  CrowdedStore gone(full.alice.rows, 1, [&] { EXPECT_TRUE(Device::erase(twin_rows)); });
  EXPECT_TRUE(Device::erase(gone));
}

}  // namespace
}  // namespace sotto::session
