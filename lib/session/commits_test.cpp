// SPDX-License-Identifier: MIT OR Apache-2.0
/// A device and how far its store has come: stores that go back, forget, or fail without saying
/// what they did.
#include <gtest/gtest.h>

#include <sotto/device.hpp>

#include "session/test_devices.hpp"
#include "session/test_rows.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

/// Bob, who has not opened the last message of Alice's.
struct Waiting {
  Pair pair;
  Letter letter = *pair.alice.write(pair.bob, "the only copy");

  Result<std::string> read() { return pair.bob.read(pair.alice, letter); }
};

/// The same, over a store that may not say what it did.
struct Unsure : Waiting {
  Unsure() { reopen(); }
  void reopen() { pair.bob.device = *Device::open(store, storage_key()); }

  UnsureStore store{pair.bob.rows};
};

TEST(Commits, a_store_that_goes_back_while_the_device_is_open_is_refused_for_good) {
  Pair pair;
  SwitchedStore store(pair.alice.rows);
  auto device = *Device::open(store, storage_key());
  auto old = *pair.alice.rows.clone();
  std::vector<std::uint8_t> out(max_message_size(2));
  ASSERT_TRUE(device.encrypt(out, pair.bob.address(), bytes_of("m1"), start));
  store.set(old);
  const auto before = contents(old);
  EXPECT_EQ(error_of(device.encrypt(out, pair.bob.address(), bytes_of("m2"), start)),
            Error::rolled_back);
  EXPECT_EQ(error_of(device.begin()), Error::rolled_back);
  EXPECT_EQ(contents(old), before);
  store.set(pair.alice.rows);  // What it sealed meanwhile is not known: it stays so.
  EXPECT_EQ(error_of(device.begin()), Error::rolled_back);
  EXPECT_TRUE(Device::open(store, storage_key()));
}

TEST(Commits, a_store_that_goes_back_within_a_transaction_is_refused) {
  Pair pair;
  auto old = *pair.alice.rows.clone();
  ASSERT_TRUE(pair.alice.write(pair.bob, "one"));
  SwitchedStore store(pair.alice.rows);
  auto device = *Device::open(store, storage_key());
  {
    auto tx = *device.begin();
    ASSERT_TRUE(tx.encrypt(pair.bob.address(), bytes_of("two"), start));
    store.set(old);
    EXPECT_EQ(error_of(std::move(tx).commit()), Error::rolled_back);
  }
  store.set(pair.alice.rows);
  auto again = *Device::open(store, storage_key());
  auto tx = *again.begin();  // Nothing is written in it.
  ASSERT_TRUE(tx.info(pair.bob.address(), start));
  store.set(old);
  EXPECT_EQ(error_of(std::move(tx).commit()), Error::rolled_back);
}

TEST(Commits, a_store_that_did_not_keep_a_commit_is_found_by_the_next_transaction) {
  for (const std::uint32_t cached : {64U, 0U}) {
    DeviceLimits limits;
    limits.max_cached_peers = cached;
    Pair pair(limits);
    ForgetfulStore store(pair.alice.rows);
    auto device = *Device::open(store, storage_key(), {}, limits);
    std::vector<std::uint8_t> out(max_message_size(2));
    store.forget_next();
    ASSERT_TRUE(device.encrypt(out, pair.bob.address(), bytes_of("m1"), start));
    EXPECT_EQ(error_of(device.encrypt(out, pair.bob.address(), bytes_of("m2"), start)),
              Error::rolled_back);
    EXPECT_EQ(error_of(device.begin()), Error::rolled_back);
  }
}

TEST(Commits, a_commit_that_happened_though_the_store_failed_is_a_success) {
  Unsure w;
  w.store.next_commit(true, 0);
  EXPECT_EQ(w.read(), "the only copy");
  EXPECT_EQ(error_of(w.read()), Error::replayed);
  w.store.next_commit(true, 0);
  EXPECT_EQ(w.pair.alice.read(w.pair.bob, *w.pair.bob.write(w.pair.alice, "got it")), "got it");
  w.reopen();
}

TEST(Commits, a_commit_that_happened_though_the_store_failed_has_the_number_of_its_rows) {
  // A store may skip numbers.
  Unsure w;
  w.store.before_commit([&] {
    const Change nothing{Change::Kind::check, bytes_of("x"), Revision{}, {}};
    ASSERT_TRUE(w.pair.bob.rows.commit({&nothing, 1}));
  });
  w.store.next_commit(true, 0);
  EXPECT_EQ(w.read(), "the only copy");
  EXPECT_EQ(w.pair.alice.read(w.pair.bob, *w.pair.bob.write(w.pair.alice, "got it")), "got it");
}

TEST(Commits, a_commit_that_did_not_happen_is_an_error_and_may_be_tried_again) {
  for (const Error error : {Error::store_failed, Error::out_of_memory, Error::outcome_unknown}) {
    Unsure w;
    const auto before = contents(w.pair.bob.rows);
    w.store.next_commit(false, 0, error);
    // What the store itself did not know, it was asked.
    EXPECT_EQ(error_of(w.read()), error == Error::outcome_unknown ? Error::store_failed : error);
    EXPECT_EQ(contents(w.pair.bob.rows), before);
    EXPECT_EQ(w.read(), "the only copy");
  }
}

TEST(Commits, while_the_outcome_is_unknown_nothing_begins_and_then_the_message_is_there) {
  for (const bool happens : {true, false}) {
    Unsure w;
    w.store.next_commit(happens, 3);  // Neither the answer nor two more questions come through.
    EXPECT_EQ(error_of(w.read()), Error::outcome_unknown);
    EXPECT_EQ(error_of(w.read()), Error::outcome_unknown);
    EXPECT_EQ(error_of(w.pair.bob.device.begin()), Error::outcome_unknown);
    EXPECT_EQ(w.read(), "the only copy") << happens;
    EXPECT_EQ(error_of(w.read()), Error::replayed);
    EXPECT_EQ(w.pair.alice.read(w.pair.bob, *w.pair.bob.write(w.pair.alice, "got it")), "got it");
    w.reopen();
  }
}

TEST(Commits, a_head_row_that_does_not_open_is_corrupted_though_an_outcome_is_unknown) {
  for (const bool happens : {true, false}) {
    Waiting w;
    SwitchedStore switched(w.pair.bob.rows);
    UnsureStore store(switched);
    w.pair.bob.device = *Device::open(store, storage_key());
    store.next_commit(happens, 1);
    EXPECT_EQ(error_of(w.read()), Error::outcome_unknown);
    auto altered = *w.pair.bob.rows.clone();
    write_raw(altered, head_row().bytes(), bytes_of("no head"));
    switched.set(altered);
    // Waiting mends nothing here.
    EXPECT_EQ(error_of(w.pair.bob.device.begin()), Error::corrupted);
    switched.set(w.pair.bob.rows);
    EXPECT_EQ(w.read(), "the only copy") << happens;
    w.pair.bob.device = *Device::open(w.pair.bob.rows, storage_key());
  }
}

TEST(Commits, a_commit_that_failed_over_a_head_row_that_does_not_open_is_not_known) {
  Waiting w;
  SwitchedStore switched(w.pair.bob.rows);
  UnsureStore store(switched);
  w.pair.bob.device = *Device::open(store, storage_key());
  auto altered = *w.pair.bob.rows.clone();
  write_raw(altered, head_row().bytes(), bytes_of("no head"));
  store.next_commit(true, 0);
  store.after_commit([&] { switched.set(altered); });
  EXPECT_EQ(error_of(w.read()), Error::outcome_unknown);
  switched.set(w.pair.bob.rows);
  EXPECT_EQ(w.read(), "the only copy");
  w.pair.bob.device = *Device::open(w.pair.bob.rows, storage_key());
}

TEST(Commits, a_message_of_an_unknown_commit_is_given_out_once_whoever_opens_it) {
  Unsure w;
  w.store.next_commit(false, 1);
  EXPECT_EQ(error_of(w.read()), Error::outcome_unknown);
  // It did not happen. Another process opens the message; then it comes here again.
  auto other = *Device::open(w.pair.bob.rows, storage_key());
  std::vector<std::uint8_t> out(w.letter.bytes.size());
  testing::TapeEntropy tape(1);
  EXPECT_TRUE(w.pair.bob.device.begin());
  EXPECT_TRUE(
      other.decrypt(out, w.pair.alice.address(), w.letter.kind, w.letter.bytes, tape, start));
  EXPECT_EQ(error_of(w.read()), Error::replayed);
}

TEST(Commits, a_message_of_an_unknown_commit_is_not_given_out_under_another_identity) {
  // Once the sessions are erased, of these two the first message alone is known to have come.
  for (const bool first : {false, true}) {
    Unsure w;
    Party& bob = w.pair.bob;
    Party carol("carol", 3);
    ASSERT_TRUE(carol.connect(bob, false));
    Party& from = first ? carol : w.pair.alice;
    const Letter letter = first ? *carol.write(bob, "the only copy") : w.letter;
    w.store.next_commit(true, 1);
    EXPECT_EQ(error_of(bob.read(from, letter)), Error::outcome_unknown);
    testing::TapeEntropy tape(77);
    const auto other = *IdentityKeyPair::generate(tape);
    auto tx = bob.begin();
    ASSERT_TRUE(tx.accept_identity(from.address(), other.public_key()));
    ASSERT_TRUE(std::move(tx).commit());
    std::vector<std::uint8_t> out(letter.bytes.size(), 0xee);
    EXPECT_EQ(
        error_of(bob.device.decrypt(out, from.address(), letter.kind, letter.bytes, tape, start)),
        first ? Error::replayed : Error::no_session);
    const std::string text(out.begin(), out.end());
    EXPECT_EQ(text.find("the only copy"), std::string::npos);
  }
}

TEST(Commits, what_opened_in_an_unknown_commit_needs_room_for_it) {
  Unsure w;
  w.store.next_commit(true, 1);
  EXPECT_EQ(error_of(w.read()), Error::outcome_unknown);
  std::vector<std::uint8_t> small(12);
  testing::TapeEntropy tape(1);
  EXPECT_EQ(error_of(w.pair.bob.device.decrypt(small, w.pair.alice.address(), w.letter.kind,
                                               w.letter.bytes, tape, start)),
            Error::buffer_too_small);
  EXPECT_EQ(w.read(), "the only copy");
}

TEST(Commits, messages_of_an_unknown_commit_that_happened_are_spent) {
  Pair pair;
  UnsureStore store(pair.alice.rows);
  pair.alice.device = *Device::open(store, storage_key());
  store.next_commit(true, 1);
  EXPECT_EQ(error_of(pair.alice.write(pair.bob, "never sent")), Error::outcome_unknown);
  const auto next = *pair.alice.write(pair.bob, "sent");
  EXPECT_EQ(pair.bob.read(pair.alice, next), "sent");
  EXPECT_EQ(pair.bob.info(pair.alice)->skipped_keys, 1U);
}

TEST(Commits, another_devices_commit_of_the_same_rows_is_not_taken_for_our_own) {
  // Both encrypt with the same number: the rows are the same, the messages are not.
  Pair pair;
  auto rows = *pair.alice.rows.share();
  UnsureStore store(rows);
  auto one = *Device::open(store, storage_key());
  auto two = *Device::open(pair.alice.rows, storage_key());
  std::vector<std::uint8_t> out(max_message_size(4));
  store.before_commit(
      [&] { ASSERT_TRUE(two.encrypt(out, pair.bob.address(), bytes_of("two!"), start)); });
  store.next_commit(false, 0);
  std::vector<std::uint8_t> other(max_message_size(4));
  EXPECT_EQ(error_of(one.encrypt(other, pair.bob.address(), bytes_of("one!"), start)),
            Error::store_failed);
  EXPECT_EQ(other, std::vector<std::uint8_t>(other.size()));
  ASSERT_TRUE(one.encrypt(other, pair.bob.address(), bytes_of("one!"), start));
  EXPECT_TRUE(Device::open(rows, storage_key()));
}

TEST(Commits, others_that_write_about_other_peers_are_no_conflict) {
  Pair pair;
  Party carol("carol", 3);
  ASSERT_TRUE(carol.make_prekeys());
  ASSERT_TRUE(pair.alice.connect(carol));
  auto rows = *pair.alice.rows.share();
  auto twin = *Device::open(rows, storage_key());
  for (int i = 0; i < 5; ++i) {
    auto one = pair.alice.begin();
    auto two = *twin.begin();
    ASSERT_TRUE(one.encrypt(pair.bob.address(), bytes_of("m"), start));
    ASSERT_TRUE(two.encrypt(carol.address(), bytes_of("m"), start));
    ASSERT_TRUE(std::move(two).commit());
    ASSERT_TRUE(std::move(one).commit());
  }
  pair.alice.restart();
}

TEST(Commits, a_peer_that_was_only_read_must_still_be_so_when_something_is_written) {
  for (const bool known : {true, false}) {
    Pair pair;
    auto rows = *pair.alice.rows.share();
    auto twin = *Device::open(rows, storage_key());
    const Address who = known ? pair.bob.address() : Address{"carol", DeviceId{1}};
    testing::TapeEntropy tape(7);
    const auto other = *IdentityKeyPair::generate(tape);

    auto tx = pair.alice.begin();
    ASSERT_EQ(tx.identity(who)->has_value(), known);
    ASSERT_TRUE(tx.put(bytes_of("verified"), bytes_of("yes")));
    auto meanwhile = *twin.begin();
    ASSERT_TRUE(meanwhile.accept_identity(who, other.public_key()));
    ASSERT_TRUE(std::move(meanwhile).commit());
    EXPECT_EQ(error_of(std::move(tx).commit()), Error::conflict) << known;
    // Where nothing is written it is nobody's business.
    EXPECT_EQ(*pair.alice.begin().identity(who), other.public_key());
  }
}

TEST(Commits, a_range_that_was_read_is_not_looked_at_again_at_the_commit) {
  Party alice("alice", 1);
  auto rows = *alice.rows.share();
  auto twin = *Device::open(rows, storage_key());
  std::vector<std::uint8_t> key(400);
  auto tx = alice.begin();
  ASSERT_FALSE(*tx.next(key, bytes_of("in/"), {}));
  ASSERT_TRUE(tx.put(bytes_of("empty-at"), bytes_of("now")));
  auto meanwhile = *twin.begin();
  ASSERT_TRUE(meanwhile.put(bytes_of("in/1"), bytes_of("m")));
  ASSERT_TRUE(std::move(meanwhile).commit());
  EXPECT_TRUE(std::move(tx).commit());
  // Nor is a row that went from it, whose key alone was read.
  auto again = alice.begin();
  ASSERT_TRUE(*again.next(key, bytes_of("in/"), {}));
  ASSERT_TRUE(again.put(bytes_of("first"), bytes_of("1")));
  auto once_more = *twin.begin();
  ASSERT_TRUE(once_more.erase(bytes_of("in/1")));
  ASSERT_TRUE(std::move(once_more).commit());
  EXPECT_TRUE(std::move(again).commit());
}

TEST(Commits, a_number_is_given_to_each_and_an_older_store_shows) {
  Party alice("alice", 1);
  std::optional<MemoryStore> old;
  for (std::uint64_t n = 2; n < 6; ++n) {
    auto tx = alice.begin();
    ASSERT_TRUE(tx.put(bytes_of("k"), bytes_of("v")));
    const auto committed = std::move(tx).commit();
    ASSERT_TRUE(committed);
    EXPECT_EQ(committed->number(), CommitNumber{n});
    EXPECT_EQ(alice.device.last_commit(), CommitNumber{n});
    EXPECT_TRUE(Device::open(alice.rows, storage_key(), committed->number()));
    if (old) {
      EXPECT_EQ(error_of(Device::open(*old, storage_key(), committed->number())),
                Error::rolled_back);
    }
    old.emplace(*alice.rows.clone());
  }
  // Reading counts for nothing.
  auto reading = alice.begin();
  EXPECT_EQ(error_of(alice.device.last_commit()), Error::wrong_state);
  EXPECT_EQ(std::move(reading).commit()->number(), CommitNumber{5});
  alice.restart();
  EXPECT_EQ(alice.device.last_commit(), CommitNumber{5});
  const Device moved = std::move(alice.device);
  EXPECT_EQ(error_of(alice.device.last_commit()), Error::consumed);
}

TEST(Commits, another_that_writes_while_all_rows_are_read_is_waited_for) {
  Pair pair;
  auto rows = *pair.alice.rows.share();
  for (const int times : {1, 15, 16}) {
    auto writer = *Device::open(pair.alice.rows, storage_key());
    int left = times;
    DisturbedStore store(rows, [&] {
      if (left-- <= 0) return;
      auto tx = *writer.begin();
      ASSERT_TRUE(tx.put(bytes_of("k"), bytes_of(std::to_string(left))));
      ASSERT_TRUE(std::move(tx).commit());
    });
    const auto opened = Device::open(store, storage_key());
    EXPECT_EQ(error_of(opened), times < 16 ? std::nullopt : std::optional(Error::conflict));
  }
}

TEST(Commits, a_walk_ends_though_another_adds_rows_ahead_of_it) {
  Party alice("alice", 1);
  auto rows = *alice.rows.share();
  int added = 0;
  const auto add = [&] {
    if (++added > 5'000) return;  // So that the test ends.
    auto tx = alice.begin();
    ASSERT_TRUE(tx.put(bytes_of(std::to_string(10'000 + added)), bytes_of("v")));
    ASSERT_TRUE(std::move(tx).commit());
  };
  SteppedStore store(rows, add);
  EXPECT_EQ(error_of(Device::open(store, storage_key())), Error::conflict);
  EXPECT_LT(added, 5'000);
  added = 0;
  EXPECT_EQ(error_of(Device::erase(store)), Error::conflict);
  EXPECT_LT(added, 5'000);
}

TEST(Commits, a_device_of_format_1_is_an_old_format) {
  auto store = *MemoryStore::create();
  testing::TapeEntropy tape(1);
  const auto identity = *IdentityKeyPair::generate(tape);
  std::vector<std::uint8_t> record(73, 0);
  record[0] = 1;
  std::ranges::copy(identity.secret_key().expose(), record.begin() + 1);
  std::ranges::copy(identity.public_key().bytes(), record.begin() + 33);
  std::vector<std::uint8_t> sealed(record.size() + Sealer::overhead_bytes);
  Sealer::create(storage_key().expose())->seal(sealed, record, bytes_of("D"), 0);
  const Change change{Change::Kind::put, bytes_of("D"), Revision{}, sealed};
  ASSERT_TRUE(store.commit({&change, 1}));
  EXPECT_EQ(error_of(Device::open(store, storage_key())), Error::old_format);
  EXPECT_EQ(error_of(Device::open(store, storage_key(0x43))), Error::corrupted);
}

}  // namespace
}  // namespace sotto::session
