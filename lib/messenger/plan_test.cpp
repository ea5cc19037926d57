// SPDX-License-Identifier: MIT OR Apache-2.0
// Plans with more than one device waiting: what is left when their message is over, and who has a
// job when a list changes while a message waits.
#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "messenger/desk.hpp"
#include "messenger/rows.hpp"
#include "messenger/test_world.hpp"

namespace sotto::messenger {
namespace {

using std::chrono::seconds;

/// The names of all rows with more in their name than their kind.
std::set<std::vector<std::uint8_t>> row_keys(Phone& phone) {
  std::set<std::vector<std::uint8_t>> keys;
  auto desk = must(Desk::open(phone.device()), "open");
  std::array<std::uint8_t, RowKey::max_bytes> room;
  for (const char kind : {'r', 'w', 'c', 'm', 'p', 't', 'o', 'j', 's'}) {
    const RowKey all(static_cast<RowKind>(kind));
    RowKey behind = all;
    while (const auto rest = must(desk.next(room, all, behind), "next")) {
      behind = all;
      behind.put(*rest);
      keys.emplace(behind.bytes().begin(), behind.bytes().end());
    }
  }
  return keys;
}

/// All that waits, in order.
std::vector<UserDevice> waiting(Phone& phone) {
  std::vector<UserDevice> devices;
  Blob out(delivery_max_bytes);
  std::optional<DeliveryKey> after;
  while (const auto next = must(phone.messenger().next_delivery(out, after, phone.now), "next")) {
    devices.push_back(next->key.to);
    after = next->key;
  }
  return devices;
}

TEST(Plan, AMessageThatIsOverLeavesNoRowOfAnyDevice) {  // [CV-5-3]
  World world;
  world.say(world.ann, "sessions with everybody");
  const auto before = row_keys(world.ann);
  const TimerSetting timer{TimerType::after_send, 10, world.ann.now};
  const auto id = must(world.ann.messenger().send(world.talk, ContentKind::text, text("soon over"),
                                                  timer, world.ann.tape, world.ann.now),
                       "send");
  ASSERT_EQ(waiting(world.ann).size(), 2U) << "both are sealed now, and neither is delivered";
  const auto during = row_keys(world.ann);
  EXPECT_EQ(during.size(), before.size() + 1 + 2 + 2 + 1 + 1 + 1)
      << "a plan, two jobs, two sealed messages, a content, its place, a book of timers";
  std::array<Erased, 4> room;
  const auto gone = must(world.ann.messenger().tick(room, world.ann.now + seconds(10)), "tick");
  ASSERT_EQ(gone.erased.size(), 1U);
  EXPECT_EQ(gone.erased[0].message.id, id);
  const auto after = row_keys(world.ann);  // Before anybody asks what waits, which tidies up.
  std::vector<std::vector<std::uint8_t>> left;
  std::ranges::set_difference(after, before, std::back_inserter(left));
  EXPECT_LE(left.size(), 2U) << "that it is gone, and the book";
  for (const auto& key : left) EXPECT_TRUE(key[0] == 'p' || key[0] == 't') << key[0];
  EXPECT_TRUE(waiting(world.ann).empty());
}

TEST(Plan, DevicesReplacedInFullListsGetTheMessageThatWaits) {  // [CV-3-5]
  Service service{7, 1};
  Phone& ann = service.add(1, 1);
  for (std::uint32_t device = 2; device <= roster_max_devices; ++device) service.add(1, device);
  for (std::uint32_t device = 1; device <= roster_max_devices; ++device) service.add(2, device);
  for (const UserId& user : {user_of(1), user_of(2)}) service.fetch(ann, user);
  const auto talk = must(ann.messenger().begin(ChosenDevices::all(user_of(1)),
                                               ChosenDevices::all(user_of(2)), ann.tape),
                         "begin");
  const auto id = must(
      ann.messenger().send(talk, ContentKind::text, text("to all"), {}, ann.tape, ann.now), "send");
  EXPECT_EQ(waiting(ann).size(), 2 * roster_max_devices - 1);
  for (const std::uint32_t device : {5U, 6U, 7U}) {
    service.remove({user_of(2), DeviceId{device}});
    service.add(2, 100 + device);
  }
  service.fetch(ann, user_of(2));
  must(ann.messenger().refused(talk, id), "refused");
  const auto now = waiting(ann);
  for (const std::uint32_t device : {105U, 106U, 107U})
    EXPECT_NE(std::ranges::find(now, UserDevice{user_of(2), DeviceId{device}}), now.end())
        << device << " is in the list and gets nothing";
}

TEST(Plan, WhatWasNeverHandedOutIsNotDelivered) {  // [CV-3-3]
  World world;
  Phone& another = world.service.add(2, 9);
  world.service.fetch(world.ann, user_of(2));
  static_cast<void>(must(world.ann.messenger().send(world.talk, ContentKind::text, text("to all"),
                                                    {}, world.ann.tape, world.ann.now),
                         "send"));
  Blob out(delivery_max_bytes);
  std::optional<DeliveryKey> key;
  for (std::optional<DeliveryKey> after;;) {
    const auto next =
        must(world.ann.messenger().next_delivery(out, after, world.ann.now), "next_delivery");
    ASSERT_TRUE(next) << "one has no session";
    after = next->key;
    if (next->key.to != another.self()) continue;
    ASSERT_TRUE(next->needs_session);
    key = next->key;
    break;
  }
  EXPECT_EQ(testing::error_of(world.ann.messenger().delivered(*key)), Error::wrong_state);
  world.service.collect(world.ann);
  EXPECT_EQ(world.service.mail(another.self()).size(), 1U);
  EXPECT_TRUE(world.ann.messenger().delivered(*key)) << "it is not there any more";
}

}  // namespace
}  // namespace sotto::messenger
