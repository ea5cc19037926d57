// SPDX-License-Identifier: MIT OR Apache-2.0
/// Prekeys as they grow old: at the service, handed out, and by clocks that jump.
#include <set>

#include <gtest/gtest.h>

#include "session/test_service.hpp"
#include "session/work.hpp"

namespace sotto::session {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;
using testing::error_of;

DeviceLimits small(std::uint32_t batch = 10) {
  DeviceLimits limits;
  limits.prekeys.batch = batch;
  limits.prekeys.low_water = 3;
  return limits;
}

PrekeyStatus status(Party& party) {
  return *party.begin().prekey_status(party.now);
}

// [SES-8-6]
TEST(PrekeyAge, goes_on_when_all_are_handed_out_and_never_used) {
  Party bob("bob", 2, small());
  Service service;
  std::set<OneTimePrekeyId> seen;
  for (int i = 0; i < 40; ++i) {
    const Uploading upload = service.sync(bob);
    ASSERT_EQ(upload.one_time.size(), 10U) << i;
    for (const Bundle::OneTime& one : upload.one_time) ASSERT_TRUE(seen.insert(one.id).second);
    ASSERT_LE(status(bob).one_time_left, 100U);
    service.hand_out(10);
  }
  EXPECT_EQ(status(bob).one_time_left, 100U);
  // The oldest are those that went.
  auto tx = bob.begin();
  EXPECT_EQ(error_of(tx.work().prekeys().one_time(OneTimePrekeyId{300})), Error::unknown_prekey);
  EXPECT_TRUE(tx.work().prekeys().one_time(OneTimePrekeyId{301}));
}

// [SES-8-6]
TEST(PrekeyAge, what_would_make_room_is_replaced_at_the_service_first) {
  Party bob("bob", 2, small());
  Service service;
  bool replaced = false;
  for (int i = 0; i < 40; ++i) {
    replaced = service.sync(bob).replaces || replaced;
    ASSERT_LE(status(bob).one_time_left, 100U);
    auto tx = bob.begin();
    for (const Bundle::OneTime& one : service.one_time)
      ASSERT_TRUE(tx.work().prekeys().one_time(one.id)) << i;
    // The newest are handed out first, so that an old one is always left.
    while (service.one_time.size() > 1) service.one_time.pop_back();
  }
  EXPECT_TRUE(replaced);
  EXPECT_TRUE(reached(service, bob));
}

// [SES-8-6]
TEST(PrekeyAge, keeps_those_handed_out_for_the_overlap_and_destroys_a_tenth_of_a_batch_at_once) {
  Party bob("bob", 2, small(20));
  Service service;
  service.sync(bob);
  service.hand_out(20);
  service.sync(bob);
  EXPECT_EQ(status(bob).one_time_left, 40U);
  bob.now += PrekeyPolicy{}.overlap - milliseconds(1);
  service.sync(bob);
  EXPECT_EQ(status(bob).one_time_left, 40U);
  bob.now += milliseconds(1);
  for (std::uint32_t left = 38; left >= 20; left -= 2) {
    service.sync(bob);
    EXPECT_EQ(status(bob).one_time_left, left);
  }
  service.sync(bob);
  EXPECT_EQ(status(bob).one_time_left, 20U) << "those at the service stay";
}

// [SES-8-6]
TEST(PrekeyAge, replaces_what_nobody_fetched_for_long) {
  Party bob("bob", 2, small());
  Service service;
  service.sync(bob);
  bob.now += PrekeyPolicy{}.refresh_after - milliseconds(1);
  EXPECT_FALSE(service.sync(bob).replaces);
  bob.now += milliseconds(1);
  const Bundle fetched = service.hand_out();
  const Uploading upload = next_upload(bob, service.stock());
  EXPECT_TRUE(upload.replaces);
  EXPECT_EQ(upload.one_time.size(), 10U);
  // Until that is acknowledged, the service may have the old ones, and they serve.
  EXPECT_EQ(next_upload(bob, service.stock()), upload);
  bob.now += days(100);
  EXPECT_EQ(next_upload(bob, service.stock()).one_time, upload.one_time);
  EXPECT_TRUE(next_upload(bob, service.stock()).replaces);
  EXPECT_TRUE(reached(service, bob));
  service.take(upload);
  EXPECT_EQ(service.one_time.size(), 10U);
  acknowledge(bob, next_upload(bob, service.stock()).id);
  Party late("late", 50);
  late.now = bob.now;
  EXPECT_EQ(reach(late, bob, fetched), std::nullopt);
  EXPECT_EQ(status(bob).one_time_left, 18U);
  bob.now += PrekeyPolicy{}.overlap;
  for (int i = 0; i < 8; ++i) service.sync(bob);
  EXPECT_EQ(status(bob).one_time_left, 10U);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(reached(service, bob));
}

// [SES-8-6]
TEST(PrekeyAge, replaces_what_is_not_ours) {
  Party bob("bob", 2, small());
  Service service;
  service.sync(bob);
  // 13 are what we have and what may have been used since: one more is somebody else's.
  EXPECT_FALSE(next_upload(bob, {.one_time_left = 13}).due);
  const Uploading upload = next_upload(bob, {.one_time_left = 14});
  EXPECT_TRUE(upload.replaces);
  EXPECT_EQ(upload.one_time.size(), 10U);
}

// [SES-8-2]
TEST(PrekeyAge, rotates_by_age_once_the_signed_prekey_is_at_the_service) {
  Party bob("bob", 2, small());
  Service service;
  const Uploading first = next_upload(bob);
  bob.now += days(365);
  EXPECT_EQ(next_upload(bob), first) << "it waits for its own upload";
  service.take(first);
  acknowledge(bob, first.id);
  const Uploading second = service.sync(bob);
  EXPECT_EQ(second.signed_prekey.signed_prekey_id, SignedPrekeyId{2});
  bob.now += PrekeyPolicy{}.rotate_after - milliseconds(1);
  EXPECT_FALSE(service.sync(bob).due);
  bob.now += milliseconds(1);
  EXPECT_EQ(service.sync(bob).signed_prekey.signed_prekey_id, SignedPrekeyId{3});
}

// [SES-8-2]
TEST(PrekeyAge, that_fails_for_a_year_leaves_the_signed_prekey_that_the_service_has) {
  Party bob("bob", 2, small());
  Service service;
  service.sync(bob);
  for (int day = 0; day < 365; ++day) {
    bob.now += days(1);
    static_cast<void>(next_upload(bob, service.stock()));
    if (day % 50 == 0) {  // somebody rotates by hand, too
      auto tx = bob.begin();
      ASSERT_TRUE(tx.rotate_signed_prekey(bob.tape, bob.now));
      ASSERT_TRUE(std::move(tx).commit());
    }
  }
  EXPECT_TRUE(reached(service, bob));
  // It has its overlap from when the service has another.
  const Bundle old = service.hand_out();
  service.sync(bob);
  bob.now += PrekeyPolicy{}.overlap - milliseconds(1);
  service.sync(bob);
  Party late("late", 50), later("later", 51);
  late.now = later.now = bob.now;
  Bundle without = old;
  without.one_time.reset();
  EXPECT_EQ(reach(late, bob, without), std::nullopt);
  bob.now += PrekeyPolicy{}.rotate_after;
  service.sync(bob);
  EXPECT_EQ(reach(later, bob, without), Error::unknown_prekey);
}

// [SES-8-7]
TEST(PrekeyAge, after_one_reading_of_a_clock_a_year_ahead_all_go_on) {
  Party bob("bob", 2, small(20));
  Service service;
  service.sync(bob);
  service.hand_out(20);
  service.sync(bob);
  const Bundle late = service.hand_out();
  bob.now += days(365);
  service.sync(bob);
  EXPECT_EQ(status(bob).one_time_left, 58U) << "one reading destroys a tenth of a batch";
  bob.now -= days(365);
  Party caller("late", 50);
  EXPECT_EQ(reach(caller, bob, late), std::nullopt);
  // What was stamped then is old again in due time, as the second call in a row sees to.
  service.sync(bob);
  service.sync(bob);
  bob.now += PrekeyPolicy{}.rotate_after;
  EXPECT_TRUE(service.sync(bob).due);
  const auto old = service.signed_prekey->signed_prekey_id;
  bob.now += PrekeyPolicy{}.rotate_after;
  service.sync(bob);
  EXPECT_NE(service.signed_prekey->signed_prekey_id, old);
  for (int i = 0; i < 100; ++i) {
    bob.now += days(1);
    service.sync(bob);
  }
  EXPECT_LE(status(bob).one_time_left, 40U);
  EXPECT_LE(status(bob).signed_prekeys, 7U);
  EXPECT_TRUE(reached(service, bob));
}

}  // namespace
}  // namespace sotto::session
