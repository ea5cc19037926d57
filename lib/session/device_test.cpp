// SPDX-License-Identifier: MIT OR Apache-2.0
#include <gtest/gtest.h>

#include <sotto/device.hpp>

#include "session/home.hpp"
#include "session/test_devices.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

TEST(Device, two_talk_over_their_stores_and_outlive_a_restart_before_every_message) {
  Pair pair;
  for (int i = 0; i < 12; ++i) {
    Party& from = i % 3 == 0 ? pair.alice : pair.bob;
    Party& to = i % 3 == 0 ? pair.bob : pair.alice;
    const std::string text = "message " + std::to_string(i);
    const auto letter = from.write(to, text);
    ASSERT_TRUE(letter);
    EXPECT_EQ(letter->kind, MessageKind::signal);
    to.restart();
    EXPECT_EQ(to.read(from, *letter), text);
    from.restart();
    EXPECT_EQ(error_of(to.read(from, *letter)), Error::replayed);
  }
}

TEST(Device, what_it_is_comes_back) {
  Party alice("alice", 1);
  const auto identity = alice.device.identity();
  alice.restart();
  EXPECT_EQ(alice.device.identity(), identity);
  EXPECT_EQ(alice.device.number(), DeviceId{1});
  EXPECT_EQ(alice.device.registration(), RegistrationId{101});
}

TEST(Device, there_is_one_to_a_store) {
  Party alice("alice", 1);
  const auto before = contents(alice.rows);
  const auto other = IdentityKeyPair::generate(alice.tape);
  EXPECT_EQ(
      error_of(Device::create(alice.rows, storage_key(), *other, DeviceId{1}, RegistrationId{1})),
      Error::already_exists);
  EXPECT_EQ(contents(alice.rows), before);
  auto empty = *MemoryStore::create();
  EXPECT_EQ(error_of(Device::open(empty, storage_key())), Error::not_set_up);
  // There was something: the app knows of a commit.
  EXPECT_EQ(error_of(Device::open(empty, storage_key(), CommitNumber{1})), Error::rolled_back);
}

TEST(Device, what_cannot_be_made_leaves_the_store_as_it_was) {
  auto store = *MemoryStore::create();
  testing::TapeEntropy tape(1);
  const auto identity = *IdentityKeyPair::generate(tape);
  const auto create = [&](const StorageKey& key, const DeviceLimits& limits) {
    return error_of(Device::create(store, key, identity, DeviceId{1}, {}, limits));
  };
  DeviceLimits limits;
  const std::string long_name(256, 'x');
  limits.shared_identity_name = long_name;
  EXPECT_EQ(create(storage_key(), limits), Error::invalid_argument);
  // Anybody has this key: it was taken by somebody else, or never filled.
  const StorageKey zero{std::array<std::uint8_t, 32>{}};
  EXPECT_EQ(create(zero, {}), Error::weak_key);
  EXPECT_EQ(store.rows(), 0U);
  auto device = Device::create(store, storage_key(), identity, DeviceId{1}, {});
  ASSERT_TRUE(device);
  EXPECT_EQ(error_of(device->rotate_storage_key(zero)), Error::weak_key);
  EXPECT_EQ(error_of(Device::open(store, zero)), Error::weak_key);
  EXPECT_TRUE(Device::open(store, storage_key()));
}

TEST(Device, a_key_that_is_none_is_told_before_the_store_is_looked_at) {
  testing::TapeEntropy tape(1);
  const auto identity = *IdentityKeyPair::generate(tape);
  StorageKey gone = storage_key();
  const StorageKey taken = std::move(gone);
  auto rows = *MemoryStore::create();
  FailingStore store(rows);
  auto device = *Device::create(store, taken, identity, DeviceId{1}, {});
  store.fail_at(1);  // Whoever asks the store has the store's answer.
  EXPECT_EQ(error_of(Device::create(store, gone, identity, DeviceId{1}, {})), Error::weak_key);
  EXPECT_EQ(error_of(Device::open(store, gone)), Error::weak_key);
  EXPECT_EQ(error_of(device.rotate_storage_key(gone)), Error::weak_key);
  EXPECT_EQ(error_of(Device::open(store, taken)), Error::store_failed);
}

TEST(Device, an_identity_that_was_moved_from_makes_none) {
  auto store = *MemoryStore::create();
  testing::TapeEntropy tape(1);
  auto identity = *IdentityKeyPair::generate(tape);
  const auto taken = std::move(identity);
  EXPECT_EQ(error_of(Device::create(store, storage_key(), identity, DeviceId{1}, {})),
            Error::weak_key);
  EXPECT_EQ(store.rows(), 0U);
}

TEST(Device, another_key_is_corrupted) {
  Party alice("alice", 1);
  EXPECT_EQ(error_of(Device::open(alice.rows, storage_key(0x43))), Error::corrupted);
}

TEST(Device, a_store_set_back_shows_to_who_knows_its_number) {
  Pair pair;
  auto copy = *pair.alice.rows.clone();
  auto tx = pair.alice.begin();
  ASSERT_TRUE(tx.put(bytes_of("k"), bytes_of("v")));
  const auto committed = std::move(tx).commit();
  ASSERT_TRUE(committed);
  EXPECT_TRUE(Device::open(pair.alice.rows, storage_key(), committed->number()));
  EXPECT_EQ(error_of(Device::open(copy, storage_key(), committed->number())), Error::rolled_back);
  EXPECT_TRUE(Device::open(copy, storage_key()));
}

TEST(Device, the_cache_changes_nothing_but_time) {
  const auto run = [](std::uint32_t cached, bool restarts) {
    DeviceLimits limits;
    limits.max_cached_peers = cached;
    Pair pair(limits);
    Party carol("carol", 3, limits);
    EXPECT_TRUE(carol.make_prekeys());
    EXPECT_TRUE(pair.alice.connect(carol));
    std::vector<std::vector<std::uint8_t>> sent;
    for (int i = 0; i < 20; ++i) {
      if (restarts) pair.alice.restart();
      Party& to = i % 4 == 3 ? carol : pair.bob;
      const auto letter = *pair.alice.write(to, "text " + std::to_string(i));
      sent.push_back(letter.bytes);
      if (i % 3 == 0) continue;  // Some are lost, so that keys are skipped.
      EXPECT_TRUE(to.read(pair.alice, letter));
      if (i % 5 != 0) continue;
      EXPECT_TRUE(pair.alice.read(to, *to.write(pair.alice, "answer")));
    }
    return std::tuple(sent, contents(pair.alice.rows), contents(pair.bob.rows),
                      contents(carol.rows));
  };
  auto plain = run(64, false);
  EXPECT_EQ(run(0, false), plain);
  EXPECT_EQ(run(1, false), plain);
  auto restarted = run(64, true);
  // The head row says who wrote: each opening is another writer.
  for (auto* const all : {&plain, &restarted})
    std::erase_if(std::get<1>(*all), [](const auto& row) { return row.first == "48"; });
  EXPECT_EQ(restarted, plain);
}

TEST(Device, peers_beyond_the_cache_are_read_from_the_store) {
  DeviceLimits limits;
  limits.max_cached_peers = 1;
  Pair pair(limits);
  Party carol("carol", 3, limits);
  ASSERT_TRUE(carol.make_prekeys());
  ASSERT_TRUE(pair.alice.connect(carol));
  EXPECT_EQ(pair.alice.device.home().cached(), 1U);
  const auto to_bob = pair.alice.write(pair.bob, "one");
  const auto to_carol = pair.alice.write(carol, "two");
  EXPECT_EQ(pair.bob.read(pair.alice, *to_bob), "one");
  EXPECT_EQ(carol.read(pair.alice, *to_carol), "two");
}

TEST(Device, an_address_without_a_name_or_with_too_long_a_name_is_none) {
  Party alice("alice", 1);
  auto tx = alice.begin();
  const std::string longest(255, 'n');
  EXPECT_TRUE(tx.identity({longest, DeviceId{1}}));
  const std::string longer(256, 'n');
  EXPECT_EQ(error_of(tx.identity({longer, DeviceId{1}})), Error::invalid_argument);
  EXPECT_EQ(error_of(tx.identity({"", DeviceId{1}})), Error::invalid_argument);
}

TEST(Device, one_peers_rows_are_not_anothers) {
  Pair pair;
  auto tx = pair.alice.begin();
  EXPECT_FALSE(*tx.identity({"bo", DeviceId{1}}));
  EXPECT_FALSE(*tx.identity({"bobb", DeviceId{1}}));
  EXPECT_FALSE(*tx.identity({"bob", DeviceId{2}}));
  EXPECT_TRUE(*tx.identity({"bob", DeviceId{1}}));
}

}  // namespace
}  // namespace sotto::session
