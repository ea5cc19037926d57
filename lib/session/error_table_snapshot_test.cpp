// SPDX-License-Identifier: MIT OR Apache-2.0
/// How snapshots fail.
#include "session/test_error_table.hpp"
#include "session/test_snapshots.hpp"

namespace sotto::session {
namespace {

using testing::error_of;
using Buffer = std::vector<std::uint8_t>;

SnapshotKey zero_key() {
  return SnapshotKey(std::array<std::uint8_t, 32>{});
}

Buffer with(Buffer snapshot, std::size_t at, std::uint8_t byte) {
  snapshot[at] = byte;
  return snapshot;
}

std::optional<Error> restore(Scene& s, Bytes snapshot) {
  return error_of(restore_peer(s.begin(), s.bob.address(), snapshot, Scene::snapshot_key()));
}
std::optional<Error> restore_all(Scene& s, Bytes snapshot) {
  return error_of(restore_prekeys(s.begin(), snapshot, Scene::snapshot_key()));
}

/// The same alice over an empty store.
struct Empty {
  Party alice{"alice", 1, Scene::limits()};
};

/// Another device of alice's account.
struct Sibling {
  Sibling() { make_sibling(alice, 1, DeviceId{2}, RegistrationId{7}); }
  Party alice{"alice", 1, Scene::limits()};
};

/// Bob's snapshot, restored over an empty store in which `peer` was accepted as `identity`.
std::optional<Error> restore_where_accepted(Scene& s, const Address& peer,
                                            const IdentityPublic& identity, Bytes snapshot) {
  Empty empty;
  {
    auto tx = empty.alice.begin();
    EXPECT_TRUE(tx.accept_identity(peer, identity));
    EXPECT_TRUE(std::move(tx).commit());
  }
  s.watch(empty.alice.rows);
  auto tx = empty.alice.begin();
  const auto error = error_of(restore_peer(tx, s.bob.address(), snapshot, Scene::snapshot_key()));
  EXPECT_TRUE(std::move(tx).commit());
  return error;
}

/// The peer's snapshot after she forgot him, restored where his identity is accepted.
std::optional<Error> restore_forgotten(Scene& s) {
  Buffer forgotten;
  {
    auto tx = s.alice.begin();
    EXPECT_TRUE(tx.forget(s.bob.address()));
    const auto saved = *save_peer(tx, s.bob.address(), Scene::snapshot_key());
    forgotten.resize(saved.size());
    EXPECT_TRUE(saved.release(*std::move(tx).commit(), forgotten));
  }
  return restore_where_accepted(s, s.bob.address(), s.bob.device.identity(), forgotten);
}

/// Bob's snapshot, restored where he was met since the store was begun anew.
std::optional<Error> restore_over_another_history(Scene& s) {
  Empty empty;
  empty.alice.tape = testing::TapeEntropy(99);
  EXPECT_TRUE(empty.alice.connect(s.bob));
  EXPECT_LT(empty.alice.info(s.bob)->epoch, inspect_snapshot(s.peer_snapshot)->epoch);
  return error_of(
      restore_peer(s.begin(empty.alice), s.bob.address(), s.peer_snapshot, Scene::snapshot_key()));
}

/// The snapshot of a device of our account with our identity key, where no name shares that.
std::optional<Error> restore_sibling(Scene& s) {
  const Address tablet{"alice", DeviceId{2}};
  DeviceLimits sharing = Scene::limits();
  sharing.shared_identity_name = "alice";
  Party knowing("alice", 1, sharing);
  auto tx = knowing.begin();
  EXPECT_TRUE(tx.accept_identity(tablet, knowing.device.identity()));
  const auto saved = *save_peer(tx, tablet, Scene::snapshot_key());
  Buffer snapshot(saved.size());
  EXPECT_TRUE(saved.release(*std::move(tx).commit(), snapshot));
  return error_of(restore_peer(s.begin(), tablet, snapshot, Scene::snapshot_key()));
}

constexpr ErrorRow saving[]{
    {"save_peer", Error::weak_key, Fault::caller, "under a key of zeros",
     [](Scene& s) { return error_of(save_peer(s.begin(), s.bob.address(), zero_key())); }},
    {"save_peer", Error::weak_key, Fault::caller, "of whom nothing is held, under a key of zeros",
     [](Scene& s) { return error_of(save_peer(s.begin(), s.carol.address(), zero_key())); }},
    {"save_peer", Error::no_session, Fault::caller, "of whom nothing is held",
     [](Scene& s) {
       return error_of(save_peer(s.begin(), s.carol.address(), Scene::snapshot_key()));
     }},
    {"save_peer", Error::invalid_argument, Fault::caller, "of no name",
     [](Scene& s) {
       return error_of(save_peer(s.begin(), {"", DeviceId{1}}, Scene::snapshot_key()));
     }},
    {"save_prekeys", Error::weak_key, Fault::caller, "under a key of zeros",
     [](Scene& s) { return error_of(save_prekeys(s.begin(), zero_key())); }},
    {"inspect_snapshot", Error::malformed, Fault::peer, "what is none",
     [](Scene& s) {
       s.watch(s.alice.rows);
       return error_of(inspect_snapshot(bytes_of("something else that is long enough")));
     }},
    {"inspect_snapshot", Error::old_format, Fault::nobody, "of version 1",
     [](Scene& s) {
       s.watch(s.alice.rows);
       return error_of(inspect_snapshot(with(s.peer_snapshot, 8, 1)));
     }},
    {"inspect_snapshot", Error::unsupported_version, Fault::nobody, "of a later version",
     [](Scene& s) {
       s.watch(s.alice.rows);
       return error_of(inspect_snapshot(with(s.peer_snapshot, 8, 9)));
     }},
};

constexpr ErrorRow restoring[]{
    {"restore_peer", Error::weak_key, Fault::caller, "under a key of zeros",
     [](Scene& s) {
       return error_of(restore_peer(s.begin(), s.bob.address(), s.peer_snapshot, zero_key()));
     }},
    {"restore_peer", Error::weak_key, Fault::caller, "under a key that was moved from",
     [](Scene& s) {
       SnapshotKey key = Scene::snapshot_key();
       const SnapshotKey moved = std::move(key);
       return error_of(restore_peer(s.begin(), s.bob.address(), s.peer_snapshot, key));
     }},
    {"restore_peer", Error::weak_key, Fault::caller, "of no name, under a key of zeros",
     [](Scene& s) {
       return error_of(restore_peer(s.begin(), {"", DeviceId{1}}, bytes_of("x"), zero_key()));
     }},
    {"restore_peer", Error::malformed, Fault::caller, "what is no snapshot",
     [](Scene& s) { return restore(s, bytes_of("x")); }},
    {"restore_peer", Error::malformed, Fault::caller, "of version 0, which is none",
     [](Scene& s) { return restore(s, with(s.peer_snapshot, 8, 0)); }},
    {"restore_peer", Error::old_format, Fault::nobody, "of version 1",
     [](Scene& s) { return restore(s, with(s.peer_snapshot, 8, 1)); }},
    {"restore_peer", Error::unsupported_version, Fault::nobody, "of a later version",
     [](Scene& s) { return restore(s, with(s.peer_snapshot, 8, 9)); }},
    {"restore_peer", Error::corrupted, Fault::store, "that was altered",
     [](Scene& s) { return restore(s, with(s.peer_snapshot, 60, 0)); }},
    {"restore_peer", Error::corrupted, Fault::caller, "of the prekeys",
     [](Scene& s) { return restore(s, s.prekey_snapshot); }},
    {"restore_peer", Error::corrupted, Fault::caller, "under another key",
     [](Scene& s) {
       const SnapshotKey other(std::array<std::uint8_t, 32>{8});
       return error_of(restore_peer(s.begin(), s.bob.address(), s.peer_snapshot, other));
     }},
    {"restore_peer", Error::corrupted, Fault::caller, "of another peer",
     [](Scene& s) {
       return error_of(
           restore_peer(s.begin(), s.carol.address(), s.peer_snapshot, Scene::snapshot_key()));
     }},
    {"restore_peer", Error::corrupted, Fault::caller, "in another device",
     [](Scene& s) {
       return error_of(
           restore_peer(s.begin(s.carol), s.bob.address(), s.peer_snapshot, Scene::snapshot_key()));
     }},
    {"restore_peer", Error::corrupted, Fault::caller, "in another device of the account",
     [](Scene& s) {
       Sibling sibling;
       return error_of(restore_peer(s.begin(sibling.alice), s.bob.address(), s.peer_snapshot,
                                    Scene::snapshot_key()));
     }},
    {"restore_peer", Error::rolled_back, Fault::store, "that is older than the store",
     [](Scene& s) {
       EXPECT_TRUE(s.alice.write(s.bob, "one more"));
       return restore(s, s.peer_snapshot);
     }},
    {"restore_peer", Error::identity_changed, Fault::peer, "where another identity is accepted",
     [](Scene& s) {
       return restore_where_accepted(s, s.bob.address(), s.carol.device.identity(),
                                     s.peer_snapshot);
     }},
    {"restore_peer", Error::rolled_back, Fault::store, "of one forgotten, over an identity",
     restore_forgotten},
    {"restore_peer", Error::own_identity, Fault::peer, "of a sibling, without the account's name",
     restore_sibling},
    {"restore_peer", Error::rolled_back, Fault::store, "with more changes than the store counts",
     restore_over_another_history},
    {"restore_peer", Error::identity_in_use, Fault::peer, "where another name has the identity",
     [](Scene& s) {
       return restore_where_accepted(s, s.carol.address(), s.bob.device.identity(),
                                     s.peer_snapshot);
     }},
    {"restore_prekeys", Error::weak_key, Fault::caller, "under a key of zeros",
     [](Scene& s) { return error_of(restore_prekeys(s.begin(), s.prekey_snapshot, zero_key())); }},
    {"restore_prekeys", Error::weak_key, Fault::caller, "under a key that was moved from",
     [](Scene& s) {
       SnapshotKey key = Scene::snapshot_key();
       const SnapshotKey moved = std::move(key);
       return error_of(restore_prekeys(s.begin(), s.prekey_snapshot, key));
     }},
    {"restore_prekeys", Error::malformed, Fault::caller, "what is no snapshot",
     [](Scene& s) { return restore_all(s, bytes_of("x")); }},
    {"restore_prekeys", Error::old_format, Fault::nobody, "of version 1",
     [](Scene& s) { return restore_all(s, with(s.prekey_snapshot, 8, 1)); }},
    {"restore_prekeys", Error::unsupported_version, Fault::nobody, "of a later version",
     [](Scene& s) { return restore_all(s, with(s.prekey_snapshot, 8, 9)); }},
    {"restore_prekeys", Error::corrupted, Fault::store, "that was altered",
     [](Scene& s) { return restore_all(s, with(s.prekey_snapshot, 60, 0)); }},
    {"restore_prekeys", Error::corrupted, Fault::caller, "in another device of the account",
     [](Scene& s) {
       Sibling sibling;
       return error_of(
           restore_prekeys(s.begin(sibling.alice), s.prekey_snapshot, Scene::snapshot_key()));
     }},
    {"restore_prekeys", Error::rolled_back, Fault::store, "over prekeys of another history",
     [](Scene& s) {
       Empty empty;
       empty.alice.tape = testing::TapeEntropy(99);
       EXPECT_TRUE(empty.alice.make_prekeys());
       EXPECT_TRUE(s.alice.bundle());
       return error_of(
           restore_prekeys(s.begin(empty.alice), s.prekey_snapshot, Scene::snapshot_key()));
     }},
    {"restore_prekeys", Error::rolled_back, Fault::store, "that are older than the store",
     [](Scene& s) {
       EXPECT_TRUE(s.alice.bundle());
       return restore_all(s, s.prekey_snapshot);
     }},
};

TEST(ErrorTable, saving_snapshots) {
  provoke(saving);
}

TEST(ErrorTable, restoring_snapshots) {
  provoke(restoring);
}

}  // namespace
}  // namespace sotto::session
