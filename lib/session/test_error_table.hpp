// SPDX-License-Identifier: MIT OR Apache-2.0
/// Tables of errors: every row is a way in which a public function fails, and provokes it.
/// tools/check_errors.py compares the rows with what the headers say.
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/snapshot.hpp>

#include "session/test_devices.hpp"
#include "session/test_rows.hpp"
#include "testing/error_rows.hpp"
#include "testing/forked.hpp"

namespace sotto::session {

using testing::Fault;
using testing::in_a_forked_process;

/// Two who have spoken, and a third. What fails is asked of alice, or of whom `watch` is told.
struct Scene {
  Pair pair{limits()};
  Party carol{"carol", 3, limits()};
  Party& alice = pair.alice;
  Party& bob = pair.bob;
  std::array<std::uint8_t, 5000> out{};
  std::vector<std::uint8_t> peer_snapshot, prekey_snapshot;

  static DeviceLimits limits() {
    DeviceLimits limits;
    limits.max_cached_peers = 0;  // Every transaction asks the store.
    limits.prekeys.batch = 3;
    limits.prekeys.low_water = 2;
    limits.prekeys.max_last_resort_per_name = 1;
    limits.sessions.max_unanswered_connects = 2;
    limits.sessions.max_message_bytes = 4096;
    limits.sessions.ratchet.max_forward_jump = 3;
    return limits;
  }

  Scene() {
    EXPECT_TRUE(alice.make_prekeys());
    auto tx = alice.begin();
    EXPECT_TRUE(tx.put(bytes_of("k"), bytes_of("value")));
    const auto peer = *save_peer(tx, bob.address(), snapshot_key());
    const auto prekeys = *save_prekeys(tx, snapshot_key());
    const auto done = std::move(tx).commit();
    peer_snapshot.resize(peer.size());
    prekey_snapshot.resize(prekeys.size());
    EXPECT_TRUE(peer.release(*done, peer_snapshot) && prekeys.release(*done, prekey_snapshot));
  }

  static SnapshotKey snapshot_key() { return SnapshotKey(std::array<std::uint8_t, 32>{7}); }

  /// From here on nothing may change in the rows, nor in `out` but to zeros.
  void watch(MemoryStore& rows) {
    watched_.emplace(*rows.share());
    before_ = contents(*watched_);
    out.fill(0xa5);
  }
  /// A transaction in which the call that fails is the only one.
  Transaction& begin(Party& party) {
    watch(party.rows);
    return transaction_.emplace(party.begin());
  }
  Transaction& begin() { return begin(alice); }

  /// What was watched is as it was, also once the transaction is committed.
  void expect_unchanged(std::string_view where) {
    ASSERT_TRUE(watched_) << where << ": nothing was watched";
    if (transaction_) static_cast<void>(std::move(*transaction_).commit());
    EXPECT_TRUE(contents(*watched_) == before_) << where << ": the rows changed";
    for (const std::uint8_t byte : out)
      if (byte != 0xa5 && byte != 0) {
        ADD_FAILURE() << where << ": something stands in the output";
        break;
      }
  }

 private:
  std::optional<MemoryStore> watched_;
  std::vector<std::pair<std::string, std::string>> before_;
  std::optional<Transaction> transaction_;
};

using ErrorRow = testing::ErrorRow<Scene>;

inline void provoke(std::span<const ErrorRow> rows) {
  testing::provoke_each(rows);
}

/// Alter one byte of every row whose name starts with one of `letters`: the first, which says the
/// format, or the last.
enum class Alter : std::uint8_t { format, last_byte };
inline void alter(Store& store, std::string_view letters, Alter which = Alter::last_byte) {
  for (const auto& [key, value] : contents(store)) {
    const auto row = testing::unhex(key);
    if (!letters.contains(static_cast<char>(row[0]))) continue;
    auto sealed = testing::unhex(value);
    if (which == Alter::format)
      sealed.front() = 99;
    else
      sealed.back() ^= 1;
    write_raw(store, row, sealed);
  }
}

}  // namespace sotto::session
