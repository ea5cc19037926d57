// SPDX-License-Identifier: MIT OR Apache-2.0
/// The identity key that an alarm is about: whose it is, and how long it is offered.
#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/device.hpp>

#include "session/offers.hpp"
#include "session/test_devices.hpp"
#include "session/test_rows.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

TEST(OfferedIdentity, is_of_its_peer_whatever_comes_afterwards) {
  Pair pair;
  Party anew("bob", 9);
  ASSERT_TRUE(pair.alice.make_prekeys());
  ASSERT_TRUE(anew.connect(pair.alice));
  const auto letter = *anew.write(pair.alice, "it is me");
  const auto offered = [&](const Address& peer) {
    return *pair.alice.device.offered_identity(peer);
  };
  const Address carol{"carol", DeviceId{1}};
  EXPECT_EQ(error_of(pair.alice.read(anew, letter)), Error::identity_changed);
  EXPECT_EQ(offered(anew.address()), anew.device.identity());
  EXPECT_EQ(offered({"bob", DeviceId{2}}), std::nullopt);
  EXPECT_EQ(offered(carol), std::nullopt);
  EXPECT_EQ(error_of(pair.alice.device.offered_identity({"", DeviceId{1}})),
            Error::invalid_argument);
  EXPECT_EQ(*pair.alice.begin().offered_identity(anew.address()), anew.device.identity());
  // Messages of others, and of this device under the key that is accepted, change nothing.
  EXPECT_EQ(pair.alice.read(pair.bob, *pair.bob.write(pair.alice, "it is still me")),
            "it is still me");
  Party dave("dave", 4);
  ASSERT_TRUE(dave.connect(pair.alice));
  EXPECT_EQ(pair.alice.read(dave, *dave.write(pair.alice, "hello")), "hello");
  std::vector<std::uint8_t> out(letter.bytes.size());
  EXPECT_EQ(error_of(pair.alice.device.decrypt(out, {"", DeviceId{1}}, letter.kind, letter.bytes,
                                               pair.alice.tape, start)),
            Error::invalid_argument);
  EXPECT_EQ(offered(anew.address()), anew.device.identity());
  // What another message shows takes its place; what a bundle shows does not.
  Party third("bob", 10), fourth("bob", 11);
  ASSERT_TRUE(third.connect(pair.alice) && fourth.make_prekeys());
  EXPECT_EQ(error_of(pair.alice.read(third, *third.write(pair.alice, "no, me"))),
            Error::identity_changed);
  EXPECT_EQ(offered(anew.address()), third.device.identity());
  EXPECT_EQ(error_of(pair.alice.connect(fourth)), Error::identity_changed);
  EXPECT_EQ(offered(anew.address()), third.device.identity());
}

/// Bob begins anew under another name, before Alice has heard that it is his.
struct Renamed : Pair {
  Renamed() {
    EXPECT_TRUE(alice.make_prekeys());
    EXPECT_TRUE(bob.connect(alice));
    letter = *bob.write(alice, "my new name");
    bob.name = "robert";
    EXPECT_EQ(error_of(alice.read(bob, letter)), Error::identity_in_use);
  }
  Letter letter;
};

TEST(OfferedIdentity, of_somebody_of_whom_nothing_is_held_lasts_until_that_one_is_forgotten) {
  const Address robert{"robert", DeviceId{1}};
  const auto forget = [&](Transaction& tx) { return tx.forget(robert); };
  const auto forget_all = [&](Transaction& tx) { return tx.forget_account("robert"); };
  for (const auto& act :
       std::vector<std::function<Result<std::size_t>(Transaction&)>>{forget, forget_all}) {
    Renamed pair;
    const auto offered = [&] { return *pair.alice.device.offered_identity(robert); };
    EXPECT_EQ(offered(), pair.bob.device.identity());
    {
      auto dropped = pair.alice.begin();
      EXPECT_EQ(act(dropped), 0U);
    }
    EXPECT_EQ(offered(), pair.bob.device.identity()) << "it was not committed";
    auto tx = pair.alice.begin();
    EXPECT_EQ(act(tx), 0U);
    ASSERT_TRUE(std::move(tx).commit());
    EXPECT_EQ(offered(), std::nullopt);
  }
}

TEST(OfferedIdentity, of_a_new_name_lasts_until_the_account_has_it) {
  Renamed pair;
  const IdentityPublic shown = **pair.alice.device.offered_identity(pair.bob.address());
  // One call tells whose it is.
  std::array<char, Address::max_name_bytes> name{};
  {
    auto tx = pair.alice.begin();
    EXPECT_EQ(*tx.owner_of(name, shown), "bob");
    EXPECT_EQ(error_of(tx.owner_of(std::span(name).first(2), shown)), Error::buffer_too_small);
    EXPECT_EQ(*tx.owner_of(name, pair.alice.device.identity()), std::nullopt);
    EXPECT_EQ(tx.rename_account("bob", "robert"), 1U);
    EXPECT_EQ(*tx.owner_of(name, shown), "robert") << "as this transaction has it";
    ASSERT_TRUE(std::move(tx).commit());
  }
  EXPECT_EQ(*pair.alice.device.offered_identity(pair.bob.address()), std::nullopt);
  EXPECT_EQ(pair.alice.read(pair.bob, pair.letter), "my new name");
}

IdentityPublic key_of(std::size_t n) {
  std::array<std::uint8_t, 32> bytes{};
  bytes[0] = static_cast<std::uint8_t>(n);
  bytes[1] = static_cast<std::uint8_t>(n >> 8);
  return IdentityPublic(bytes);
}

PeerId peer_of(const std::string& name, std::uint32_t device = 1) {
  return *PeerId::of({name, DeviceId{device}});
}

TEST(Offers, of_one_key_under_many_names_drive_out_none_of_another) {
  using Shown = Offers::Shown;
  Offers offers;
  ASSERT_TRUE(offers.reserve());
  const auto of = [&](const std::string& name) { return offers.of(peer_of(name)); };
  for (std::size_t i = 0; i < 60; ++i)
    offers.add(peer_of("friend " + std::to_string(i)), key_of(i), Shown::by_a_message);
  for (std::size_t i = 0; i < 1'000; ++i)
    offers.add(peer_of("stranger " + std::to_string(i)), key_of(999), Shown::by_a_message);
  for (std::size_t i = 0; i < 60; ++i) EXPECT_EQ(of("friend " + std::to_string(i)), key_of(i)) << i;
  for (std::size_t i = 990; i < 1'000; ++i)
    EXPECT_EQ(of("stranger " + std::to_string(i)).has_value(), i >= 996) << i;
  offers.add(peer_of("of a bundle"), key_of(888), Shown::in_a_bundle);
  EXPECT_EQ(of("of a bundle"), key_of(888)) << "nor does it keep one out";
  EXPECT_EQ(of("stranger 999"), key_of(999));
  offers.add(peer_of("of a second bundle"), key_of(889), Shown::in_a_bundle);
  EXPECT_EQ(of("of a bundle"), std::nullopt) << "a bundle's goes first";
  offers.add(peer_of("stranger 1000"), key_of(999), Shown::by_a_message);
  // When each key has one place the oldest goes.
  for (std::size_t i = 60; i < 65; ++i)
    offers.add(peer_of("friend " + std::to_string(i)), key_of(i), Shown::by_a_message);
  EXPECT_EQ(of("stranger 1000"), key_of(999));
  for (const char* const gone : {"friend 0", "friend 1"}) EXPECT_EQ(of(gone), std::nullopt);
  EXPECT_EQ(of("friend 2"), key_of(2));
  EXPECT_EQ(of("friend 60"), key_of(60));
}

// Pinned, as `offered_identity` says: who makes a key for each name has as many places as names.
TEST(Offers, of_a_fresh_key_under_each_of_many_names_drive_out_the_oldest) {
  using Shown = Offers::Shown;
  Offers offers;
  ASSERT_TRUE(offers.reserve());
  offers.add(peer_of("bob"), key_of(200), Shown::by_a_message);
  for (std::size_t i = 0; i < Offers::most; ++i) {
    EXPECT_EQ(offers.of(peer_of("bob")), key_of(200)) << i;
    offers.add(peer_of("name " + std::to_string(i)), key_of(i), Shown::by_a_message);
  }
  EXPECT_EQ(offers.of(peer_of("bob")), std::nullopt);
  offers.add(peer_of("bob"), key_of(200), Shown::by_a_message);
  EXPECT_EQ(offers.of(peer_of("bob")), key_of(200)) << "handed in again";
}

TEST(Offers, of_bundles_make_room_for_those_of_messages) {
  using Shown = Offers::Shown;
  Offers offers;
  ASSERT_TRUE(offers.reserve());
  const auto fill = [&](const std::string& what, Shown shown) {
    for (std::size_t i = 0; i < Offers::most; ++i)
      offers.add(peer_of(what + std::to_string(i)), key_of(i), shown);
  };
  fill("bundle ", Shown::in_a_bundle);
  offers.add(peer_of("last"), key_of(0), Shown::in_a_bundle);
  EXPECT_EQ(offers.of(peer_of("bundle 0")), std::nullopt) << "the oldest goes";
  EXPECT_EQ(offers.of(peer_of("last")), key_of(0));
  fill("message ", Shown::by_a_message);
  EXPECT_EQ(offers.of(peer_of("bundle 1")), std::nullopt);
  offers.add(peer_of("bundle 1"), key_of(1), Shown::in_a_bundle);
  EXPECT_EQ(offers.of(peer_of("bundle 1")), std::nullopt);
  for (std::size_t i = 0; i < Offers::most; ++i)
    EXPECT_EQ(offers.of(peer_of("message " + std::to_string(i))), key_of(i)) << i;
  // A peer has one place, whatever is shown.
  offers.add(peer_of("message 3"), key_of(7), Shown::in_a_bundle);
  EXPECT_EQ(offers.of(peer_of("message 3")), key_of(3));
  offers.add(peer_of("message 3"), key_of(8), Shown::by_a_message);
  EXPECT_EQ(offers.of(peer_of("message 3")), key_of(8));
  EXPECT_EQ(offers.of(peer_of("message 4")), key_of(4));
  offers.withdraw(peer_of("message 4", 2));
  EXPECT_EQ(offers.of(peer_of("message 4")), key_of(4));
  offers.withdraw_account(peer_of("message 4", 2));
  EXPECT_EQ(offers.of(peer_of("message 4")), std::nullopt);
}

/// Alice, who was shown another identity of Bob's than the one that she accepted.
struct Alarmed {
  Pair pair;
  Party anew{"bob", 9};
  UnsureStore store{pair.alice.rows};
  Letter letter{};

  Alarmed() {
    EXPECT_TRUE(pair.alice.make_prekeys() && anew.connect(pair.alice));
    letter = *anew.write(pair.alice, "it is me");
    pair.alice.device = *Device::open(store, storage_key());
    EXPECT_EQ(error_of(pair.alice.read(anew, letter)), Error::identity_changed);
  }
  /// What `act` commits, and whether the identity is offered then.
  bool offered_after(const std::function<Result<void>(Transaction&)>& act,
                     std::optional<Error> error = {}) {
    auto tx = pair.alice.begin();
    EXPECT_TRUE(act(tx));
    EXPECT_EQ(error_of(std::move(tx).commit()), error);
    return offered();
  }
  bool offered() {
    const auto identity = *pair.alice.device.offered_identity(anew.address());
    EXPECT_TRUE(!identity || *identity == anew.device.identity());
    return identity.has_value();
  }
};

TEST(OfferedIdentity, lasts_until_another_is_accepted) {
  const Address bob{"bob", DeviceId{1}};
  const auto accept = [&](Alarmed& a) {
    return [&](Transaction& tx) { return tx.accept_identity(bob, a.anew.device.identity()); };
  };
  const auto forget = [&](Transaction& tx) { return whether(tx.forget(bob)); };
  const auto forget_all = [](Transaction& tx) { return whether(tx.forget_account("bob")); };
  const auto rename = [](Transaction& tx) { return whether(tx.rename_account("bob", "rob")); };
  const auto erase = [&](Transaction& tx) { return tx.erase_sessions(bob); };
  const auto put = [](Transaction& tx) { return tx.put(bytes_of("k"), bytes_of("v")); };
  const auto nothing = [](Transaction&) { return Result<void>(); };
  {
    Alarmed a;
    for (const auto& act :
         std::vector<std::function<Result<void>(Transaction&)>>{put, nothing, erase})
      EXPECT_TRUE(a.offered_after(act));
    {
      auto dropped = a.pair.alice.begin();
      ASSERT_TRUE(forget(dropped));
    }
    EXPECT_TRUE(a.offered()) << "it was not committed";
    EXPECT_FALSE(a.offered_after(accept(a)));
    EXPECT_EQ(a.pair.alice.read(a.anew, a.letter), "it is me");
  }
  for (const auto& act :
       std::vector<std::function<Result<void>(Transaction&)>>{forget, forget_all, rename}) {
    Alarmed a;
    EXPECT_FALSE(a.offered_after(act));
  }
  {
    Alarmed a;
    a.store.next_commit(false, 0, Error::conflict);
    EXPECT_TRUE(a.offered_after(accept(a), Error::conflict));
  }
  for (const bool happens : {true, false}) {
    Alarmed a;
    a.store.next_commit(happens, 1);
    EXPECT_FALSE(a.offered_after(accept(a), Error::outcome_unknown));
    // If it did not happen the message shows it once more.
    const auto again = a.pair.alice.read(a.anew, a.letter);
    EXPECT_EQ(again.has_value(), happens);
    EXPECT_EQ(a.offered(), !happens);
  }
}

TEST(OfferedIdentity, is_what_a_transaction_was_shown_whatever_became_of_it) {
  Alarmed a;
  EXPECT_EQ(error_of(a.pair.alice.read(a.pair.bob, *a.pair.bob.write(a.pair.alice, "one"))),
            std::nullopt);
  EXPECT_TRUE(a.offered());
  const auto decrypt = [&](Transaction& tx) {
    std::vector<std::uint8_t> out(a.letter.bytes.size());
    testing::TapeEntropy tape(5);
    EXPECT_EQ(
        error_of(tx.decrypt(out, a.anew.address(), a.letter.kind, a.letter.bytes, tape, start)),
        Error::identity_changed);
    EXPECT_TRUE(**tx.offered_identity(a.anew.address()) == a.anew.device.identity());
    return tx.put(bytes_of("k"), bytes_of("v"));
  };
  a.store.next_commit(false, 0, Error::conflict);
  EXPECT_TRUE(a.offered_after(decrypt, Error::conflict));
  EXPECT_TRUE(a.offered_after(decrypt));
}

}  // namespace
}  // namespace sotto::session
