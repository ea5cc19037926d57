// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/prekey_rows.hpp"

#include <algorithm>
#include <memory>
#include <set>

#include <gtest/gtest.h>

#include "session/test_devices.hpp"
#include "session/work.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

DeviceLimits small(std::uint32_t batch = 5, std::uint32_t low_water = 3) {
  DeviceLimits limits;
  limits.prekeys.batch = batch;
  limits.prekeys.low_water = low_water;
  limits.prekeys.max_last_resort = 2;
  return limits;
}

PrekeyStatus status(Party& party) {
  return *party.begin().prekey_status(party.now);
}

void rotate(Party& party) {
  auto tx = party.begin();
  ASSERT_TRUE(tx.rotate_signed_prekey(party.tape, party.now));
  ASSERT_TRUE(std::move(tx).commit());
}

TEST(Prekeys, are_made_given_out_once_consumed_and_made_again) {
  // [SES-8-3]
  Party bob("bob", 2, small());
  EXPECT_TRUE(status(bob).rotate_due);
  EXPECT_TRUE(status(bob).replenish_due);
  EXPECT_EQ(error_of(bob.bundle()), Error::not_set_up);
  ASSERT_TRUE(bob.make_prekeys());
  EXPECT_EQ(status(bob).one_time_left, 5U);
  EXPECT_EQ(status(bob).one_time_unpublished, 5U);
  EXPECT_FALSE(status(bob).replenish_due);
  EXPECT_FALSE(status(bob).rotate_due);

  std::set<OneTimePrekeyId> given;
  for (int i = 0; i < 5; ++i) {
    const auto bundle = bob.bundle();
    ASSERT_TRUE(bundle->keys.one_time);
    EXPECT_TRUE(given.insert(bundle->keys.one_time->id).second);
    EXPECT_TRUE(verify(bundle->keys));
  }
  EXPECT_FALSE(bob.bundle()->keys.one_time);
  EXPECT_EQ(status(bob).one_time_left, 5U);
  EXPECT_EQ(status(bob).one_time_unpublished, 0U);

  auto tx = bob.begin();
  EXPECT_EQ(tx.replenish(bob.tape), 0U);
}

TEST(Prekeys, publish_gives_the_oldest_first_and_marks_them) {
  Party bob("bob", 2, small());
  ASSERT_TRUE(bob.make_prekeys());
  std::array<Bundle::OneTime, 3> three{};
  std::array<Bundle::OneTime, 9> nine{};
  auto tx = bob.begin();
  const auto first = tx.publish(3);
  ASSERT_EQ(first->size(), 3U);
  const auto rest = tx.publish(9);
  ASSERT_EQ(rest->size(), 2U);
  EXPECT_EQ(tx.publish(0)->size(), 0U);
  const auto none = tx.publish(9);
  EXPECT_EQ(none->size(), 0U);

  // They leave with the commit, and not with another's.
  auto alice = Party("alice", 1);
  EXPECT_EQ(error_of(first->release(*alice.begin().commit(), three)), Error::invalid_argument);
  const auto committed = std::move(tx).commit();
  EXPECT_EQ(error_of(first->release(*committed, std::span(three).first(2))),
            Error::buffer_too_small);
  ASSERT_EQ(first->release(*committed, three)->size(), 3U);
  EXPECT_EQ(three[0].id, OneTimePrekeyId{1});
  EXPECT_EQ(three[2].id, OneTimePrekeyId{3});
  ASSERT_EQ(rest->release(*committed, nine)->size(), 2U);
  EXPECT_EQ(nine[0].id, OneTimePrekeyId{4});
  EXPECT_EQ(none->release(*committed, {})->size(), 0U);
  EXPECT_EQ(nine[1].key,
            bob.begin().work().prekeys().one_time(OneTimePrekeyId{5})->keys.public_key());
}

TEST(Prekeys, a_first_message_consumes_its_own_and_no_other) {
  // [SES-5-5]
  Party alice("alice", 1), bob("bob", 2, small());
  ASSERT_TRUE(bob.make_prekeys());
  ASSERT_TRUE(alice.connect(bob));
  const auto letter = *alice.write(bob, "hello");
  std::vector<std::uint8_t> out(letter.bytes.size());
  const auto opened =
      bob.device.decrypt(out, alice.address(), letter.kind, letter.bytes, bob.tape, start);
  ASSERT_TRUE(opened);
  EXPECT_TRUE(opened->began_session);
  EXPECT_EQ(opened->consumed, OneTimePrekeyId{1});
  EXPECT_EQ(status(bob).one_time_left, 4U);
  EXPECT_EQ(status(bob).one_time_unpublished, 4U);
  for (const auto& [key, value] : contents(bob.rows)) EXPECT_NE(key, "4f00000001");

  // Without the session, the same message finds its prekey gone.
  auto tx = bob.begin();
  ASSERT_TRUE(tx.erase_sessions(alice.address()));
  ASSERT_TRUE(std::move(tx).commit());
  EXPECT_EQ(error_of(bob.read(alice, letter)), Error::unknown_prekey);
}

TEST(Prekeys, without_a_one_time_prekey_the_base_key_is_remembered_and_there_is_a_limit) {
  // [SES-5-5, SES-5-6]
  Party bob("bob", 2, small());
  ASSERT_TRUE(bob.make_prekeys());
  std::vector<Letter> letters;
  std::vector<std::unique_ptr<Party>> callers;
  for (std::uint64_t i = 0; i < 3; ++i) {
    callers.push_back(std::make_unique<Party>("caller " + std::to_string(i), 10 + i));
    ASSERT_TRUE(callers[i]->connect(bob, false));
    letters.push_back(*callers[i]->write(bob, "hello"));
  }
  EXPECT_TRUE(bob.read(*callers[0], letters[0]));
  EXPECT_TRUE(bob.read(*callers[1], letters[1]));
  EXPECT_EQ(status(bob).last_resort_used, 2U);
  EXPECT_EQ(error_of(bob.read(*callers[2], letters[2])), Error::exhausted);

  auto tx = bob.begin();
  ASSERT_TRUE(tx.erase_sessions(callers[0]->address()));
  ASSERT_TRUE(std::move(tx).commit());
  bob.restart();
  EXPECT_EQ(error_of(bob.read(*callers[0], letters[0])), Error::replayed);
  // Who names a one-time prekey is served still.
  Party dora("dora", 20);
  ASSERT_TRUE(dora.connect(bob));
  EXPECT_TRUE(bob.read(dora, *dora.write(bob, "hello")));
}

TEST(Prekeys, rotation_keeps_the_old_one_for_its_overlap_and_then_destroys_it_with_its_memory) {
  // [SES-8-2]
  Party alice("alice", 1), bob("bob", 2, small());
  ASSERT_TRUE(bob.make_prekeys());
  ASSERT_TRUE(alice.connect(bob, false));
  const auto letter = *alice.write(bob, "hello");
  const auto old = bob.bundle(false)->keys.signed_prekey_id;

  bob.now += std::chrono::days(7) - std::chrono::milliseconds(1);
  EXPECT_FALSE(status(bob).rotate_due);
  bob.now += std::chrono::milliseconds(1);
  EXPECT_TRUE(status(bob).rotate_due);
  rotate(bob);
  EXPECT_FALSE(status(bob).rotate_due);
  EXPECT_EQ(status(bob).signed_prekeys, 2U);
  EXPECT_NE(bob.bundle(false)->keys.signed_prekey_id, old);
  EXPECT_EQ(bob.read(alice, letter), "hello");  // late, on the old one
  EXPECT_EQ(status(bob).last_resort_used, 0U);  // of the new one

  bob.now += std::chrono::days(30) - std::chrono::milliseconds(1);
  rotate(bob);
  EXPECT_EQ(status(bob).signed_prekeys, 3U);
  const auto has_memory = [&] {
    const auto rows = contents(bob.rows);
    return std::ranges::any_of(rows, [](const auto& row) { return row.first.starts_with("55"); });
  };
  EXPECT_TRUE(has_memory());
  bob.now += std::chrono::milliseconds(1);
  rotate(bob);
  EXPECT_EQ(status(bob).signed_prekeys, 3U);
  EXPECT_FALSE(has_memory());
  auto tx = bob.begin();
  ASSERT_TRUE(tx.erase_sessions(alice.address()));
  ASSERT_TRUE(std::move(tx).commit());
  EXPECT_EQ(error_of(bob.read(alice, letter)), Error::unknown_prekey);
}

TEST(Prekeys, a_clock_that_goes_backwards_destroys_none) {
  Party bob("bob", 2, small());
  ASSERT_TRUE(bob.make_prekeys());
  rotate(bob);
  bob.now -= std::chrono::days(1000);
  rotate(bob);
  EXPECT_EQ(status(bob).signed_prekeys, 3U);
  EXPECT_FALSE(status(bob).rotate_due);
}

TEST(Prekeys, no_overlap_keeps_the_current_one_alone) {
  auto limits = small();
  limits.prekeys.overlap = std::chrono::milliseconds(0);
  Party bob("bob", 2, limits);
  for (int i = 0; i < 3; ++i) rotate(bob);
  EXPECT_EQ(status(bob).signed_prekeys, 1U);
}

TEST(Prekeys, ids_rise_start_again_at_one_and_pass_over_those_kept) {
  // [SES-8-1]
  Party bob("bob", 2, small());
  auto tx = bob.begin();
  PrekeyRows& prekeys = tx.work().prekeys();
  PrekeyIndex& index = **prekeys.index();
  const auto kept = *OneTimePrekey::generate(OneTimePrekeyId{2}, bob.tape);
  const auto kept_signed =
      *SignedPrekey::generate(SignedPrekeyId{1}, bob.device.home().identity(), bob.tape);
  ASSERT_TRUE(tx.import_prekey(kept));
  ASSERT_TRUE(tx.import_prekey(kept_signed, start));
  index.next_one_time = most_prekey_id;
  index.next_signed = most_prekey_id;
  EXPECT_EQ(tx.replenish(bob.tape), 4U);
  std::array<Bundle::OneTime, 9> all{};
  std::set<std::uint32_t> ids;
  const auto published = tx.publish(9);
  ASSERT_TRUE(published);
  ASSERT_TRUE(tx.rotate_signed_prekey(bob.tape, start));
  const auto first = tx.last_resort_bundle();
  ASSERT_TRUE(tx.rotate_signed_prekey(bob.tape, start));
  const auto second = tx.last_resort_bundle();
  ASSERT_TRUE(first && second);
  const auto committed = std::move(tx).commit();
  for (const auto& one : *published->release(*committed, all))
    ids.insert(static_cast<std::uint32_t>(one.id));
  EXPECT_EQ(ids, (std::set<std::uint32_t>{1, 2, 3, 4, most_prekey_id}));
  EXPECT_EQ(first->release(*committed)->keys.signed_prekey_id, SignedPrekeyId{most_prekey_id});
  EXPECT_EQ(second->release(*committed)->keys.signed_prekey_id, SignedPrekeyId{2});
}

TEST(Prekeys, publishing_goes_around_the_circle_of_ids) {
  Party bob("bob", 2, small(3));
  auto tx = bob.begin();
  (**tx.work().prekeys().index()).next_one_time = most_prekey_id - 1;
  ASSERT_EQ(tx.replenish(bob.tape), 3U);
  std::array<Bundle::OneTime, 3> all{};
  const auto published = tx.publish(3);
  ASSERT_EQ(published->release(*std::move(tx).commit(), all)->size(), 3U);
  EXPECT_EQ(all[0].id, OneTimePrekeyId{most_prekey_id - 1});
  EXPECT_EQ(all[1].id, OneTimePrekeyId{most_prekey_id});
  EXPECT_EQ(all[2].id, OneTimePrekeyId{1});
}

TEST(Prekeys, of_two_who_consume_one_only_one_commits) {
  // [SES-8-4]
  Party alice("alice", 1), bob("bob", 2, small());
  ASSERT_TRUE(bob.make_prekeys());
  ASSERT_TRUE(alice.connect(bob));
  const auto letter = *alice.write(bob, "hello");
  auto same = *bob.rows.share();
  auto other = *Device::open(same, storage_key());
  std::vector<std::uint8_t> a(400), b(400);
  auto one = bob.begin();
  auto two = *other.begin();
  ASSERT_TRUE(one.decrypt(a, alice.address(), letter.kind, letter.bytes, bob.tape, start));
  // Under another name, so that nothing but the prekey is in both.
  ASSERT_TRUE(two.decrypt(b, {"alias", DeviceId{1}}, letter.kind, letter.bytes, bob.tape, start));
  EXPECT_TRUE(std::move(one).commit());
  EXPECT_EQ(error_of(std::move(two).commit()), Error::conflict);
}

TEST(Prekeys, imported_ones_are_kept_under_their_ids_and_serve) {
  Party alice("alice", 1), bob("bob", 2);
  const auto one_time = *OneTimePrekey::generate(OneTimePrekeyId{0}, bob.tape);
  const auto signed_prekey =
      *SignedPrekey::generate(SignedPrekeyId{77}, bob.device.home().identity(), bob.tape);
  auto tx = bob.begin();
  ASSERT_TRUE(tx.import_prekey(one_time));
  ASSERT_TRUE(tx.import_prekey(signed_prekey, start));
  EXPECT_EQ(error_of(tx.import_prekey(one_time)), Error::already_exists);
  EXPECT_EQ(error_of(tx.import_prekey(signed_prekey, start)), Error::already_exists);
  ASSERT_TRUE(std::move(tx).commit());
  ASSERT_TRUE(alice.connect(bob));
  EXPECT_EQ(bob.read(alice, *alice.write(bob, "hello")), "hello");
  EXPECT_EQ(status(bob).one_time_left, 0U);
}

TEST(Prekeys, a_batch_has_at_most_a_thousand) {
  Party bob("bob", 2, small(100'000, 1));
  auto tx = bob.begin();
  EXPECT_EQ(tx.replenish(bob.tape), 1'000U);
}

}  // namespace
}  // namespace sotto::session
