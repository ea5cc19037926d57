// SPDX-License-Identifier: MIT OR Apache-2.0
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/snapshot.hpp>

#include "session/snapshot_seal.hpp"
#include "session/test_service.hpp"
#include "session/test_snapshots.hpp"

namespace sotto::session {
namespace {

using Buffer = std::vector<std::uint8_t>;
using testing::error_of;

SnapshotKey snapshot_key(std::uint8_t fill = 7) {
  std::array<std::uint8_t, 32> bytes;
  bytes.fill(fill);
  return SnapshotKey(bytes);
}

Buffer released(const PendingBytes& pending, const Committed& committed) {
  Buffer out(pending.size());
  const auto bytes = pending.release(committed, out);
  EXPECT_TRUE(bytes && bytes->size() == out.size());
  return out;
}
Buffer save(Party& party, const Party& peer) {
  auto tx = party.begin();
  const auto saved = save_peer(tx, peer.address(), snapshot_key());
  EXPECT_TRUE(saved);
  return released(*saved, *std::move(tx).commit());
}
Buffer save_prekeys_of(Party& party) {
  auto tx = party.begin();
  const auto saved = save_prekeys(tx, snapshot_key());
  EXPECT_TRUE(saved);
  return released(*saved, *std::move(tx).commit());
}

Result<void> restore(Party& party, const Party& peer, Bytes snapshot, std::uint8_t key = 7) {
  auto tx = party.begin();
  if (const auto done = restore_peer(tx, peer.address(), snapshot, snapshot_key(key)); !done)
    return done;
  EXPECT_TRUE(std::move(tx).commit());
  return {};
}
Result<void> restore_prekeys_of(Party& party, Bytes snapshot) {
  auto tx = party.begin();
  if (const auto done = restore_prekeys(tx, snapshot, snapshot_key()); !done) return done;
  EXPECT_TRUE(std::move(tx).commit());
  return {};
}

/// Every row that differs, or whether there is one.
std::uint64_t revision(Party& party) {
  return std::to_underlying(*party.rows.revision());
}

/// The same device over an empty store.
void lose_the_store(Party& party, std::uint64_t seed) {
  Party anew(party.name, seed, party.limits);
  party.rows = std::move(anew.rows);
  party.restart();
}

TEST(Snapshot, GoesOnInAnEmptyStore) {
  Pair pair;
  const Letter late = *pair.alice.write(pair.bob, "late");
  ASSERT_EQ(pair.bob.read(pair.alice, *pair.alice.write(pair.bob, "x")), "x");
  const Buffer snapshot = save(pair.bob, pair.alice);
  lose_the_store(pair.bob, 2);
  ASSERT_FALSE(pair.bob.info(pair.alice)->can_send);
  ASSERT_TRUE(restore(pair.bob, pair.alice, snapshot));
  pair.bob.restart();
  EXPECT_EQ(save(pair.bob, pair.alice), snapshot);
  EXPECT_EQ(pair.bob.read(pair.alice, late), "late");
  EXPECT_EQ(pair.alice.read(pair.bob, *pair.bob.write(pair.alice, "back")), "back");
}

TEST(Snapshot, OfPrekeysGoesOnInAnEmptyStore) {
  Party alice("alice", 1), bob("bob", 2);
  ASSERT_TRUE(bob.make_prekeys());
  ASSERT_TRUE(alice.connect(bob, false));
  ASSERT_EQ(bob.read(alice, *alice.write(bob, "remembered")), "remembered");
  Party carol("carol", 3);
  ASSERT_TRUE(carol.connect(bob));
  const Letter hello = *carol.write(bob, "hello");
  const Buffer snapshot = save_prekeys_of(bob);
  const auto status = *bob.begin().prekey_status(start);
  lose_the_store(bob, 2);
  ASSERT_EQ(error_of(bob.read(carol, hello)), Error::unknown_prekey);
  ASSERT_TRUE(restore_prekeys_of(bob, snapshot));
  bob.restart();
  EXPECT_EQ(save_prekeys_of(bob), snapshot);
  EXPECT_EQ(bob.begin().prekey_status(start)->one_time_left, status.one_time_left);
  EXPECT_EQ(bob.begin().prekey_status(start)->last_resort_used, 1);
  EXPECT_EQ(bob.read(carol, hello), "hello");
}

// [SES-8-5, SES-8-6]
TEST(Snapshot, OfPrekeysAcknowledgesWhatIsInItAlone) {
  DeviceLimits limits;
  limits.prekeys.batch = 10;
  limits.prekeys.low_water = 3;
  Party bob("bob", 2, limits);
  Service service;
  const Uploading offered = next_upload(bob);
  const Buffer snapshot = save_prekeys_of(bob);
  service.take(offered);
  acknowledge(bob, offered.id);
  service.hand_out(8);
  const Uploading later = next_upload(bob, service.stock());
  ASSERT_EQ(later.one_time.size(), 8U);
  service.take(later);
  lose_the_store(bob, 2);
  ASSERT_TRUE(restore_prekeys_of(bob, snapshot));
  acknowledge(bob, later.id);
  EXPECT_EQ(bob.status()->one_time_unpublished, 10U) << "nothing of that upload is here";
  EXPECT_EQ(bob.status()->signed_unacknowledged, 1U);
  acknowledge(bob, offered.id);
  EXPECT_EQ(bob.status()->one_time_unpublished, 0U) << "all of this one is";
  EXPECT_EQ(bob.status()->signed_unacknowledged, 0U);
  ServiceStock stock = service.stock();
  stock.not_ours = true;
  EXPECT_TRUE(service.sync(bob, stock).replaces);
  ASSERT_EQ(service.one_time.size(), 10U);
  while (!service.one_time.empty()) EXPECT_TRUE(reached(service, bob));
}

// [SES-9-1]
TEST(Snapshot, EveryCutAndEveryFlippedBitLeavesAllAsItWas) {
  Pair pair;
  Buffer snapshot = save(pair.bob, pair.alice);
  Buffer prekeys = save_prekeys_of(pair.bob);
  prekeys.resize(prekeys.size());
  const std::uint64_t before = revision(pair.bob);
  auto tx = pair.bob.begin();
  const auto refused = [&](Bytes bytes) {
    const auto error = error_of(restore_peer(tx, pair.alice.address(), bytes, snapshot_key()));
    return error == Error::corrupted || error == Error::malformed ||
           error == Error::unsupported_version;
  };
  for (std::size_t size = 0; size < snapshot.size(); ++size)
    ASSERT_TRUE(refused(Bytes(snapshot).first(size))) << size;
  for (std::size_t i = 0; i < snapshot.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      snapshot[i] ^= static_cast<std::uint8_t>(1 << bit);
      ASSERT_TRUE(refused(snapshot)) << i;
      snapshot[i] ^= static_cast<std::uint8_t>(1 << bit);
    }
  }
  for (std::size_t i = 0; i < prekeys.size(); ++i) {
    ASSERT_TRUE(error_of(restore_prekeys(tx, Bytes(prekeys).first(i), snapshot_key())));
    prekeys[i] ^= 1;
    ASSERT_TRUE(error_of(restore_prekeys(tx, prekeys, snapshot_key())));
    prekeys[i] ^= 1;
  }
  ASSERT_TRUE(std::move(tx).commit());
  EXPECT_EQ(revision(pair.bob), before) << "something was written";
  EXPECT_EQ(save(pair.bob, pair.alice), snapshot);
  EXPECT_EQ(save_prekeys_of(pair.bob), prekeys);
}

// [SES-9-1]
TEST(Snapshot, OlderThanWhatIsStored) {
  Pair pair;
  const Buffer old = save(pair.bob, pair.alice);
  EXPECT_TRUE(restore(pair.bob, pair.alice, old)) << "the same epoch";
  ASSERT_TRUE(pair.bob.write(pair.alice, "one number spent"));
  EXPECT_EQ(error_of(restore(pair.bob, pair.alice, old)), Error::rolled_back);
  const Buffer prekeys = save_prekeys_of(pair.bob);
  EXPECT_TRUE(restore_prekeys_of(pair.bob, prekeys));
  ASSERT_TRUE(pair.bob.bundle());
  EXPECT_EQ(error_of(restore_prekeys_of(pair.bob, prekeys)), Error::rolled_back);
}

// [SES-9-1]
TEST(Snapshot, OfAnotherKeyDevicePeerOrKind) {
  Pair pair;
  const Buffer snapshot = save(pair.bob, pair.alice);
  EXPECT_EQ(error_of(restore(pair.bob, pair.alice, snapshot, 8)), Error::corrupted);
  EXPECT_EQ(error_of(restore(pair.bob, Party("alicf", 1), snapshot)), Error::corrupted);
  EXPECT_EQ(error_of(restore(pair.alice, pair.alice, snapshot)), Error::corrupted);
  EXPECT_EQ(error_of(restore_prekeys_of(pair.bob, snapshot)), Error::corrupted);
  EXPECT_EQ(error_of(restore(pair.bob, pair.alice, save_prekeys_of(pair.bob))), Error::corrupted);
  EXPECT_EQ(error_of(restore_prekeys_of(pair.alice, save_prekeys_of(pair.bob))), Error::corrupted);
}

// [SES-7-2]
TEST(Snapshot, DoesNotReplaceAnAcceptedIdentity) {
  Pair pair;
  const Buffer snapshot = save(pair.bob, pair.alice);
  lose_the_store(pair.bob, 2);
  const Party other("other", 9);
  auto tx = pair.bob.begin();
  ASSERT_TRUE(tx.accept_identity(pair.alice.address(), other.device.identity()));
  EXPECT_EQ(error_of(restore_peer(tx, pair.alice.address(), snapshot, snapshot_key())),
            Error::identity_changed);
}

// [SES-9-1]
TEST(Snapshot, OfOneWhoWasForgottenTakesNoIdentityAway) {
  Pair pair;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(pair.bob.write(pair.alice, "so that it is newer"));
  {
    auto tx = pair.bob.begin();
    ASSERT_TRUE(tx.forget(pair.alice.address()));
    ASSERT_TRUE(std::move(tx).commit());
  }
  const Buffer forgotten = save(pair.bob, pair.alice);
  EXPECT_TRUE(restore(pair.bob, pair.alice, forgotten)) << "the same epoch";
  lose_the_store(pair.bob, 2);
  const auto identity = [&] { return *pair.bob.begin().identity(pair.alice.address()); };
  {
    auto tx = pair.bob.begin();
    ASSERT_TRUE(tx.accept_identity(pair.alice.address(), pair.alice.device.identity()));
    ASSERT_TRUE(std::move(tx).commit());
  }
  const auto before = contents(pair.bob.rows);
  EXPECT_EQ(error_of(restore(pair.bob, pair.alice, forgotten)), Error::rolled_back);
  EXPECT_EQ(contents(pair.bob.rows), before);
  EXPECT_EQ(identity(), pair.alice.device.identity());
  lose_the_store(pair.bob, 2);
  ASSERT_TRUE(restore(pair.bob, pair.alice, forgotten));
  EXPECT_FALSE(identity());
  EXPECT_EQ(save(pair.bob, pair.alice), forgotten);
}

TEST(Snapshot, NeedsItsSizeAndAPeer) {
  Pair pair;
  auto tx = pair.bob.begin();
  const Party stranger("stranger", 5);
  EXPECT_EQ(error_of(save_peer(tx, stranger.address(), snapshot_key())), Error::no_session);
  const auto saved = save_peer(tx, pair.alice.address(), snapshot_key());
  ASSERT_TRUE(saved);
  Buffer out(saved->size() - 1, 0xa5);
  EXPECT_EQ(error_of(saved->release(*std::move(tx).commit(), out)), Error::buffer_too_small);
  EXPECT_EQ(out, Buffer(out.size(), 0xa5));
}

TEST(Snapshot, IsNeitherSealedNorOpenedUnderNoKey) {
  Pair pair;
  const Address bob = pair.bob.address();
  const Buffer honest = save(pair.alice, pair.bob), prekeys = save_prekeys_of(pair.alice);
  SnapshotKey gone = snapshot_key();
  const SnapshotKey taken = std::move(gone), zero = snapshot_key(0);
  for (const SnapshotKey* const key : {&std::as_const(gone), &zero}) {
    auto tx = pair.alice.begin();
    EXPECT_EQ(error_of(save_peer(tx, bob, *key)), Error::weak_key);
    EXPECT_EQ(error_of(save_prekeys(tx, *key)), Error::weak_key);
    EXPECT_EQ(error_of(restore_peer(tx, bob, honest, *key)), Error::weak_key);
    EXPECT_EQ(error_of(restore_prekeys(tx, prekeys, *key)), Error::weak_key);
    // Before anything else is looked at.
    EXPECT_EQ(error_of(save_peer(tx, {"", DeviceId{1}}, *key)), Error::weak_key);
    EXPECT_EQ(error_of(restore_peer(tx, {"", DeviceId{1}}, {}, *key)), Error::weak_key);
    EXPECT_EQ(error_of(restore_prekeys(tx, {}, *key)), Error::weak_key);
  }
}

// [SES-9-1]
TEST(Snapshot, IsOpenedAndSealedByWhatTheSpecSays) {
  Pair pair;
  std::array<std::uint8_t, 32> key;
  key.fill(7);
  // Bob's party has the seed 2.
  const SnapshotBySpec spec(key, pair.bob.device.identity(), 1, 102);
  for (const Buffer& snapshot : {save(pair.bob, pair.alice), save_prekeys_of(pair.bob)}) {
    const auto content = spec.open(snapshot);
    ASSERT_TRUE(content);
    EXPECT_TRUE(std::ranges::equal(Bytes(*content).first(32), pair.bob.device.identity().bytes()));
    EXPECT_EQ(spec.seal(Bytes(snapshot).first(18), *content), snapshot);
  }
}

// [SES-9-1]
TEST(Snapshot, OfAnotherDeviceOfTheAccount) {
  Pair pair;
  const Buffer peer = save(pair.bob, pair.alice), prekeys = save_prekeys_of(pair.bob);
  for (const auto& [number, registration] :
       {std::pair{2U, 102U}, std::pair{1U, 103U}, std::pair{102U, 1U}}) {
    Party sibling("bob", 2);
    make_sibling(sibling, 2, DeviceId{number}, RegistrationId{registration});
    ASSERT_EQ(sibling.device.identity(), pair.bob.device.identity());
    EXPECT_EQ(error_of(restore(sibling, pair.alice, peer)), Error::corrupted);
    EXPECT_EQ(error_of(restore_prekeys_of(sibling, prekeys)), Error::corrupted);
  }
  Party same("bob", 2);
  EXPECT_TRUE(restore(same, pair.alice, peer));
  EXPECT_TRUE(restore_prekeys_of(same, prekeys));
}

// [SES-9-2]
TEST(Snapshot, OfADroppedTransactionIsNeverSeen) {
  Pair pair;
  std::optional<PendingBytes> peer, prekeys;
  {
    auto tx = pair.bob.begin();
    ASSERT_TRUE(tx.encrypt(pair.alice.address(), bytes_of("never sent"), start));
    peer = *save_peer(tx, pair.alice.address(), snapshot_key());
    prekeys = *save_prekeys(tx, snapshot_key());
  }
  auto later = pair.bob.begin();
  ASSERT_TRUE(save_peer(later, pair.alice.address(), snapshot_key()));
  const auto committed = std::move(later).commit();
  ASSERT_TRUE(committed);
  Buffer out(std::max(peer->size(), prekeys->size()));
  EXPECT_EQ(error_of(peer->release(*committed, out)), Error::invalid_argument);
  EXPECT_EQ(error_of(prekeys->release(*committed, out)), Error::invalid_argument);
  EXPECT_EQ(out, Buffer(out.size()));
}

// [SES-9-1]
TEST(Snapshot, OfTheSameEpochMustSayTheSame) {
  Pair pair;
  auto twin_rows = *pair.bob.rows.clone();
  auto twin = *Device::open(twin_rows, storage_key());
  const Buffer same = save(pair.bob, pair.alice);
  EXPECT_TRUE(restore(pair.bob, pair.alice, same));
  EXPECT_EQ(save(pair.bob, pair.alice), same);
  // As old, of another course of things: its next number has served here.
  Buffer out(max_message_size(5));
  ASSERT_TRUE(twin.encrypt(out, pair.alice.address(), bytes_of("there"), start));
  auto tx = *twin.begin();
  const auto saved = save_peer(tx, pair.alice.address(), snapshot_key());
  const Buffer other = released(*saved, *std::move(tx).commit());
  ASSERT_EQ(pair.bob.read(pair.alice, *pair.alice.write(pair.bob, "here")), "here");
  ASSERT_EQ(inspect_snapshot(other)->epoch, pair.bob.info(pair.alice)->epoch);
  const auto before = contents(pair.bob.rows);
  EXPECT_EQ(error_of(restore(pair.bob, pair.alice, other)), Error::rolled_back);
  EXPECT_EQ(contents(pair.bob.rows), before);
}

// [SES-9-1]
TEST(Snapshot, OfPrekeysOfTheSameEpochMustSayTheSame) {
  Party alice("alice", 1), bob("bob", 2);
  ASSERT_TRUE(bob.make_prekeys());
  ASSERT_TRUE(alice.connect(bob));
  auto twin_rows = *bob.rows.clone();
  auto twin = *Device::open(twin_rows, storage_key());
  const Buffer same = save_prekeys_of(bob);
  EXPECT_TRUE(restore_prekeys_of(bob, same));
  EXPECT_EQ(save_prekeys_of(bob), same);
  // The one-time prekey that a message consumes here is still there in it.
  auto giving = *twin.begin();
  ASSERT_TRUE(giving.bundle() && std::move(giving).commit());
  auto tx = *twin.begin();
  const auto saved = save_prekeys(tx, snapshot_key());
  const Buffer other = released(*saved, *std::move(tx).commit());
  const Letter first = *alice.write(bob, "hello");
  ASSERT_EQ(bob.read(alice, first), "hello");
  ASSERT_EQ(inspect_snapshot(other)->epoch, inspect_snapshot(save_prekeys_of(bob))->epoch);
  const auto before = contents(bob.rows);
  EXPECT_EQ(error_of(restore_prekeys_of(bob, other)), Error::rolled_back);
  EXPECT_EQ(contents(bob.rows), before);
}

TEST(Snapshot, HasTheSizesThatAreStated) {
  Pair pair;
  // Names of 5 and 3 letters.
  EXPECT_EQ(save(pair.alice, pair.bob).size(), 46 + 42 + 4 + 90 + 4 + 381 + 4);
  EXPECT_EQ(save(pair.bob, pair.alice).size(), 46 + 44 + 4 + 58 + 4 + 293 + 4);
  EXPECT_EQ(save_prekeys_of(pair.bob).size(), 46 + 32 + 4 + (34 + 25 + 33) + 99 * 69 + 133);
}

TEST(Snapshot, IsReadablyItself) {
  Pair pair;
  const Buffer snapshot = save(pair.bob, pair.alice);
  const auto header = inspect_snapshot(snapshot);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->version, 2);
  EXPECT_EQ(header->kind, SnapshotKind::peer);
  EXPECT_EQ(header->epoch, pair.bob.info(pair.alice)->epoch);
  EXPECT_EQ(header->sealed_bytes, snapshot.size() - 18);
  const auto with = [&](std::size_t at, std::uint8_t byte) {
    Buffer altered = snapshot;
    altered[at] = byte;
    return error_of(inspect_snapshot(altered));
  };
  EXPECT_EQ(with(0, 'S'), Error::malformed);
  EXPECT_EQ(with(8, 0), Error::malformed);
  EXPECT_EQ(with(8, 1), Error::old_format);
  EXPECT_EQ(with(8, 3), Error::unsupported_version);
  EXPECT_EQ(with(9, 0), Error::malformed);
  EXPECT_EQ(with(9, 3), Error::malformed);
}

}  // namespace
}  // namespace sotto::session
