// SPDX-License-Identifier: MIT OR Apache-2.0
/// Who keeps the backup hands a device what another one saved, or what nobody did.
#include <array>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/snapshot.hpp>

#include "session/test_snapshots.hpp"

namespace sotto::session {
namespace {

using testing::error_of;
using Buffer = std::vector<std::uint8_t>;

struct Backup {
  Buffer peer;
  Buffer prekeys;
};

Backup save(Party& party, const Address& peer) {
  auto tx = party.begin();
  const auto one = *save_peer(tx, peer, snapshot_key());
  const auto all = *save_prekeys(tx, snapshot_key());
  Backup backup{Buffer(one.size()), Buffer(all.size())};
  const auto committed = *std::move(tx).commit();
  EXPECT_TRUE(one.release(committed, backup.peer) && all.release(committed, backup.prekeys));
  return backup;
}

// Both would seal under one ratchet key and number, and answer one first message [SES-9-1].
TEST(Attack, attack_S24_snapshot_of_a_sibling) {
  Pair pair;
  ASSERT_TRUE(pair.alice.make_prekeys());
  const Address bob = pair.bob.address();
  const Backup backup = save(pair.alice, bob);
  const DeviceId number = pair.alice.device.number();
  const RegistrationId registration = pair.alice.device.registration();
  const std::vector<std::pair<DeviceId, RegistrationId>> siblings{
      {DeviceId{2}, RegistrationId{7}},
      {DeviceId{2}, registration},
      {number, RegistrationId{7}},  // Set up anew under the old number.
      {DeviceId{std::to_underlying(registration)}, RegistrationId{std::to_underlying(number)}}};
  for (const auto& [other, its_registration] : siblings) {
    Party sibling("alice", 1);
    make_sibling(sibling, 1, other, its_registration);
    ASSERT_EQ(sibling.device.identity(), pair.alice.device.identity());
    const auto before = contents(sibling.rows);
    auto tx = sibling.begin();
    EXPECT_EQ(error_of(restore_peer(tx, bob, backup.peer, snapshot_key())), Error::corrupted);
    EXPECT_EQ(error_of(restore_prekeys(tx, backup.prekeys, snapshot_key())), Error::corrupted);
    EXPECT_EQ(error_of(tx.encrypt(bob, bytes_of("twice"), start)), Error::no_session);
    ASSERT_TRUE(std::move(tx).commit());
    EXPECT_EQ(contents(sibling.rows), before);
  }
  // The device itself, moved to another store, takes them.
  Party moved("alice", 1);
  auto tx = moved.begin();
  EXPECT_TRUE(restore_peer(tx, bob, backup.peer, snapshot_key()));
  EXPECT_TRUE(restore_prekeys(tx, backup.prekeys, snapshot_key()));
  EXPECT_TRUE(tx.encrypt(bob, bytes_of("once"), start));
}

// The counts of two stores say nothing of one another: neither more changes than the store has nor
// as many make a snapshot its own. Keys that the old phone used would serve twice [SES-9-1].
TEST(Attack, attack_S26_snapshot_of_another_history) {
  for (const bool from_backup : {false, true}) {
    Pair pair;
    ASSERT_TRUE(pair.alice.make_prekeys());
    const Address bob = pair.bob.address();
    const Backup first = save(pair.alice, bob);
    for (int i = 0; i < 40; ++i) ASSERT_TRUE(pair.alice.write(pair.bob, "more changes"));
    ASSERT_TRUE(pair.alice.make_prekeys());
    const Backup newest = save(pair.alice, bob);
    const Letter by_old_phone = *pair.alice.write(pair.bob, "by the old phone");

    Party anew("alice", 1);
    anew.tape = testing::TapeEntropy(99);
    if (from_backup) {
      auto tx = anew.begin();
      ASSERT_TRUE(restore_peer(tx, bob, first.peer, snapshot_key()));
      ASSERT_TRUE(tx.erase_sessions(bob));
      ASSERT_TRUE(std::move(tx).commit());
    }
    ASSERT_TRUE(anew.make_prekeys());
    ASSERT_TRUE(anew.connect(pair.bob));
    ASSERT_EQ(pair.bob.read(anew, *anew.write(pair.bob, "it is me")), "it is me");
    const auto before = contents(anew.rows);
    for (const Backup* const backup : {&first, &newest}) {
      auto tx = anew.begin();
      EXPECT_EQ(error_of(restore_peer(tx, bob, backup->peer, snapshot_key())), Error::rolled_back);
      EXPECT_EQ(error_of(restore_prekeys(tx, backup->prekeys, snapshot_key())), Error::rolled_back);
      ASSERT_TRUE(std::move(tx).commit());
      EXPECT_EQ(contents(anew.rows), before);
    }
    EXPECT_EQ(pair.bob.read(anew, *anew.write(pair.bob, "another text")), "another text");
    EXPECT_EQ(pair.bob.read(anew, by_old_phone), "by the old phone");
  }
}

// Anybody can seal under a key of zeros, which is what is left of one that was moved from.
TEST(Attack, attack_S25_snapshot_under_no_key) {
  Pair pair;
  ASSERT_TRUE(pair.alice.make_prekeys());
  const Address bob = pair.bob.address();
  const Backup backup = save(pair.alice, bob);
  const auto& alice = pair.alice.device;
  const auto knowing = [&](std::array<std::uint8_t, 32> key) {
    return SnapshotBySpec(key, alice.identity(), std::to_underlying(alice.number()),
                          std::to_underlying(alice.registration()));
  };
  const auto forged = [&](const Buffer& honest) {
    return knowing({}).seal(Bytes(honest).first(18), *knowing({7}).open(honest));
  };
  ASSERT_EQ(knowing({7}).seal(Bytes(backup.peer).first(18), *knowing({7}).open(backup.peer)),
            backup.peer);
  SnapshotKey gone = snapshot_key();
  const SnapshotKey taken = std::move(gone);
  const SnapshotKey zero(std::array<std::uint8_t, 32>{});
  Party empty("alice", 1);
  const auto before = contents(empty.rows);
  for (const SnapshotKey* const key : {&std::as_const(gone), &zero}) {
    auto tx = empty.begin();
    EXPECT_EQ(error_of(restore_peer(tx, bob, forged(backup.peer), *key)), Error::weak_key);
    EXPECT_EQ(error_of(restore_prekeys(tx, forged(backup.prekeys), *key)), Error::weak_key);
    EXPECT_FALSE(*tx.identity(bob));
    ASSERT_TRUE(std::move(tx).commit());
    EXPECT_EQ(contents(empty.rows), before);
  }
}

}  // namespace
}  // namespace sotto::session
