// SPDX-License-Identifier: MIT OR Apache-2.0
/// Policies of prekeys that make no sense, and what becomes of them.
#include <gtest/gtest.h>

#include "session/test_service.hpp"
#include "session/work.hpp"

namespace sotto::session {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;
using testing::error_of;

DeviceLimits with(const PrekeyPolicy& policy) {
  DeviceLimits limits;
  limits.prekeys = policy;
  return limits;
}

TEST(PrekeyPolicy, a_low_water_above_the_batch_is_the_batch) {
  for (const std::uint32_t low_water : {5U, 6U, UINT32_MAX}) {
    Party bob("bob", 2, with({.batch = 5, .low_water = low_water}));
    Service service;
    EXPECT_EQ(service.sync(bob).one_time.size(), 5U);
    EXPECT_FALSE(service.sync(bob).due);
    service.hand_out(1);
    EXPECT_EQ(service.sync(bob).one_time.size(), 1U);
    // Six that are ours, for nobody used any, and five more.
    EXPECT_FALSE(next_upload(bob, {.one_time_left = 11}).replaces) << low_water;
    EXPECT_TRUE(next_upload(bob, {.one_time_left = 12}).replaces) << low_water;
  }
}

TEST(PrekeyPolicy, with_a_batch_of_none_none_is_kept) {
  Party bob("bob", 2, with({.batch = 0, .low_water = 5}));
  auto tx = bob.begin();
  EXPECT_EQ(tx.replenish(bob.tape), 0U);
  const auto prekey = *OneTimePrekey::generate(OneTimePrekeyId{1}, bob.tape);
  EXPECT_EQ(error_of(tx.import_prekey(prekey)), Error::exhausted);
  ASSERT_TRUE(std::move(tx).commit());
  Service service;
  EXPECT_TRUE(service.sync(bob).due);
  EXPECT_FALSE(service.sync(bob).due);
  EXPECT_TRUE(reached(service, bob));
}

TEST(PrekeyPolicy, the_longest_times_are_never_over) {
  constexpr auto longest = milliseconds::max();
  Party bob("bob", 2,
            with({.batch = 5,
                  .low_water = 2,
                  .rotate_after = longest,
                  .overlap = longest,
                  .refresh_after = longest}));
  Service service;
  service.sync(bob);
  service.hand_out(5);
  for (const auto now : {Instant(days(40'000)), Instant::max(), Instant::min(), start}) {
    bob.now = now;
    service.sync(bob);
    auto tx = bob.begin();
    ASSERT_TRUE(tx.rotate_signed_prekey(bob.tape, now));
    ASSERT_TRUE(std::move(tx).commit());
    EXPECT_GE(bob.status()->one_time_left, 10U);
  }
  EXPECT_GE(bob.status()->signed_prekeys, 5U);
}

TEST(PrekeyPolicy, times_below_zero_are_zero) {
  for (const milliseconds time : {milliseconds::min(), milliseconds(-1), milliseconds(0)}) {
    Party bob("bob", 2,
              with({.batch = 5,
                    .low_water = 2,
                    .rotate_after = time,
                    .overlap = time,
                    .refresh_after = time}));
    begin_ids(bob);
    Service service;
    for (std::uint32_t call = 1; call <= 5; ++call) {
      EXPECT_EQ(service.sync(bob).signed_prekey.signed_prekey_id, SignedPrekeyId{call});
      EXPECT_TRUE(reached(service, bob)) << call;
    }
    EXPECT_LE(bob.status()->signed_prekeys, 3U);
    // Without an acknowledgement it waits for a day.
    const Uploading waits = next_upload(bob);
    EXPECT_EQ(next_upload(bob).signed_prekey, waits.signed_prekey);
    bob.now += days(1) - milliseconds(1);
    EXPECT_EQ(next_upload(bob).signed_prekey, waits.signed_prekey);
    bob.now += milliseconds(1);
    EXPECT_NE(next_upload(bob).signed_prekey, waits.signed_prekey);
  }
}

TEST(PrekeyPolicy, a_share_of_none_opens_no_message_without_one_time_prekey) {
  for (const std::uint32_t share : {0U, 1U})
    for (const bool of_all : {false, true}) {
      PrekeyPolicy policy{.batch = 5, .low_water = 2};
      (of_all ? policy.max_last_resort : policy.max_last_resort_per_name) = share;
      Party bob("bob", 2, with(policy));
      Service service;
      service.sync(bob);
      Bundle bundle = service.hand_out();
      bundle.one_time.reset();
      Party late("late", 50), later("late", 51);
      EXPECT_EQ(reach(late, bob, bundle),
                share == 0 ? std::optional(Error::exhausted) : std::nullopt);
      EXPECT_EQ(reach(later, bob, bundle, 2), Error::exhausted);
    }
}

}  // namespace
}  // namespace sotto::session
