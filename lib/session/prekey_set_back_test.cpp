// SPDX-License-Identifier: MIT OR Apache-2.0
/// Uploads after the store went back: peers have seen the signed prekey that came back replaced.
#include <functional>
#include <optional>
#include <utility>

#include <gtest/gtest.h>

#include "session/test_service.hpp"

namespace sotto::session {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;
using testing::error_of;

DeviceLimits small() {
  DeviceLimits limits;
  limits.prekeys.batch = 10;
  limits.prekeys.low_water = 3;
  return limits;
}

Result<void> connect(Party& from, const Party& to, const Bundle& bundle) {
  return from.device.connect(to.address(), RegistrationId{1}, *verify(bundle), from.tape, from.now);
}

/// Bob's store goes back behind a rotation of his; Alice has seen both signed prekeys.
struct SetBack {
  Party bob{"bob", 2, small()};
  Party alice{"alice", 1};
  Service service;
  std::optional<SignedPrekeyId> lost;

  SetBack() {
    service.sync(bob);
    EXPECT_TRUE(connect(alice, bob, service.hand_out()));
    auto before = *bob.rows.clone();
    bob.now += std::chrono::hours(1);
    auto tx = bob.begin();
    EXPECT_TRUE(tx.rotate_signed_prekey(bob.tape, bob.now));
    EXPECT_TRUE(std::move(tx).commit());
    service.sync(bob);
    EXPECT_TRUE(connect(alice, bob, service.hand_out()));
    lost = service.signed_prekey->signed_prekey_id;
    bob.rows = std::move(before);
    bob.restart();
    bob.tape = testing::TapeEntropy(78);
  }
};

// [SES-8-9]
TEST(SetBack, is_followed_by_a_signed_prekey_that_no_peer_calls_stale) {
  for (const int word : {0, 1, 2}) {
    SetBack world;
    const ServiceStock stock = word == 0   ? ServiceStock{.not_ours = true}
                               : word == 1 ? ServiceStock{.signed_prekey = world.lost}
                                           : ServiceStock{.one_time_left = 14};
    const Uploading upload = next_upload(world.bob, stock);
    EXPECT_TRUE(upload.replaces) << word;
    EXPECT_NE(upload.signed_prekey.signed_prekey_id, *world.lost)
        << "the service would name it, and mean another";
    EXPECT_EQ(next_upload(world.bob, stock), upload) << "offered again, the same";
    world.service.take(upload);
    acknowledge(world.bob, upload.id);
    EXPECT_FALSE(next_upload(world.bob, world.service.stock()).due) << word;
    EXPECT_EQ(error_of(connect(world.alice, world.bob, world.service.hand_out())), std::nullopt)
        << word;
    const Letter letter = *world.alice.write(world.bob, "hello");
    EXPECT_EQ(world.bob.read(world.alice, letter), "hello") << word;
  }
}

// [SES-8-9]: an app that passes on bundles itself.
TEST(SetBack, has_bundles_that_are_stale_until_the_app_rotates) {
  for (const bool by_an_upload : {false, true}) {
    SetBack world;
    const auto connected = [&](bool last_resort) {
      auto tx = world.bob.begin();
      const auto pending = last_resort ? tx.last_resort_bundle() : tx.bundle();
      const auto bundle = *pending->release(*std::move(tx).commit());
      return error_of(connect(world.alice, world.bob, bundle.keys));
    };
    for (const bool last_resort : {false, true})
      EXPECT_EQ(connected(last_resort), Error::stale_bundle) << "nothing shows it to the device";
    auto tx = world.bob.begin();
    if (by_an_upload)
      EXPECT_TRUE(tx.prekeys_to_upload({.not_ours = true}, world.bob.tape, world.bob.now));
    else
      EXPECT_TRUE(tx.rotate_signed_prekey(world.bob.tape, world.bob.now));
    EXPECT_TRUE(std::move(tx).commit());
    for (const bool last_resort : {false, true})
      EXPECT_EQ(connected(last_resort), std::nullopt) << by_an_upload;
    const Letter letter = *world.alice.write(world.bob, "hello");
    EXPECT_EQ(world.bob.read(world.alice, letter), "hello");
  }
}

// [SES-8-9]
TEST(SetBack, behind_an_upload_that_waits_is_believed_after_a_day) {
  Party bob("bob", 2, small());
  const Uploading waiting = next_upload(bob);
  const ServiceStock went_back{.not_ours = true};
  bob.now += days(1) - milliseconds(1);
  EXPECT_EQ(next_upload(bob, went_back), waiting);
  bob.now += milliseconds(1);
  const Uploading later = next_upload(bob, went_back);
  EXPECT_NE(later.signed_prekey.signed_prekey, waiting.signed_prekey.signed_prekey);
  EXPECT_EQ(next_upload(bob, went_back), later);
}

// [SES-8-9]
TEST(SetBack, is_not_what_a_service_says_that_names_a_prekey_kept_here) {
  Party bob("bob", 2, small());
  Service service;
  service.sync(bob);
  const Bundle before = service.signed_prekey.value();
  // It has many more one-time prekeys than it was given, but hands out ours.
  const Uploading upload =
      next_upload(bob, {.one_time_left = 100, .signed_prekey = before.signed_prekey_id});
  EXPECT_TRUE(upload.replaces);
  EXPECT_EQ(upload.signed_prekey, before);
}

}  // namespace
}  // namespace sotto::session
