// SPDX-License-Identifier: MIT OR Apache-2.0
/// How a transaction fails with prekeys, with the app's own rows, at its commit, and what comes out
/// of it.
#include <utility>

#include "session/test_error_table.hpp"
#include "session/work.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

const std::vector<std::uint8_t>& too_long_value() {
  static const std::vector<std::uint8_t> value(Store::max_value_bytes);
  return value;
}
const std::vector<std::uint8_t>& too_long_key() {
  static const std::vector<std::uint8_t> key(401);
  return key;
}

/// A message of a transaction that was dropped.
Unsent of_another_transaction(Scene& s) {
  auto tx = s.alice.begin();
  return *tx.encrypt(s.bob.address(), bytes_of("dropped"), start);
}

OneTimePrekey one_time(Scene& s, std::uint32_t id) {
  return *OneTimePrekey::generate(OneTimePrekeyId{id}, s.carol.tape);
}
SignedPrekey own_prekey(Scene& s, std::uint32_t id) {
  return *SignedPrekey::generate(SignedPrekeyId{id}, s.alice.device.home().identity(),
                                 s.carol.tape);
}
/// Signed by somebody who is not alice.
SignedPrekey foreign_prekey(Scene& s) {
  const auto identity = *IdentityKeyPair::generate(s.carol.tape);
  return *SignedPrekey::generate(SignedPrekeyId{90}, identity, s.carol.tape);
}

/// A device whose store goes back before its transaction is committed.
std::optional<Error> commit_after_going_back(Scene& s) {
  auto old = *s.alice.rows.clone();
  SwitchedStore store(s.alice.rows);
  auto device = *Device::open(store, storage_key());
  auto first = *device.begin();
  EXPECT_TRUE(first.put(bytes_of("k"), bytes_of("later")) && std::move(first).commit());
  auto tx = *device.begin();
  EXPECT_TRUE(tx.put(bytes_of("k"), bytes_of("last")));
  store.set(old);
  s.watch(old);
  return error_of(std::move(tx).commit());
}

/// What is released, and the `Committed` that it is released against.
struct Released {
  Unsent message;
  PendingBytes snapshot;
  PendingUpload upload;
  sotto::Pending<wire::DeviceBundle> bundle;
  Committed committed;

  static Released make(Scene& s) {
    s.alice.now += std::chrono::days(8);
    auto tx = s.alice.begin();
    const auto message = *tx.encrypt(s.bob.address(), bytes_of("text"), start);
    const auto snapshot = *save_peer(tx, s.bob.address(), Scene::snapshot_key());
    const auto upload = *tx.prekeys_to_upload({}, s.alice.tape, s.alice.now);
    EXPECT_GT(upload.size(), 0U);
    const auto bundle = *tx.bundle();
    auto committed = *std::move(tx).commit();
    s.watch(s.alice.rows);
    return {message, snapshot, upload, bundle, std::move(committed)};
  }
  static Committed another(Scene& s) {
    auto tx = s.alice.begin();
    return *std::move(tx).commit();
  }
};

constexpr ErrorRow prekeys[]{
    {"Transaction::prekeys_to_upload", Error::entropy_failed, Fault::system, "without randomness",
     [](Scene& s) {
       testing::FailingEntropy none;
       return error_of(s.begin(s.carol).prekeys_to_upload({}, none, start));
     }},
    {"Transaction::prekeys_uploaded", Error::invalid_argument, Fault::caller, "what never was",
     [](Scene& s) { return error_of(s.begin().prekeys_uploaded(UploadId{77}, start)); }},
    {"Transaction::prekeys_uploaded", Error::invalid_argument, Fault::caller, "what another did",
     [](Scene& s) {
       auto tx = s.carol.begin();
       const auto upload = *tx.prekeys_to_upload({}, s.carol.tape, start);
       const auto committed = *std::move(tx).commit();
       std::vector<Bundle::OneTime> room(upload.size());
       return error_of(s.begin().prekeys_uploaded(upload.release(committed, room)->id, start));
     }},
    {"Transaction::prekey_status", Error::corrupted, Fault::store, "over an altered row",
     [](Scene& s) {
       alter(s.alice.rows, "Q");
       return error_of(s.begin().prekey_status(start));
     }},
    {"Transaction::bundle", Error::not_set_up, Fault::caller, "without a signed prekey",
     [](Scene& s) { return error_of(s.begin(s.carol).bundle()); }},
    {"Transaction::last_resort_bundle", Error::not_set_up, Fault::caller, "without prekeys",
     [](Scene& s) { return error_of(s.begin(s.carol).last_resort_bundle()); }},
    {"Transaction::replenish", Error::entropy_failed, Fault::system, "without randomness",
     [](Scene& s) {
       testing::FailingEntropy none(1);
       return error_of(s.begin(s.carol).replenish(none));
     }},
    {"Transaction::rotate_signed_prekey", Error::entropy_failed, Fault::system, "without any",
     [](Scene& s) {
       testing::FailingEntropy none(1);
       return error_of(s.begin().rotate_signed_prekey(none, start));
     }},
    {"Transaction::import_prekey", Error::already_exists, Fault::caller, "of the same number",
     [](Scene& s) {
       auto tx = s.alice.begin();
       EXPECT_TRUE(tx.import_prekey(one_time(s, 90)) && std::move(tx).commit());
       return error_of(s.begin().import_prekey(one_time(s, 90)));
     }},
    {"Transaction::import_prekey", Error::already_exists, Fault::caller, "of a number used already",
     [](Scene& s) {
       const auto taken = s.alice.bundle(false)->keys.signed_prekey_id;
       const auto prekey = own_prekey(s, std::to_underlying(taken));
       return error_of(s.begin().import_prekey(prekey, start));
     }},
    {"Transaction::import_prekey", Error::weak_key, Fault::caller, "signed, and moved from",
     [](Scene& s) {
       auto prekey = own_prekey(s, 90);
       const auto moved = std::move(prekey.keys);
       return error_of(s.begin().import_prekey(prekey, start));
     }},
    {"Transaction::import_prekey", Error::invalid_argument, Fault::caller, "another signed",
     [](Scene& s) {
       const auto prekey = foreign_prekey(s);
       return error_of(s.begin().import_prekey(prekey, start));
     }},
    {"Transaction::import_prekey", Error::weak_key, Fault::caller, "that was moved from",
     [](Scene& s) {
       auto prekey = one_time(s, 90);
       const auto moved = std::move(prekey);
       return error_of(s.begin().import_prekey(prekey));
     }},
    {"Transaction::import_prekey", Error::exhausted, Fault::nobody, "when there are enough",
     [](Scene& s) {
       auto tx = s.alice.begin();
       std::uint32_t id = 100;
       while (tx.import_prekey(one_time(s, id))) ++id;
       EXPECT_GT(id, 110U);
       EXPECT_TRUE(std::move(tx).commit());
       return error_of(s.begin().import_prekey(one_time(s, id)));
     }},
};

constexpr ErrorRow app_rows[]{
    {"Transaction::put", Error::invalid_argument, Fault::caller, "under no key",
     [](Scene& s) { return error_of(s.begin().put({}, bytes_of("v"))); }},
    {"Transaction::put", Error::invalid_argument, Fault::caller, "under too long a key",
     [](Scene& s) { return error_of(s.begin().put(too_long_key(), bytes_of("v"))); }},
    {"Transaction::put", Error::invalid_argument, Fault::caller, "too long a value",
     [](Scene& s) { return error_of(s.begin().put(bytes_of("k"), too_long_value())); }},
    {"Transaction::put", Error::invalid_argument, Fault::caller, "another transaction's message",
     [](Scene& s) {
       const Unsent other = of_another_transaction(s);
       return error_of(s.begin().put(bytes_of("k"), other));
     }},
    {"Transaction::erase", Error::invalid_argument, Fault::caller, "no key",
     [](Scene& s) { return error_of(s.begin().erase({})); }},
    {"Transaction::size", Error::invalid_argument, Fault::caller, "of no key",
     [](Scene& s) { return error_of(s.begin().size({})); }},
    {"Transaction::size", Error::corrupted, Fault::store, "of an altered row",
     [](Scene& s) {
       alter(s.alice.rows, "A");
       return error_of(s.begin().size(bytes_of("k")));
     }},
    {"Transaction::size", Error::store_failed, Fault::store, "when the store cannot be read",
     [](Scene& s) {
       auto& tx = s.begin();
       s.alice.store.fail_at(1);
       return error_of(tx.size(bytes_of("k")));
     }},
    {"Transaction::get", Error::invalid_argument, Fault::caller, "no key",
     [](Scene& s) { return error_of(s.begin().get(s.out, {})); }},
    {"Transaction::get", Error::buffer_too_small, Fault::caller, "into too little",
     [](Scene& s) { return error_of(s.begin().get(std::span(s.out).first(4), bytes_of("k"))); }},
    {"Transaction::next", Error::invalid_argument, Fault::caller, "behind too long a key",
     [](Scene& s) { return error_of(s.begin().next(s.out, {}, too_long_key())); }},
    {"Transaction::next", Error::invalid_argument, Fault::caller, "with too long a prefix",
     [](Scene& s) { return error_of(s.begin().next(s.out, too_long_key(), {})); }},
    {"Transaction::next", Error::buffer_too_small, Fault::caller, "into no place",
     [](Scene& s) { return error_of(s.begin().next({}, {}, {})); }},
};

constexpr ErrorRow ending[]{
    {"Transaction::commit", Error::conflict, Fault::nobody, "what another wrote meanwhile",
     [](Scene& s) {
       auto twin_rows = *s.alice.rows.share();
       auto twin = *Device::open(twin_rows, storage_key());
       auto tx = s.alice.begin();
       EXPECT_TRUE(tx.put(bytes_of("k"), bytes_of("ours")));
       auto other = *twin.begin();
       EXPECT_TRUE(other.put(bytes_of("k"), bytes_of("theirs")) && std::move(other).commit());
       s.watch(s.alice.rows);
       return error_of(std::move(tx).commit());
     }},
    {"Transaction::commit", Error::rolled_back, Fault::store, "over a store that went back",
     commit_after_going_back},
    {"Transaction::commit", Error::outcome_unknown, Fault::store, "to a store that falls silent",
     [](Scene& s) {
       UnsureStore store(s.alice.rows);
       auto device = *Device::open(store, storage_key());
       auto tx = *device.begin();
       EXPECT_TRUE(tx.put(bytes_of("k"), bytes_of("later")));
       store.next_commit(false, 100);
       s.watch(s.alice.rows);
       return error_of(std::move(tx).commit());
     }},
    {"Transaction::commit", Error::store_failed, Fault::store, "when the store cannot write",
     [](Scene& s) {
       auto tx = s.alice.begin();
       EXPECT_TRUE(tx.put(bytes_of("k"), bytes_of("later")));
       s.watch(s.alice.rows);
       s.alice.store.fail_at(1);
       return error_of(std::move(tx).commit());
     }},
    {"Transaction::commit", Error::corrupted, Fault::store, "over a row that nobody committed",
     [](Scene& s) {
       auto tx = s.alice.begin();
       EXPECT_TRUE(tx.put(bytes_of("new"), bytes_of("later")));
       write_raw(s.alice.rows, RowName('A').add(bytes_of("new")).bytes(), bytes_of("foreign"));
       s.watch(s.alice.rows);
       return error_of(std::move(tx).commit());
     }},
    {"Transaction::commit", Error::unsupported_version, Fault::nobody, "over a later head row",
     [](Scene& s) {
       auto tx = s.alice.begin();
       EXPECT_TRUE(tx.put(bytes_of("k"), bytes_of("later")));
       alter(s.alice.rows, "H", Alter::format);
       s.watch(s.alice.rows);
       return error_of(std::move(tx).commit());
     }},
    {"Transaction::commit", Error::store_failed, Fault::store, "to a store without numbers left",
     [](Scene& s) {
       UnsureStore store(s.alice.rows);
       auto device = *Device::open(store, storage_key());
       auto tx = *device.begin();
       EXPECT_TRUE(tx.put(bytes_of("k"), bytes_of("later")));
       store.next_commit(false, 0, Error::exhausted);
       s.watch(s.alice.rows);
       return error_of(std::move(tx).commit());
     }},
    {"Transaction::commit", Error::store_failed, Fault::store,
     "to a store in the app's transaction",
     [](Scene& s) {
       UnsureStore store(s.alice.rows);
       auto device = *Device::open(store, storage_key());
       auto tx = *device.begin();
       EXPECT_TRUE(tx.put(bytes_of("k"), bytes_of("later")));
       store.next_commit(false, 0, Error::wrong_state);
       s.watch(s.alice.rows);
       return error_of(std::move(tx).commit());
     }},
    {"Transaction::commit", Error::consumed, Fault::caller, "twice",
     [](Scene& s) {
       auto tx = s.alice.begin();
       EXPECT_TRUE(std::move(tx).commit());
       s.watch(s.alice.rows);
       return error_of(std::move(tx).commit());  // NOLINT(bugprone-use-after-move)
     }},
    {"Transaction::offered_identity", Error::consumed, Fault::caller, "after the commit",
     [](Scene& s) {
       auto tx = s.alice.begin();
       EXPECT_TRUE(std::move(tx).commit());
       s.watch(s.alice.rows);
       return error_of(tx.offered_identity(s.bob.address()));  // NOLINT(bugprone-use-after-move)
     }},
    {"Transaction::put", Error::wrong_state, Fault::caller, "in a forked process",
     [](Scene& s) {
       auto& tx = s.begin();
       return in_a_forked_process([&] { return error_of(tx.put(bytes_of("k"), {})); });
     }},
};

constexpr ErrorRow releasing[]{
    {"Unsent::release", Error::invalid_argument, Fault::caller, "against another commit",
     [](Scene& s) {
       const auto r = Released::make(s);
       return error_of(r.message.release(Released::another(s), s.out));
     }},
    {"Unsent::release", Error::consumed, Fault::caller, "against a commit that was moved from",
     [](Scene& s) {
       auto r = Released::make(s);
       const auto moved = std::move(r.committed);
       return error_of(r.message.release(r.committed, s.out));
     }},
    {"Unsent::release", Error::buffer_too_small, Fault::caller, "into too little",
     [](Scene& s) {
       const auto r = Released::make(s);
       const auto room = std::span(s.out).first(r.message.size() - 1);
       return error_of(r.message.release(r.committed, room));
     }},
    {"PendingBytes::release", Error::invalid_argument, Fault::caller, "against another commit",
     [](Scene& s) {
       const auto r = Released::make(s);
       return error_of(r.snapshot.release(Released::another(s), s.out));
     }},
    {"PendingBytes::release", Error::consumed, Fault::caller, "against one that was moved from",
     [](Scene& s) {
       auto r = Released::make(s);
       const auto moved = std::move(r.committed);
       return error_of(r.snapshot.release(r.committed, s.out));
     }},
    {"PendingBytes::release", Error::buffer_too_small, Fault::caller, "into too little",
     [](Scene& s) {
       const auto r = Released::make(s);
       const auto room = std::span(s.out).first(r.snapshot.size() - 1);
       return error_of(r.snapshot.release(r.committed, room));
     }},
    {"PendingUpload::release", Error::invalid_argument, Fault::caller, "against another commit",
     [](Scene& s) {
       const auto r = Released::make(s);
       std::vector<Bundle::OneTime> room(r.upload.size());
       return error_of(r.upload.release(Released::another(s), room));
     }},
    {"PendingUpload::release", Error::consumed, Fault::caller, "against one that was moved from",
     [](Scene& s) {
       auto r = Released::make(s);
       const auto moved = std::move(r.committed);
       std::vector<Bundle::OneTime> room(r.upload.size());
       return error_of(r.upload.release(r.committed, room));
     }},
    {"PendingUpload::release", Error::buffer_too_small, Fault::caller, "into too little",
     [](Scene& s) {
       const auto r = Released::make(s);
       std::vector<Bundle::OneTime> room(r.upload.size() - 1);
       return error_of(r.upload.release(r.committed, room));
     }},
    {"Pending::release", Error::invalid_argument, Fault::caller, "against another commit",
     [](Scene& s) {
       const auto r = Released::make(s);
       return error_of(r.bundle.release(Released::another(s)));
     }},
};

TEST(ErrorTable, prekeys) {
  provoke(prekeys);
}

TEST(ErrorTable, rows_of_the_app) {
  provoke(app_rows);
}

TEST(ErrorTable, ending_a_transaction) {
  provoke(ending);
}

TEST(ErrorTable, releasing_what_it_sealed) {
  provoke(releasing);
}

}  // namespace
}  // namespace sotto::session
