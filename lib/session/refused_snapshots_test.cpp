// SPDX-License-Identifier: MIT OR Apache-2.0
/// Snapshots that are never written, one for each clause of their format (spec/storage.md). What is
/// inside is sealed as it should be, so that nothing but the clause refuses it.
#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <utility>

#include <gtest/gtest.h>

#include <sotto/snapshot.hpp>

#include "session/snapshot_seal.hpp"
#include "session/test_service.hpp"
#include "testing/refused.hpp"

namespace sotto::session {
namespace {

using testing::Buffer;
using testing::byte;
using testing::error_of;
using testing::lengthen;
using testing::refuse_each;
using testing::shorten;

DeviceLimits two_prekeys() {
  DeviceLimits limits;
  limits.prekeys.batch = 2;
  limits.prekeys.low_water = 1;
  return limits;
}

/// Bob's prekeys: two one-time prekeys of one group, and a signed one that two names used.
Buffer snapshot_of_prekeys() {
  Party alice("alice", 1), bob("bob", 2, two_prekeys()), carol("carol", 3);
  begin_ids(bob);
  EXPECT_TRUE(bob.make_prekeys());
  for (Party* const caller : {&alice, &carol}) {
    EXPECT_TRUE(caller->connect(bob, false));
    EXPECT_TRUE(bob.read(*caller, *caller->write(bob, "hello")));
  }
  auto tx = bob.begin();
  const auto saved = save_prekeys(tx, snapshot_key());
  Buffer out(saved->size());
  EXPECT_TRUE(saved->release(*std::move(tx).commit(), out));
  return out;
}

/// What comes of a snapshot in an empty store of bob's. Refused, it changes nothing.
std::optional<Error> restore(const Buffer& snapshot) {
  Party bob("bob", 2, two_prekeys());
  const auto before = contents(bob.rows);
  auto tx = bob.begin();
  const auto error = error_of(restore_prekeys(tx, snapshot, snapshot_key()));
  if (!error) return std::nullopt;
  EXPECT_EQ(tx.prekey_status(start)->signed_prekeys, 0U);
  EXPECT_TRUE(std::move(tx).commit());
  EXPECT_EQ(contents(bob.rows), before);
  return error;
}

/// `size` bytes stand twice, one behind the other.
std::function<void(Buffer&)> twice(std::size_t at, std::size_t size) {
  return [=](Buffer& bytes) {
    for (std::size_t i = 0; i < size; ++i) bytes.at(at + size + i) = bytes.at(at + i);
  };
}
/// So many bytes and those behind them change places.
std::function<void(Buffer&)> exchanged(std::size_t at, std::size_t size) {
  return [=](Buffer& bytes) {
    for (std::size_t i = 0; i < size; ++i) std::swap(bytes.at(at + i), bytes.at(at + size + i));
  };
}

TEST(Refused, contents_of_snapshots_of_prekeys) {
  const Buffer snapshot = snapshot_of_prekeys();
  const Party bob("bob", 2, two_prekeys());
  const SnapshotKey key = snapshot_key();
  const auto sealer = *SnapshotSealer::create(
      key, {bob.device.identity(), bob.device.number(), bob.device.registration()});
  const auto opened = *sealer.open(snapshot, SnapshotKind::prekeys);
  const Buffer good(opened.content.bytes().begin(), opened.content.bytes().end());
  const auto read = [&](const Buffer& content) {
    Buffer again(content.size() + snapshot_overhead_bytes);
    sealer.seal(again, SnapshotKind::prekeys, opened.header.epoch, content);
    return restore(again);
  };
  constexpr std::size_t index_at = 32 + 4;
  constexpr std::size_t one_time_at = index_at + 34 + 25 + 33;
  constexpr std::size_t signed_at = one_time_at + 2 * 69;
  constexpr std::size_t used_at = signed_at + 4 + 129;
  constexpr std::size_t names_at = used_at + 2 * 32;
  constexpr std::size_t name_bytes = 32 + 1 + 4;
  ASSERT_EQ(good.size(), names_at + 2 * name_bytes);
  refuse_each(
      good,
      {
          {"another's", [](Buffer& bytes) { bytes[0] ^= 1; }},
          {"an index beyond the end", byte(32, 1)},
          {"an index that is shorter", byte(35, 34 + 25)},
          {"an index of format 1", byte(index_at, 1), Error::old_format},
          {"an index to come", byte(index_at, 3), Error::unsupported_version},
          {"an index that is never written", byte(index_at + 9, 1)},
          {"one id twice", byte(one_time_at + 69 + 3, 1)},
          {"an id of no group", byte(one_time_at + 69 + 3, 3)},
          {"an id before the group", byte(one_time_at + 3, 0)},
          {"a one-time prekey without format", byte(one_time_at + 4, 0)},
          {"a one-time prekey of format 1", byte(one_time_at + 4, 1), Error::old_format},
          {"a one-time prekey to come", byte(one_time_at + 4, 3), Error::unsupported_version},
          {"a signed id that is not in the index", byte(signed_at + 3, 2)},
          {"a signed prekey of format 1", byte(signed_at + 4, 1), Error::old_format},
          {"a signed prekey to come", byte(signed_at + 4, 3), Error::unsupported_version},
          {"one base key twice", twice(used_at, 32)},
          {"base keys that fall", exchanged(used_at, 32)},
          {"a count of format 1", byte(names_at + 32, 1)},
          {"one name twice", twice(names_at, name_bytes)},
          {"names that fall", exchanged(names_at, name_bytes)},
          {"a name that used none",
           [](Buffer& bytes) {
             bytes[names_at + 36] = 0;
             bytes[names_at + name_bytes + 36] = 2;
           }},
          {"more uses than base keys", byte(names_at + 36, 2)},
          {"a byte too few", shorten},
          {"a byte too many", lengthen},
      },
      read);
}

TEST(Refused, headers_of_snapshots) {
  const auto read = [](const Buffer& snapshot) {
    const auto error = restore(snapshot);
    const auto header = inspect_snapshot(snapshot);
    EXPECT_TRUE(error == error_of(header) || header) << "what is no snapshot is not restored";
    return error;
  };
  refuse_each(
      snapshot_of_prekeys(),
      {
          {"another magic", byte(7, 'x'), Error::malformed},
          {"version 0", byte(8, 0), Error::malformed},
          {"version 1", byte(8, 1), Error::old_format},
          {"version 3", byte(8, 3), Error::unsupported_version},
          {"no kind", byte(9, 0), Error::malformed},
          {"a kind that is none", byte(9, 3), Error::malformed},
          {"the other kind", byte(9, 1), Error::corrupted},
          {"another epoch", [](Buffer& bytes) { bytes[17] ^= 1; }, Error::corrupted},
          {"cut in its header", [](Buffer& bytes) { bytes.resize(17); }, Error::malformed},
          {"cut in its overhead", [](Buffer& bytes) { bytes.resize(snapshot_overhead_bytes - 1); },
           Error::malformed},
          {"nothing inside", [](Buffer& bytes) { bytes.resize(snapshot_overhead_bytes); },
           Error::corrupted},
          {"of version 3 and cut",
           [](Buffer& bytes) {
             bytes[8] = 3;
             bytes.resize(18);
           },
           Error::unsupported_version},
      },
      read);
}

}  // namespace
}  // namespace sotto::session
