// SPDX-License-Identifier: MIT OR Apache-2.0
// Lists made, and read again.
#include "conversation/test_rosters.hpp"

namespace sotto::conversation {
namespace {

using Numbers = std::vector<std::uint32_t>;

TEST(RosterMake, ListZeroHasOneDeviceThatSignsItself) {  // [RO-3-1]
  Devices devices(alice);
  const Roster list = devices.begin(7);
  EXPECT_EQ(list.number(), 0U);
  EXPECT_EQ(list.parts().previous, RosterHash{});
  EXPECT_EQ(list.parts().signer, DeviceId(7));
  EXPECT_EQ(numbers_of(list), Numbers{7});
  EXPECT_EQ(list.find(DeviceId(7))->identity, devices.keys(7).public_key());
  EXPECT_EQ(list.find(DeviceId(6)), nullptr);
  EXPECT_TRUE(Roster::verify_first(list.parts()));
}

TEST(RosterMake, DevicesStandInOrder) {  // [RO-1-2]
  Devices devices(alice);
  Roster list = devices.begin(5);
  for (const std::uint32_t device : {9U, 1U, 7U, 0U, 0xffff'ffffU})
    list = devices.add(list, device, 5);
  EXPECT_EQ(numbers_of(list), (Numbers{0, 1, 5, 7, 9, 0xffff'ffff}));
  list = devices.remove(list, 5, 5);  // A device may take itself out when others stay.
  EXPECT_EQ(numbers_of(list), (Numbers{0, 1, 7, 9, 0xffff'ffff}));
  list = devices.remove(list, 0xffff'ffff, 9);
  EXPECT_EQ(numbers_of(list), (Numbers{0, 1, 7, 9}));
  EXPECT_EQ(list.number(), 7U);
}

TEST(RosterMake, ADeviceThatWasSetUpAnewGetsAnotherIdentity) {
  Devices devices(alice);
  const Roster before = devices.add(devices.begin(), 2);
  const IdentityPublic old = devices.keys(2).public_key();
  devices.renew(2);
  const Roster after = devices.replace(before, 2);
  EXPECT_EQ(numbers_of(after), (Numbers{1, 2}));
  EXPECT_NE(after.find(DeviceId(2))->identity, old);
  EXPECT_TRUE(before.verify_next(after.parts()));
}

TEST(RosterMake, WhatIsWrittenIsRead) {  // [RO-1-1]
  Devices devices(alice);
  Roster list = devices.begin();
  EXPECT_EQ(bytes_of(list).size(), 251U);
  for (std::uint32_t device = 2; device <= 5; ++device) {
    list = devices.add(list, device);
    const Buffer bytes = bytes_of(list);
    EXPECT_EQ(bytes.size(), 151U + 100U * device);
    const auto read = read_roster(bytes);
    ASSERT_TRUE(read);
    EXPECT_EQ(roster_hash(*read), list.hash());
    EXPECT_EQ(read->signature, list.parts().signature);
    EXPECT_EQ(read->number, device - 1);
  }
}

TEST(RosterMake, AClaimIsAHundredBytes) {  // [RO-2-1]
  Devices devices(alice);
  const DeviceClaim claim = devices.claim(0x01020304);
  Buffer bytes(device_claim_bytes, 0xee);
  EXPECT_EQ(error_of(write_device_claim(std::span(bytes).first(99), claim)),
            Error::buffer_too_small);
  EXPECT_EQ(bytes, Buffer(device_claim_bytes, 0xee));
  ASSERT_TRUE(write_device_claim(bytes, claim));
  EXPECT_EQ(Buffer(bytes.begin(), bytes.begin() + 4), (Buffer{1, 2, 3, 4}));
  EXPECT_EQ(*read_device_claim(bytes), claim);
  EXPECT_EQ(error_of(read_device_claim(std::span(bytes).first(99))), Error::malformed);
  EXPECT_EQ(error_of(read_device_claim(std::span(bytes).first(36))), Error::malformed);
  bytes.push_back(0);
  EXPECT_EQ(error_of(read_device_claim(bytes)), Error::malformed);
}

TEST(RosterMake, OnlyADeviceOfTheListSignsTheNext) {  // [RO-3-2]
  Devices devices(alice);
  const Roster list = devices.add(devices.begin(), 2);
  const DeviceClaim third = devices.claim(3);
  const auto add_by = [&](const IdentityKeyPair& signer) {
    return error_of(list.add(third, signer, noon, devices.tape()));
  };
  EXPECT_EQ(add_by(devices.keys(3)), Error::wrong_state);
  EXPECT_EQ(add_by(devices.keys(2)), std::nullopt);
  const Roster without = devices.remove(list, 2);
  EXPECT_EQ(error_of(without.add(third, devices.keys(2), noon, devices.tape())),
            Error::wrong_state);
}

TEST(RosterMake, RefusesWhatNoListMaySay) {
  Devices devices(alice);
  Devices others(bob, 2);
  const Roster one = devices.begin();
  const Roster two = devices.add(one, 2);
  TapeEntropy tape(9);
  const auto add = [&](const DeviceClaim& claim) {
    return error_of(two.add(claim, devices.keys(1), noon, tape));
  };
  const auto replace = [&](const DeviceClaim& claim) {
    return error_of(two.replace(claim, devices.keys(1), noon, tape));
  };
  const auto remove = [&](const Roster& from, std::uint32_t device) {
    return error_of(from.remove(DeviceId(device), devices.keys(1), noon, tape));
  };
  const auto as = [&](std::uint32_t device, std::uint32_t keys_of) {
    return *claim_device(alice, DeviceId(device), devices.keys(keys_of), tape);
  };
  EXPECT_EQ(add(as(2, 3)), Error::already_exists);  // the number is taken
  EXPECT_EQ(add(as(3, 2)), Error::already_exists);  // so is the identity
  EXPECT_EQ(add(others.claim(3)), Error::bad_signature);
  EXPECT_EQ(replace(as(3, 3)), Error::wrong_state);
  EXPECT_EQ(replace(as(2, 2)), Error::already_exists);
  EXPECT_EQ(replace(as(2, 1)), Error::already_exists);
  EXPECT_EQ(replace(others.claim(2)), Error::bad_signature);
  EXPECT_EQ(remove(two, 3), Error::wrong_state);
  EXPECT_EQ(remove(one, 1), Error::wrong_state);  // nobody would be left
}

TEST(RosterMake, AtMost32Devices) {  // [RO-1-3]
  Devices devices(alice);
  Roster list = devices.begin();
  while (list.devices().size() < 32)
    list = devices.add(list, static_cast<std::uint32_t>(1 + list.devices().size()));
  EXPECT_EQ(bytes_of(list).size(), roster_max_bytes);
  EXPECT_TRUE(read_roster(bytes_of(list)));
  EXPECT_EQ(error_of(list.add(devices.claim(33), devices.keys(1), noon, devices.tape())),
            Error::exhausted);
  Buffer longer = bytes_of(list);
  longer[86] = 33;
  longer.resize(roster_bytes(33));
  EXPECT_EQ(error_of(read_roster(longer)), Error::malformed);
}

TEST(RosterMake, AClockThatWentBackStopsNoChange) {  // [RO-3-4]
  Devices devices(alice);
  const Roster first = devices.begin(1, noon);
  const Roster next = devices.add(first, 2, 1, noon - milliseconds(1));
  EXPECT_EQ(next.parts().at, noon);
  EXPECT_TRUE(first.verify_next(next.parts()));
  const Instant before_1970{milliseconds(-1)};
  EXPECT_EQ(
      error_of(Roster::begin(alice, DeviceId(1), devices.keys(1), before_1970, devices.tape())),
      Error::malformed);
  EXPECT_EQ(error_of(next.remove(DeviceId(2), devices.keys(1), before_1970, devices.tape())),
            Error::malformed);
}

TEST(RosterMake, WithoutEntropyNothingIsSigned) {
  Devices devices(alice);
  const Roster list = devices.begin();
  for (const std::size_t calls : {0U, 1U}) {
    testing::FailingEntropy failing(calls);
    EXPECT_EQ(error_of(Roster::begin(alice, DeviceId(1), devices.keys(1), noon, failing)),
              Error::entropy_failed);
  }
  testing::FailingEntropy failing;
  EXPECT_EQ(error_of(list.add(devices.claim(2), devices.keys(1), noon, failing)),
            Error::entropy_failed);
  const Roster two = devices.add(list, 2);
  EXPECT_EQ(error_of(two.remove(DeviceId(2), devices.keys(1), noon, failing)),
            Error::entropy_failed);
  devices.renew(2);
  EXPECT_EQ(error_of(two.replace(devices.claim(2), devices.keys(1), noon, failing)),
            Error::entropy_failed);
  EXPECT_EQ(error_of(claim_device(alice, DeviceId(2), devices.keys(2), failing)),
            Error::entropy_failed);
}

TEST(RosterMake, ABufferTooSmallIsUntouched) {
  Devices devices(alice);
  const Roster list = devices.begin();
  Buffer room(list.size_bytes() - 1, 0xee);
  EXPECT_EQ(error_of(list.write(room)), Error::buffer_too_small);
  EXPECT_EQ(room, Buffer(room.size(), 0xee));
}

TEST(RosterMake, OneHashOfBothListsInEitherOrder) {  // [RO-1-5]
  Devices ours(alice);
  Devices theirs(bob, 2);
  const RosterHash a = ours.begin().hash();
  const RosterHash b = theirs.begin().hash();
  EXPECT_EQ(rosters_hash(a, b), rosters_hash(b, a));
  EXPECT_NE(rosters_hash(a, b), rosters_hash(a, a));
  EXPECT_NE(rosters_hash(a, b), rosters_hash(b, b));
}

}  // namespace
}  // namespace sotto::conversation
