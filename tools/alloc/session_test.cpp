// SPDX-License-Identifier: MIT OR Apache-2.0
/// What devices and transactions do when there is no memory: nothing, and the same again succeeds.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/snapshot.hpp>

#include "alloc/starve.hpp"
#include "session/test_devices.hpp"

namespace sotto::session {
namespace {

using testing::error_of;
using testing::HeapWatch;
using testing::made_or_not;
using testing::starve;

DeviceLimits few_prekeys() {
  DeviceLimits limits;
  limits.prekeys.batch = 3;
  return limits;
}
const SnapshotKey snapshot_key(std::array<std::uint8_t, 32>{7});
const auto later = start + std::chrono::days(40);

/// What has happened before: a session with bob, skipped keys, carol's first message at hand,
/// prekeys of which some were given out, rows of the app's. It is made once.
struct Past {
  Past() {
    EXPECT_TRUE(pair.alice.make_prekeys());
    EXPECT_TRUE(carol.connect(pair.alice));
    first = *carol.write(pair.alice, "from carol");
    for (int i = 0; i < 70; ++i) late = *pair.bob.write(pair.alice, "late");
    EXPECT_TRUE(pair.alice.read(pair.bob, *pair.bob.write(pair.alice, "skips")));
    next = *pair.bob.write(pair.alice, "next");
    EXPECT_TRUE(carol.make_prekeys());
    theirs = *verify(carol.bundle()->keys);
    auto tx = pair.alice.begin();
    EXPECT_TRUE(tx.put(bytes_of("in/1"), bytes_of("one")));
    EXPECT_TRUE(tx.put(bytes_of("in/2"), bytes_of("two")));
    const auto due = *tx.prekeys_to_upload({}, pair.alice.tape, start);
    const auto prekeys = *save_prekeys(tx, snapshot_key);
    prekeys_snapshot.resize(prekeys.size());
    const auto done = *std::move(tx).commit();
    EXPECT_TRUE(prekeys.release(done, prekeys_snapshot));
    std::vector<Bundle::OneTime> room(due.size());
    upload = due.release(done, room)->id;
    save_dave();
  }
  /// A snapshot of somebody of whom alice's own rows know nothing.
  void save_dave() {
    Party dave("dave", 4, limits);
    EXPECT_TRUE(dave.make_prekeys());
    Party copy("alice", 1, limits);
    copy.tape = testing::TapeEntropy(5);
    EXPECT_TRUE(copy.connect(dave));
    EXPECT_TRUE(dave.read(copy, *copy.write(dave, "hello")));
    for (int i = 0; i < 70; ++i) EXPECT_TRUE(dave.write(copy, "never read"));
    EXPECT_TRUE(copy.read(dave, *dave.write(copy, "skips")));
    auto tx = copy.begin();
    const auto saved = *save_peer(tx, dave.address(), snapshot_key);
    peer_snapshot.resize(saved.size());
    EXPECT_TRUE(saved.release(*std::move(tx).commit(), peer_snapshot));
  }

  DeviceLimits limits = few_prekeys();
  Pair pair{limits};
  Party carol{"carol", 3, limits};
  Letter first{}, late{}, next{};
  std::optional<VerifiedBundle> theirs;
  UploadId upload{};
  std::vector<std::uint8_t> peer_snapshot, prekeys_snapshot;
};

const Past& past() {
  static const Past all;
  return all;
}

/// Alice, from a copy of her rows.
struct Scene {
  MemoryStore rows = *past().pair.alice.rows.clone();
  Device device = *Device::open(rows, storage_key(), {}, few_prekeys());
  testing::TapeEntropy tape{9};
  std::vector<std::uint8_t> out = std::vector<std::uint8_t>(2'000);
  std::optional<Transaction> tx;
};

auto image(Scene& scene) {
  return contents(scene.rows);
}

using Step = std::function<std::optional<Error>(Transaction&, Scene&)>;

const Address bob{"bob", DeviceId{1}}, carol{"carol", DeviceId{1}}, dave{"dave", DeviceId{1}};

/// Every operation of a transaction.
const std::vector<std::pair<std::string, Step>>& steps() {
  static const std::vector<std::pair<std::string, Step>> all{
      {"connect",
       [](Transaction& tx, Scene& s) {
         return error_of(
             tx.connect(carol, past().carol.device.registration(), *past().theirs, s.tape, start));
       }},
      {"encrypt",
       [](Transaction& tx, Scene&) { return error_of(tx.encrypt(bob, bytes_of("text"), start)); }},
      {"decrypt",
       [](Transaction& tx, Scene& s) {
         const Letter& next = past().next;
         return error_of(tx.decrypt(s.out, bob, next.kind, next.bytes, s.tape, start));
       }},
      {"decrypt a late message",
       [](Transaction& tx, Scene& s) {
         const Letter& late = past().late;
         return error_of(tx.decrypt(s.out, bob, late.kind, late.bytes, s.tape, start));
       }},
      {"decrypt a first message",
       [](Transaction& tx, Scene& s) {
         const Letter& first = past().first;
         return error_of(tx.decrypt(s.out, carol, first.kind, first.bytes, s.tape, start));
       }},
      {"identity", [](Transaction& tx, Scene&) { return error_of(tx.identity(bob)); }},
      {"accept an identity",
       [](Transaction& tx, Scene&) {
         return error_of(tx.accept_identity(bob, past().carol.device.identity()));
       }},
      {"info", [](Transaction& tx, Scene&) { return error_of(tx.info(bob, start)); }},
      {"erase sessions", [](Transaction& tx, Scene&) { return error_of(tx.erase_sessions(bob)); }},
      {"forget", [](Transaction& tx, Scene&) { return error_of(tx.forget(bob)); }},
      {"forget an account",
       [](Transaction& tx, Scene&) { return error_of(tx.forget_account("bob")); }},
      {"rename an account",
       [](Transaction& tx, Scene&) { return error_of(tx.rename_account("bob", "bert")); }},
      {"next device",
       [](Transaction& tx, Scene&) { return error_of(tx.next_device("bob", std::nullopt)); }},
      {"prekeys to upload",
       [](Transaction& tx, Scene& s) { return error_of(tx.prekeys_to_upload({}, s.tape, later)); }},
      {"prekeys uploaded",
       [](Transaction& tx, Scene&) { return error_of(tx.prekeys_uploaded(past().upload, later)); }},
      {"prekey status", [](Transaction& tx, Scene&) { return error_of(tx.prekey_status(later)); }},
      {"bundle", [](Transaction& tx, Scene&) { return error_of(tx.bundle()); }},
      {"last-resort bundle",
       [](Transaction& tx, Scene&) { return error_of(tx.last_resort_bundle()); }},
      {"replenish", [](Transaction& tx, Scene& s) { return error_of(tx.replenish(s.tape)); }},
      {"rotate",
       [](Transaction& tx, Scene& s) { return error_of(tx.rotate_signed_prekey(s.tape, later)); }},
      {"import a one-time prekey",
       [](Transaction& tx, Scene& s) {
         return error_of(tx.import_prekey(*OneTimePrekey::generate(OneTimePrekeyId{900}, s.tape)));
       }},
      {"put", [](Transaction& tx,
                 Scene&) { return error_of(tx.put(bytes_of("key"), bytes_of("value"))); }},
      {"erase", [](Transaction& tx, Scene&) { return error_of(tx.erase(bytes_of("in/1"))); }},
      {"size", [](Transaction& tx, Scene&) { return error_of(tx.size(bytes_of("in/1"))); }},
      {"get", [](Transaction& tx, Scene& s) { return error_of(tx.get(s.out, bytes_of("in/1"))); }},
      {"next",
       [](Transaction& tx, Scene& s) { return error_of(tx.next(s.out, bytes_of("in/"), {})); }},
      {"save a peer",
       [](Transaction& tx, Scene&) { return error_of(save_peer(tx, bob, snapshot_key)); }},
      {"save prekeys",
       [](Transaction& tx, Scene&) { return error_of(save_prekeys(tx, snapshot_key)); }},
      {"restore a peer",
       [](Transaction& tx, Scene&) {
         return error_of(restore_peer(tx, dave, past().peer_snapshot, snapshot_key));
       }},
      {"restore the prekeys that there are", [](Transaction& tx, Scene&) {
         return error_of(restore_prekeys(tx, past().prekeys_snapshot, snapshot_key));
       }}};
  return all;
}

/// A transaction of one step; `warm`: the device holds bob in memory already.
std::unique_ptr<Scene> scene(bool warm) {
  auto made = std::make_unique<Scene>();
  if (!warm) return made;
  auto tx = *made->device.begin();
  EXPECT_TRUE(tx.info(bob, start));
  EXPECT_TRUE(tx.prekey_status(start));
  EXPECT_TRUE(std::move(tx).commit());
  return made;
}

/// What is held in memory besides the rows may be left out: only the rows count.
TEST(OutOfMemory, a_transaction_is_whole_or_nothing) {
  for (const auto& [name, step] : steps())
    for (const bool warm : {false, true}) {
      SCOPED_TRACE(::testing::Message() << name << (warm ? ", warm" : ""));
      EXPECT_GE(starve([&] { return scene(warm); },
                       [&](Scene& s) -> std::optional<Error> {
                         s.tape = testing::TapeEntropy(9);
                         auto tx = s.device.begin();
                         if (!tx) return tx.error();
                         if (const auto error = step(*tx, s)) return error;
                         return error_of(std::move(*tx).commit());
                       },
                       image, testing::Without::something),
                1U);
    }
}

TEST(OutOfMemory, a_step_that_fails_leaves_its_transaction_as_it_was) {
  for (const auto& [name, step] : steps()) {
    SCOPED_TRACE(name);
    // Another step came before, and must be stored with it in the end.
    const auto begun = [] {
      auto s = std::make_unique<Scene>();
      s->tx.emplace(*s->device.begin());
      EXPECT_TRUE(s->tx->put(bytes_of("before"), bytes_of("this")));
      EXPECT_TRUE(s->tx->info(bob, start));
      return s;
    };
    const auto ended = [](Scene& s) {
      EXPECT_EQ(error_of((*std::exchange(s.tx, std::nullopt)).commit()), std::nullopt);
      return contents(s.rows);
    };
    const auto expected = [&] {
      const auto s = begun();
      EXPECT_EQ(step(*s->tx, *s), std::nullopt);
      return ended(*s);
    }();
    for (std::size_t at = 0; !HasFailure(); ++at) {
      SCOPED_TRACE(at);
      const auto s = begun();
      std::optional<Error> error;
      bool struck = false;
      {
        const HeapWatch watch(at, HeapWatch::Refused::one);
        error = step(*s->tx, *s);
        struck = watch.count() > at;
      }
      if (error) {
        EXPECT_EQ(*error, Error::out_of_memory);
        s->tape = testing::TapeEntropy(9);
        EXPECT_EQ(step(*s->tx, *s), std::nullopt);
      }
      EXPECT_TRUE(ended(*s) == expected);
      if (!struck) break;
    }
  }
}

TEST(OutOfMemory, prekeys_are_restored_in_an_empty_store_or_not) {
  EXPECT_GE(starve([] { return std::make_unique<Party>("alice", 1, few_prekeys()); },
                   [](Party& alice) -> std::optional<Error> {
                     auto tx = alice.device.begin();
                     if (!tx) return tx.error();
                     const auto& snapshot = past().prekeys_snapshot;
                     if (const auto done = restore_prekeys(*tx, snapshot, snapshot_key); !done)
                       return done.error();
                     return error_of(std::move(*tx).commit());
                   },
                   [](Party& alice) { return contents(alice.rows); }, testing::Without::something),
            1U);
}

TEST(OutOfMemory, a_device_is_set_up_and_opened_or_not) {
  const auto identity = [] {
    testing::TapeEntropy tape(5);
    return *IdentityKeyPair::generate(tape);
  }();
  struct Empty {
    MemoryStore rows = *MemoryStore::create();
  };
  EXPECT_GE(starve([] { return std::make_unique<Empty>(); },
                   [&](Empty& empty) {
                     return error_of(Device::create(empty.rows, storage_key(), identity,
                                                    DeviceId{1}, RegistrationId{5}));
                   },
                   [](Empty& empty) { return contents(empty.rows); }),
            3U);
  MemoryStore rows = *past().pair.alice.rows.clone();
  EXPECT_GE(made_or_not<Device>([&] { return Device::open(rows, storage_key()); }), 3U);
}

TEST(OutOfMemory, a_device_without_a_transaction_is_the_same) {
  const auto all = std::vector<std::pair<std::string, std::function<std::optional<Error>(Scene&)>>>{
      {"encrypt",
       [](Scene& s) { return error_of(s.device.encrypt(s.out, bob, bytes_of("text"), start)); }},
      {"decrypt",
       [](Scene& s) {
         return error_of(
             s.device.decrypt(s.out, bob, past().next.kind, past().next.bytes, s.tape, start));
       }},
      {"another storage key",
       [](Scene& s) { return error_of(s.device.rotate_storage_key(storage_key(0x43))); }},
  };
  for (const auto& [name, operation] : all) {
    SCOPED_TRACE(name);
    EXPECT_GE(starve([] { return scene(false); },
                     [&](Scene& s) {
                       s.tape = testing::TapeEntropy(9);
                       return operation(s);
                     },
                     image, testing::Without::something),
              1U);
  }
}

}  // namespace
}  // namespace sotto::session
