// SPDX-License-Identifier: MIT OR Apache-2.0
/// Snapshots of the version that is read, as they were written once.
#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/snapshot.hpp>

#include "session/golden/snapshot_v2.hpp"
#include "session/test_devices.hpp"
#include "testing/hex.hpp"

namespace sotto::session {
namespace {

namespace v2 = golden::v2;
using testing::unhex;

SnapshotKey golden_key() {
  std::array<std::uint8_t, 32> bytes;
  bytes.fill(7);
  return SnapshotKey(bytes);
}

/// Bob's device over an empty store.
struct Restored {
  MemoryStore rows = *MemoryStore::create();
  Device device = *Device::create(rows, storage_key(),
                                  *IdentityKeyPair::from_secret(Secret<IdentityRole, 32>(
                                      testing::unhex_array<32>(v2::identity_secret))),
                                  DeviceId{1}, RegistrationId{102});
  testing::TapeEntropy tape{77};

  std::string open(const Address& from, MessageKind kind, std::string_view message) {
    const auto bytes = unhex(message);
    std::vector<std::uint8_t> out(bytes.size());
    const auto opened = device.decrypt(out, from, kind, bytes, tape, start);
    if (!opened) return std::string(name(opened.error()));
    return {opened->plaintext.begin(), opened->plaintext.end()};
  }
};

TEST(Golden, PeerOfVersion2) {
  const auto snapshot = unhex(v2::peer);
  const auto header = inspect_snapshot(snapshot);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->version, 2);
  EXPECT_EQ(header->kind, SnapshotKind::peer);
  EXPECT_EQ(header->epoch, 3);

  Restored bob;
  const Address alice{"alice", DeviceId{1}};
  auto tx = *bob.device.begin();
  ASSERT_TRUE(restore_peer(tx, alice, snapshot, golden_key()));
  const auto info = *tx.info(alice, start);
  EXPECT_TRUE(info.can_send);
  EXPECT_EQ(info.archived, 1);
  EXPECT_EQ(info.skipped_keys, 1);
  EXPECT_EQ(info.epoch, 3);
  // While this is the newest version it is also what is written.
  std::vector<std::uint8_t> again(snapshot.size());
  const auto saved = save_peer(tx, alice, golden_key());
  ASSERT_TRUE(saved);
  const auto committed = std::move(tx).commit();
  ASSERT_TRUE(committed && saved->release(*committed, again));
  EXPECT_EQ(again, snapshot);
  EXPECT_EQ(bob.open(alice, MessageKind::prekey, v2::late), "late");
  EXPECT_EQ(bob.open(alice, MessageKind::prekey, v2::late), "replayed");
}

TEST(Golden, VersionOneIsOldFormat) {
  Restored bob;
  auto peer = unhex(v2::peer), prekeys = unhex(v2::prekeys);
  peer[8] = prekeys[8] = 1;
  auto tx = *bob.device.begin();
  EXPECT_EQ(testing::error_of(inspect_snapshot(peer)), Error::old_format);
  EXPECT_EQ(testing::error_of(restore_peer(tx, {"alice", DeviceId{1}}, peer, golden_key())),
            Error::old_format);
  EXPECT_EQ(testing::error_of(restore_prekeys(tx, prekeys, golden_key())), Error::old_format);
}

TEST(Golden, PrekeysOfVersion2) {
  const auto snapshot = unhex(v2::prekeys);
  const auto header = inspect_snapshot(snapshot);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->kind, SnapshotKind::prekeys);
  EXPECT_EQ(header->epoch, 6);

  Restored bob;
  const Address carol{"carol", DeviceId{1}};
  ASSERT_EQ(bob.open(carol, MessageKind::prekey, v2::first), "unknown_prekey");
  auto tx = *bob.device.begin();
  ASSERT_TRUE(restore_prekeys(tx, snapshot, golden_key()));
  const auto status = *tx.prekey_status(start);
  EXPECT_EQ(status.one_time_left, 2);
  EXPECT_EQ(status.one_time_unpublished, 1);
  EXPECT_EQ(status.signed_prekeys, 2);
  std::vector<std::uint8_t> again(snapshot.size());
  const auto saved = save_prekeys(tx, golden_key());
  ASSERT_TRUE(saved);
  const auto committed = std::move(tx).commit();
  ASSERT_TRUE(committed && saved->release(*committed, again));
  EXPECT_EQ(again, snapshot);
  EXPECT_EQ(bob.open(carol, MessageKind::prekey, v2::first), "first");
}

}  // namespace
}  // namespace sotto::session
