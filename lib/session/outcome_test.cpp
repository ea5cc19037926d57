// SPDX-License-Identifier: MIT OR Apache-2.0
/// How an app learns what became of a commit that was `outcome_unknown`: as `Transaction::commit`
/// says, for each thing that a transaction does.
#include <functional>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/device.hpp>

#include "session/test_devices.hpp"
#include "session/test_rows.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

/// Bob, whose store fails at the next commit, and cannot be asked at once whether it happened.
struct Unsure {
  Pair pair;
  UnsureStore store{pair.bob.rows};
  bool happens;

  explicit Unsure(bool happens_then) : happens(happens_then) {
    pair.bob.device = *Device::open(store, storage_key());
  }
  /// One transaction that ends so.
  void in_transaction(const std::function<void(Transaction&)>& act) {
    auto tx = pair.bob.begin();
    act(tx);
    store.next_commit(happens, 2);
    EXPECT_EQ(error_of(std::move(tx).commit()), Error::outcome_unknown);
    EXPECT_EQ(error_of(pair.bob.device.begin()), Error::outcome_unknown);
  }
};

class Outcome : public ::testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(, Outcome, ::testing::Bool());

TEST_P(Outcome, of_a_row_is_whether_it_is_there) {
  Unsure bob(GetParam());
  bob.in_transaction([](Transaction& tx) { ASSERT_TRUE(tx.put(bytes_of("k"), bytes_of("v"))); });
  EXPECT_EQ(bob.pair.bob.begin().size(bytes_of("k"))->has_value(), bob.happens);
}

TEST_P(Outcome, of_the_last_commit_may_be_in_doubt_and_its_number_is_not) {
  Unsure bob(GetParam());
  Device& device = bob.pair.bob.device;
  const CommitNumber before = *device.last_commit();
  {
    auto tx = bob.pair.bob.begin();
    ASSERT_TRUE(tx.put(bytes_of("k"), bytes_of("v")));
    bob.store.next_commit(bob.happens, 2);
    EXPECT_EQ(error_of(std::move(tx).commit()), Error::outcome_unknown);
  }
  EXPECT_EQ(device.last_commit(), before);
  const CommitNumber after{std::to_underlying(before) + (bob.happens ? 1 : 0)};
  EXPECT_EQ(device.last_commit(), after) << "by now the store knows";
}

TEST_P(Outcome, of_a_message_to_be_sent_is_whether_its_row_is_there) {
  Unsure bob(GetParam());
  bob.in_transaction([&](Transaction& tx) {
    const auto unsent = tx.encrypt(bob.pair.alice.address(), bytes_of("text"), start);
    ASSERT_TRUE(unsent);
    ASSERT_TRUE(tx.put(bytes_of("outbox/1"), *unsent));
  });
  std::vector<std::uint8_t> row(1 + max_message_size(4));
  const auto stored = *bob.pair.bob.begin().get(row, bytes_of("outbox/1"));
  ASSERT_EQ(stored.has_value(), bob.happens);
  if (stored) {  // It is sent as it stands there.
    const Letter letter{MessageKind{(*stored)[0]}, {stored->begin() + 1, stored->end()}};
    EXPECT_EQ(bob.pair.alice.read(bob.pair.bob, letter), "text");
  }
  // Without such a row it is encrypted once more: a number may be missing, and none serves twice.
  EXPECT_EQ(bob.pair.alice.read(bob.pair.bob, *bob.pair.bob.write(bob.pair.alice, "again")),
            "again");
}

TEST_P(Outcome, of_a_message_that_opened_is_whether_its_row_is_there) {
  Unsure bob(GetParam());
  const Letter letter = *bob.pair.alice.write(bob.pair.bob, "the only copy");
  std::vector<std::uint8_t> out(letter.bytes.size());
  bob.in_transaction([&](Transaction& tx) {
    testing::TapeEntropy tape(5);
    const auto opened =
        tx.decrypt(out, bob.pair.alice.address(), letter.kind, letter.bytes, tape, start);
    ASSERT_TRUE(opened);
    ASSERT_TRUE(tx.put(bytes_of("inbox/1"), opened->plaintext));
  });
  EXPECT_EQ(bob.pair.bob.begin().size(bytes_of("inbox/1"))->has_value(), bob.happens);
  if (bob.happens)
    EXPECT_EQ(error_of(bob.pair.bob.read(bob.pair.alice, letter)), Error::replayed);
  else
    EXPECT_EQ(bob.pair.bob.read(bob.pair.alice, letter), "the only copy");
}

TEST_P(Outcome, of_an_upload_does_not_matter_when_it_is_asked_for_again) {
  Unsure bob(GetParam());
  bob.in_transaction(
      [&](Transaction& tx) { ASSERT_TRUE(tx.prekeys_to_upload({}, bob.pair.bob.tape, start)); });
  auto tx = bob.pair.bob.begin();
  const auto pending = tx.prekeys_to_upload({}, bob.pair.bob.tape, start);
  ASSERT_TRUE(pending);
  const auto committed = std::move(tx).commit();
  ASSERT_TRUE(committed);
  std::vector<Bundle::OneTime> keys(pending->size());
  const auto upload = pending->release(*committed, keys);
  ASSERT_TRUE(upload);
  auto acknowledged = bob.pair.bob.begin();
  ASSERT_TRUE(acknowledged.prekeys_uploaded(upload->id, start));
  ASSERT_TRUE(std::move(acknowledged).commit());
  EXPECT_FALSE(bob.pair.bob.begin().prekeys_to_upload({}, bob.pair.bob.tape, start)->due());
}

TEST_P(Outcome, of_a_bundle_is_that_its_prekey_is_handed_out_or_not_and_another_is_had) {
  Unsure bob(GetParam());
  bob.in_transaction([](Transaction& tx) { ASSERT_TRUE(tx.bundle()); });
  Party carol("carol", 3);
  ASSERT_TRUE(carol.connect(bob.pair.bob));
  EXPECT_EQ(bob.pair.bob.read(carol, *carol.write(bob.pair.bob, "hello")), "hello");
}

TEST_P(Outcome, of_another_storage_key_is_which_of_the_two_opens) {
  Unsure bob(GetParam());
  bob.store.next_commit(bob.happens, 2);
  EXPECT_EQ(error_of(bob.pair.bob.device.rotate_storage_key(storage_key(0x43))),
            Error::outcome_unknown);
  EXPECT_EQ(Device::open(bob.pair.bob.rows, storage_key()).has_value(), !bob.happens);
  EXPECT_EQ(Device::open(bob.pair.bob.rows, storage_key(0x43)).has_value(), bob.happens);
  EXPECT_EQ(error_of(bob.pair.bob.device.begin()), Error::outcome_unknown);
  // Either way the device goes on, and takes another.
  ASSERT_TRUE(bob.pair.bob.device.rotate_storage_key(storage_key(0x44)));
  EXPECT_TRUE(Device::open(bob.pair.bob.rows, storage_key(0x44)));
}

TEST_P(Outcome, of_our_accounts_new_name_is_known_with_the_next_transaction) {
  // [SES-1-4]
  auto rows = *MemoryStore::create();
  UnsureStore store(rows);
  DeviceLimits limits;
  limits.shared_identity_name = "ann";
  testing::TapeEntropy tape(5);
  auto device = *Device::create(store, storage_key(), *IdentityKeyPair::generate(tape), DeviceId{1},
                                RegistrationId{1}, limits);
  auto tx = *device.begin();
  ASSERT_TRUE(tx.accept_identity({"ann", DeviceId{2}}, device.identity()));
  ASSERT_TRUE(tx.rename_account("ann", "anna"));
  store.next_commit(GetParam(), 2);
  EXPECT_EQ(error_of(std::move(tx).commit()), Error::outcome_unknown);
  EXPECT_EQ(error_of(device.begin()), Error::outcome_unknown);
  auto next = *device.begin();
  const char* const name = GetParam() ? "anna" : "ann";
  EXPECT_TRUE(next.accept_identity({name, DeviceId{3}}, device.identity()));
  EXPECT_EQ(
      error_of(next.accept_identity({GetParam() ? "ann" : "anna", DeviceId{3}}, device.identity())),
      Error::own_identity);
}

}  // namespace
}  // namespace sotto::session
