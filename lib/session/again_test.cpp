// SPDX-License-Identifier: MIT OR Apache-2.0
/// Doing again what was done in a commit of which nobody knew that it happened.
#include <array>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/snapshot.hpp>

#include "session/test_devices.hpp"
#include "session/test_rows.hpp"
#include "session/test_service.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

const Address carol{"carol", DeviceId{1}};

/// Alice, whose store loses answers; what others have for her.
struct Told {
  Told() : store(pair.alice.rows) {
    EXPECT_TRUE(pair.alice.make_prekeys());
    pair.alice.device = *Device::open(store, storage_key());
    letter = *pair.bob.write(pair.alice, "the only copy");
    bundle = *pair.bob.bundle();
    testing::TapeEntropy tape(90);
    other = IdentityKeyPair::generate(tape)->public_key();
    auto tx = pair.alice.begin();
    EXPECT_TRUE(tx.put(bytes_of("old"), bytes_of("row")));
    EXPECT_TRUE(std::move(tx).commit());
    upload = next_upload(pair.alice).id;
    snapshot = saved();
  }
  /// Of a peer whom the device itself does not know.
  std::vector<std::uint8_t> saved() {
    auto rows = *pair.alice.rows.clone();
    auto copy = *Device::open(rows, storage_key());
    auto tx = *copy.begin();
    EXPECT_TRUE(tx.accept_identity(carol, other));
    const auto sealed = *save_peer(tx, carol, snapshot_key());
    std::vector<std::uint8_t> out(sealed.size());
    EXPECT_TRUE(sealed.release(*std::move(tx).commit(), out));
    return out;
  }

  Pair pair;
  UnsureStore store;
  Letter letter{};
  wire::DeviceBundle bundle{};
  IdentityPublic other;
  UploadId upload{};
  std::vector<std::uint8_t> snapshot;
  std::vector<std::uint8_t> plain = std::vector<std::uint8_t>(1'000);
};

/// What an operation answers when it is done again after a commit that happened unheard.
struct Operation {
  const char* name;
  std::function<Result<void>(Told&, Transaction&)> act;
  std::optional<Error> again = std::nullopt;
};

template <class T>
Result<void> without_value(const Result<T>& result) {
  if (!result) return std::unexpected(result.error());
  return {};
}

const std::vector<Operation> operations{
    {"connect",
     [](Told& t, Transaction& tx) {
       return tx.connect(t.pair.bob.address(), t.bundle.registration, *verify(t.bundle.keys),
                         t.pair.alice.tape, start);
     }},
    {"encrypt",
     [](Told& t, Transaction& tx) {
       return without_value(tx.encrypt(t.pair.bob.address(), bytes_of("hi"), start));
     }},
    // It is said that it is done, and whoever needs the plaintext kept it in a row.
    {"decrypt",
     [](Told& t, Transaction& tx) {
       return without_value(tx.decrypt(t.plain, t.pair.bob.address(), t.letter.kind, t.letter.bytes,
                                       t.pair.alice.tape, start));
     },
     Error::replayed},
    {"accept_identity",
     [](Told& t, Transaction& tx) { return tx.accept_identity(t.pair.bob.address(), t.other); }},
    {"accept_identity of a new device",
     [](Told& t, Transaction& tx) { return tx.accept_identity({"bob", DeviceId{2}}, t.other); }},
    {"erase_sessions",
     [](Told& t, Transaction& tx) { return tx.erase_sessions(t.pair.bob.address()); }},
    {"forget", [](Told& t, Transaction& tx) { return whether(tx.forget(t.pair.bob.address())); }},
    {"forget_account", [](Told&, Transaction& tx) { return whether(tx.forget_account("bob")); }},
    {"rename_account",
     [](Told&, Transaction& tx) { return whether(tx.rename_account("bob", "rob")); }},
    {"prekeys_to_upload",
     [](Told& t, Transaction& tx) {
       return without_value(tx.prekeys_to_upload({}, t.pair.alice.tape, start));
     }},
    {"prekeys_uploaded",
     [](Told& t, Transaction& tx) { return tx.prekeys_uploaded(t.upload, start); }},
    {"bundle", [](Told&, Transaction& tx) { return without_value(tx.bundle()); }},
    {"last_resort_bundle",
     [](Told&, Transaction& tx) { return without_value(tx.last_resort_bundle()); }},
    {"replenish",
     [](Told& t, Transaction& tx) { return without_value(tx.replenish(t.pair.alice.tape)); }},
    {"rotate_signed_prekey",
     [](Told& t, Transaction& tx) { return tx.rotate_signed_prekey(t.pair.alice.tape, start); }},
    // It is there already: done.
    {"import_prekey of a one-time prekey",
     [](Told&, Transaction& tx) {
       testing::TapeEntropy tape(91);
       return tx.import_prekey(*OneTimePrekey::generate(OneTimePrekeyId{9'000}, tape));
     },
     Error::already_exists},
    {"put", [](Told&, Transaction& tx) { return tx.put(bytes_of("key"), bytes_of("value")); }},
    {"put of a message",
     [](Told& t, Transaction& tx) -> Result<void> {
       const auto unsent = tx.encrypt(t.pair.bob.address(), bytes_of("hi"), start);
       if (!unsent) return std::unexpected(unsent.error());
       return tx.put(bytes_of("out"), *unsent);
     }},
    {"erase", [](Told&, Transaction& tx) { return tx.erase(bytes_of("old")); }},
    {"restore_peer",
     [](Told& t, Transaction& tx) { return restore_peer(tx, carol, t.snapshot, snapshot_key()); }},
};

TEST(Again, what_is_done_again_after_a_commit_that_happened_unheard_succeeds_or_says_so) {
  for (const Operation& operation : operations) {
    SCOPED_TRACE(operation.name);
    Told told;
    {
      auto tx = told.pair.alice.begin();
      ASSERT_EQ(error_of(operation.act(told, tx)), std::nullopt);
      // Also what is no change by itself is part of a commit.
      ASSERT_TRUE(tx.put(bytes_of("mark"), bytes_of("1")));
      told.store.next_commit(true, 1);
      ASSERT_EQ(error_of(std::move(tx).commit()), Error::outcome_unknown);
    }
    auto tx = told.pair.alice.begin();
    EXPECT_TRUE(*tx.size(bytes_of("mark"))) << "it happened";
    EXPECT_EQ(error_of(operation.act(told, tx)), operation.again);
    EXPECT_TRUE(std::move(tx).commit());
    told.pair.alice.device = *Device::open(told.store, storage_key());
  }
}

TEST(Again, a_renamed_account_that_is_renamed_again_stays_where_it_is) {
  Told told;
  for (int i = 0; i < 2; ++i) {
    auto tx = told.pair.alice.begin();
    ASSERT_TRUE(tx.rename_account("bob", "rob"));
    ASSERT_TRUE(std::move(tx).commit());
  }
  told.pair.bob.name = "rob";
  EXPECT_EQ(told.pair.alice.read(told.pair.bob, told.letter), "the only copy");
}

// Over a device that has no prekeys, as all of the others have.
TEST(Again, prekeys_that_were_restored_unheard_are_restored_again) {
  Party before("alice", 1), alice("alice", 1);
  ASSERT_TRUE(before.make_prekeys());
  std::vector<std::uint8_t> snapshot;
  {
    auto tx = before.begin();
    const auto sealed = *save_prekeys(tx, snapshot_key());
    snapshot.resize(sealed.size());
    ASSERT_TRUE(sealed.release(*std::move(tx).commit(), snapshot));
  }
  UnsureStore store(alice.rows);
  alice.device = *Device::open(store, storage_key());
  {
    auto tx = alice.begin();
    ASSERT_TRUE(restore_prekeys(tx, snapshot, snapshot_key()));
    store.next_commit(true, 1);
    ASSERT_EQ(error_of(std::move(tx).commit()), Error::outcome_unknown);
  }
  auto tx = alice.begin();
  EXPECT_TRUE(restore_prekeys(tx, snapshot, snapshot_key()));
  EXPECT_TRUE(std::move(tx).commit());
  alice.device = *Device::open(alice.store, storage_key());
}

TEST(Again, a_device_that_was_created_unheard_is_there) {
  auto rows = *MemoryStore::create();
  UnsureStore store(rows);
  testing::TapeEntropy tape(1);
  const auto identity = *IdentityKeyPair::generate(tape);
  const auto create = [&] {
    return error_of(Device::create(store, storage_key(), identity, DeviceId{1}, RegistrationId{1}));
  };
  store.next_commit(true, 1);
  EXPECT_EQ(create(), Error::outcome_unknown);
  EXPECT_EQ(create(), Error::already_exists);
  EXPECT_TRUE(Device::open(store, storage_key()));
}

}  // namespace
}  // namespace sotto::session
