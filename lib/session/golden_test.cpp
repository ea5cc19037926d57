// SPDX-License-Identifier: MIT OR Apache-2.0
/// Every version of a snapshot that was ever written is read for ever.
#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/snapshot.hpp>

#include "session/golden/snapshot_v1.hpp"
#include "session/test_devices.hpp"
#include "testing/hex.hpp"

namespace sotto::session {
namespace {

namespace v1 = golden::v1;
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
                                      testing::unhex_array<32>(v1::identity_secret))),
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

TEST(Golden, PeerOfVersion1) {
  const auto snapshot = unhex(v1::peer);
  const auto header = inspect_snapshot(snapshot);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->version, 1);
  EXPECT_EQ(header->kind, SnapshotKind::peer);
  EXPECT_EQ(header->epoch, 4);

  Restored bob;
  const Address alice{"alice", DeviceId{1}};
  auto tx = *bob.device.begin();
  ASSERT_TRUE(restore_peer(tx, alice, snapshot, golden_key()));
  const auto info = *tx.info(alice, start);
  EXPECT_TRUE(info.can_send);
  EXPECT_EQ(info.archived, 1);
  EXPECT_EQ(info.skipped_keys, 1);
  EXPECT_EQ(info.epoch, 4);
  // While this is the newest version it is also what is written.
  std::vector<std::uint8_t> again(snapshot.size());
  const auto saved = save_peer(tx, alice, golden_key());
  ASSERT_TRUE(saved);
  const auto committed = std::move(tx).commit();
  ASSERT_TRUE(committed && saved->release(*committed, again));
  EXPECT_EQ(again, snapshot);
  EXPECT_EQ(bob.open(alice, MessageKind::signal, v1::late), "late");
  EXPECT_EQ(bob.open(alice, MessageKind::signal, v1::late), "replayed");
}

TEST(Golden, PrekeysOfVersion1) {
  const auto snapshot = unhex(v1::prekeys);
  const auto header = inspect_snapshot(snapshot);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->kind, SnapshotKind::prekeys);
  EXPECT_EQ(header->epoch, 8);

  Restored bob;
  const Address carol{"carol", DeviceId{1}};
  ASSERT_EQ(bob.open(carol, MessageKind::prekey, v1::first), "unknown_prekey");
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
  EXPECT_EQ(bob.open(carol, MessageKind::prekey, v1::first), "first");
}

}  // namespace
}  // namespace sotto::session
