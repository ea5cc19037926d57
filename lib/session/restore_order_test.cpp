// SPDX-License-Identifier: MIT OR Apache-2.0
/// Peers that were saved at one moment come back in any order [SES-9-4].
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/snapshot.hpp>

#include "session/test_snapshots.hpp"

namespace sotto::session {
namespace {

using Buffer = std::vector<std::uint8_t>;
using testing::error_of;

struct Saved {
  Address peer;
  Buffer snapshot;
};

constexpr Address phone{"carol", DeviceId{1}};
constexpr Address tablet{"carol", DeviceId{2}};     ///< with the same identity key
constexpr Address mallory{"mallory", DeviceId{1}};  ///< of whom a bundle said so too
constexpr std::array everybody{phone, tablet, mallory};

/// Alice talks with Carol's phone, has heard of Carol's tablet, and has a bundle of Carol's under
/// another name.
struct Talk {
  Talk() {
    EXPECT_TRUE(carol.make_prekeys());
    connect(mallory);
    connect(tablet);
    EXPECT_TRUE(alice.connect(carol));
    EXPECT_TRUE(carol.read(alice, *alice.write(carol, "hello")));
    EXPECT_TRUE(alice.read(carol, *carol.write(alice, "hello yourself")));
  }
  void connect(const Address& as) {
    const auto bundle = *carol.bundle();
    EXPECT_TRUE(
        alice.device.connect(as, bundle.registration, *verify(bundle.keys), alice.tape, start));
  }
  [[nodiscard]] std::vector<Saved> save() {
    std::vector<Saved> all;
    for (const Address& peer : everybody) {
      auto tx = alice.begin();
      const auto saved = *save_peer(tx, peer, snapshot_key());
      all.push_back({peer, Buffer(saved.size())});
      EXPECT_TRUE(saved.release(*std::move(tx).commit(), all.back().snapshot));
    }
    return all;
  }

  Party alice{"alice", 1};
  Party carol{"carol", 3};
};

/// What is held of all, and whose the identity key is.
std::vector<std::string> told_by(Party& alice, const IdentityPublic& key) {
  std::vector<std::string> told;
  auto tx = alice.begin();
  for (const Address& peer : everybody) {
    const auto info = *tx.info(peer, start);
    told.push_back(std::string(peer.name) + (*tx.identity(peer) == key ? " has it" : " has not") +
                   (info.identity_proved ? ", proved" : ", not proved") +
                   (info.can_send ? ", can send" : ", cannot send"));
    const auto sealed = error_of(tx.encrypt(peer, bytes_of("x"), start));
    told.emplace_back(sealed ? name(*sealed) : "is written to");
  }
  std::array<char, Address::max_name_bytes> room;
  const auto owner = *tx.owner_of(room, key);
  told.push_back("it is " + std::string(owner.value_or("nobody")) + "'s");
  return told;
}

std::vector<std::string> row_names(MemoryStore& rows) {
  std::vector<std::string> names;
  for (const auto& [key, value] : contents(rows)) names.push_back(key);
  return names;
}

TEST(RestoreOrder, each_order_gives_the_same_rows_and_the_same_answers) {
  Talk talk;
  const auto saved = talk.save();
  const IdentityPublic key = talk.carol.device.identity();
  const auto before = told_by(talk.alice, key);
  std::array<std::size_t, 3> order{0, 1, 2};
  std::optional<std::vector<std::string>> rows;
  do {
    for (const bool at_once : {false, true}) {
      SCOPED_TRACE(std::to_string(order[0]) + std::to_string(order[1]) + std::to_string(order[2]) +
                   (at_once ? " in one transaction" : ""));
      Party anew("alice", 1);
      auto tx = anew.begin();
      for (const std::size_t i : order) {
        EXPECT_EQ(error_of(restore_peer(tx, saved[i].peer, saved[i].snapshot, snapshot_key())),
                  std::nullopt)
            << i;
        if (at_once) continue;
        ASSERT_TRUE(std::move(tx).commit());
        tx = anew.begin();
      }
      ASSERT_TRUE(std::move(tx).commit());
      EXPECT_EQ(told_by(anew, key), before);
      const auto names = row_names(anew.rows);
      if (!rows) rows = names;
      EXPECT_EQ(names, *rows);
    }
  } while (std::ranges::next_permutation(order).found);
}

TEST(RestoreOrder, of_two_names_that_proved_one_key_the_first_has_it) {
  // Saved before and after Carol was renamed.
  Talk talk;
  const auto before = talk.save()[0];
  ASSERT_EQ(before.peer.name, "carol");
  auto tx = talk.alice.begin();
  ASSERT_TRUE(tx.forget({"mallory", DeviceId{1}}) && tx.rename_account("carol", "caroline"));
  const auto saved = *save_peer(tx, {"caroline", DeviceId{1}}, snapshot_key());
  Saved after{{"caroline", DeviceId{1}}, Buffer(saved.size())};
  ASSERT_TRUE(saved.release(*std::move(tx).commit(), after.snapshot));
  for (const bool forwards : {false, true}) {
    Party anew("alice", 1);
    const auto& first = forwards ? before : after;
    const auto& second = forwards ? after : before;
    auto restoring = anew.begin();
    EXPECT_TRUE(restore_peer(restoring, first.peer, first.snapshot, snapshot_key()));
    EXPECT_EQ(error_of(restore_peer(restoring, second.peer, second.snapshot, snapshot_key())),
              Error::identity_in_use);
  }
}

}  // namespace
}  // namespace sotto::session
