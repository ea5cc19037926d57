// SPDX-License-Identifier: MIT OR Apache-2.0
/// A device and the past of its store: a store that was set back and then passed by others is told
/// from one that only went on.
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/device.hpp>
#include <sotto/retry.hpp>

#include "session/home.hpp"
#include "session/test_devices.hpp"
#include "session/test_rows.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

/// On a busy machine others may commit faster than all rows are read.
Device opened(Store& store) {
  return *retry_on_conflict([&] { return Device::open(store, storage_key()); }, 1000);
}

/// One commit, of a row.
Result<CommitNumber> put(Device& device, std::string_view key, std::string_view value) {
  auto tx = device.begin();
  if (!tx) return std::unexpected(tx.error());
  if (const auto row = tx->put(bytes_of(key), bytes_of(value)); !row)
    return std::unexpected(row.error());
  const auto done = (*std::move(tx)).commit();
  if (!done) return std::unexpected(done.error());
  return done->number();
}

Result<Message> encrypt(Device& device, const Party& to, std::string_view text = "text") {
  static std::vector<std::uint8_t> out(max_message_size(10));
  return device.encrypt(out, to.address(), bytes_of(text), start);
}

/// A store that is set back under a device, by `lost` commits, and then passed by another process
/// that makes `passed` commits there.
struct Passed {
  Pair pair;
  SwitchedStore store{pair.alice.rows};
  Device device = opened(store);
  std::optional<MemoryStore> old;

  /// `lose` is done before the store goes back, `pass` by those who have it afterwards.
  void happen(const std::function<void()>& lose, const std::function<void(Device&)>& pass) {
    old.emplace(*pair.alice.rows.clone());
    lose();
    auto handle = *old->share();
    auto other = opened(handle);
    pass(other);
    store.set(*old);
  }
  void expect_refused_for_good() {
    const auto before = contents(*old);
    EXPECT_EQ(error_of(device.begin()), Error::rolled_back) << "the head row tells, and no other";
    EXPECT_EQ(error_of(encrypt(device, pair.bob)), Error::rolled_back);
    EXPECT_EQ(contents(*old), before);
    store.set(pair.alice.rows);
    EXPECT_EQ(error_of(device.begin()), Error::rolled_back);
  }
};

TEST(History, of_a_store_that_was_set_back_and_passed_is_not_ours) {
  for (const bool first : {true, false})
    for (const int lost : {1, 2, 5})
      for (const int passed : {1, 2, 5, 6, 40}) {
        Passed world;
        if (!first) {
          ASSERT_TRUE(put(world.device, "k", "before"));
        }
        world.happen(
            [&] {
              for (int i = 0; i < lost; ++i) ASSERT_TRUE(encrypt(world.device, world.pair.bob));
            },
            [&](Device& other) {
              for (int i = 0; i < passed; ++i)
                ASSERT_TRUE(put(other, "k", "v" + std::to_string(i)));
            });
        SCOPED_TRACE(std::to_string(lost) + " lost, passed by " + std::to_string(passed));
        world.expect_refused_for_good();
      }
}

TEST(History, that_was_only_seen_is_ours_too) {
  // What is lost was committed by a process that is no more, and seen here.
  for (const int passed : {1, 2, 9}) {
    Passed world;
    world.happen(
        [&] {
          auto handle = *world.pair.alice.rows.share();
          auto gone = opened(handle);
          ASSERT_TRUE(encrypt(gone, world.pair.bob));
          ASSERT_TRUE(world.device.begin());
        },
        [&](Device& other) {
          for (int i = 0; i < passed; ++i) ASSERT_TRUE(encrypt(other, world.pair.bob, "other"));
        });
    SCOPED_TRACE(passed);
    world.expect_refused_for_good();
  }
}

TEST(History, in_which_a_process_goes_on_that_saw_none_of_what_is_gone) {
  Passed world;
  auto second = *world.pair.alice.rows.share();
  SwitchedStore under(second);
  auto other = opened(under);
  ASSERT_TRUE(put(other, "k", "1"));
  ASSERT_TRUE(put(world.device, "k", "2"));
  world.happen([&] { ASSERT_TRUE(encrypt(world.device, world.pair.bob)); }, [](Device&) {});
  under.set(*world.old);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(put(other, "k", std::to_string(i)));
  world.expect_refused_for_good();
  EXPECT_TRUE(put(other, "k", "it lost nothing"));
}

TEST(History, of_a_store_that_lied_beside_another_process) {
  for (const int others : {1, 2, 5}) {
    Pair pair;
    ForgetfulStore store(pair.alice.rows);
    auto device = opened(store);
    auto handle = *pair.alice.rows.share();
    auto other = opened(handle);
    ASSERT_TRUE(put(device, "k", "kept"));
    store.forget_next();
    ASSERT_TRUE(encrypt(device, pair.bob));
    for (int i = 0; i < others; ++i) ASSERT_TRUE(put(other, "k", std::to_string(i)));
    EXPECT_EQ(error_of(encrypt(device, pair.bob)), Error::rolled_back) << others;
    EXPECT_EQ(error_of(device.begin()), Error::rolled_back) << others;
  }
}

TEST(History, with_the_number_kept_is_not_ours) {
  // The rows go back, the store counts on.
  Passed world;
  world.happen([&] { ASSERT_TRUE(encrypt(world.device, world.pair.bob)); },
               [](Device& other) { ASSERT_TRUE(put(other, "k", "v")); });
  while (*world.old->revision() < *world.pair.alice.rows.revision()) {
    const std::vector<std::uint8_t> name{'A', 'x'};
    const auto row = *world.old->get(name);
    const Change change{Change::Kind::put, name, row ? row->revision : Revision{}, name};
    ASSERT_TRUE(world.old->commit({&change, 1}));
  }
  world.expect_refused_for_good();
}

// The limit: the head row names eight writers before the present one.
TEST(History, with_more_writers_than_are_noted_is_not_told_from_ours) {
  Passed world;
  world.happen([&] { ASSERT_TRUE(encrypt(world.device, world.pair.bob)); }, [](Device&) {});
  for (std::size_t i = 0; i < Past::most + 1; ++i) {
    auto handle = *world.old->share();
    auto other = opened(handle);
    ASSERT_TRUE(put(other, "k", std::to_string(i)));
    ASSERT_TRUE(put(other, "k", "again"));
  }
  EXPECT_TRUE(world.device.begin());
}

TEST(History, of_processes_that_race_is_everybodys) {
  Pair pair;
  std::deque<MemoryStore> handles;
  std::vector<Device> devices;
  std::uint64_t state = 7;
  const auto dice = [&](std::uint64_t sides) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (state >> 40U) % sides;
  };
  for (int i = 0; i < 12; ++i)
    devices.push_back(opened(handles.emplace_back(*pair.alice.rows.share())));
  for (int i = 0; i < 3000; ++i) {
    // Now few of them, now all.
    Device& device = devices[dice(1 + dice(devices.size()))];
    auto one = *device.begin();
    ASSERT_TRUE(one.put(bytes_of("k" + std::to_string(dice(3))), bytes_of("v")));
    Device& between = devices[dice(devices.size())];
    if (&between != &device) {
      ASSERT_TRUE(put(between, "k1", "v"));
    }
    const auto done = std::move(one).commit();
    ASSERT_TRUE(done || done.error() == Error::conflict) << name(done.error());
    if (dice(40) == 0) device = opened(handles.emplace_back(*pair.alice.rows.share()));
  }
}

TEST(History, of_threads_that_race_is_everybodys) {
  Pair pair;
  std::vector<std::thread> threads;
  std::array<std::optional<Error>, 3> wrong;
  for (std::size_t t = 0; t < wrong.size(); ++t)
    threads.emplace_back([&, t] {
      auto handle = *pair.alice.rows.share();
      for (int opening = 0; opening < 10; ++opening) {
        auto device = opened(handle);
        for (int i = 0; i < 30 && !wrong[t]; ++i) {
          const auto done = retry_on_conflict([&] { return put(device, "k", "v"); }, 1000);
          wrong[t] = error_of(done);
        }
      }
    });
  for (auto& thread : threads) thread.join();
  for (const auto& error : wrong) EXPECT_EQ(error, std::nullopt);
}

TEST(History, without_a_session_that_nobody_names_is_ours_until_its_name_is_needed) {
  Pair pair;
  Party carol("carol", 3);
  for (Party* const other : {&pair.bob, &carol}) ASSERT_TRUE(other->make_prekeys());
  const auto id = *PeerId::of(pair.bob.address());
  const PeerToken token(pair.alice.device.home().keys(), id);
  const std::vector<std::uint8_t> foreign(40, 1);
  write_raw(pair.alice.rows, session_row(token, 2).bytes(), foreign);
  pair.alice.restart();
  ASSERT_TRUE(encrypt(pair.alice.device, pair.bob));
  EXPECT_EQ(error_of(pair.alice.connect(pair.bob)), Error::corrupted);
  ASSERT_TRUE(pair.alice.connect(carol));
  ASSERT_TRUE(encrypt(pair.alice.device, pair.bob));
}

/// Answers conflict to one commit, for no reason, and lets something happen at the second question
/// after it.
class ShyStore final : public StoreOver {
 public:
  ShyStore(Store& under, std::function<void()> act) : StoreOver(under), act_(std::move(act)) {}
  [[nodiscard]] Result<std::optional<Row>> get(Bytes key) noexcept override {
    if (conflicted_ && ++questions_ == 2) act_();
    return under_->get(key);
  }
  [[nodiscard]] Result<Revision> commit(std::span<const Change> changes) noexcept override {
    if (std::exchange(conflicted_, true)) return under_->commit(changes);
    return std::unexpected(Error::conflict);
  }

 private:
  std::function<void()> act_;
  bool conflicted_ = false;
  int questions_ = 0;
};

TEST(History, of_a_conflict_without_cause_is_ours_though_another_commits_in_between) {
  Pair pair;
  auto handle = *pair.alice.rows.share();
  auto other = opened(handle);
  ShyStore store(pair.alice.rows, [&] { ASSERT_TRUE(encrypt(other, pair.bob)); });
  auto device = opened(store);
  EXPECT_EQ(error_of(encrypt(device, pair.bob)), Error::conflict);
  EXPECT_TRUE(encrypt(device, pair.bob));
}

TEST(History, without_the_row_that_stands_in_the_way_is_ours_still) {
  Pair pair;
  auto tx = pair.alice.begin();
  ASSERT_FALSE(*tx.size(bytes_of("k")));
  const std::vector<std::uint8_t> foreign(40, 1);
  write_raw(pair.alice.rows, RowName('A').add(bytes_of("k")).bytes(), foreign);
  ASSERT_TRUE(tx.put(bytes_of("k"), bytes_of("v")));
  EXPECT_EQ(error_of(std::move(tx).commit()), Error::corrupted);
  EXPECT_TRUE(encrypt(pair.alice.device, pair.bob));
}

TEST(History, tells_what_became_of_a_commit_though_others_have_committed_since) {
  for (const bool happens : {true, false})
    for (const bool first : {true, false})
      for (const int others : {1, 2, 8}) {
        Pair pair;
        UnsureStore store(pair.alice.rows);
        auto device = opened(store);
        if (!first) {
          ASSERT_TRUE(put(device, "k", "before"));
        }
        store.next_commit(happens, 1);
        EXPECT_EQ(error_of(encrypt(device, pair.bob)), Error::outcome_unknown);
        for (int i = 0; i < others; ++i) {
          auto handle = *pair.alice.rows.share();
          auto other = opened(handle);
          ASSERT_TRUE(encrypt(other, pair.bob));
        }
        ASSERT_TRUE(encrypt(device, pair.bob));
        auto handle = *pair.alice.rows.share();
        EXPECT_TRUE(Device::open(handle, storage_key()));
      }
}

TEST(History, of_an_unknown_commit_makes_it_a_success_at_once_where_the_store_can_be_read) {
  for (const bool happens : {true, false}) {
    Pair pair;
    UnsureStore store(pair.alice.rows);
    auto device = opened(store);
    auto handle = *pair.alice.rows.share();
    auto other = opened(handle);
    store.after_commit([&] { ASSERT_TRUE(put(other, "k", "behind it")); });
    store.next_commit(happens, 0);
    EXPECT_EQ(error_of(put(device, "mine", "v")),
              happens ? std::nullopt : std::optional(Error::store_failed));
    std::vector<std::uint8_t> out(10);
    EXPECT_EQ(device.begin()->get(out, bytes_of("mine"))->has_value(), happens);
    EXPECT_TRUE(encrypt(device, pair.bob));
  }
}

}  // namespace
}  // namespace sotto::session
