// SPDX-License-Identifier: MIT OR Apache-2.0
/// Attacks of those who can write the store, or set it back, without the storage key.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "session/home.hpp"
#include "session/test_devices.hpp"
#include "session/test_rows.hpp"

namespace sotto::session {
namespace {

using testing::error_of;
using testing::unhex;

using Rows = std::map<std::string, std::string>;

Rows rows_of(MemoryStore& store) {
  const auto all = contents(store);
  return {all.begin(), all.end()};
}

/// Alice's rows at two moments; what happened in between changed every kind of row.
struct Alice {
  DeviceLimits limits;
  Pair pair;
  MemoryStore old;
  std::optional<Letter> late;

  explicit Alice(std::uint32_t cached = 64)
      : limits(with(cached)), pair(limits), old(*MemoryStore::create()) {
    Party& alice = pair.alice;
    EXPECT_TRUE(alice.make_prekeys());
    meet("carol", 3);
    speak();
    put("one");
    old = *alice.rows.clone();
    EXPECT_TRUE(alice.make_prekeys());
    meet("dave", 4);
    speak();
    put("two");
    auto tx = alice.begin();
    testing::TapeEntropy tape(9);
    const auto accepted = *IdentityKeyPair::generate(tape);
    EXPECT_TRUE(tx.accept_identity({"erin", DeviceId{1}}, accepted.public_key()));
    EXPECT_TRUE(std::move(tx).commit());
  }

  static DeviceLimits with(std::uint32_t cached) {
    DeviceLimits limits;
    limits.max_cached_peers = cached;
    limits.prekeys.batch = 3;
    return limits;
  }
  /// Somebody's first message, for which there was no one-time prekey.
  void meet(const char* name, std::uint64_t seed) {
    Party other(name, seed, limits);
    EXPECT_TRUE(other.connect(pair.alice, false));
    EXPECT_TRUE(pair.alice.read(other, *other.write(pair.alice, "hello")));
  }
  /// Both ways. Keys are set aside, and of those set aside before one is used.
  void speak() {
    const Letter one = *pair.bob.write(pair.alice, "late");
    EXPECT_TRUE(pair.bob.write(pair.alice, "lost"));
    EXPECT_TRUE(pair.alice.read(pair.bob, *pair.bob.write(pair.alice, "in time")));
    if (late) {
      EXPECT_TRUE(pair.alice.read(pair.bob, *late));
    }
    late = one;
    EXPECT_TRUE(pair.bob.read(pair.alice, *pair.alice.write(pair.bob, "answer")));
    // A session without keys set aside changes too.
    std::vector<std::uint8_t> out(max_message_size(4));
    EXPECT_TRUE(pair.alice.device.encrypt(out, {"carol", DeviceId{1}}, bytes_of("text"), start));
  }
  void put(const char* value) {
    auto tx = pair.alice.begin();
    EXPECT_TRUE(tx.put(bytes_of("app"), bytes_of(value)));
    EXPECT_TRUE(std::move(tx).commit());
  }
};

/// What opening says, or reading the peers.
std::optional<Error> read_all(Store& store, const DeviceLimits& limits) {
  auto device = Device::open(store, storage_key(), {}, limits);
  if (!device) return device.error();
  auto tx = *device->begin();
  for (const char* peer : {"bob", "carol", "dave"})
    if (const auto known = tx.info({peer, DeviceId{1}}, start); !known) return known.error();
  return std::nullopt;
}

/// The same once `keys` were written as they stand in `from`; what does not is taken out.
std::optional<Error> read_with(Alice& alice, const std::vector<std::string>& keys, Rows& from) {
  auto copy = *alice.pair.alice.rows.clone();
  for (const std::string& key : keys) {
    const auto value = from.find(key);
    const auto bytes = value == from.end() ? std::vector<std::uint8_t>() : unhex(value->second);
    write_raw(copy, unhex(key), value == from.end() ? std::nullopt : std::optional<Bytes>(bytes));
  }
  return read_all(copy, alice.limits);
}

TEST(Attack, attack_S18_row_rollback_of_any_single_row) {
  Alice alice;
  Rows then = rows_of(alice.old), now = rows_of(alice.pair.alice.rows), none;
  std::string changed, added;
  for (const auto& [key, value] : now) {
    const char letter = static_cast<char>(unhex(key)[0]);
    EXPECT_EQ(read_with(alice, {key}, none), Error::corrupted) << key << " taken out";
    const auto old = then.find(key);
    if (old != then.end() && old->second == value) continue;
    (old == then.end() ? added : changed) += letter;
    EXPECT_EQ(read_with(alice, {key}, then), Error::corrupted) << key << " put back";
  }
  for (const auto& [key, value] : then)  // Those that are gone by now.
    if (!now.contains(key)) {
      EXPECT_EQ(read_with(alice, {key}, then), Error::corrupted) << key << " brought back";
    }
  for (const char letter : {'A', 'H', 'P', 'Q', 'S', 'K'})
    EXPECT_NE(changed.find(letter), std::string::npos) << letter;
  for (const char letter : {'G', 'I', 'P', 'S', 'U'})
    EXPECT_NE(added.find(letter), std::string::npos) << letter;
  EXPECT_EQ(read_with(alice, {}, none), std::nullopt);
}

TEST(Attack, attack_S18_row_rollback_of_a_page_with_the_same_keys) {
  // Sealed once more by one who has the key: not the one that its session names.
  Alice alice;
  MemoryStore& rows = alice.pair.alice.rows;
  const RowKeys& keys = alice.pair.alice.device.home().keys();
  std::size_t pages = 0;
  for (const auto& [key, value] : contents(rows)) {
    if (!key.starts_with("4b")) continue;
    auto copy = *rows.clone();
    write_sealed(copy, keys, unhex(key), opened(copy, keys, unhex(key)));
    EXPECT_EQ(read_all(copy, alice.limits), Error::corrupted);
    ++pages;
  }
  EXPECT_GT(pages, 0U);
}

TEST(Attack, attack_S18_row_rollback_of_rows_that_belong_together) {
  Alice alice;
  Rows then = rows_of(alice.old), now = rows_of(alice.pair.alice.rows), none;
  std::vector<std::string> of_bob, all_but_head;
  const std::string bobs = [&] {
    for (const auto& [key, value] : then)
      if (key.starts_with("4b")) return key.substr(2, 40);  // She holds skipped keys of Bob alone.
    return std::string();
  }();
  for (const Rows& rows : {then, now})
    for (const auto& [key, value] : rows) {
      if (key.substr(2, 40) == bobs) of_bob.push_back(key);
      if (key != "48") all_but_head.push_back(key);
    }
  // All rows of a peer put back would use its numbers twice; taken out, anybody's identity is
  // taken.
  ASSERT_GE(of_bob.size(), 3U);
  EXPECT_EQ(read_with(alice, of_bob, then), Error::corrupted);
  EXPECT_EQ(read_with(alice, of_bob, none), Error::corrupted);
  EXPECT_EQ(read_with(alice, all_but_head, then), Error::corrupted);
  // A row more, of a kind that nobody reads.
  auto copy = *alice.pair.alice.rows.clone();
  write_raw(copy, bytes_of("Z"), Bytes(unhex(now.begin()->second)));
  EXPECT_EQ(error_of(Device::open(copy, storage_key())), Error::corrupted);
}

TEST(Attack, attack_S18_row_rollback_or_another_devices_rows) {
  // Another account under the same storage key.
  Alice alice;
  Party other("other", 8);
  Rows theirs = rows_of(other.rows);
  EXPECT_EQ(read_with(alice, {"44"}, theirs), Error::corrupted);        // D
  EXPECT_EQ(read_with(alice, {"48"}, theirs), Error::corrupted);        // H
  EXPECT_EQ(read_with(alice, {"44", "48"}, theirs), Error::corrupted);  // both
  // The same person's other device: the same identity, another number.
  auto rows = *MemoryStore::create();
  const auto twin = Device::create(rows, storage_key(), alice.pair.alice.device.home().identity(),
                                   DeviceId{2}, RegistrationId{1});
  ASSERT_TRUE(twin);
  Rows twins = rows_of(rows);
  EXPECT_EQ(read_with(alice, {"44"}, twins), Error::corrupted);
}

/// Says of itself what it is told to say.
class BoastingStore final : public StoreOver {
 public:
  using StoreOver::StoreOver;
  [[nodiscard]] Result<Revision> revision() noexcept override { return Revision{1'000'000}; }
};

TEST(Attack, attack_S18_row_rollback_with_another_count_of_commits) {
  Alice alice;
  BoastingStore store(alice.old);  // What `UPDATE commits SET number` makes of a file.
  const auto number = std::move(*alice.pair.alice.device.begin()).commit()->number();
  EXPECT_EQ(error_of(Device::open(store, storage_key(), number)), Error::rolled_back);
  EXPECT_TRUE(Device::open(alice.pair.alice.rows, storage_key(), number));
}

TEST(Attack, attack_S18_row_rollback_while_the_device_is_open) {
  for (const std::uint32_t cached : {64U, 0U}) {
    for (const char letter : {'P', 'S', 'K'}) {
      Alice alice(cached);
      Party& me = alice.pair.alice;
      Rows then = rows_of(alice.old), now = rows_of(me.rows);
      for (const auto& [key, value] : now)
        if (unhex(key)[0] == letter && then.contains(key) && then[key] != value)
          write_raw(me.rows, unhex(key), Bytes(unhex(then[key])));
      // One row of a peer tells of the others. With the peer in memory it is the peer's own row
      // that is looked at; the rest is the commit's to see.
      const auto refused = error_of(me.write(alice.pair.bob, "text"));
      EXPECT_TRUE(refused == Error::corrupted || refused == Error::rolled_back ||
                  (letter == 'K' && cached > 0))
          << letter << cached;
      EXPECT_EQ(read_all(me.rows, alice.limits), Error::corrupted);
    }
  }
}

TEST(Attack, attack_S18_row_rollback_of_a_peer_that_is_in_memory) {
  for (const bool taken_out : {true, false}) {
    Alice alice;
    Party& me = alice.pair.alice;
    SwitchedStore store(me.rows);
    me.device = *Device::open(store, storage_key(), {}, alice.limits);
    ASSERT_TRUE(me.write(alice.pair.bob, "one"));
    auto copy = *me.rows.clone();
    const std::string head = rows_of(copy)["48"];
    for (const auto& [key, value] : contents(copy))
      if (taken_out ? key[0] == '5' || key.starts_with("4b") : key.starts_with("50"))
        write_raw(copy, unhex(key), taken_out ? std::nullopt : std::optional<Bytes>(unhex(value)));
    store.set(copy);
    const auto refused = error_of(me.write(alice.pair.bob, "two"));
    EXPECT_EQ(refused, Error::rolled_back);
  }
}

TEST(Attack, attack_S18_row_rollback_while_open_is_found_at_the_next_start) {
  // A known limit, pinned: other rows, and all rows of a peer that is not in memory, are compared
  // when the device is opened, not at every use.
  for (const char letter : {'A', 'I', 'Q'}) {
    Alice alice(0);
    Party& me = alice.pair.alice;
    Rows then = rows_of(alice.old), now = rows_of(me.rows);
    for (const auto& [key, value] : now) {
      if (unhex(key)[0] != letter || then[key] == value) continue;
      write_raw(me.rows, unhex(key),
                then[key].empty() ? std::nullopt : std::optional<Bytes>(unhex(then[key])));
    }
    EXPECT_TRUE(me.write(alice.pair.bob, "goes on"));
    // What was committed since does not hide it.
    EXPECT_EQ(error_of(Device::open(me.rows, storage_key(), {}, alice.limits)), Error::corrupted);
  }
}

TEST(Attack, attack_S19_store_goes_back_under_an_open_device) {
  Pair pair;
  SwitchedStore store(pair.alice.rows);
  pair.alice.device = *Device::open(store, storage_key());
  auto old = *pair.alice.rows.clone();
  const auto sent = pair.alice.write(pair.bob, "m1");
  ASSERT_TRUE(sent);
  store.set(old);
  EXPECT_EQ(error_of(pair.alice.write(pair.bob, "m2")), Error::rolled_back);
  EXPECT_EQ(error_of(pair.alice.read(pair.bob, *pair.bob.write(pair.alice, "x"))),
            Error::rolled_back);
}

TEST(Attack, attack_S19_store_goes_back_though_it_says_that_it_committed) {
  Pair pair;
  ForgetfulStore store(pair.alice.rows);
  pair.alice.device = *Device::open(store, storage_key());
  store.forget_next();
  ASSERT_TRUE(pair.alice.write(pair.bob, "m1"));
  EXPECT_EQ(error_of(pair.alice.write(pair.bob, "m2")), Error::rolled_back);
}

TEST(Attack, attack_S19_store_goes_back_and_is_passed_by_another) {
  Pair pair;
  SwitchedStore store(pair.alice.rows);
  pair.alice.device = *Device::open(store, storage_key());
  auto old = *pair.alice.rows.clone();
  ASSERT_TRUE(pair.alice.write(pair.bob, "m1"));
  auto other = *Device::open(old, storage_key());
  std::vector<std::uint8_t> out(max_message_size(2));
  for (const char* text : {"n1", "n2", "n3"})
    ASSERT_TRUE(other.encrypt(out, pair.bob.address(), bytes_of(text), start));
  store.set(old);
  EXPECT_EQ(error_of(pair.alice.write(pair.bob, "m2")), Error::rolled_back);
  EXPECT_EQ(error_of(pair.alice.write(pair.bob, "m2")), Error::rolled_back);
}

TEST(Attack, attack_I07_names_in_the_store) {
  Alice alice;
  const auto in_rows = [&](Bytes secret) {
    const std::string hex = testing::hex(secret);
    return std::ranges::any_of(contents(alice.pair.alice.rows), [&](const auto& row) {
      return row.first.find(hex) != std::string::npos || row.second.find(hex) != std::string::npos;
    });
  };
  for (const char* name : {"bob", "carol", "dave", "erin"}) EXPECT_FALSE(in_rows(bytes_of(name)));
  EXPECT_FALSE(in_rows(alice.pair.bob.device.identity().bytes()));
  EXPECT_TRUE(in_rows(bytes_of("app")));  // The app chooses the keys of its rows [pinned].
  // The same peer has another token in another device's store.
  Party other("other", 8);
  ASSERT_TRUE(alice.pair.bob.make_prekeys());
  ASSERT_TRUE(other.connect(alice.pair.bob));
  const auto tokens = [](MemoryStore& store) {
    std::vector<std::string> found;
    for (const auto& [key, value] : contents(store))
      if (key.starts_with("50") || key.starts_with("49") || key.starts_with("4e"))
        found.push_back(key.substr(2, 32));
    return found;
  };
  const auto hers = tokens(alice.pair.alice.rows);
  for (const std::string& token : tokens(other.rows))
    EXPECT_EQ(std::ranges::find(hers, token), hers.end());
}

}  // namespace
}  // namespace sotto::session
