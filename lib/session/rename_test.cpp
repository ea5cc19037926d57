// SPDX-License-Identifier: MIT OR Apache-2.0
/// The name of our own account, whose devices share one identity key; and an account that gets the
/// name of another of which something is held.
#include <gtest/gtest.h>

#include "session/test_devices.hpp"
#include "session/test_names.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

/// Two devices of one account, which share their identity key as Signal's do.
struct Linked {
  static Device made(MemoryStore& rows, std::uint32_t number, std::string_view name) {
    testing::TapeEntropy tape(50);
    DeviceLimits limits;
    limits.shared_identity_name = name;
    return *Device::create(rows, storage_key(), *IdentityKeyPair::generate(tape), DeviceId{number},
                           RegistrationId{number}, limits);
  }
  explicit Linked(std::string_view name) : phone("ann", 1), tablet("ann", 2) {
    phone.device = made(phone_rows, 1, name);
    tablet.device = made(tablet_rows, 2, name);
    EXPECT_TRUE(phone.make_prekeys());
    EXPECT_TRUE(tablet.make_prekeys());
  }
  static Result<void> connect(Party& from, const Address& to, Party& whose) {
    const auto bundle = whose.bundle();
    return from.device.connect(to, bundle->registration, *verify(bundle->keys), from.tape, start);
  }
  static Result<Letter> write(Party& from, const Address& to) {
    std::vector<std::uint8_t> out(max_message_size(2));
    const auto sent = from.device.encrypt(out, to, bytes_of("hi"), start);
    if (!sent) return std::unexpected(sent.error());
    return Letter{sent->kind, {sent->bytes.begin(), sent->bytes.end()}};
  }
  static std::optional<Error> read(Party& to, const Address& from, const Letter& letter) {
    std::vector<std::uint8_t> out(letter.bytes.size());
    return error_of(to.device.decrypt(out, from, letter.kind, letter.bytes, to.tape, start));
  }
  MemoryStore phone_rows = *MemoryStore::create(), tablet_rows = *MemoryStore::create();
  Party phone, tablet;
  const Address to_phone{"ann", DeviceId{1}}, to_tablet{"ann", DeviceId{2}};
};

// [SES-1-4]
TEST(OwnName, of_our_own_account_is_the_new_one_though_no_device_of_it_was_known) {
  Linked linked("ann");
  auto tx = linked.phone.begin();
  ASSERT_TRUE(tx.rename_account("ann", "anna"));
  ASSERT_TRUE(std::move(tx).commit());
  const Address tablet{"anna", DeviceId{2}}, phone{"anna", DeviceId{1}};
  const auto accepts = [&](const char* name) {
    auto trying = linked.phone.begin();
    return !error_of(trying.accept_identity({name, DeviceId{9}}, linked.phone.device.identity()));
  };
  EXPECT_TRUE(accepts("anna"));
  EXPECT_FALSE(accepts("ann"));
  // The tablet has done the same, and writes first.
  auto there = linked.tablet.begin();
  ASSERT_TRUE(there.rename_account("ann", "anna"));
  ASSERT_TRUE(std::move(there).commit());
  ASSERT_TRUE(Linked::connect(linked.tablet, phone, linked.phone));
  EXPECT_EQ(Linked::read(linked.phone, tablet, *Linked::write(linked.tablet, phone)), std::nullopt);
  // Another process of the phone, which knows the earlier name, is told too.
  auto handle = *linked.phone_rows.share();
  DeviceLimits limits;
  limits.shared_identity_name = "ann";
  auto other = *Device::open(handle, storage_key(), {}, limits);
  auto again = *other.begin();
  EXPECT_EQ(error_of(again.accept_identity({"anna", DeviceId{9}}, other.identity())),
            Error::own_identity);
  ASSERT_TRUE(again.rename_account("ann", "anna"));
  EXPECT_TRUE(again.accept_identity({"anna", DeviceId{9}}, other.identity()));
  EXPECT_TRUE(std::move(again).commit());
}

TEST(OwnName, linked_devices_that_share_an_identity_talk_when_the_account_says_so) {
  // [SES-1-4]
  Linked off("");
  EXPECT_EQ(error_of(Linked::connect(off.phone, off.to_tablet, off.tablet)), Error::own_identity);
  Linked of_another("anna");
  EXPECT_EQ(error_of(Linked::connect(of_another.phone, of_another.to_tablet, of_another.tablet)),
            Error::own_identity);

  Linked linked("ann");
  ASSERT_TRUE(Linked::connect(linked.phone, linked.to_tablet, linked.tablet));
  const auto first = *Linked::write(linked.phone, linked.to_tablet);
  EXPECT_EQ(Linked::read(linked.tablet, linked.to_phone, first), std::nullopt);
  const auto answer = *Linked::write(linked.tablet, linked.to_phone);
  EXPECT_EQ(Linked::read(linked.phone, linked.to_tablet, answer), std::nullopt);
  EXPECT_EQ(Linked::read(linked.phone, linked.to_tablet, answer), Error::replayed);
  const Address elsewhere{"eve", DeviceId{2}};
  EXPECT_EQ(error_of(Linked::connect(linked.phone, elsewhere, linked.tablet)), Error::own_identity);
  EXPECT_EQ(error_of(accept(linked.phone, elsewhere, linked.phone.device.identity())),
            Error::own_identity);
  EXPECT_TRUE(accept(linked.phone, {"ann", DeviceId{3}}, linked.phone.device.identity()));
  EXPECT_EQ(error_of(accept(linked.phone, linked.to_phone, linked.phone.device.identity())),
            Error::own_identity);
  // The account is renamed, and its devices stay ours.
  const auto accepts = [&](Transaction& tx, const char* name) {
    return !error_of(tx.accept_identity({name, DeviceId{9}}, linked.phone.device.identity()));
  };
  {
    auto dropped = linked.phone.begin();
    ASSERT_TRUE(dropped.rename_account("ann", "anna"));
    EXPECT_TRUE(accepts(dropped, "anna"));
    EXPECT_FALSE(accepts(dropped, "ann"));
  }
  auto tx = linked.phone.begin();
  EXPECT_FALSE(accepts(tx, "anna"));
  ASSERT_TRUE(tx.rename_account("ann", "anna"));
  ASSERT_TRUE(std::move(tx).commit());
  auto renamed = linked.phone.begin();
  EXPECT_TRUE(accepts(renamed, "anna"));
  EXPECT_FALSE(accepts(renamed, "ann"));
  DeviceLimits limits;
  const std::string long_name(256, 'x');
  limits.shared_identity_name = long_name;
  EXPECT_EQ(error_of(Device::open(linked.phone_rows, storage_key(), {}, limits)),
            Error::invalid_argument);
}

// [SES-1-4, SES-7-4]
TEST(OwnName, is_not_taken_where_it_would_make_this_device_a_peer) {
  Linked linked("ann");
  Party eve("eve", 9);
  ASSERT_TRUE(accept(linked.phone, {"eve", DeviceId{1}}, eve.device.identity()));
  ASSERT_TRUE(accept(linked.phone, {"ann", DeviceId{2}}, linked.phone.device.identity()));
  const auto before = contents(linked.phone_rows);
  EXPECT_EQ(error_of(rename(linked.phone, "ann", "eve")), Error::already_exists);
  EXPECT_EQ(error_of(rename(linked.phone, "eve", "ann")), Error::already_exists);
  EXPECT_EQ(contents(linked.phone_rows), before);
  auto tx = linked.phone.begin();
  EXPECT_TRUE(tx.accept_identity({"ann", DeviceId{3}}, linked.phone.device.identity()))
      << "the name is ours as before";
}

/// Alice knows two of Bob's devices; a third one, which she had not met, has written under his new
/// name.
struct Renamed {
  Renamed() {
    EXPECT_TRUE(accept(pair.alice, {"bob", DeviceId{2}}, pair.bob.device.identity()));
    EXPECT_TRUE(pair.alice.make_prekeys());
    EXPECT_TRUE(tablet.connect(pair.alice));
    const auto letter = *tablet.write(pair.alice, "my new name");
    std::vector<std::uint8_t> out(letter.bytes.size());
    EXPECT_TRUE(
        pair.alice.device.decrypt(out, third, letter.kind, letter.bytes, pair.alice.tape, start));
  }
  Result<Letter> write(const Address& to) {
    Letter letter{MessageKind::signal, std::vector<std::uint8_t>(max_message_size(2))};
    const auto sent = pair.alice.device.encrypt(letter.bytes, to, bytes_of("hi"), start);
    if (!sent) return std::unexpected(sent.error());
    letter.kind = sent->kind;
    letter.bytes.resize(sent->bytes.size());
    return letter;
  }
  Pair pair;
  Party tablet{"bob", 6};
  const Address third{"robert", DeviceId{3}};
};

// [SES-7-4]
TEST(Renamed, devices_move_beside_those_that_are_known_under_the_new_name) {
  Renamed r;
  Party& alice = r.pair.alice;
  const IdentityPublic bobs = r.pair.bob.device.identity();
  const auto late = *r.pair.bob.write(alice, "late");
  EXPECT_EQ(rename(alice, "bob", "robert"), 2U);
  r.pair.bob.name = "robert";
  for (const bool restarted : {false, true}) {
    if (restarted) alice.restart();
    auto tx = alice.begin();
    EXPECT_EQ(*tx.identity({"robert", DeviceId{1}}), bobs);
    EXPECT_EQ(*tx.identity({"robert", DeviceId{2}}), bobs);
    EXPECT_EQ(*tx.identity(r.third), r.tablet.device.identity());
    EXPECT_EQ(*tx.next_device("bob", {}), std::nullopt);
  }
  EXPECT_EQ(alice.read(r.pair.bob, late), "late");
  EXPECT_EQ(r.pair.bob.read(alice, *r.write({"robert", DeviceId{1}})), "hi");
  EXPECT_EQ(r.tablet.read(alice, *r.write(r.third)), "hi");
  // [SES-1-3]: all identities belong to the new name.
  for (const IdentityPublic& identity : {bobs, r.tablet.device.identity()})
    EXPECT_EQ(error_of(accept(alice, {"bob", DeviceId{9}}, identity)), Error::identity_in_use);
  EXPECT_EQ(rename(alice, "bob", "robert"), 0U) << "the second time there is nobody";
}

TEST(Renamed, nobody_moves_where_one_device_number_is_held_twice) {
  Renamed r;
  Party& alice = r.pair.alice;
  ASSERT_TRUE(accept(alice, {"bob", DeviceId{3}}, r.pair.bob.device.identity()));
  const auto before = contents(alice.rows);
  {
    auto tx = alice.begin();
    EXPECT_EQ(error_of(tx.rename_account("bob", "robert")), Error::already_exists);
    EXPECT_EQ(*tx.next_device("bob", DeviceId{1}), DeviceId{2});
    EXPECT_TRUE(std::move(tx).commit());
  }
  EXPECT_EQ(contents(alice.rows), before);
  // As the header has it.
  auto tx = alice.begin();
  EXPECT_EQ(tx.forget({"bob", DeviceId{3}}), 1U);
  EXPECT_EQ(tx.rename_account("bob", "robert"), 2U);
  EXPECT_TRUE(std::move(tx).commit());
  EXPECT_EQ(alice.begin().identity(r.third), r.tablet.device.identity());
}

TEST(Renamed, an_identity_that_both_names_have_goes_with_the_name_that_proved_it) {
  // [SES-1-3]: Under the new name Bob's key came in a bundle only.
  Renamed r;
  Party& alice = r.pair.alice;
  Party other("bob", 8);
  ASSERT_TRUE(other.make_prekeys());
  const Address fourth{"robert", DeviceId{4}};
  const auto bundle = *other.bundle();
  ASSERT_TRUE(
      alice.device.connect(fourth, bundle.registration, *verify(bundle.keys), alice.tape, start));
  ASSERT_TRUE(accept(alice, {"bob", DeviceId{7}}, other.device.identity()));
  EXPECT_EQ(error_of(r.write(fourth)), Error::identity_in_use);
  ASSERT_EQ(rename(alice, "bob", "robert"), 3U);
  EXPECT_EQ(other.read(alice, *r.write(fourth)), "hi") << "one person has it";
}

TEST(Renamed, a_device_that_comes_to_be_known_under_either_name_meanwhile_is_a_conflict) {
  // [SES-7-5]
  for (const char* const name : {"bob", "robert"})
    for (const bool begun_first : {true, false}) {
      Renamed r;
      auto twin_rows = *r.pair.alice.rows.share();
      auto twin = *Device::open(twin_rows, storage_key());
      auto all = r.pair.alice.begin();
      auto one = *twin.begin();
      ASSERT_EQ(all.rename_account("bob", "robert"), 2U);
      ASSERT_TRUE(one.accept_identity({name, DeviceId{9}}, Party("bob", 40).device.identity()));
      ASSERT_TRUE(std::move(begun_first ? one : all).commit());
      EXPECT_EQ(error_of(std::move(begun_first ? all : one).commit()), Error::conflict) << name;
    }
}

TEST(Renamed, devices_that_were_forgotten_under_the_new_name_make_room) {
  Renamed r;
  Party& alice = r.pair.alice;
  ASSERT_TRUE(accept(alice, {"robert", DeviceId{1}}, Party("x", 41).device.identity()));
  const auto before = alice.begin().info({"robert", DeviceId{1}}, start)->epoch;
  auto tx = alice.begin();
  EXPECT_EQ(tx.forget({"robert", DeviceId{1}}), 1U);
  EXPECT_EQ(tx.rename_account("bob", "robert"), 2U);
  EXPECT_TRUE(std::move(tx).commit());
  alice.restart();
  EXPECT_GT(alice.begin().info({"robert", DeviceId{1}}, start)->epoch, before);
  EXPECT_EQ(r.pair.bob.read(alice, *r.write({"robert", DeviceId{1}})), "hi");
}

TEST(OwnName, of_our_own_account_is_told_to_each_process) {
  Linked linked("ann");
  auto handle = *linked.phone_rows.share();
  DeviceLimits limits;
  limits.shared_identity_name = "ann";
  auto other = *Device::open(handle, storage_key(), {}, limits);
  auto tx = linked.phone.begin();
  ASSERT_TRUE(tx.rename_account("ann", "anna"));
  ASSERT_TRUE(std::move(tx).commit());
  // It begins with one under the dead name: that goes first.
  auto again = *other.begin();
  ASSERT_TRUE(again.accept_identity({"ann", DeviceId{9}}, other.identity()));
  ASSERT_TRUE(again.forget_account("ann"));
  ASSERT_TRUE(again.rename_account("ann", "anna"));
  EXPECT_EQ(error_of(again.accept_identity({"ann", DeviceId{9}}, other.identity())),
            Error::own_identity);
  EXPECT_TRUE(again.accept_identity({"anna", DeviceId{9}}, other.identity()));
  EXPECT_TRUE(std::move(again).commit());
}

TEST(Renamed, an_account_of_which_this_device_was_not_told_looks_as_a_stranger_does) {
  // As `Transaction::rename_account` says.
  Pair pair;
  const Letter letter = *pair.alice.write(pair.bob, "in our session");
  pair.alice.name = "alicia";
  EXPECT_EQ(error_of(pair.bob.read(pair.alice, letter)), Error::no_session);
  ASSERT_TRUE(pair.bob.make_prekeys() && pair.alice.connect(pair.bob));
  const Letter first = *pair.alice.write(pair.bob, "in a new one");
  EXPECT_EQ(error_of(pair.bob.read(pair.alice, first)), Error::identity_in_use);
  auto tx = pair.bob.begin();
  ASSERT_TRUE(tx.rename_account("alice", "alicia") && std::move(tx).commit());
  EXPECT_EQ(pair.bob.read(pair.alice, letter), "in our session");
  EXPECT_EQ(pair.bob.read(pair.alice, first), "in a new one");
}

}  // namespace
}  // namespace sotto::session
