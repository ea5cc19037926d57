// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/prekey_rows.hpp"

#include <algorithm>
#include <memory>
#include <set>

#include <gtest/gtest.h>

#include "session/prekey_record.hpp"
#include "session/test_service.hpp"
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

TEST(Prekeys, are_made_handed_out_once_and_made_again) {
  Party bob("bob", 2, small());
  begin_ids(bob);
  EXPECT_TRUE(status(bob).rotate_due);
  EXPECT_EQ(error_of(bob.bundle()), Error::not_set_up);
  ASSERT_TRUE(bob.make_prekeys());
  EXPECT_EQ(status(bob).one_time_left, 5U);
  EXPECT_EQ(status(bob).one_time_unpublished, 5U);
  EXPECT_FALSE(status(bob).rotate_due);

  std::uint32_t given = 0;
  for (int i = 0; i < 5; ++i) {
    const auto bundle = bob.bundle();
    ASSERT_TRUE(bundle->keys.one_time);
    EXPECT_EQ(bundle->keys.one_time->id, OneTimePrekeyId{++given}) << "the oldest first";
    EXPECT_TRUE(verify(bundle->keys));
  }
  EXPECT_FALSE(bob.bundle()->keys.one_time);
  EXPECT_EQ(status(bob).one_time_left, 5U);
  EXPECT_EQ(status(bob).one_time_unpublished, 0U);

  auto tx = bob.begin();
  EXPECT_EQ(tx.replenish(bob.tape), 5U) << "those handed out do not stand in the way";
  EXPECT_EQ(tx.replenish(bob.tape), 0U);
  ASSERT_TRUE(std::move(tx).commit());
  EXPECT_EQ(bob.bundle()->keys.one_time->id, OneTimePrekeyId{6});
}

// [SES-8-6]
TEST(Prekeys, handed_out_in_bundles_go_by_number_and_by_age) {
  Party bob("bob", 2, small());
  ASSERT_TRUE(bob.make_prekeys());
  for (int i = 0; i < 60; ++i) {
    ASSERT_TRUE(bob.bundle()->keys.one_time);
    auto tx = bob.begin();
    ASSERT_EQ(tx.replenish(bob.tape), 1U);
    ASSERT_TRUE(std::move(tx).commit());
  }
  EXPECT_EQ(status(bob).one_time_left, 50U) << "ten batches";
  // The first rotation knows the time; from then on they have their overlap.
  rotate(bob);
  bob.now += PrekeyPolicy{}.overlap - std::chrono::milliseconds(1);
  rotate(bob);
  EXPECT_EQ(status(bob).one_time_left, 50U);
  bob.now += std::chrono::milliseconds(1);
  for (int i = 0; i < 50; ++i) rotate(bob);
  EXPECT_EQ(status(bob).one_time_left, 5U) << "those handed out to nobody stay";
  EXPECT_EQ(status(bob).signed_prekeys, 40U) << "and so many signed prekeys";
}

TEST(Prekeys, a_first_message_consumes_its_own_and_no_other) {
  // [SES-5-5]
  Party alice("alice", 1), bob("bob", 2, small());
  begin_ids(bob);
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

// [SES-5-8]
TEST(Prekeys, one_name_uses_up_no_more_than_its_share_of_a_signed_prekey) {
  auto limits = small();
  limits.prekeys.max_last_resort = 40;
  limits.prekeys.max_last_resort_per_name = 4;
  Party bob("bob", 2, limits);
  ASSERT_TRUE(bob.make_prekeys());
  const Bundle bundle = bob.bundle(false)->keys, with = bob.bundle()->keys;
  std::uint64_t seed = 10;
  // Whatever device of the name sends them.
  const auto from_stranger = [&](const Bundle& by) {
    Party stranger("stranger", ++seed);
    return reach(stranger, bob, by, static_cast<std::uint32_t>(seed));
  };
  for (int i = 0; i < 4; ++i) EXPECT_EQ(from_stranger(bundle), std::nullopt);
  for (int i = 0; i < 60; ++i) EXPECT_EQ(from_stranger(bundle), Error::exhausted);
  EXPECT_EQ(from_stranger(with), std::nullopt) << "a one-time prekey needs no share";
  EXPECT_EQ(status(bob).last_resort_used, 4U);
  EXPECT_FALSE(status(bob).rotate_due);
  Party newcomer("newcomer", 5);
  EXPECT_EQ(reach(newcomer, bob, bundle), std::nullopt);

  // Each signed prekey has its own count, and keeps it in its overlap.
  bob.restart();
  rotate(bob);
  const Bundle next = bob.bundle(false)->keys;
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(from_stranger(next), std::nullopt);
    EXPECT_EQ(from_stranger(bundle), Error::exhausted);
  }
  EXPECT_EQ(from_stranger(next), Error::exhausted);
  Party another("another", 6);
  EXPECT_EQ(reach(another, bob, bundle), std::nullopt);
  EXPECT_EQ(status(bob).last_resort_used, 4U);
}

// [SES-8-2]
TEST(Prekeys, rotation_is_due_at_half_of_what_a_signed_prekey_serves) {
  auto limits = small();
  limits.prekeys.max_last_resort = 6;
  Party bob("bob", 2, limits);
  Service service;
  service.sync(bob);
  const Bundle first = *service.signed_prekey;
  for (std::uint64_t i = 0; i < 3; ++i) {
    EXPECT_FALSE(status(bob).rotate_due);
    EXPECT_FALSE(service.sync(bob).due);
    Party caller("caller" + std::to_string(i), 10 + i);
    EXPECT_EQ(reach(caller, bob, first), std::nullopt);
  }
  EXPECT_TRUE(status(bob).rotate_due);
  EXPECT_TRUE(service.sync(bob).due);
  EXPECT_FALSE(status(bob).rotate_due);
  EXPECT_NE(service.signed_prekey->signed_prekey_id, first.signed_prekey_id);
  // The one replaced goes on to its end, which is no newcomer's.
  for (std::uint64_t i = 3; i < 7; ++i) {
    Party caller("caller" + std::to_string(i), 10 + i);
    EXPECT_EQ(reach(caller, bob, first), i < 6 ? std::nullopt : std::optional(Error::exhausted));
    EXPECT_EQ(reach(caller, bob, *service.signed_prekey), std::nullopt);
  }
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
    return std::ranges::any_of(rows, [](const auto& row) {
      return row.first.starts_with("55") || row.first.starts_with("56");
    });
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
  ASSERT_TRUE(std::move(tx).commit());
  std::vector<std::uint32_t> ids;
  for (int i = 0; i < 5; ++i)
    ids.push_back(static_cast<std::uint32_t>(bob.bundle()->keys.one_time->id));
  EXPECT_EQ(ids, (std::vector<std::uint32_t>{2, most_prekey_id, 1, 3, 4})) << "by age";
  rotate(bob);
  EXPECT_EQ(bob.bundle(false)->keys.signed_prekey_id, SignedPrekeyId{most_prekey_id});
  rotate(bob);
  EXPECT_EQ(bob.bundle(false)->keys.signed_prekey_id, SignedPrekeyId{2});
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

TEST(Prekeys, a_batch_has_at_most_a_thousand) {
  Party bob("bob", 2, small(100'000, 1));
  auto tx = bob.begin();
  EXPECT_EQ(tx.replenish(bob.tape), 1'000U);
}

TEST(Prekeys, records_of_the_first_format_are_not_read) {
  Party bob("bob", 2, small());
  begin_ids(bob);
  ASSERT_TRUE(bob.make_prekeys());
  auto tx = bob.begin();
  StagedRows& rows = tx.work().rows();
  for (const RowName& name : {prekey_index_row(), one_time_row(OneTimePrekeyId{1}),
                              signed_prekey_row(SignedPrekeyId{1})}) {
    std::vector<std::uint8_t> record((*rows.at(name.bytes()))->value()->size());
    std::ranges::copy(*(*rows.at(name.bytes()))->value(), record.begin());
    EXPECT_EQ(check_prekey_format(record), Result<void>{});
    for (const auto& [format, error] :
         {std::pair(0, Error::corrupted), std::pair(1, Error::old_format),
          std::pair(3, Error::unsupported_version)}) {
      record[0] = static_cast<std::uint8_t>(format);
      EXPECT_EQ(error_of(check_prekey_format(record)), error);
    }
  }
}

}  // namespace
}  // namespace sotto::session
