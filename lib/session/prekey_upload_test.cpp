// SPDX-License-Identifier: MIT OR Apache-2.0
/// What a device gives its service, whatever happens between the two.
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "session/test_service.hpp"
#include "session/upload_id.hpp"

namespace sotto::session {
namespace {

using std::chrono::days;
using testing::error_of;

DeviceLimits small(std::uint32_t batch = 10, std::uint32_t low_water = 3) {
  DeviceLimits limits;
  limits.prekeys.batch = batch;
  limits.prekeys.low_water = low_water;
  return limits;
}

PrekeyStatus status(Party& party, const ServiceStock& stock = {}) {
  return *party.begin().prekey_status(party.now, stock);
}

std::set<OneTimePrekeyId> ids(const Uploading& upload) {
  std::set<OneTimePrekeyId> ids;
  for (const Bundle::OneTime& one : upload.one_time) ids.insert(one.id);
  return ids;
}

// [SES-8-3, SES-8-5]
TEST(Upload, has_everything_once_and_then_nothing) {
  Party bob("bob", 2, small());
  begin_ids(bob);
  Service service;
  EXPECT_TRUE(status(bob).upload_due);
  const Uploading upload = next_upload(bob);
  EXPECT_TRUE(upload.due);
  EXPECT_TRUE(upload.replaces) << "what another device left there";
  EXPECT_EQ(upload.one_time.size(), 10U);
  EXPECT_EQ(upload.signed_prekey.signed_prekey_id, SignedPrekeyId{1});
  EXPECT_TRUE(verify(upload.signed_prekey));
  service.take(upload);
  acknowledge(bob, upload.id);
  const auto before = contents(bob.rows);
  for (const ServiceStock& stock : {ServiceStock{}, service.stock()}) {
    EXPECT_FALSE(status(bob, stock).upload_due);
    EXPECT_FALSE(next_upload(bob, stock).due);
  }
  EXPECT_EQ(contents(bob.rows), before) << "nothing to do, nothing written";
  EXPECT_TRUE(reached(service, bob));
  EXPECT_EQ(status(bob).one_time_left, 9U);
}

// [SES-8-3]
TEST(Upload, tops_up_when_the_service_has_few) {
  Party bob("bob", 2, small());
  Service service;
  service.sync(bob);
  service.hand_out(7);
  EXPECT_FALSE(status(bob, service.stock()).upload_due);
  EXPECT_FALSE(service.sync(bob).due);
  service.hand_out(1);
  EXPECT_TRUE(status(bob, service.stock()).upload_due) << "the service has few, the device has all";
  EXPECT_FALSE(status(bob).upload_due) << "nobody said so";
  EXPECT_EQ(service.sync(bob).one_time.size(), 8U);
  EXPECT_EQ(service.one_time.size(), 10U);
}

// [SES-8-3]
TEST(Upload, without_word_of_the_service_counts_those_not_used) {
  Party bob("bob", 2, small());
  Service service;
  service.sync(bob, {});
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(reached(service, bob));
  const Uploading upload = service.sync(bob, {});
  EXPECT_EQ(upload.one_time.size(), 8U);
}

// [SES-8-3]
TEST(Upload, killed_between_commit_and_upload_is_offered_again_the_same) {
  Party bob("bob", 2, small());
  const Uploading lost = next_upload(bob);
  const auto before = contents(bob.rows);
  for (int i = 0; i < 50; ++i) {
    bob.restart();
    ASSERT_EQ(next_upload(bob, {.one_time_left = 0, .lost_signed_prekey = true}), lost);
  }
  EXPECT_EQ(contents(bob.rows), before) << "a failed upload floods nothing";
  Service service;
  EXPECT_EQ(service.sync(bob), lost);
  EXPECT_TRUE(reached(service, bob));
}

// [SES-8-3]
TEST(Upload, killed_between_upload_and_acknowledgement_is_offered_again_the_same) {
  Party bob("bob", 2, small());
  Service service;
  const Uploading upload = next_upload(bob);
  service.take(upload);
  bob.restart();
  EXPECT_EQ(service.sync(bob), upload);
  EXPECT_EQ(service.one_time.size(), 10U);
  EXPECT_FALSE(service.sync(bob).due);
  acknowledge(bob, upload.id);  // Once more does no harm.
  EXPECT_FALSE(service.sync(bob).due);
}

// [SES-8-3]
TEST(Upload, of_one_that_failed_has_the_same_first_and_then_fresh_ones) {
  Party bob("bob", 2, small());
  Service service;
  service.sync(bob);
  service.hand_out(8);
  const Uploading failed = next_upload(bob, service.stock());
  ASSERT_EQ(failed.one_time.size(), 8U);
  service.hand_out(2);
  const Uploading next = next_upload(bob, service.stock());
  EXPECT_EQ(next.one_time.size(), 10U);
  EXPECT_TRUE(std::ranges::equal(failed.one_time, std::span(next.one_time).first(8)));
  EXPECT_NE(next.id, failed.id);
  // The acknowledgement of the one comes too late for the other.
  acknowledge(bob, failed.id);
  EXPECT_EQ(next_upload(bob, service.stock()), next);
  acknowledge(bob, next.id);
  EXPECT_EQ(status(bob).one_time_unpublished, 0U);
}

// [SES-8-3]
TEST(Upload, one_that_was_used_before_its_acknowledgement_is_not_offered_again) {
  Party bob("bob", 2, small());
  Service service;
  const Uploading upload = next_upload(bob);
  service.take(upload);
  ASSERT_TRUE(reached(service, bob));
  const Uploading again = next_upload(bob, service.stock());
  EXPECT_EQ(again.one_time.size(), 10U);
  EXPECT_FALSE(ids(again).contains(upload.one_time[0].id));
}

// [SES-8-3]
TEST(Upload, gives_all_to_a_service_that_forgot) {
  Party bob("bob", 2, small());
  Service service;
  const Uploading first = service.sync(bob);
  service.forget();
  const Uploading upload = service.sync(bob);
  EXPECT_EQ(upload.signed_prekey, first.signed_prekey);
  EXPECT_EQ(upload.one_time.size(), 10U);
  EXPECT_TRUE(reached(service, bob));
  // Or forgot the one alone.
  service.signed_prekey.reset();
  const Uploading alone = service.sync(bob);
  EXPECT_TRUE(alone.due && alone.one_time.empty());
  EXPECT_NE(alone.id, upload.id) << "it is another upload";
  service.one_time.clear();
  EXPECT_EQ(service.sync(bob).one_time.size(), 10U);
  service.signed_prekey->signed_prekey_id = SignedPrekeyId{77};
  EXPECT_TRUE(service.sync(bob).due);
  EXPECT_FALSE(service.sync(bob).due);
}

// [SES-8-5]
TEST(Upload, of_a_signed_prekey_whose_id_the_service_names_is_not_acknowledged_by_that) {
  for (const auto& [batch, uploads] : {std::pair{0U, 1}, {10U, 1}, {0U, 3}, {10U, 3}}) {
    Party bob("bob", 2, small(batch));
    Uploading upload = next_upload(bob);
    for (int i = 1; i < uploads; ++i) {
      acknowledge(bob, upload.id);
      bob.now += days(7);
      upload = next_upload(bob);
    }
    const ServiceStock stock{.one_time_left = batch,
                             .signed_prekey = upload.signed_prekey.signed_prekey_id};
    bob.now += days(6);
    const auto before = contents(bob.rows);
    EXPECT_TRUE(status(bob, stock).upload_due);
    EXPECT_EQ(next_upload(bob, stock), upload);
    EXPECT_EQ(contents(bob.rows), before);
    acknowledge(bob, upload.id);
    EXPECT_FALSE(next_upload(bob, stock).due);
  }
}

// [SES-8-5]
TEST(Upload, that_never_was_is_not_acknowledged) {
  Party bob("bob", 2, small());
  auto tx = bob.begin();
  EXPECT_EQ(error_of(tx.prekeys_uploaded(UploadId{0}, start)), Error::invalid_argument);
  EXPECT_EQ(error_of(tx.prekeys_uploaded(UploadId{1}, start)), Error::invalid_argument);
  ASSERT_TRUE(tx.prekeys_to_upload({}, bob.tape, start));
  ASSERT_TRUE(std::move(tx).commit());
  const Uploading upload = next_upload(bob);
  const auto id = std::to_underlying(upload.id);
  auto next = bob.begin();
  for (int bit = 0; bit < 64; ++bit)
    ASSERT_EQ(error_of(next.prekeys_uploaded(UploadId{id ^ std::uint64_t{1} << bit}, start)),
              Error::invalid_argument)
        << bit;
  EXPECT_TRUE(next.prekeys_uploaded(upload.id, start));
  EXPECT_EQ(next.prekey_status(start)->one_time_unpublished, 0U);
}

// [SES-8-5]
TEST(Upload, of_another_store_is_not_acknowledged_here) {
  Party bob("bob", 2, small()), other("other", 3, small());
  const Uploading upload = next_upload(bob);
  const Uploading theirs = next_upload(other);
  EXPECT_NE(upload.id, theirs.id);
  auto tx = bob.begin();
  EXPECT_EQ(error_of(tx.prekeys_uploaded(theirs.id, start)), Error::invalid_argument);
  ASSERT_TRUE(std::move(tx).commit());
  EXPECT_EQ(next_upload(bob), upload);
}

// [SES-8-5]
TEST(Upload, of_before_the_store_went_back_acknowledges_nothing) {
  Party bob("bob", 2, small());
  Service service;
  service.sync(bob);
  service.hand_out(8);
  auto before = *bob.rows.clone();
  const Uploading lost = next_upload(bob, service.stock());
  // The store is that of before; what is made now has the ids of what was lost, and other keys.
  Party back("bob", 9, small());
  back.device = *Device::open(before, storage_key(), {}, back.limits);
  const Uploading again = next_upload(back, service.stock());
  ASSERT_EQ(ids(again), ids(lost));
  ASSERT_NE(again.one_time, lost.one_time);
  EXPECT_NE(again.id, lost.id);
  acknowledge(back, lost.id);
  EXPECT_EQ(status(back).one_time_unpublished, 8U);
  EXPECT_EQ(next_upload(back, service.stock()), again);
  acknowledge(back, again.id);
  EXPECT_EQ(status(back).one_time_unpublished, 0U);
}

/// A store as it was before, opened by a device with other randomness.
struct GoneBack {
  MemoryStore rows;
  Party party;

  explicit GoneBack(Party& bob) : rows(*bob.rows.clone()), party("bob", 9, bob.limits) {
    party.device = *Device::open(rows, storage_key(), {}, party.limits);
  }
};

// [SES-8-5, SES-8-6]
TEST(Upload, after_the_store_went_back_gives_the_service_what_the_store_has) {
  // However much was done meanwhile: nothing, more one-time prekeys, another signed prekey; and
  // whether the store that came back had ever uploaded anything.
  for (const bool had_some : {false, true})
    for (const int rotations : {0, 1, 2})
      for (const bool says_so : {false, true}) {
        Party bob("bob", 2, small());
        Service service;
        if (had_some) service.sync(bob);
        GoneBack of_before(bob);
        Party& back = of_before.party;
        service.sync(bob);
        service.hand_out(8);
        service.sync(bob);
        for (int i = 0; i < rotations; ++i) {
          bob.now += PrekeyPolicy{}.rotate_after;
          ASSERT_TRUE(service.sync(bob).due);
        }
        back.now = bob.now;
        ServiceStock stock = service.stock();
        stock.not_ours = says_so;
        for (int call = 0; call < 2; ++call) {
          service.sync(back, stock);
          stock = service.stock();
        }
        const std::string which = std::to_string(rotations) + (had_some ? ", had some" : "");
        EXPECT_TRUE(reached(service, back)) << which << (says_so ? ", says so" : "");
        // What its ids show as not ours is gone in any case; else the app knows, or nobody does.
        if (!says_so && had_some && rotations == 0) continue;
        while (!service.one_time.empty()) EXPECT_TRUE(reached(service, back)) << which;
      }
}

// [SES-8-5]
TEST(Upload, of_what_came_back_is_not_acknowledged_because_the_service_names_its_id) {
  Party bob("bob", 2, small());
  begin_ids(bob);
  Service service;
  GoneBack of_before(bob);
  Party& back = of_before.party;
  service.sync(bob);
  const Uploading again = next_upload(back);
  ASSERT_EQ(again.signed_prekey.signed_prekey_id, service.signed_prekey->signed_prekey_id);
  ASSERT_NE(again.signed_prekey.signed_prekey, service.signed_prekey->signed_prekey);
  EXPECT_TRUE(again.due);
  EXPECT_EQ(next_upload(back, service.stock()), again) << "and so until it is acknowledged";
  EXPECT_EQ(status(back, service.stock()).signed_unacknowledged, 1U);
  EXPECT_TRUE(status(back, service.stock()).upload_due);
}

// [SES-8-5]
TEST(Upload, acknowledged_late_counts_for_what_was_in_it_alone) {
  Party bob("bob", 2, small());
  const Uploading first = next_upload(bob);
  bob.now += days(28);
  const Uploading second = next_upload(bob);
  ASSERT_NE(first.signed_prekey, second.signed_prekey);
  EXPECT_EQ(status(bob).signed_unacknowledged, 2U);
  acknowledge(bob, first.id);
  EXPECT_EQ(status(bob).signed_unacknowledged, 1U) << "the first signed prekey is there";
  EXPECT_EQ(status(bob).one_time_unpublished, 10U) << "the others are of the second";
  EXPECT_EQ(next_upload(bob), second) << "which is still due";
  acknowledge(bob, second.id);
  EXPECT_EQ(status(bob).signed_unacknowledged, 0U);
  EXPECT_EQ(status(bob).one_time_unpublished, 0U);
}

// [SES-8-6]
TEST(Upload, of_a_device_that_keeps_none_empties_a_service_that_has_some) {
  Party bob("bob", 2, small());
  Service service;
  service.sync(bob);
  bob.limits = small(0, 0);
  bob.restart();
  const Uploading upload = service.sync(bob);
  EXPECT_TRUE(upload.due);
  EXPECT_TRUE(upload.replaces);
  EXPECT_TRUE(service.one_time.empty());
  EXPECT_FALSE(service.sync(bob).due);
  EXPECT_TRUE(reached(service, bob));
}

// [SES-8-5]
TEST(Upload, that_replaces_is_another_than_one_that_adds) {
  Party bob("bob", 2, small());
  const Bundle keys = next_upload(bob).signed_prekey;
  const auto number = upload_number(keys, {}, false);
  EXPECT_NE(number, 0U);
  EXPECT_NE(upload_number(keys, {}, true), number);
  const Bundle::OneTime one{OneTimePrekeyId{1}, {}};
  EXPECT_NE(upload_number(keys, std::span(&one, 1), false), number);
  Bundle other = keys;
  other.signed_prekey_id = SignedPrekeyId{2};
  EXPECT_NE(upload_number(other, {}, false), number);
}

// [SES-9-2]
TEST(Upload, comes_out_against_its_own_commit_only) {
  Party bob("bob", 2, small());
  auto tx = bob.begin();
  const auto pending = tx.prekeys_to_upload({}, bob.tape, start);
  ASSERT_TRUE(std::move(tx).commit());
  auto other = bob.begin();
  const auto committed = std::move(other).commit();
  std::vector<Bundle::OneTime> room(pending->size());
  EXPECT_EQ(error_of(pending->release(*committed, room)), Error::invalid_argument);
}

TEST(Upload, dropped_or_failed_leaves_all_as_it_was) {
  Party bob("bob", 2, small());
  const auto before = contents(bob.rows);
  {
    EXPECT_TRUE(bob.begin().prekeys_to_upload({}, bob.tape, start));
  }
  EXPECT_EQ(contents(bob.rows), before);
  for (std::size_t draws = 0; draws < 11; ++draws) {
    testing::FailingEntropy failing(draws);
    auto tx = bob.begin();
    ASSERT_EQ(error_of(tx.prekeys_to_upload({}, failing, start)), Error::entropy_failed) << draws;
    ASSERT_TRUE(std::move(tx).commit());
    ASSERT_EQ(contents(bob.rows), before);
  }
}

// [SES-8-6]
TEST(Upload, has_what_was_made_for_bundles_too_and_no_bundle_has_what_was_offered) {
  Party bob("bob", 2, small());
  ASSERT_TRUE(bob.make_prekeys());
  const auto given = bob.bundle();
  ASSERT_TRUE(given->keys.one_time);
  const Uploading upload = next_upload(bob);
  EXPECT_EQ(upload.one_time.size(), 10U) << "nine are there, one is made";
  EXPECT_FALSE(ids(upload).contains(given->keys.one_time->id));
  EXPECT_FALSE(bob.bundle()->keys.one_time);
}

TEST(Upload, with_a_batch_of_none_is_of_the_signed_prekey_alone) {
  Party bob("bob", 2, small(0, 5));
  Service service;
  EXPECT_TRUE(service.sync(bob).one_time.empty());
  EXPECT_FALSE(service.sync(bob).due);
}

}  // namespace
}  // namespace sotto::session
