// SPDX-License-Identifier: MIT OR Apache-2.0
// Rows of a messenger that are never written: each differs from one that is read in what its form
// forbids, and no more. Lists, watches, timers and contents have their own tests of their forms.
#include <array>
#include <chrono>
#include <utility>

#include "messenger/desk.hpp"
#include "messenger/plan.hpp"
#include "messenger/rows.hpp"
#include "messenger/test_world.hpp"
#include "messenger/watches.hpp"
#include "testing/refused.hpp"

namespace sotto::messenger {
namespace {

using testing::byte;
using testing::error_of;
using testing::lengthen;
using testing::refuse_each;
using testing::shorten;
using testing::zeros;

void append(Blob& bytes, const UserDevice& device) {
  bytes.insert(bytes.end(), device.user.bytes().begin(), device.user.bytes().end());
  for (const int shift : {24, 16, 8, 0})
    bytes.push_back(static_cast<std::uint8_t>(std::to_underlying(device.device) >> shift));
}

/// Rows are put into a transaction that is never committed.
struct Rows : ::testing::Test {
  World world;
  OrderKey said = world.say(world.ann, "kept");
  Desk desk = must(Desk::open(world.ann.device()), "open");
  MessageId message{std::array<std::uint8_t, 16>{7}};
  UserDevice bens{user_of(2), DeviceId{1}};
  UserDevice anns{user_of(1), DeviceId{2}};
  IdentityPublic bens_key = world.ben.keys().public_key();

  Blob there(const RowKey& key) {
    Blob room(10'000);
    room.resize(must(desk.get(room, key), "get").value().size());
    return room;
  }
  void put(const RowKey& key, const Blob& row) { must(desk.put(key, row), "put"); }
};

TEST_F(Rows, OfAPlanThatAreRefused) {
  Blob good{0, 0, 0, 0, 0, 0, 0, 0, 1};
  append(good, bens);
  append(good, anns);
  const RowKey key = plan_row(world.talk, message);
  const auto longer = [&](std::uint32_t count) {
    return [=](Blob& row) {
      row.resize(9);
      for (std::uint32_t i = 0; i < count; ++i) append(row, {user_of(3), DeviceId{i}});
    };
  };
  const auto read = [&](const Blob& row) {
    put(key, row);
    return error_of(drop_plan(desk, world.talk, message));
  };
  refuse_each(good,
              {
                  {"more rounds than there are", byte(0, messenger_max_rounds + 1)},
                  {"no number", zeros(1, 8)},
                  {"of nobody", [](Blob& row) { row.resize(9); }},
                  {"cut in its head", [](Blob& row) { row.resize(8); }},
                  {"cut in a device", shorten},
                  {"a byte too many", lengthen},
                  {"one device twice", [&](Blob& row) { append(row, bens); }},
                  {"more devices than there can be", longer(plan_max_devices + 1)},
              },
              read);
  Blob full = good;
  longer(plan_max_devices)(full);
  EXPECT_EQ(read(full), std::nullopt);
}

TEST_F(Rows, OfAJobThatAreRefused) {
  const DeliveryKey key{1, bens};
  must(put_job(desk, key, {bens_key, world.talk, message}), "put");
  const RowKey name = job_row(RowKind::job, key.number, key.to);
  refuse_each(there(name),
              {
                  {"neither sealed nor not", byte(0, 3)},
                  {"neither, and for nobody",
                   [](Blob& row) {
                     row[0] = 3;
                     row.resize(row.size() - IdentityPublic::size_bytes);
                   }},
                  {"not sealed, and for somebody", byte(0, 0)},
                  {"sealed by an earlier version, and for somebody", byte(0, 1)},
                  {"a byte too few", shorten},
                  {"a byte too many", lengthen},
                  {"nothing", [](Blob& row) { row.clear(); }},
              },
              [&](const Blob& row) {
                put(name, row);
                return error_of(job(desk, key));
              });
  must(put_job(desk, key, {bens_key, world.talk, message}), "put");
  EXPECT_EQ(must(job(desk, key), "job")->sealed_for, bens_key);
  // An earlier version did not say for whom it was.
  Blob earlier = there(name);
  earlier[0] = 1;
  earlier.resize(earlier.size() - IdentityPublic::size_bytes);
  put(name, earlier);
  EXPECT_FALSE(must(job(desk, key), "job")->sealed_for);
}

TEST_F(Rows, OfTheLastNumberThatAreRefused) {
  const RowKey name(RowKind::last_number);
  Targets targets;
  targets.add(bens);
  refuse_each(Blob{0, 0, 0, 0, 0, 0, 0, 9},
              {
                  {"no number", zeros(0, 8)},
                  {"a byte too few", shorten},
                  {"a byte too many", lengthen},
                  {"nothing", [](Blob& row) { row.clear(); }},
                  {"no number is left", [](Blob& row) { row.assign(8, 0xff); }, Error::exhausted},
              },
              [&](const Blob& row) {
                put(name, row);
                return error_of(plan(desk, world.talk, message, targets));
              });
  EXPECT_TRUE(must(job(desk, {10, bens}), "job")) << "the number behind the last one";
}

TEST_F(Rows, OfAPlaceThatAreRefused) {
  const OrderKey place{3, user_of(2), DeviceId{1}, message};
  must(desk.put(world.talk, Place{place, true}), "put");
  const MessageName named = name_of(place);
  const RowKey name = place_row(world.talk, named);
  const auto read = [&](const Blob& row) {
    put(name, row);
    return error_of(desk.place(world.talk, named));
  };
  const Blob good = there(name);
  refuse_each(good,
              {
                  {"neither gone nor there", byte(place_bytes, 2)},
                  {"of another author", byte(8, 9)},
                  {"of another message", byte(place_bytes - 1, 9)},
                  {"a byte too few", shorten},
                  {"a byte too many", lengthen},
              },
              read);
  // What is gone before it came has no order, and nothing else.
  Blob early = good;
  zeros(0, 8)(early);
  EXPECT_EQ(read(early), std::nullopt);
  must(desk.put(world.talk, Place{place, false}), "put");
  refuse_each(there(name), {{"there without order", zeros(0, 8)}}, read);
}

TEST_F(Rows, OfAConversationThatAreRefused) {
  const RowKey name = conversation_row(world.talk);
  const Blob good = there(name);
  const std::size_t place_at = good.size() - place_bytes, timer_at = place_at - 13;
  const auto read = [&](const Blob& row) {
    put(name, row);
    return error_of(desk.state(world.talk));
  };
  refuse_each(good,
              {
                  {"version 0", byte(0, 0)},
                  {"a version to come", byte(0, 2), Error::unsupported_version},
                  {"a choice of another version", byte(1, 2)},
                  {"a timer that nobody set", byte(timer_at, 1)},
                  {"a change of it that nobody made", byte(place_at + 8, 1)},
                  {"cut before its place", [&](Blob& row) { row.resize(place_at); }},
                  {"a byte too few", shorten},
                  {"a byte too many", lengthen},
                  {"longer than any", [](Blob& row) { row.resize(state_max_bytes + 1); }},
                  {"nothing", [](Blob& row) { row.clear(); }},
              },
              read);
  ASSERT_EQ(read(good), std::nullopt);
  ConversationState state = must(desk.state(world.talk), "state");
  state.largest_order = 7;
  state.timer = {TimerType::after_read, 5, Instant{}};
  state.timer_place = {7, user_of(2), DeviceId{1}, message};
  must(desk.put(world.talk, state), "put");
  refuse_each(there(name),
              {
                  {"a timer that is none", byte(timer_at, 4)},
                  {"of no seconds", zeros(timer_at + 1, 4)},
                  {"off, with seconds", byte(timer_at, 0)},
                  {"set before 1970", byte(timer_at + 5, 0x80)},
                  {"set by nobody", zeros(place_at, place_bytes)},
                  {"set by a content without order", zeros(place_at, 8)},
                  {"set by one of an order to come", byte(place_at + 7, 8)},
              },
              read);
}

TEST_F(Rows, OfAContentThatAreRefused) {
  std::array<std::uint8_t, RowKey::max_bytes> rest;
  const RowKey all(RowKind::content);
  const Bytes found = *must(desk.next(rest, all, all), "next");
  const RowKey name = RowKey(RowKind::content).put(found);
  base::Fields fields(found.last(place_bytes));
  const OrderKey at = read_place(fields);
  EXPECT_EQ(at.id, said.id);
  Blob out(10'000);
  constexpr std::size_t id_at = 4, order_at = 60;
  refuse_each(there(name),
              {
                  {"cut in its head", [](Blob& row) { row.resize(kept_head_bytes - 1); }},
                  {"without content", [](Blob& row) { row.resize(kept_head_bytes); }},
                  {"of another message", byte(kept_head_bytes + id_at, 0xa5)},
                  {"of another order", byte(kept_head_bytes + order_at, 9)},
                  {"a byte too few", shorten},
                  {"a byte too many", lengthen},
              },
              [&](const Blob& row) {
                put(name, row);
                return error_of(desk.content(out, world.talk, at));
              });
}

TEST_F(Rows, OfARosterOfSomebodyElse) {
  const Blob anns_row = there(roster_row(user_of(1)));
  put(roster_row(user_of(1)), anns_row);
  EXPECT_EQ(error_of(desk.roster(user_of(1))), std::nullopt);
  put(roster_row(user_of(2)), anns_row);
  EXPECT_EQ(error_of(desk.roster(user_of(2))), Error::corrupted);
}

/// Rows are found by their names: what else begins as these do is none.
TEST_F(Rows, WithNamesThatAreNone) {
  const auto in_front = [&](const RowKey& name) {
    Blob cut(name.bytes().begin(), name.bytes().end() - 1);
    return RowKey(RowKind{cut.front()}).put(Bytes(cut).subspan(1));
  };
  const RowKey job_name = in_front(job_row(RowKind::job, 0, bens));
  put(job_name, Blob(1));
  EXPECT_EQ(error_of(next_job(desk, std::nullopt)), Error::corrupted);
  must(desk.erase(job_name), "erase");
  const KnownRoster ours = must(desk.roster(user_of(1)), "roster");
  put(in_front(watch_row(bens)), Blob(RosterWatch::saved_bytes));
  EXPECT_EQ(error_of(watches_fetched(desk, ours, world.ann.now, std::chrono::hours(1))),
            Error::corrupted);
  put(in_front(timers_row(world.talk, user_of(2))), Blob(1));
  EXPECT_TRUE(desk.commit());
  std::array<Erased, 1> erased{};
  EXPECT_EQ(error_of(world.ann.messenger().tick(erased, world.ann.now)), Error::corrupted);
}

TEST_F(Rows, LongerThanAnyOfTheirKindAreCorrupted) {
  for (const std::size_t size : {UserId::size_bytes + 1, UserId::size_bytes - 1}) {
    put(RowKey(RowKind::account), Blob(size));
    EXPECT_EQ(error_of(desk.account()), Error::corrupted);
  }
  put(roster_row(user_of(2)), Blob(KnownRoster::max_saved_bytes + 1));
  EXPECT_EQ(error_of(desk.roster(user_of(2))), Error::corrupted);
  put(timers_row(world.talk, user_of(2)), Blob(ClockedBook::max_bytes + 1));
  EXPECT_EQ(error_of(desk.timers(world.talk, user_of(2))), Error::corrupted);
  const KnownRoster ours = must(desk.roster(user_of(1)), "roster");
  put(watch_row(bens), Blob(RosterWatch::saved_bytes + 1));
  EXPECT_EQ(error_of(watches_fetched(desk, ours, world.ann.now, std::chrono::hours(1))),
            Error::corrupted);
}

}  // namespace
}  // namespace sotto::messenger
