// SPDX-License-Identifier: MIT OR Apache-2.0
/// How the functions of a device fail.
#include <memory>

#include "session/device_record.hpp"
#include "session/test_error_table.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

/// Create a device in `store`.
std::optional<Error> create_in(Store& store, const StorageKey& key, const DeviceLimits& with = {}) {
  testing::TapeEntropy tape(9);
  return error_of(Device::create(store, key, *IdentityKeyPair::generate(tape), DeviceId{1},
                                 RegistrationId{1}, with));
}

StorageKey zero_key() {
  return StorageKey(std::array<std::uint8_t, 32>{});
}

const std::string& long_name() {
  static const std::string name(256, 'n');
  return name;
}

DeviceLimits with_long_name() {
  DeviceLimits limits;
  limits.shared_identity_name = long_name();
  return limits;
}

/// Write the device's row anew as that of format `format`.
void write_device_row(MemoryStore& rows, std::uint8_t format) {
  const RowName name = device_row();
  const auto sealer = *device_row_sealer(storage_key());
  Passing<device_record_bytes> record;
  ASSERT_TRUE(sealer.open(record.bytes(), (**rows.get(name.bytes())).value, name.bytes()));
  record.bytes()[0] = format;
  std::vector<std::uint8_t> sealed(device_record_bytes + Sealer::overhead_bytes);
  sealer.seal(sealed, record.bytes(), name.bytes(), 1);
  write_raw(rows, name.bytes(), sealed);
}

/// A device whose store is found to have gone back.
template <class Act>
std::optional<Error> after_going_back(Scene& s, const Act& act) {
  auto old = *s.alice.rows.clone();
  EXPECT_TRUE(s.alice.write(s.bob, "later"));
  SwitchedStore store(s.alice.rows);
  auto device = *Device::open(store, storage_key());
  store.set(old);
  s.watch(s.alice.rows);
  EXPECT_EQ(error_of(device.begin()), Error::rolled_back);
  return act(device);
}

constexpr ErrorRow setting_up[]{
    {"Device::create", Error::already_exists, Fault::caller, "in a store with a device",
     [](Scene& s) {
       s.watch(s.alice.rows);
       return create_in(s.alice.rows, storage_key());
     }},
    {"Device::create", Error::invalid_argument, Fault::caller, "with a name that is too long",
     [](Scene& s) {
       auto empty = *MemoryStore::create();
       s.watch(empty);
       return create_in(empty, storage_key(), with_long_name());
     }},
    {"Device::create", Error::weak_key, Fault::caller, "under a key of zeros",
     [](Scene& s) {
       auto empty = *MemoryStore::create();
       s.watch(empty);
       return create_in(empty, zero_key());
     }},
    {"Device::create", Error::weak_key, Fault::caller, "with an identity that was moved from",
     [](Scene& s) {
       auto empty = *MemoryStore::create();
       s.watch(empty);
       auto identity = *IdentityKeyPair::generate(s.alice.tape);
       const auto taken = std::move(identity);
       return error_of(Device::create(empty, storage_key(), identity, DeviceId{1}, {}));
     }},
    {"Device::create", Error::consumed, Fault::caller, "in a store that was moved from",
     [](Scene& s) {
       auto empty = *MemoryStore::create();
       const auto moved = std::move(empty);
       s.watch(s.alice.rows);
       return create_in(empty, storage_key());
     }},
    {"Device::create", Error::wrong_state, Fault::caller, "in a forked process",
     [](Scene& s) {
       auto empty = *MemoryStore::create();
       s.watch(empty);
       return in_a_forked_process([&] { return create_in(empty, storage_key()); });
     }},
    {"Device::create", Error::store_failed, Fault::store, "in a store that cannot be read",
     [](Scene& s) {
       auto empty = *MemoryStore::create();
       FailingStore store(empty);
       s.watch(empty);
       store.fail_at(1);
       return create_in(store, storage_key());
     }},
    {"Device::create", Error::outcome_unknown, Fault::store, "in a store that falls silent",
     [](Scene& s) {
       auto empty = *MemoryStore::create();
       UnsureStore store(empty);
       s.watch(empty);
       store.next_commit(false, 100);
       return create_in(store, storage_key());
     }},
    {"Device::open", Error::rolled_back, Fault::store, "that has fewer commits than are known of",
     [](Scene& s) {
       s.watch(s.alice.rows);
       return error_of(Device::open(s.alice.rows, storage_key(), CommitNumber{1'000'000}));
     }},
    {"Device::open", Error::rolled_back, Fault::store, "that is empty though a commit is known of",
     [](Scene& s) {
       auto empty = *MemoryStore::create();
       s.watch(empty);
       return error_of(Device::open(empty, storage_key(), CommitNumber{1}));
     }},
    {"Device::open", Error::not_set_up, Fault::caller, "of an empty store",
     [](Scene& s) {
       auto empty = *MemoryStore::create();
       s.watch(empty);
       return error_of(Device::open(empty, storage_key()));
     }},
    {"Device::open", Error::corrupted, Fault::caller, "under another key",
     [](Scene& s) {
       s.watch(s.alice.rows);
       return error_of(Device::open(s.alice.rows, storage_key(0x43)));
     }},
    {"Device::open", Error::corrupted, Fault::store, "when a row was altered",
     [](Scene& s) {
       alter(s.alice.rows, "A");
       s.watch(s.alice.rows);
       return error_of(Device::open(s.alice.rows, storage_key()));
     }},
    {"Device::open", Error::corrupted, Fault::store, "when the device's row is missing",
     [](Scene& s) {
       write_raw(s.alice.rows, device_row().bytes(), std::nullopt);
       s.watch(s.alice.rows);
       return error_of(Device::open(s.alice.rows, storage_key()));
     }},
    {"Device::open", Error::weak_key, Fault::caller, "under a key of zeros",
     [](Scene& s) {
       s.watch(s.alice.rows);
       return error_of(Device::open(s.alice.rows, zero_key()));
     }},
    {"Device::open", Error::invalid_argument, Fault::caller, "with a name that is too long",
     [](Scene& s) {
       s.watch(s.alice.rows);
       return error_of(Device::open(s.alice.rows, storage_key(), {}, with_long_name()));
     }},
    {"Device::open", Error::consumed, Fault::caller, "of a store that was moved from",
     [](Scene& s) {
       auto handle = *s.alice.rows.share();
       const auto moved = std::move(handle);
       s.watch(s.alice.rows);
       return error_of(Device::open(handle, storage_key()));
     }},
    {"Device::open", Error::wrong_state, Fault::caller, "in a forked process",
     [](Scene& s) {
       s.watch(s.alice.rows);
       return in_a_forked_process(
           [&] { return error_of(Device::open(s.alice.rows, storage_key())); });
     }},
    {"Device::open", Error::outcome_unknown, Fault::store, "of a store that is not sure",
     [](Scene& s) {
       s.watch(s.alice.rows);
       s.alice.store.fail_at(1, Error::outcome_unknown);
       return error_of(Device::open(s.alice.store, storage_key()));
     }},
    {"Device::open", Error::old_format, Fault::nobody, "of an earlier version's store",
     [](Scene& s) {
       write_device_row(s.alice.rows, 2);
       s.watch(s.alice.rows);
       return error_of(Device::open(s.alice.rows, storage_key()));
     }},
    {"Device::open", Error::unsupported_version, Fault::nobody, "of a later version's store",
     [](Scene& s) {
       write_device_row(s.alice.rows, 99);
       s.watch(s.alice.rows);
       return error_of(Device::open(s.alice.rows, storage_key()));
     }},
    {"Device::open", Error::conflict, Fault::nobody, "while another commits all the time",
     [](Scene& s) {
       auto twin_rows = *s.alice.rows.share();
       auto twin = *Device::open(twin_rows, storage_key());
       std::size_t turns = 0;
       DisturbedStore store(s.alice.rows, [&] {
         auto tx = *twin.begin();
         const std::string text = std::to_string(++turns);
         EXPECT_TRUE(tx.put(bytes_of("turn"), bytes_of(text)) && std::move(tx).commit());
         s.watch(s.alice.rows);
       });
       return error_of(Device::open(store, storage_key()));
     }},
    {"Device::open", Error::store_failed, Fault::store, "of a store that cannot be read",
     [](Scene& s) {
       s.watch(s.alice.rows);
       s.alice.store.fail_at(1);
       return error_of(Device::open(s.alice.store, storage_key()));
     }},
};

constexpr ErrorRow in_use[]{
    {"Device::begin", Error::wrong_state, Fault::caller, "while a transaction is open",
     [](Scene& s) {
       s.begin();
       return error_of(s.alice.device.begin());
     }},
    {"Device::begin", Error::wrong_state, Fault::caller, "in a forked process",
     [](Scene& s) {
       s.watch(s.alice.rows);
       return in_a_forked_process([&] { return error_of(s.alice.device.begin()); });
     }},
    {"Device::begin", Error::consumed, Fault::caller, "of a device that was moved from",
     [](Scene& s) {
       const Device moved = std::move(s.alice.device);
       s.watch(s.alice.rows);
       return error_of(s.alice.device.begin());
     }},
    {"Device::begin", Error::consumed, Fault::caller, "when the store has been destroyed",
     [](Scene& s) {
       auto rows = std::make_unique<MemoryStore>(*s.alice.rows.share());
       auto device = *Device::open(*rows, storage_key());
       rows.reset();
       s.watch(s.alice.rows);
       return error_of(device.begin());
     }},
    {"Device::begin", Error::rolled_back, Fault::store, "when the store went back",
     [](Scene& s) { return after_going_back(s, [](Device& d) { return error_of(d.begin()); }); }},
    {"Device::begin", Error::outcome_unknown, Fault::store, "when the store is still silent",
     [](Scene& s) {
       UnsureStore store(s.alice.rows);
       auto device = *Device::open(store, storage_key());
       auto tx = *device.begin();
       EXPECT_TRUE(tx.put(bytes_of("k"), bytes_of("later")));
       store.next_commit(false, 100);
       EXPECT_EQ(error_of(std::move(tx).commit()), Error::outcome_unknown);
       s.watch(s.alice.rows);
       return error_of(device.begin());
     }},
    {"Device::begin", Error::store_failed, Fault::store, "when the store cannot be read",
     [](Scene& s) {
       s.watch(s.alice.rows);
       s.alice.store.fail_at(1);
       return error_of(s.alice.device.begin());
     }},
    {"Device::begin", Error::corrupted, Fault::store, "when the head row was altered",
     [](Scene& s) {
       alter(s.alice.rows, "H");
       s.watch(s.alice.rows);
       return error_of(s.alice.device.begin());
     }},
    {"Device::begin", Error::unsupported_version, Fault::nobody, "over a later version's head row",
     [](Scene& s) {
       alter(s.alice.rows, "H", Alter::format);
       s.watch(s.alice.rows);
       return error_of(s.alice.device.begin());
     }},
    {"Device::connect", Error::own_identity, Fault::peer, "with our own bundle",
     [](Scene& s) {
       const auto bundle = *verify(s.alice.bundle()->keys);
       s.watch(s.alice.rows);
       return error_of(
           s.alice.device.connect(s.bob.address(), RegistrationId{1}, bundle, s.alice.tape, start));
     }},
    {"Device::encrypt", Error::buffer_too_small, Fault::caller, "into a byte too few",
     [](Scene& s) {
       s.watch(s.alice.rows);
       const auto room = std::span(s.out).first(40);
       return error_of(s.alice.device.encrypt(room, s.bob.address(), bytes_of("text"), start));
     }},
    {"Device::encrypt", Error::buffers_overlap, Fault::caller, "onto its plaintext",
     [](Scene& s) {
       s.watch(s.alice.rows);
       return error_of(
           s.alice.device.encrypt(s.out, s.bob.address(), Bytes(s.out).first(9), start));
     }},
    {"Device::encrypt", Error::store_failed, Fault::store, "when the commit fails",
     [](Scene& s) {
       s.watch(s.alice.rows);
       const std::size_t before = s.alice.store.calls();
       auto copy = *s.alice.rows.clone();
       FailingStore counting(copy);
       auto twin = *Device::open(counting, storage_key(), {}, Scene::limits());
       const std::size_t opened = counting.calls();
       EXPECT_TRUE(twin.encrypt(s.out, s.bob.address(), bytes_of("text"), start));
       s.out.fill(0xa5);
       s.alice.store.fail_at(counting.calls() - opened);  // The last call: the commit.
       EXPECT_EQ(s.alice.store.calls(), before);
       return error_of(s.alice.device.encrypt(s.out, s.bob.address(), bytes_of("text"), start));
     }},
    {"Device::decrypt", Error::store_failed, Fault::store, "when the commit fails",
     [](Scene& s) {
       const Letter letter = *s.bob.write(s.alice, "text");
       auto copy = *s.alice.rows.clone();
       FailingStore counting(copy);
       auto twin = *Device::open(counting, storage_key(), {}, Scene::limits());
       const std::size_t opened = counting.calls();
       EXPECT_TRUE(
           twin.decrypt(s.out, s.bob.address(), letter.kind, letter.bytes, s.alice.tape, start));
       s.watch(s.alice.rows);
       s.alice.store.fail_at(counting.calls() - opened);
       return error_of(s.alice.device.decrypt(s.out, s.bob.address(), letter.kind, letter.bytes,
                                              s.alice.tape, start));
     }},
    {"Device::offered_identity", Error::wrong_state, Fault::caller, "while a transaction is open",
     [](Scene& s) {
       s.begin();
       return error_of(s.alice.device.offered_identity(s.bob.address()));
     }},
    {"Device::offered_identity", Error::consumed, Fault::caller, "after a move",
     [](Scene& s) {
       const Device moved = std::move(s.alice.device);
       s.watch(s.alice.rows);
       return error_of(s.alice.device.offered_identity(s.bob.address()));
     }},
    {"Device::offered_identity", Error::invalid_argument, Fault::caller, "of nobody",
     [](Scene& s) {
       s.watch(s.alice.rows);
       return error_of(s.alice.device.offered_identity({"", DeviceId{1}}));
     }},
    {"Device::offered_identity", Error::rolled_back, Fault::store, "when the store went back",
     [](Scene& s) {
       return after_going_back(
           s, [&](Device& d) { return error_of(d.offered_identity(s.bob.address())); });
     }},
    {"Device::purge", Error::rolled_back, Fault::store, "when the store went back",
     [](Scene& s) { return after_going_back(s, [](Device& d) { return error_of(d.purge()); }); }},
    {"Device::rotate_storage_key", Error::conflict, Fault::nobody, "that another replaced",
     [](Scene& s) {
       auto rows = *s.alice.rows.share();
       auto other = *Device::open(rows, storage_key());
       EXPECT_TRUE(other.rotate_storage_key(storage_key(0x43)));
       s.watch(s.alice.rows);
       return error_of(s.alice.device.rotate_storage_key(storage_key(0x44)));
     }},
    {"Device::rotate_storage_key", Error::weak_key, Fault::caller, "to a key of zeros",
     [](Scene& s) {
       s.watch(s.alice.rows);
       return error_of(s.alice.device.rotate_storage_key(zero_key()));
     }},
    {"Device::purge_if_due", Error::wrong_state, Fault::caller, "while a transaction is open",
     [](Scene& s) {
       s.begin();
       s.alice.device.owe_purge();
       return error_of(s.alice.device.purge_if_due());
     }},
    {"Device::purge", Error::wrong_state, Fault::caller, "while a transaction is open",
     [](Scene& s) {
       s.begin();
       return error_of(s.alice.device.purge());
     }},
    {"Device::purge", Error::consumed, Fault::caller, "after a move",
     [](Scene& s) {
       const Device moved = std::move(s.alice.device);
       s.watch(s.alice.rows);
       return error_of(s.alice.device.purge());
     }},
};

TEST(ErrorTable, setting_up_a_device) {
  provoke(setting_up);
}

TEST(ErrorTable, using_a_device) {
  provoke(in_use);
}

}  // namespace
}  // namespace sotto::session
