// SPDX-License-Identifier: MIT OR Apache-2.0
/// The identity key that an alarm is about: whose it is, and how long it is offered.
#include <functional>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/device.hpp>

#include "session/test_devices.hpp"
#include "session/test_rows.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

TEST(OfferedIdentity, is_of_the_last_operation_and_its_peer) {
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
  // One that fails before it looks at a peer is an operation too.
  std::vector<std::uint8_t> out(letter.bytes.size());
  EXPECT_EQ(error_of(pair.alice.device.decrypt(out, {"", DeviceId{1}}, letter.kind, letter.bytes,
                                               pair.alice.tape, start)),
            Error::invalid_argument);
  EXPECT_EQ(offered(anew.address()), std::nullopt);
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
  const auto forget = [&](Transaction& tx) { return tx.forget(bob); };
  const auto forget_all = [](Transaction& tx) { return tx.forget_account("bob"); };
  const auto rename = [](Transaction& tx) { return tx.rename_account("bob", "rob"); };
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
  EXPECT_FALSE(a.offered());
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
