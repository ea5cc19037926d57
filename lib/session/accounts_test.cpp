// SPDX-License-Identifier: MIT OR Apache-2.0
/// What is done to all devices of a name while somebody else begins with one more of them.
#include <array>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/snapshot.hpp>

#include "session/test_devices.hpp"
#include "session/test_rows.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

const Address tablet{"bob", DeviceId{2}};

/// Alice knows Bob's phone; two processes stand over her rows.
struct Two {
  Two() : twin_rows(*pair.alice.rows.share()), twin(*Device::open(twin_rows, storage_key())) {
    EXPECT_TRUE(other.make_prekeys());
    EXPECT_TRUE(pair.alice.make_prekeys());
    EXPECT_TRUE(other.connect(pair.alice));
    first = *other.write(pair.alice, "it is my tablet");
    bundle = *other.bundle();
    snapshot = saved();
  }
  /// Of Bob's tablet, as another store of Alice's held it.
  std::vector<std::uint8_t> saved() {
    auto rows = *pair.alice.rows.clone();
    auto copy = *Device::open(rows, storage_key());
    auto tx = *copy.begin();
    EXPECT_TRUE(tx.accept_identity(tablet, other.device.identity()));
    const auto sealed = *save_peer(tx, tablet, SnapshotKey(std::array<std::uint8_t, 32>{7}));
    std::vector<std::uint8_t> out(sealed.size());
    EXPECT_TRUE(sealed.release(*std::move(tx).commit(), out));
    return out;
  }

  Pair pair;
  Party other{"bob", 7};  ///< Bob's tablet, with an identity of its own
  MemoryStore twin_rows;
  Device twin;
  Letter first{};
  wire::DeviceBundle bundle{};
  std::vector<std::uint8_t> snapshot;
  std::vector<std::uint8_t> plain = std::vector<std::uint8_t>(1'000);
};

using Act = std::function<Result<void>(Two&, Transaction&)>;
struct Step {
  const char* name;
  Act act;
  bool of_known = true;  ///< also done to a device that was known, and forgotten
};

const std::vector<Step> begins{
    {"accepts the same identity",
     [](Two& two, Transaction& tx) {
       return tx.accept_identity(tablet, two.pair.bob.device.identity());
     }},
    {"accepts another identity",
     [](Two& two, Transaction& tx) {
       return tx.accept_identity(tablet, two.other.device.identity());
     }},
    {"connects",
     [](Two& two, Transaction& tx) {
       return tx.connect(tablet, two.bundle.registration, *verify(two.bundle.keys),
                         two.pair.alice.tape, start);
     }},
    {"opens a first message",
     [](Two& two, Transaction& tx) -> Result<void> {
       const auto opened = tx.decrypt(two.plain, tablet, two.first.kind, two.first.bytes,
                                      two.pair.alice.tape, start);
       if (!opened) return std::unexpected(opened.error());
       return {};
     }},
    {"restores a snapshot",
     [](Two& two, Transaction& tx) {
       return restore_peer(tx, tablet, two.snapshot, SnapshotKey(std::array<std::uint8_t, 32>{7}));
     },
     false},  // [SES-9-1]
};

const std::vector<Step> of_all{
    {"forgets the account",
     [](Two&, Transaction& tx) { return whether(tx.forget_account("bob")); }},
    {"renames the account",
     [](Two&, Transaction& tx) { return whether(tx.rename_account("bob", "rob")); }},
};

/// What leaves the binding of an identity to the devices that there are.
const std::vector<Step> of_one{
    {"forgets the phone",
     [](Two& two, Transaction& tx) { return whether(tx.forget(two.pair.bob.address())); }},
    {"accepts another phone",
     [](Two& two, Transaction& tx) {
       testing::TapeEntropy tape(70);
       return tx.accept_identity(two.pair.bob.address(),
                                 IdentityKeyPair::generate(tape)->public_key());
     }},
};

/// Both at the same moment; whoever commits second has a conflict.
void second_has_a_conflict(const Step& begin, const Step& whole) {
  for (const bool begun_first : {true, false})
    for (const bool known : {false, true}) {
      if (known && !begin.of_known) continue;
      SCOPED_TRACE(::testing::Message()
                   << begin.name << ", " << whole.name << ", " << (begun_first ? "first" : "second")
                   << (known ? ", known before" : ""));
      Two two;
      if (known) {  // Then there is a row of the tablet, in which nothing is held.
        auto tx = two.pair.alice.begin();
        ASSERT_TRUE(begins[0].act(two, tx) && std::move(tx).commit());
        auto again = two.pair.alice.begin();
        ASSERT_TRUE(again.forget(tablet) && std::move(again).commit());
      }
      auto one = two.pair.alice.begin();
      auto all = *two.twin.begin();
      ASSERT_TRUE(begin.act(two, one));
      ASSERT_TRUE(whole.act(two, all));
      ASSERT_TRUE(std::move(begun_first ? one : all).commit());
      EXPECT_EQ(error_of(std::move(begun_first ? all : one).commit()), Error::conflict);
      two.pair.alice.restart();
    }
}

TEST(Accounts, a_device_that_is_new_while_its_account_is_forgotten_or_renamed_is_a_conflict) {
  // [SES-7-5]
  for (const Step& begin : begins)
    for (const Step& whole : of_all) second_has_a_conflict(begin, whole);
}

TEST(Accounts, a_device_that_takes_an_identity_while_another_leaves_it_is_a_conflict) {
  // [SES-7-5, SES-1-3]: the identity is not free while a device of the name has it.
  for (const Step& whole : of_one) second_has_a_conflict(begins[0], whole);
}

TEST(Accounts, a_device_that_is_new_under_the_new_name_is_a_conflict) {
  // [SES-7-4]
  for (const bool begun_first : {true, false}) {
    Two two;
    auto one = two.pair.alice.begin();
    auto all = *two.twin.begin();
    ASSERT_TRUE(one.accept_identity({"rob", DeviceId{5}}, two.other.device.identity()));
    ASSERT_TRUE(all.rename_account("bob", "rob"));
    ASSERT_TRUE(std::move(begun_first ? one : all).commit());
    EXPECT_EQ(error_of(std::move(begun_first ? all : one).commit()), Error::conflict);
  }
}

TEST(Accounts, devices_of_two_names_do_not_meet) {
  Two two;
  Party carol("carol", 3);
  auto one = two.pair.alice.begin();
  auto all = *two.twin.begin();
  ASSERT_TRUE(one.accept_identity(carol.address(), carol.device.identity()));
  ASSERT_TRUE(all.rename_account("bob", "rob"));
  ASSERT_TRUE(std::move(one).commit());
  EXPECT_TRUE(std::move(all).commit());
}

TEST(Accounts, forgetting_an_account_forgets_all_its_devices) {
  // [SES-7-3]
  Two two;
  Party& alice = two.pair.alice;
  const IdentityPublic bobs = two.pair.bob.device.identity();
  {
    auto tx = alice.begin();
    ASSERT_TRUE(begins[0].act(two, tx));
    ASSERT_TRUE(tx.accept_identity({"bob", DeviceId{3}}, two.other.device.identity()));
    ASSERT_TRUE(std::move(tx).commit());
  }
  const auto forget = [&](std::string_view name) {
    auto tx = alice.begin();
    const auto done = tx.forget_account(name);
    if (done) {
      EXPECT_TRUE(std::move(tx).commit());
    }
    return error_of(done);
  };
  const auto before = contents(alice.rows);
  EXPECT_EQ(forget("bo"), std::nullopt) << "a name is not its beginning";
  EXPECT_EQ(forget(""), Error::invalid_argument);
  EXPECT_EQ(contents(alice.rows), before);
  EXPECT_EQ(forget("bob"), std::nullopt);
  alice.restart();
  const auto after = contents(alice.rows);
  EXPECT_EQ(forget("bob"), std::nullopt);
  EXPECT_EQ(contents(alice.rows), after) << "nobody is forgotten twice";
  for (const auto& [key, value] : after)
    EXPECT_TRUE(!key.starts_with("49") && !key.starts_with("53")) << key;
  auto tx = alice.begin();
  for (const std::uint32_t device : {1U, 2U, 3U})
    EXPECT_EQ(*tx.identity({"bob", DeviceId{device}}), std::nullopt) << device;
  EXPECT_TRUE(tx.accept_identity({"mallory", DeviceId{1}}, bobs));
  EXPECT_TRUE(tx.accept_identity({"mallory", DeviceId{2}}, two.other.device.identity()));
  EXPECT_TRUE(std::move(tx).commit());
}

TEST(Accounts, the_devices_of_an_account_can_be_gone_through) {
  Two two;
  const auto devices = [&](Transaction& tx, std::string_view name) {
    std::vector<std::uint32_t> all;
    std::optional<DeviceId> at;
    while ((at = *tx.next_device(name, at))) all.push_back(static_cast<std::uint32_t>(*at));
    return all;
  };
  using Numbers = std::vector<std::uint32_t>;
  const IdentityPublic other = two.other.device.identity();
  {
    auto tx = two.pair.alice.begin();
    for (const std::uint32_t device : {0xffffffffU, 7U, 2U})
      ASSERT_TRUE(tx.accept_identity({"bob", DeviceId{device}}, other));
    EXPECT_EQ(devices(tx, "bob"), (Numbers{1, 2, 7, 0xffffffff}));
    ASSERT_TRUE(std::move(tx).commit());
  }
  two.pair.alice.restart();
  auto tx = two.pair.alice.begin();
  EXPECT_EQ(devices(tx, "bob"), (Numbers{1, 2, 7, 0xffffffff}));
  ASSERT_TRUE(tx.forget({"bob", DeviceId{7}}));
  ASSERT_TRUE(tx.accept_identity({"bob", DeviceId{0}}, other));
  EXPECT_EQ(devices(tx, "bob"), (Numbers{0, 1, 2, 0xffffffff}));
  EXPECT_EQ(devices(tx, "bo"), Numbers{});
  EXPECT_EQ(error_of(tx.next_device("", {})), Error::invalid_argument);
}

}  // namespace
}  // namespace sotto::session
