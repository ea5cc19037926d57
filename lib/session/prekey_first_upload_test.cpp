// SPDX-License-Identifier: MIT OR Apache-2.0
/// The first upload of a device, at a service that may know another one.
#include <array>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/snapshot.hpp>

#include "session/test_service.hpp"

namespace sotto::session {
namespace {

DeviceLimits small() {
  DeviceLimits limits;
  limits.prekeys.batch = 10;
  limits.prekeys.low_water = 3;
  return limits;
}

PrekeyStatus status(Party& party, const ServiceStock& stock) {
  return *party.begin().prekey_status(party.now, stock);
}

// [SES-8-5, SES-8-6]
TEST(Upload, of_a_device_that_was_set_up_anew_takes_the_place_of_the_old_ones) {
  for (const std::uint64_t seed : {2U, 3U}) {  // The same identity, and another one.
    Party old("bob", 2, small());
    begin_ids(old);
    Service service;
    service.sync(old);
    service.hand_out(4);
    ASSERT_EQ(old.begin().prekey_status(old.now)->signed_prekeys, 1U);
    Party anew("bob", seed, small());
    begin_ids(anew);  // As by chance, or with another library before.
    std::array<std::uint8_t, 64> skipped;
    ASSERT_TRUE(anew.tape.fill(skipped));
    EXPECT_EQ(service.stock().signed_prekey, SignedPrekeyId{1}) << "as the new one will have";
    // And once more, after it was killed; a service that says nothing has them all the same.
    for (const ServiceStock& said : {ServiceStock{}, service.stock(), service.stock()}) {
      EXPECT_TRUE(status(anew, said).upload_due);
      const Uploading upload = next_upload(anew, said);
      EXPECT_TRUE(upload.due && upload.replaces);
      EXPECT_EQ(upload.one_time.size(), 10U) << "whatever it has";
    }
    service.sync(anew);
    EXPECT_EQ(service.one_time.size(), 10U) << "also those of ids that it handed out";
    for (int i = 0; i < 11; ++i) EXPECT_TRUE(reached(service, anew)) << i;
    EXPECT_FALSE(next_upload(anew, service.stock()).replaces);
  }
}

// [SES-9-1]
TEST(Upload, that_was_made_is_not_undone_by_a_snapshot_of_other_prekeys) {
  const SnapshotKey key(std::array<std::uint8_t, 32>{7});
  for (const bool acknowledged : {false, true}) {
    Party bob("bob", 2, small());
    Service service;
    service.sync(bob);
    auto saving = bob.begin();
    const auto pending = save_prekeys(saving, key);
    const auto saved = std::move(saving).commit();
    std::vector<std::uint8_t> snapshot(pending->size());
    ASSERT_TRUE(pending->release(*saved, snapshot));

    Party anew("bob", 2, small());  // The same identity.
    anew.tape = testing::TapeEntropy(79);
    const Uploading upload = next_upload(anew, {.not_ours = true});
    service.take(upload);
    if (acknowledged) acknowledge(anew, upload.id);
    const auto before = contents(anew.rows);
    auto tx = anew.begin();
    EXPECT_EQ(testing::error_of(restore_prekeys(tx, snapshot, key)), Error::rolled_back);
    ASSERT_TRUE(std::move(tx).commit());
    EXPECT_EQ(contents(anew.rows), before);
    for (int i = 0; i < 11; ++i) EXPECT_TRUE(reached(service, anew)) << i;
  }
}

// [SES-8-5]
TEST(Upload, that_the_service_has_by_its_word_alone_is_not_acknowledged_at_first) {
  Party bob("bob", 2, small());
  const Uploading upload = next_upload(bob);
  const ServiceStock said{.one_time_left = 10,
                          .signed_prekey = upload.signed_prekey.signed_prekey_id};
  const auto before = contents(bob.rows);
  for (const ServiceStock& stock : {said, ServiceStock{.one_time_left = 0}}) {
    EXPECT_EQ(next_upload(bob, stock), upload) << "the same again";
    EXPECT_EQ(contents(bob.rows), before) << "nothing to remember";
    EXPECT_EQ(status(bob, stock).signed_unacknowledged, 1U);
  }
  acknowledge(bob, upload.id);
  EXPECT_FALSE(next_upload(bob, said).due);
}

}  // namespace
}  // namespace sotto::session
