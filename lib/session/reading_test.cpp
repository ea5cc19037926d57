// SPDX-License-Identifier: MIT OR Apache-2.0
/// What a transaction that only reads may tell: of one moment, and of a store that did not go back.
#include <algorithm>
#include <array>
#include <functional>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/device.hpp>

#include "session/test_devices.hpp"
#include "session/test_rows.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

std::vector<std::function<std::optional<Error>(Transaction&, const Party&)>> questions() {
  return {
      [](Transaction& tx, const Party& of) { return error_of(tx.identity(of.address())); },
      [](Transaction& tx, const Party& of) { return error_of(tx.info(of.address(), start)); },
      [](Transaction& tx, const Party&) { return error_of(tx.prekey_status(start)); },
      [](Transaction& tx, const Party& of) { return error_of(tx.next_device(of.name, {})); },
      [](Transaction& tx, const Party&) {
        std::array<char, Address::max_name_bytes> out;
        return error_of(tx.next_peer(out, {}));
      },
  };
}

TEST(Reading, tells_nothing_of_a_store_that_went_back_meanwhile) {
  for (const std::uint32_t cached : {64U, 0U})
    for (const auto& ask : questions()) {
      DeviceLimits limits;
      limits.max_cached_peers = cached;
      Pair pair(limits);
      auto old = *pair.alice.rows.clone();
      ASSERT_TRUE(pair.alice.write(pair.bob, "one"));
      SwitchedStore store(pair.alice.rows);
      auto device = *Device::open(store, storage_key(), {}, limits);
      auto tx = *device.begin();
      EXPECT_EQ(ask(tx, pair.bob), std::nullopt);
      store.set(old);
      EXPECT_EQ(ask(tx, pair.bob), Error::rolled_back);
    }
}

TEST(Reading, is_of_one_moment_or_a_conflict) {
  Pair pair;
  Party carol("carol", 3);
  ASSERT_TRUE(carol.make_prekeys());
  ASSERT_TRUE(pair.alice.connect(carol));
  auto handle = *pair.alice.rows.share();
  auto other = *Device::open(handle, storage_key());
  std::vector<std::uint8_t> out(max_message_size(1));
  const auto write = [&](const Party& to) {
    ASSERT_TRUE(other.encrypt(out, to.address(), bytes_of("m"), start));
  };
  const auto put = [&] {
    auto tx = *other.begin();
    ASSERT_TRUE(tx.put(bytes_of("k"), bytes_of("v")));
    ASSERT_TRUE(std::move(tx).commit());
  };
  const auto read = [&](const std::function<void()>& meanwhile) {
    auto tx = pair.alice.begin();
    EXPECT_TRUE(tx.info(pair.bob.address(), start));
    EXPECT_TRUE(tx.size(bytes_of("k")));
    meanwhile();
    return error_of(std::move(tx).commit());
  };
  EXPECT_EQ(read([] {}), std::nullopt);
  EXPECT_EQ(read([&] { write(carol); }), std::nullopt) << "nobody looked at her";
  EXPECT_EQ(read([&] { write(pair.bob); }), Error::conflict);
  EXPECT_EQ(read(put), Error::conflict);
  EXPECT_EQ(read([] {}), std::nullopt);
}

/// Bob and Carol are known, and another device over the same rows writes to them.
struct TwoReaders {
  explicit TwoReaders(const DeviceLimits& limits = {}) : pair(limits) {
    EXPECT_TRUE(carol.make_prekeys());
    EXPECT_TRUE(pair.alice.connect(carol));
    auto tx = *other.begin();
    for (const char* key : {"in/1", "in/2"}) EXPECT_TRUE(tx.put(bytes_of(key), bytes_of("m")));
    EXPECT_TRUE(std::move(tx).commit());
  }
  void write(const Party& to) {
    std::vector<std::uint8_t> out(max_message_size(1));
    ASSERT_TRUE(other.encrypt(out, to.address(), bytes_of("m"), start));
  }
  void put(std::string_view key) {
    auto tx = *other.begin();
    ASSERT_TRUE(tx.put(bytes_of(key), bytes_of("new")));
    ASSERT_TRUE(std::move(tx).commit());
  }
  void erase(std::string_view key) {
    auto tx = *other.begin();
    ASSERT_TRUE(tx.erase(bytes_of(key)));
    ASSERT_TRUE(std::move(tx).commit());
  }

  Pair pair;
  Party carol{"carol", 3};
  MemoryStore handle = *pair.alice.rows.share();
  Device other = *Device::open(handle, storage_key());
};

TEST(Reading, more_of_a_transaction_is_of_the_moment_of_what_was_read) {
  for (const std::uint32_t cached : {64U, 0U}) {
    DeviceLimits limits;
    limits.max_cached_peers = cached;
    TwoReaders w(limits);
    const auto then = [&](const std::function<void()>& meanwhile) {
      EXPECT_TRUE(w.pair.alice.write(w.pair.bob, "ours is the last commit"));
      auto tx = w.pair.alice.begin();
      EXPECT_TRUE(tx.info(w.pair.bob.address(), start));
      meanwhile();
      const auto more = error_of(tx.size(bytes_of("in/1")));
      EXPECT_EQ(error_of(std::move(tx).commit()), more) << "and it stays so";
      return more;
    };
    EXPECT_EQ(then([] {}), std::nullopt);
    EXPECT_EQ(then([&] { w.write(w.pair.bob); }), Error::conflict);
    EXPECT_EQ(then([&] { w.write(w.carol); }), std::nullopt) << "nobody had asked for her";
    EXPECT_EQ(then([&] { w.put("in/1"); }), std::nullopt) << "nor for this";
  }
}

TEST(Reading, after_a_conflict_what_was_read_can_be_asked_for_and_nothing_else) {
  TwoReaders w;
  auto tx = w.pair.alice.begin();
  const auto before = tx.info(w.pair.bob.address(), start);
  w.write(w.pair.bob);
  EXPECT_EQ(error_of(tx.size(bytes_of("in/1"))), Error::conflict);
  EXPECT_EQ(tx.info(w.pair.bob.address(), start)->epoch, before->epoch);
  EXPECT_EQ(error_of(tx.size(bytes_of("in/1"))), Error::conflict);
  EXPECT_EQ(error_of(tx.identity(w.carol.address())), Error::conflict);
}

TEST(Reading, a_walk_is_of_one_moment) {
  TwoReaders w;
  std::vector<std::uint8_t> key(400), value(400);
  const auto walk = [&](const std::function<void()>& meanwhile) {
    auto tx = w.pair.alice.begin();
    const auto first = tx.next(key, bytes_of("in/"), {});
    EXPECT_TRUE(first && *first);
    meanwhile();
    const auto got = tx.get(value, bytes_of("in/1"));
    EXPECT_TRUE(!got || *got) << "it was named";
    return error_of(got);
  };
  EXPECT_EQ(walk([] {}), std::nullopt);
  EXPECT_EQ(walk([&] { w.put("in/0"); }), Error::conflict) << "another is the first";
  w.erase("in/0");
  EXPECT_EQ(walk([&] { w.put("in/2"); }), std::nullopt) << "behind it";
  EXPECT_EQ(walk([&] { w.put("in/1"); }), std::nullopt) << "its name alone was read";
  EXPECT_EQ(walk([&] { w.erase("in/1"); }), Error::conflict);
}

/// Lets something happen before a row is asked for.
class AskedStore final : public StoreOver {
 public:
  AskedStore(Store& under, std::function<void(Bytes key)> act)
      : StoreOver(under), act_(std::move(act)) {}
  [[nodiscard]] Result<std::optional<Row>> get(Bytes key) noexcept override {
    act_(key);
    return under_->get(key);
  }

 private:
  std::function<void(Bytes key)> act_;
};

TEST(Reading, of_rows_that_come_and_go_is_of_no_moment) {
  // One of the two is always there, and whoever asks for one finds the other.
  TwoReaders w;
  const auto move = [&](std::string_view from, std::string_view to) {
    auto tx = *w.other.begin();
    if (!*tx.size(bytes_of(from))) return;
    ASSERT_TRUE(tx.erase(bytes_of(from)) && tx.put(bytes_of(to), bytes_of("here")));
    ASSERT_TRUE(std::move(tx).commit());
  };
  w.put("one");
  AskedStore store(w.pair.alice.rows, [&](Bytes key) {
    if (std::ranges::equal(key, bytes_of("Aone"))) move("one", "two");
    if (std::ranges::equal(key, bytes_of("Atwo"))) move("two", "one");
  });
  auto device = *Device::open(store, storage_key());
  auto tx = *device.begin();
  const auto one = tx.size(bytes_of("one"));
  ASSERT_TRUE(one && !*one);
  EXPECT_EQ(error_of(tx.size(bytes_of("two"))), Error::conflict);
}

TEST(Reading, of_an_earlier_moment_is_a_conflict_at_the_commit_and_accuses_nobody) {
  TwoReaders w;
  auto tx = w.pair.alice.begin();
  ASSERT_TRUE(tx.info(w.pair.bob.address(), start));
  w.write(w.pair.bob);
  // This looks at the head, and tells what was so before.
  ASSERT_TRUE(tx.info(w.pair.bob.address(), start));
  ASSERT_TRUE(tx.encrypt(w.pair.bob.address(), bytes_of("m"), start));
  EXPECT_EQ(error_of(std::move(tx).commit()), Error::conflict);
  EXPECT_TRUE(w.pair.alice.write(w.pair.bob, "again"));
}

TEST(Reading, a_walk_over_the_devices_of_an_account_asks_for_each_once) {
  const auto calls_for = [](std::uint32_t devices) {
    DeviceLimits limits;
    limits.max_cached_peers = 0;
    Party alice("alice", 1, limits), bob("bob", 2);
    EXPECT_TRUE(bob.make_prekeys());
    const auto bundle = *verify(bob.bundle(false)->keys);
    auto knows = alice.begin();
    for (std::uint32_t i = 1; i <= devices; ++i)
      EXPECT_TRUE(
          knows.connect({"bob", DeviceId{i}}, RegistrationId{1}, bundle, alice.tape, start));
    EXPECT_TRUE(std::move(knows).commit());
    auto tx = alice.begin();
    const std::size_t before = alice.store.calls();
    std::uint32_t found = 0;
    for (std::optional<DeviceId> last = *tx.next_device("bob", {}); last;
         last = *tx.next_device("bob", last))
      EXPECT_EQ(*last, DeviceId{++found});
    EXPECT_EQ(found, devices);
    return alice.store.calls() - before;
  };
  EXPECT_LT(calls_for(40), 5 * calls_for(10));
}

TEST(Reading, of_a_device_that_was_erased_meanwhile_is_of_nothing) {
  TwoReaders w;
  std::vector<std::uint8_t> key(400);
  auto tx = w.pair.alice.begin();
  auto walking = *w.other.begin();
  ASSERT_TRUE(Device::erase(w.pair.alice.rows));
  EXPECT_EQ(error_of(tx.size(bytes_of("in/1"))), Error::not_set_up) << "not that there is none";
  EXPECT_EQ(error_of(walking.next(key, {}, {})), Error::not_set_up);
}

TEST(Reading, is_over_when_the_store_went_back) {
  Pair pair;
  auto old = *pair.alice.rows.clone();
  ASSERT_TRUE(pair.alice.write(pair.bob, "one"));
  SwitchedStore store(pair.alice.rows);
  auto device = *Device::open(store, storage_key());
  auto tx = *device.begin();
  store.set(old);
  EXPECT_EQ(error_of(tx.identity(pair.bob.address())), Error::rolled_back);
  store.set(pair.alice.rows);
  // Neither what is in memory nor what asks nothing of the rows.
  EXPECT_EQ(error_of(tx.identity(pair.bob.address())), Error::rolled_back);
  EXPECT_EQ(error_of(tx.offered_identity(pair.bob.address())), Error::rolled_back);
  EXPECT_EQ(error_of(tx.encrypt(pair.bob.address(), bytes_of("m"), start)), Error::rolled_back);
  EXPECT_EQ(error_of(device.begin()), Error::wrong_state) << "the transaction is open";
  EXPECT_EQ(error_of(std::move(tx).commit()), Error::rolled_back);
  EXPECT_EQ(error_of(tx.identity(pair.bob.address())), Error::consumed) << "it has ended";
  EXPECT_EQ(error_of(device.last_commit()), Error::rolled_back);
  tx = *Device::open(store, storage_key())->begin();  // Ends the one before.
  EXPECT_EQ(error_of(device.begin()), Error::rolled_back);
  EXPECT_EQ(error_of(device.purge()), Error::rolled_back);
  EXPECT_EQ(error_of(device.offered_identity(pair.bob.address())), Error::rolled_back);
  EXPECT_EQ(error_of(device.rotate_storage_key(storage_key(0x43))), Error::rolled_back);
}

}  // namespace
}  // namespace sotto::session
