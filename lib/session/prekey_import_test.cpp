// SPDX-License-Identifier: MIT OR Apache-2.0
/// Prekeys that were made elsewhere and are taken in.
#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

#include "session/test_service.hpp"
#include "session/work.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

DeviceLimits small(std::uint32_t batch) {
  DeviceLimits limits;
  limits.prekeys.batch = batch;
  return limits;
}

PrekeyStatus status(Party& party) {
  return *party.begin().prekey_status(party.now);
}

// [SES-8-8]
TEST(Prekeys, imported_ones_are_kept_under_their_ids_and_serve) {
  const auto last = std::numeric_limits<std::uint32_t>::max();
  for (const std::uint32_t id : {0U, 1U, most_prekey_id, most_prekey_id + 1, last}) {
    Party alice("alice", 1), bob("bob", 2);
    const auto one_time = *OneTimePrekey::generate(OneTimePrekeyId{id}, bob.tape);
    const auto signed_prekey =
        *SignedPrekey::generate(SignedPrekeyId{id}, bob.device.home().identity(), bob.tape);
    auto tx = bob.begin();
    ASSERT_TRUE(tx.import_prekey(one_time));
    ASSERT_TRUE(tx.import_prekey(signed_prekey, start));
    EXPECT_EQ(error_of(tx.import_prekey(one_time)), Error::already_exists);
    EXPECT_EQ(error_of(tx.import_prekey(signed_prekey, start)), Error::already_exists);
    ASSERT_TRUE(std::move(tx).commit());
    bob.restart();
    const auto bundle = bob.bundle();
    EXPECT_EQ(bundle->keys.one_time->id, OneTimePrekeyId{id});
    EXPECT_EQ(bundle->keys.signed_prekey_id, SignedPrekeyId{id});
    EXPECT_EQ(reach(alice, bob, bundle->keys), std::nullopt);
    EXPECT_EQ(status(bob).one_time_left, 0U);
    Party carol("carol", 3);
    EXPECT_EQ(reach(carol, bob, bundle->keys), Error::unknown_prekey);
  }
}

// [SES-8-8]
TEST(Prekeys, imported_never_take_the_place_of_another_of_their_id) {
  Party bob("bob", 2);
  begin_ids(bob);
  ASSERT_TRUE(bob.make_prekeys());
  const auto one_time = *OneTimePrekey::generate(OneTimePrekeyId{1}, bob.tape);
  const auto signed_prekey =
      *SignedPrekey::generate(SignedPrekeyId{1}, bob.device.home().identity(), bob.tape);
  const auto before = contents(bob.rows);
  {
    auto tx = bob.begin();
    EXPECT_EQ(error_of(tx.import_prekey(one_time)), Error::already_exists);
    EXPECT_EQ(error_of(tx.import_prekey(signed_prekey, start)), Error::already_exists);
    ASSERT_TRUE(std::move(tx).commit());
  }
  EXPECT_EQ(contents(bob.rows), before);
}

// [SES-8-2, SES-8-8]
TEST(Prekeys, imported_signed_ones_replace_as_a_rotation_does) {
  Party bob("bob", 2);
  const auto import = [&](std::uint32_t id) {
    auto tx = bob.begin();
    ASSERT_TRUE(tx.import_prekey(
        *SignedPrekey::generate(SignedPrekeyId{id}, bob.device.home().identity(), bob.tape),
        bob.now));
    ASSERT_TRUE(std::move(tx).commit());
  };
  import(7);
  Service service;
  service.sync(bob);
  for (std::uint32_t id = 1'000; id < 1'050; ++id) import(id);
  EXPECT_EQ(status(bob).signed_prekeys, 40U);
  EXPECT_EQ(status(bob).signed_unacknowledged, 39U);
  EXPECT_TRUE(reached(service, bob)) << "the one that the service hands out stays";
  bob.now += PrekeyPolicy{}.overlap;
  import(2'000);
  EXPECT_EQ(status(bob).signed_prekeys, 39U) << "two go by age";
}

// [SES-8-8]
TEST(Prekeys, another_identitys_are_not_imported) {
  Party bob("bob", 2), carol("carol", 3);
  begin_ids(bob);
  ASSERT_TRUE(bob.make_prekeys());
  const auto foreign =
      *SignedPrekey::generate(SignedPrekeyId{77}, carol.device.home().identity(), bob.tape);
  auto own = *SignedPrekey::generate(SignedPrekeyId{78}, bob.device.home().identity(), bob.tape);
  own.signature = foreign.signature;
  auto tx = bob.begin();
  EXPECT_EQ(error_of(tx.import_prekey(foreign, start)), Error::invalid_argument);
  EXPECT_EQ(error_of(tx.import_prekey(own, start)), Error::invalid_argument);
  ASSERT_TRUE(std::move(tx).commit());
  EXPECT_EQ(bob.bundle(false)->keys.signed_prekey_id, SignedPrekeyId{1});
}

// [SES-8-8]
TEST(Prekeys, that_were_moved_from_are_not_imported) {
  Party bob("bob", 2);
  auto one_time = *OneTimePrekey::generate(OneTimePrekeyId{1}, bob.tape);
  auto own = *SignedPrekey::generate(SignedPrekeyId{1}, bob.device.home().identity(), bob.tape);
  const auto taken = std::move(one_time.keys);
  const auto signed_taken = std::move(own.keys);
  auto tx = bob.begin();
  EXPECT_EQ(error_of(tx.import_prekey(one_time)), Error::weak_key);
  EXPECT_EQ(error_of(tx.import_prekey(own, start)), Error::weak_key);
}

// [SES-8-8]
TEST(Prekeys, no_more_are_imported_than_may_be_kept) {
  Party bob("bob", 2, small(1));
  auto tx = bob.begin();
  for (std::uint32_t id = 100; id < 110; ++id)
    ASSERT_TRUE(tx.import_prekey(*OneTimePrekey::generate(OneTimePrekeyId{id}, bob.tape)));
  const auto another = *OneTimePrekey::generate(OneTimePrekeyId{1}, bob.tape);
  EXPECT_EQ(error_of(tx.import_prekey(another)), Error::exhausted);
  ASSERT_TRUE(tx.rotate_signed_prekey(bob.tape, start));
  ASSERT_TRUE(tx.bundle());
  EXPECT_TRUE(tx.import_prekey(another)) << "what is handed out makes room";
}

}  // namespace
}  // namespace sotto::session
