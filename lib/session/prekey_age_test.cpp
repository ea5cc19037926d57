// SPDX-License-Identifier: MIT OR Apache-2.0
/// Prekeys as they grow old: at the service, handed out, and by clocks that jump.
#include <algorithm>
#include <set>
#include <string>

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
  begin_ids(bob);
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
  begin_ids(bob);
  Service service;
  const Uploading first = next_upload(bob);
  bob.now += days(28) - milliseconds(1);
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
TEST(PrekeyAge, rotates_by_age_though_no_service_ever_acknowledges) {
  Party bob("bob", 2, small());
  begin_ids(bob);
  std::optional<Bundle> last;
  for (int round = 1; round <= 20; ++round) {
    const Uploading upload = next_upload(bob);
    EXPECT_EQ(upload.signed_prekey.signed_prekey_id,
              SignedPrekeyId{static_cast<std::uint32_t>(round)});
    EXPECT_EQ(status(bob).signed_prekeys,
              std::min<std::uint32_t>(static_cast<std::uint32_t>(round), 3));
    EXPECT_EQ(status(bob).signed_unacknowledged, status(bob).signed_prekeys);
    if (last) {
      Party late("late" + std::to_string(round), 50 + static_cast<std::uint64_t>(round));
      late.now = bob.now;
      EXPECT_EQ(reach(late, bob, *last), std::nullopt) << "the one before still serves";
    }
    last = upload.signed_prekey;
    bob.now += 4 * PrekeyPolicy{}.rotate_after - milliseconds(1);
    EXPECT_EQ(next_upload(bob).signed_prekey, *last);
    bob.now += milliseconds(1);
  }
}

// [SES-8-2]
TEST(PrekeyAge, of_what_no_service_acknowledges_forty_are_kept_with_the_one_that_it_has) {
  auto limits = small();
  limits.prekeys.overlap = days(10'000);
  Party bob("bob", 2, limits);
  begin_ids(bob);
  Service service;
  service.sync(bob);
  const auto rotate = [&] {
    auto tx = bob.begin();
    ASSERT_TRUE(tx.rotate_signed_prekey(bob.tape, bob.now));
    ASSERT_TRUE(std::move(tx).commit());
  };
  for (int i = 0; i < 39; ++i) rotate();
  EXPECT_EQ(status(bob).signed_prekeys, 40U);
  EXPECT_EQ(status(bob).signed_unacknowledged, 39U);
  const auto there = [&](std::uint32_t id) {
    auto tx = bob.begin();
    return tx.work().prekeys().signed_prekey(SignedPrekeyId{id}).has_value();
  };
  EXPECT_TRUE(there(2));
  rotate();
  EXPECT_FALSE(there(2)) << "the oldest but for";
  EXPECT_TRUE(there(1)) << "the one that the service hands out";
  EXPECT_TRUE(there(3));
  EXPECT_EQ(status(bob).signed_prekeys, 40U);
  EXPECT_TRUE(reached(service, bob));
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

// [SES-8-3]
TEST(PrekeyAge, is_due_at_the_service_when_the_status_says_so_whatever_the_clock_was) {
  for (const int ahead : {0, 3, 20, 100, 1'000, -20}) {
    Party bob("bob", 2, small());
    Service service;
    bob.now += days(ahead);
    service.sync(bob);
    bob.now -= days(ahead);
    for (int day = 0; day < 60; ++day) {
      bob.now += days(1);
      if (day % 3 == 0) service.hand_out(2);
      const bool due = bob.begin().prekey_status(bob.now, service.stock())->upload_due;
      ASSERT_EQ(service.sync(bob).due, due) << ahead << " days ahead, day " << day;
    }
  }
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
  // What was stamped then is old again in due time, as a call two days later sees to; and one
  // whose age nobody knows is old.
  EXPECT_FALSE(service.sync(bob).due);
  bob.now += days(2);
  EXPECT_TRUE(service.sync(bob).due);
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

// [SES-8-7]
TEST(PrekeyAge, of_a_machine_that_starts_in_1970_destroys_nothing) {
  for (const int wrong_days : {0, 1, 2, 20}) {
    Party bob("bob", 2, small(20));
    bob.now = Instant(days(20'000));
    Service service;
    service.sync(bob);
    const Bundle fetched = service.hand_out();
    Bundle without = fetched;
    without.one_time.reset();
    service.hand_out(19);
    bob.now += days(8);
    service.sync(bob);
    ASSERT_EQ(status(bob).signed_prekeys, 2U);
    const Instant right = bob.now;
    for (int i = 0; i <= wrong_days; ++i) {
      bob.now = Instant(days(i));
      for (int call = 0; call < 3; ++call) service.sync(bob);
    }
    bob.now = right + days(1);
    for (int call = 0; call < 30; ++call) service.sync(bob);
    EXPECT_GE(status(bob).one_time_left, 40U) << wrong_days;
    Party late("late", 50), later("later", 51);
    late.now = later.now = bob.now;
    EXPECT_EQ(reach(late, bob, fetched), std::nullopt) << wrong_days;
    EXPECT_EQ(reach(later, bob, without), std::nullopt) << wrong_days;
    // And once the clock is right, all that is over goes in due time.
    for (int day = 0; day < 50; ++day) {
      bob.now += days(1);
      service.sync(bob);
    }
    EXPECT_EQ(status(bob).one_time_left, 20U) << wrong_days;
    EXPECT_LE(status(bob).signed_prekeys, 7U) << wrong_days;
    EXPECT_TRUE(reached(service, bob));
  }
}

}  // namespace
}  // namespace sotto::session
