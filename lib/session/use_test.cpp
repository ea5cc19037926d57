// SPDX-License-Identifier: MIT OR Apache-2.0
/// Devices and transactions used at the wrong time: twice, too late, from inside, after a move.
#include <array>
#include <functional>
#include <list>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "session/test_uses.hpp"
#include "testing/forked.hpp"
#include "testing/moves.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

TEST(Use, of_a_transaction_that_is_over_is_refused) {
  Pair pair;
  auto tx = pair.alice.begin();
  const auto unsent = *tx.encrypt(pair.bob.address(), bytes_of("one"), start);
  const auto committed = std::move(tx).commit();
  ASSERT_TRUE(committed);
  const auto before = contents(pair.alice.rows);
  expect_all(tx, pair, Error::consumed);
  EXPECT_EQ(error_of(tx.put(bytes_of("k"), unsent)), Error::consumed);
  EXPECT_EQ(contents(pair.alice.rows), before);
  EXPECT_EQ(pair.bob.read(pair.alice, released(unsent, *committed)), "one");
}

TEST(Use, of_a_transaction_whose_commit_failed_is_refused) {
  Pair pair;
  auto tx = pair.alice.begin();
  ASSERT_TRUE(tx.put(bytes_of("k"), bytes_of("v")));
  pair.alice.store.fail_at(1);
  ASSERT_EQ(error_of(std::move(tx).commit()), Error::store_failed);
  expect_all(tx, pair, Error::consumed);
  EXPECT_TRUE(pair.alice.device.begin());
}

/// A device that was opened anew may stand where the one before stood, over the same rows.
TEST(Use, of_a_dropped_transactions_handles_is_refused_by_every_later_commit) {
  Pair pair;
  std::optional<Unsent> dropped;
  {
    auto device = *Device::open(pair.alice.rows, storage_key());
    auto tx = *device.begin();
    dropped = *tx.encrypt(pair.bob.address(), std::vector<std::uint8_t>(10'000), start);
  }
  std::vector<std::uint8_t> out(dropped->size());
  for (int i = 0; i < 16; ++i) {
    auto device = *Device::open(pair.alice.rows, storage_key());
    auto tx = *device.begin();
    const auto sent = tx.encrypt(pair.bob.address(), bytes_of("a"), start);
    EXPECT_EQ(error_of(tx.put(bytes_of("k"), *dropped)), Error::invalid_argument);
    const auto committed = std::move(tx).commit();
    ASSERT_TRUE(committed);
    EXPECT_EQ(error_of(dropped->release(*committed, out)), Error::invalid_argument);
    EXPECT_TRUE(sent->release(*committed, out));
  }
}

TEST(Use, of_a_transaction_that_was_moved_from_is_refused) {
  Pair pair;
  auto tx = pair.alice.begin();
  auto moved = std::move(tx);
  expect_all(tx, pair, Error::consumed);
  EXPECT_TRUE(moved.encrypt(pair.bob.address(), bytes_of("x"), start));
  EXPECT_TRUE(std::move(moved).commit());
}

TEST(Use, of_a_device_is_one_transaction_at_a_time) {
  Pair pair;
  const auto letter = *pair.bob.write(pair.alice, "later");
  {
    auto tx = pair.alice.begin();
    expect_all(pair.alice.device, pair, Error::wrong_state);
    Device same = pair.alice.device.share();
    EXPECT_EQ(error_of(same.begin()), Error::wrong_state);
    ASSERT_TRUE(tx.put(bytes_of("k"), bytes_of("v")));
    ASSERT_TRUE(std::move(tx).commit());
    EXPECT_TRUE(same.begin()) << "free from the commit on";
  }
  {
    auto dropped = pair.alice.begin();
  }
  EXPECT_EQ(pair.alice.read(pair.bob, letter), "later");
  EXPECT_TRUE(pair.alice.device.purge());
}

/// Whoever is asked for randomness is inside an operation.
class Within final : public Entropy {
 public:
  explicit Within(std::function<void()> act) : act_(std::move(act)) {}
  [[nodiscard]] Result<void> fill(MutableBytes out) noexcept override {
    if (act_) std::exchange(act_, nullptr)();
    return tape_.fill(out);
  }

 private:
  std::function<void()> act_;
  testing::TapeEntropy tape_{5};
};

TEST(Use, of_a_transaction_within_an_operation_of_it_is_refused) {
  Pair pair;
  auto tx = pair.alice.begin();
  bool was_inside = false;
  Within entropy([&] {
    expect_all(tx, pair, Error::wrong_state);
    expect_all(pair.alice.device, pair, Error::wrong_state);
    was_inside = true;
  });
  ASSERT_TRUE(tx.rotate_signed_prekey(entropy, start));
  EXPECT_TRUE(was_inside);
  EXPECT_EQ(tx.prekey_status(start)->signed_prekeys, 1U);
  EXPECT_TRUE(std::move(tx).commit());
}

TEST(Use, of_devices_over_one_store_object_is_one_call_at_a_time) {
  Pair pair;
  Device other = *Device::open(pair.alice.store, storage_key());
  auto open_there = *other.begin();
  bool was_inside = false;
  Within entropy([&] {
    expect_all(open_there, pair, Error::wrong_state);
    EXPECT_EQ(error_of(Device::open(pair.alice.store, storage_key())), Error::wrong_state);
    EXPECT_EQ(error_of(Device::create(pair.alice.store, storage_key(),
                                      *IdentityKeyPair::generate(pair.bob.tape), DeviceId{1},
                                      RegistrationId{1})),
              Error::wrong_state);
    was_inside = true;
  });
  auto tx = pair.alice.begin();
  ASSERT_TRUE(tx.rotate_signed_prekey(entropy, start));
  EXPECT_TRUE(was_inside);
  // Between two calls nobody is inside, and what was refused may go on.
  ASSERT_TRUE(open_there.put(bytes_of("k"), bytes_of("v")));
  ASSERT_TRUE(std::move(open_there).commit());
  EXPECT_TRUE(std::move(tx).commit());

  was_inside = false;
  Within within([&] {
    expect_all(other, pair, Error::wrong_state);
    was_inside = true;
  });
  tx = pair.alice.begin();
  ASSERT_TRUE(tx.rotate_signed_prekey(within, start));
  EXPECT_TRUE(was_inside);
}

/// An app's own, which asks for no process and keeps nothing.
class EmptyStore final : public Store {
 public:
  [[nodiscard]] Result<std::optional<Row>> get(Bytes) noexcept override {
    return std::optional<Row>();
  }
  [[nodiscard]] Result<std::optional<Entry>> next(Bytes, Bytes) noexcept override {
    return std::optional<Entry>();
  }
  [[nodiscard]] Result<Revision> commit(std::span<const Change>) noexcept override {
    return Revision{1};
  }
  [[nodiscard]] Result<Revision> revision() noexcept override { return Revision{1}; }
};

TEST(Use, of_an_apps_store_in_a_forked_process_is_refused_once_a_device_stands_on_it) {
  EmptyStore store;
  const auto open = [&] { return error_of(Device::open(store, storage_key())); };
  EXPECT_EQ(testing::in_a_forked_process(open), Error::not_set_up) << "nobody was here before";
  testing::TapeEntropy tape(5);
  ASSERT_TRUE(Device::create(store, storage_key(), *IdentityKeyPair::generate(tape), DeviceId{1},
                             RegistrationId{1}));
  EXPECT_EQ(open(), Error::not_set_up);
  EXPECT_EQ(testing::in_a_forked_process(open), Error::wrong_state);
}

TEST(Use, of_a_device_leaves_the_store_to_the_others_whatever_it_answers) {
  Pair pair;
  FailingStore store(pair.alice.rows);
  const auto letter = *pair.bob.write(pair.alice, "later");
  Device one = *Device::open(store, storage_key());
  Device other = *Device::open(store, storage_key());
  std::array<std::uint8_t, 500> out;
  auto& tape = pair.alice.tape;
  const auto bundle = *verify(pair.bob.bundle()->keys);
  const Address bob = pair.bob.address();
  const std::function<std::optional<Error>()> calls[]{
      [&] { return error_of(one.begin()); },
      [&] { return error_of(one.connect(bob, RegistrationId{1}, bundle, tape, start)); },
      [&] { return error_of(one.encrypt(out, bob, bytes_of("x"), start)); },
      [&] { return error_of(one.encrypt({}, bob, bytes_of("x"), start)); },
      [&] { return error_of(one.decrypt(out, bob, letter.kind, letter.bytes, tape, start)); },
      [&] { return error_of(one.offered_identity(bob)); },
      [&] { return error_of(one.last_commit()); },
      [&] { return error_of(one.purge()); },
      [&] { return error_of(one.rotate_storage_key(storage_key())); },
      [&] { return error_of(Device::open(store, storage_key())); },
      [&] {
        auto tx = one.begin();
        return tx ? error_of(tx->info(bob, start)) : tx.error();
      },
  };
  for (const auto& call : calls)
    for (std::size_t fails_at = 0; fails_at < 12; ++fails_at) {
      store.fail_at(fails_at);
      static_cast<void>(call());
      store.fail_at(0);
      EXPECT_TRUE(one.begin()) << "call " << &call - calls << ", failed at " << fails_at;
      EXPECT_TRUE(other.begin()) << "call " << &call - calls << ", failed at " << fails_at;
    }
}

TEST(Use, of_a_device_that_was_moved_from_is_refused) {
  Pair pair;
  Device moved = std::move(pair.alice.device);
  Device& left = pair.alice.device;  // NOLINT(bugprone-use-after-move): that is what is tested
  expect_all(left, pair, Error::consumed);
  EXPECT_EQ(left.identity(), IdentityPublic());
  EXPECT_EQ(left.number(), DeviceId{});
  EXPECT_EQ(left.registration(), RegistrationId{});
  EXPECT_EQ(error_of(left.share().begin()), Error::consumed);
  EXPECT_EQ(moved.number(), DeviceId{1});
  EXPECT_TRUE(moved.begin());
}

TEST(Use, of_a_transaction_goes_on_while_its_device_moves_and_ends) {
  Pair pair;
  auto tx = pair.alice.begin();
  ASSERT_TRUE(tx.put(bytes_of("k"), bytes_of("v")));
  {
    Device moved = std::move(pair.alice.device);
    EXPECT_EQ(error_of(moved.begin()), Error::wrong_state);
  }
  const auto unsent = tx.encrypt(pair.bob.address(), bytes_of("on"), start);
  ASSERT_TRUE(unsent);
  const auto committed = std::move(tx).commit();
  ASSERT_TRUE(committed);
  EXPECT_EQ(pair.bob.read(pair.alice, released(*unsent, *committed)), "on");
}

/// As an app holds them.
struct App {
  MemoryStore store;
  Device device;
};

App make_app(std::uint64_t seed) {
  testing::TapeEntropy tape(seed);
  auto store = *MemoryStore::create();
  auto device = *Device::create(store, storage_key(), *IdentityKeyPair::generate(tape), DeviceId{1},
                                RegistrationId{1});
  return {std::move(store), std::move(device)};
}

TEST(Use, of_devices_that_are_held_beside_their_stores_and_move_with_them) {
  std::vector<App> apps;
  for (std::uint64_t seed = 1; seed <= 9; ++seed) {
    apps.push_back(make_app(seed));
    auto tx = *apps.front().device.begin();
    ASSERT_TRUE(tx.put(bytes_of("turns"), bytes_of(std::to_string(seed))));
    const std::size_t room = apps.capacity();
    apps.reserve(room + 1);  // In the middle of a transaction.
    ASSERT_TRUE(std::move(tx).commit());
  }
  std::array<std::uint8_t, 1> out;
  auto tx = *apps.front().device.begin();
  EXPECT_EQ((**tx.get(out, bytes_of("turns")))[0], '9');
  apps.erase(apps.begin());
  EXPECT_EQ(error_of(tx.get(out, bytes_of("turns"))), Error::consumed) << "its store has ended";
  for (App& app : apps) EXPECT_TRUE(app.device.begin());
}

TEST(Use, of_a_device_whose_store_has_ended_is_refused) {
  Pair pair;
  std::optional<MemoryStore> rows = *pair.alice.rows.share();
  Device device = *Device::open(*rows, storage_key());
  auto tx = *device.begin();
  ASSERT_TRUE(tx.put(bytes_of("k"), bytes_of("v")));
  rows.reset();
  expect_all(tx, pair, Error::consumed);
  expect_all(device, pair, Error::consumed);
  // Another store in its place is not its store.
  auto here = *pair.alice.rows.share();
  Device other = *Device::open(here, storage_key());
  here = *MemoryStore::create();
  expect_all(other, pair, Error::consumed);
}

TEST(Use, of_two_threads_that_open_the_same_messages_on_one_device_each_opens_once) {
  Pair pair;
  std::vector<Letter> letters;
  for (int i = 0; i < 100; ++i) letters.push_back(*pair.alice.write(pair.bob, "once"));
  std::array<std::vector<std::optional<Error>>, 2> answers;
  const auto run = [&](std::size_t thread) {
    testing::TapeEntropy tape(200 + thread);
    std::vector<std::uint8_t> out(letters[0].bytes.size());
    for (const Letter& letter : letters) {
      std::optional<Error> answer = Error::wrong_state;
      while (answer == Error::wrong_state)  // The other is inside; nothing has happened.
        answer = error_of(pair.bob.device.decrypt(out, {"alice", DeviceId{1}}, letter.kind,
                                                  letter.bytes, tape, start));
      answers[thread].push_back(answer);
    }
  };
  {
    std::jthread one([&] { run(0); });
    std::jthread two([&] { run(1); });
  }
  for (std::size_t i = 0; i < letters.size(); ++i) {
    const auto& one = answers[0][i];
    const auto& two = answers[1][i];
    EXPECT_NE(one.has_value(), two.has_value()) << i;
    EXPECT_EQ(one ? one : two, Error::replayed) << i;
  }
}

TEST(Use, of_devices_and_transactions_that_are_moved_about) {
  std::list<Party> parties;
  const auto make_device = [&](int n) {
    const auto seed = static_cast<std::uint32_t>(n);
    Party& party = parties.emplace_back("somebody", 10 + seed);
    EXPECT_TRUE(Device::erase(party.store));
    return *Device::create(party.store, storage_key(), *IdentityKeyPair::generate(party.tape),
                           DeviceId{seed}, RegistrationId{1});
  };
  testing::expect_moves<Device>(
      make_device, [](const Device& device) { return static_cast<int>(device.number()); },
      [](Device& device) { return error_of(device.begin()); });
  std::list<Device> devices;
  testing::expect_moves<Transaction>(
      [&](int n) {
        auto tx = *devices.emplace_back(make_device(1)).begin();
        EXPECT_TRUE(tx.put(bytes_of("k"), std::vector<std::uint8_t>(static_cast<std::size_t>(n))));
        return tx;
      },
      [](Transaction& tx) {
        const auto size = tx.size(bytes_of("k"));
        return size && *size ? static_cast<int>(**size) : 0;
      },
      [](Transaction& tx) { return error_of(tx.size(bytes_of("k"))); });
  // A transaction whose place another one took is over, as one that was dropped.
  for (Device& device : devices) EXPECT_TRUE(device.begin());
}

}  // namespace
}  // namespace sotto::session
