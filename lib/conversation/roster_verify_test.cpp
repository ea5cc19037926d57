// SPDX-License-Identifier: MIT OR Apache-2.0
// Lists that others are shown: what is refused, attack by attack.
#include <optional>

#include "conversation/roster_form.hpp"
#include "conversation/test_rosters.hpp"
#include "crypto/xeddsa.hpp"

namespace sotto::conversation {
namespace {

/// Sign whatever the parts say.
RosterParts signed_by(RosterParts parts, const IdentityKeyPair& keys) {
  TapeEntropy tape(77);
  parts.signature = *crypto::sign(keys, RosterMessage(parts).bytes(), tape);
  return parts;
}

class RosterVerify : public ::testing::Test {
 protected:
  /// The error with which `next` is refused after `list`.
  std::optional<Error> after(const RosterParts& parts) { return error_of(list.verify_next(parts)); }

  Devices devices{alice};
  Roster first = devices.begin();
  Roster list = devices.add(first, 2);
  Roster next = devices.add(list, 3, 2);
};

TEST_F(RosterVerify, AChain) {  // [RO-3-2]
  const auto one = Roster::verify_first(*read_roster(bytes_of(first)));
  ASSERT_TRUE(one);
  const auto two = one->verify_next(*read_roster(bytes_of(list)));
  ASSERT_TRUE(two);
  const auto three = two->verify_next(*read_roster(bytes_of(next)));
  ASSERT_TRUE(three);
  EXPECT_EQ(three->hash(), next.hash());
}

TEST_F(RosterVerify, EveryByteCounts) {  // [RO-1-1, RO-1-4]
  const Buffer good = bytes_of(list);
  for (std::size_t at = 0; at < good.size(); ++at) {
    Buffer altered = good;
    altered[at] ^= 1;
    const auto read = read_roster(altered);
    if (!read) continue;
    EXPECT_FALSE(first.verify_next(*read)) << at;
    EXPECT_EQ(roster_hash(*read) == list.hash(), at >= good.size() - 64) << at;
  }
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(error_of(read_roster(std::span(good).first(size))), Error::malformed);
  Buffer longer = good;
  longer.push_back(0);
  EXPECT_EQ(error_of(read_roster(longer)), Error::malformed);
}

TEST_F(RosterVerify, OtherVersionsAreNotSpoken) {  // [RO-1-1]
  Buffer bytes = bytes_of(list);
  for (const unsigned version : {0U, 2U, 255U}) {
    bytes[0] = static_cast<std::uint8_t>(version);
    EXPECT_EQ(error_of(read_roster(bytes)), Error::unsupported_version);
  }
}

TEST_F(RosterVerify, DevicesAscendAndNoIdentityStandsTwice) {  // [RO-1-2]
  RosterParts swapped = list.parts();
  std::swap(swapped.claims[0], swapped.claims[1]);
  Buffer room(roster_max_bytes);
  EXPECT_EQ(error_of(read_roster(*write_roster(room, swapped))), Error::malformed);
  RosterParts twice = list.parts();
  twice.claims[1] = twice.claims[0];
  EXPECT_EQ(error_of(read_roster(*write_roster(room, twice))), Error::malformed);
  TapeEntropy tape(5);
  RosterParts one_key = list.parts();
  one_key.claims[1] = *claim_device(alice, DeviceId(2), devices.keys(1), tape);
  EXPECT_EQ(error_of(read_roster(*write_roster(room, one_key))), Error::malformed);
  // Parts that nobody read are looked at as well.
  RosterParts many = next.parts();
  many.count = roster_max_devices + 1;
  EXPECT_EQ(error_of(list.verify_next(many)), Error::malformed);
  EXPECT_EQ(error_of(Roster::verify_first(many)), Error::malformed);
  EXPECT_EQ(error_of(first.verify_next(signed_by(swapped, devices.keys(1)))), Error::malformed);
}

TEST_F(RosterVerify, AnEmptyListIsNone) {  // [RO-1-3]
  RosterParts empty = first.parts();
  empty.count = 0;
  Buffer room(roster_max_bytes);
  EXPECT_EQ(error_of(read_roster(*write_roster(room, empty))), Error::malformed);
  empty.number = 1;
  empty.previous = first.hash();
  EXPECT_EQ(error_of(first.verify_next(signed_by(empty, devices.keys(1)))), Error::malformed);
}

TEST_F(RosterVerify, TimesBefore1970AreNone) {
  Buffer bytes = bytes_of(list);
  bytes[73] |= 0x80;
  EXPECT_EQ(error_of(read_roster(bytes)), Error::malformed);
}

TEST_F(RosterVerify, ListZero) {  // [RO-3-1]
  const auto refused = [&](RosterParts parts, std::uint32_t by = 1) {
    return error_of(Roster::verify_first(signed_by(parts, devices.keys(by))));
  };
  RosterParts parts = first.parts();
  EXPECT_EQ(refused(parts), std::nullopt);
  EXPECT_EQ(refused(parts, 2), Error::bad_signature);
  parts.previous = filled<RosterHash>(1);
  EXPECT_EQ(refused(parts), Error::malformed);
  parts = first.parts();
  parts.number = 1;
  EXPECT_EQ(refused(parts), Error::malformed);
  parts = first.parts();
  parts.signer = DeviceId(2);
  EXPECT_EQ(refused(parts), Error::malformed);
  parts = list.parts();
  parts.number = 0;
  parts.previous = {};
  EXPECT_EQ(refused(parts), Error::malformed);
  parts = first.parts();
  parts.at = Instant(milliseconds(-1));
  EXPECT_EQ(refused(parts), Error::malformed);
  parts = first.parts();
  parts.claims[0] = *claim_device(bob, DeviceId(1), devices.keys(1), devices.tape());
  EXPECT_EQ(refused(parts), Error::bad_signature) << "a device of somebody else";
}

TEST_F(RosterVerify, AGhostCannotLetItselfIn) {  // [RO-3-2]
  RosterParts ghost = next.parts();
  ghost.signer = DeviceId(3);
  EXPECT_EQ(after(signed_by(ghost, devices.keys(3))), Error::bad_signature);
  ghost.signer = DeviceId(1);  // in another's name
  EXPECT_EQ(after(signed_by(ghost, devices.keys(3))), Error::bad_signature);
}

TEST_F(RosterVerify, ARemovedDeviceSignsNoSuccessor) {  // [RO-3-2]
  const Roster without = devices.remove(list, 2);
  const auto back = list.add(devices.claim(4), devices.keys(2), noon, devices.tape());
  RosterParts parts = without.parts();
  parts.number = 3;
  parts.previous = without.hash();
  parts.claims[1] = *back->find(DeviceId(4));
  parts.count = 2;
  parts.signer = DeviceId(2);
  EXPECT_EQ(error_of(without.verify_next(signed_by(parts, devices.keys(2)))), Error::bad_signature);
  EXPECT_EQ(error_of(without.verify_next(back->parts())), Error::malformed);
}

TEST_F(RosterVerify, AnIdentityListedBySomebodyElse) {  // [RO-2-1]
  // Bob's device claimed for bob; alice's device lists it as one of hers.
  Devices bobs(bob, 2);
  RosterParts parts = next.parts();
  parts.claims[2] = bobs.claim(3);
  parts.signer = DeviceId(1);
  EXPECT_EQ(after(signed_by(parts, devices.keys(1))), Error::bad_signature);
  // Nor under another number than the device said.
  parts.claims[2] = devices.claim(9);
  parts.claims[2].device = DeviceId(3);
  EXPECT_EQ(after(signed_by(parts, devices.keys(1))), Error::bad_signature);
  // Nor in place of a device that is there.
  parts = list.parts();
  parts.number = 2;
  parts.previous = list.hash();
  parts.claims[1] = bobs.claim(2);
  EXPECT_EQ(after(signed_by(parts, devices.keys(1))), Error::bad_signature);
}

TEST_F(RosterVerify, AnotherUsersList) {  // [RO-3-2]
  RosterParts parts = next.parts();
  parts.user = bob;
  parts.signer = DeviceId(1);
  EXPECT_EQ(after(signed_by(parts, devices.keys(1))), Error::malformed);
}

TEST_F(RosterVerify, NumbersAndHashesAreInARow) {  // [RO-3-2]
  const auto with = [&](auto alter) {
    RosterParts parts = next.parts();
    parts.signer = DeviceId(1);
    alter(parts);
    return after(signed_by(parts, devices.keys(1)));
  };
  EXPECT_EQ(with([](RosterParts&) {}), std::nullopt);
  EXPECT_EQ(with([](RosterParts& parts) { parts.number = 1; }), Error::malformed);
  EXPECT_EQ(with([](RosterParts& parts) { parts.number = 3; }), Error::malformed);
  EXPECT_EQ(with([&](RosterParts& parts) { parts.previous = first.hash(); }), Error::malformed);
  EXPECT_EQ(with([](RosterParts& parts) { parts.at = noon - milliseconds(1); }),
            Error::malformed);  // [RO-3-4]
}

TEST_F(RosterVerify, OneDeviceAtATime) {  // [RO-3-3]
  RosterParts none = list.parts();
  none.number = 2;
  none.previous = list.hash();
  EXPECT_EQ(after(signed_by(none, devices.keys(1))), Error::malformed);
  RosterParts again = none;
  again.claims[1] = devices.claim(2);  // signed again, nothing new
  EXPECT_EQ(after(signed_by(again, devices.keys(1))), Error::malformed);
  RosterParts beside = next.parts();
  beside.claims[1] = devices.claim(2);  // the same beside a device that is new
  EXPECT_EQ(after(signed_by(beside, devices.keys(2))), Error::malformed);
  RosterParts two = next.parts();
  two.claims[3] = devices.claim(4);
  two.count = 4;
  EXPECT_EQ(after(signed_by(two, devices.keys(2))), Error::malformed);
  RosterParts swap = none;  // one goes, one comes
  swap.claims[1] = devices.claim(3);
  EXPECT_EQ(after(signed_by(swap, devices.keys(1))), Error::malformed);
}

TEST_F(RosterVerify, TheHashIsNotThatOfTheSignature) {  // [RO-1-4]
  const RosterParts twice = signed_by(next.parts(), devices.keys(2));
  EXPECT_NE(twice.signature, next.parts().signature);
  EXPECT_EQ(list.verify_next(twice)->hash(), next.hash());
}

}  // namespace
}  // namespace sotto::conversation
