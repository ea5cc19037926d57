// SPDX-License-Identifier: MIT OR Apache-2.0
/// The walk over a device's peers.
#include <array>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/snapshot.hpp>

#include "session/home.hpp"
#include "session/rows.hpp"
#include "session/test_devices.hpp"
#include "session/test_rows.hpp"

namespace sotto::session {
namespace {

using testing::error_of;
using Names = std::multiset<std::pair<std::string, std::uint32_t>>;

Names peers_of(Transaction& tx) {
  Names found;
  std::array<char, Address::max_name_bytes> room;
  std::optional<Address> at;
  do {
    const auto next = tx.next_peer(room, at);
    EXPECT_TRUE(next);
    at = next.value_or(std::nullopt);
    if (at) found.emplace(at->name, std::to_underlying(at->device));
  } while (at);
  return found;
}

Names peers_of(Party& party) {
  auto tx = party.begin();
  return peers_of(tx);
}

/// Peers of names of 1 to 255 bytes, each with two devices.
Names meet_many(Party& alice, std::size_t count) {
  Names met;
  testing::TapeEntropy tape(5);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name(1 + i * 254 / (count - 1), static_cast<char>('a' + i));
    for (const std::uint32_t device : {1U, 0xffffffffU}) {
      const auto identity = *IdentityKeyPair::generate(tape);
      auto tx = alice.begin();
      EXPECT_TRUE(tx.accept_identity({name, DeviceId{device}}, identity.public_key()));
      EXPECT_TRUE(std::move(tx).commit());
      met.emplace(name, device);
    }
  }
  return met;
}

TEST(Peers, are_walked_each_once_also_after_a_restart) {
  Party alice("alice", 1);
  EXPECT_EQ(peers_of(alice), Names());
  const Names met = meet_many(alice, 20);
  EXPECT_EQ(peers_of(alice), met);
  alice.restart();
  EXPECT_EQ(peers_of(alice), met);
}

TEST(Peers, are_seen_as_the_transaction_has_them) {
  Pair pair;
  Party carol("carol", 3);
  ASSERT_TRUE(carol.make_prekeys());
  const auto bundle = *carol.bundle();
  auto tx = pair.alice.begin();
  // Only looked at: nothing is held of it.
  ASSERT_TRUE(tx.info({"nobody", DeviceId{1}}, start));
  EXPECT_EQ(peers_of(tx), (Names{{"bob", 1}}));
  ASSERT_TRUE(tx.connect(carol.address(), bundle.registration, *verify(bundle.keys),
                         pair.alice.tape, start));
  EXPECT_EQ(peers_of(tx), (Names{{"bob", 1}, {"carol", 1}})) << "one that never answered";
  ASSERT_TRUE(tx.rename_account("bob", "robert"));
  EXPECT_EQ(peers_of(tx), (Names{{"robert", 1}, {"carol", 1}}));
  ASSERT_TRUE(tx.forget(carol.address()));
  EXPECT_EQ(peers_of(tx), (Names{{"robert", 1}}));
  ASSERT_TRUE(std::move(tx).commit());
  EXPECT_EQ(peers_of(pair.alice), (Names{{"robert", 1}}));
  pair.alice.restart();
  EXPECT_EQ(peers_of(pair.alice), (Names{{"robert", 1}}));
}

TEST(Peers, need_a_place_for_the_name_and_an_address_to_go_on_from) {
  Pair pair;
  auto tx = pair.alice.begin();
  std::array<char, 2> little{'x', 'x'};
  EXPECT_EQ(error_of(tx.next_peer(little, std::nullopt)), Error::buffer_too_small);
  EXPECT_EQ(little[0], 'x');
  std::array<char, 3> enough;
  EXPECT_EQ((**tx.next_peer(enough, std::nullopt)).name, "bob");
  EXPECT_EQ(error_of(tx.next_peer(enough, Address("", DeviceId{1}))), Error::invalid_argument);
  // Any address will do, of a peer or not.
  std::size_t found = 0;
  for (const char* const name : {"a", "b", "c", "d", "e", "f", "g", "h"})
    found += *tx.next_peer(enough, Address(name, DeviceId{0})) ? 1U : 0U;
  EXPECT_GT(found, 0U);
  EXPECT_LT(found, 8U);
}

// Nothing is held of somebody whose sessions are erased before there was any.
TEST(Peers, of_whom_nothing_was_heard_have_no_row) {
  Pair pair;
  const Address nobody{"nobody", DeviceId{1}};
  const auto before = contents(pair.alice.rows);
  {
    auto tx = pair.alice.begin();
    EXPECT_TRUE(tx.erase_sessions(nobody));
    EXPECT_TRUE(tx.forget(nobody));
    EXPECT_TRUE(tx.forget_account("nobody"));
    EXPECT_TRUE(tx.rename_account("nobody", "somebody"));
    ASSERT_TRUE(std::move(tx).commit());
  }
  EXPECT_EQ(contents(pair.alice.rows), before);
  auto tx = pair.alice.begin();
  const SnapshotKey key(std::array<std::uint8_t, 32>{7});
  EXPECT_EQ(error_of(save_peer(tx, nobody, key)), Error::no_session);
}

/// What one who reads the file must not see.
TEST(Peers, leave_no_name_in_the_clear_and_none_of_one_who_is_forgotten) {
  Party alice("alice", 1);
  const std::string name = "a name that is easy to find";
  const Address peer(name, DeviceId{1});
  {
    auto tx = alice.begin();
    ASSERT_TRUE(tx.accept_identity(peer, IdentityKeyPair::generate(alice.tape)->public_key()));
    ASSERT_TRUE(std::move(tx).commit());
  }
  std::size_t with_name = 0;
  for (const auto& [key, value] : contents(alice.rows)) {
    EXPECT_FALSE(value.contains(testing::hex(bytes_of(name))));
    if (key.starts_with("50")) with_name = value.size() / 2;  // 'P'
  }
  EXPECT_EQ(with_name, 29U + 56 + name.size());
  auto tx = alice.begin();
  ASSERT_TRUE(tx.forget(peer));
  ASSERT_TRUE(std::move(tx).commit());
  for (const auto& [key, value] : contents(alice.rows))
    if (key.starts_with("50")) with_name = value.size() / 2;
  EXPECT_EQ(with_name, 29U + 56);
}

/// Somebody with the keys wrote another name into the row: what a fault of ours would look like.
TEST(Peers, of_a_row_that_holds_another_name_are_corrupted) {
  Pair pair;
  const RowKeys& keys = pair.alice.device.home().keys();
  for (const auto& [hex_key, value] : contents(pair.alice.rows)) {
    if (!hex_key.starts_with("50")) continue;
    const auto key = testing::unhex(hex_key);
    auto plain = opened(pair.alice.rows, keys, key);
    ASSERT_EQ(plain[1 + 16 * std::size_t{plain[0]}], 3) << "the size of the name";
    plain[1 + 16 * std::size_t{plain[0]} + 1] ^= 1;
    write_sealed(pair.alice.rows, keys, key, plain);
  }
  fit_head(pair.alice.rows, keys);
  pair.alice.restart();
  EXPECT_EQ(error_of(pair.alice.info(pair.bob)), Error::corrupted);
}

}  // namespace
}  // namespace sotto::session
