// SPDX-License-Identifier: MIT OR Apache-2.0
/// How devices, transactions and stores in memory fail without memory, at every allocation that
/// they make: rows as in lib/session/test_error_table.hpp.
#include <optional>
#include <string>

#include "alloc/heap.hpp"
#include "session/test_error_table.hpp"

namespace sotto::session {
namespace {

using testing::error_of;
using testing::HeapWatch;

struct MemoryRow {
  const char* function;
  Error error;
  Fault fault;
  const char* situation;
  /// As in `ErrorRow`; allocation `fail_at` of the last call fails, and all after it.
  std::optional<Error> (*act)(Scene&, std::size_t fail_at);
};

void provoke(std::span<const MemoryRow> rows) {
  for (const MemoryRow& row : rows) {
    std::size_t failed = 0;
    for (;; ++failed) {
      const std::string where =
          std::string(row.function) + ", " + row.situation + " " + std::to_string(failed);
      ASSERT_LT(failed, 2000U) << where << ": never succeeds";
      Scene scene;
      const auto error = row.act(scene, failed);
      if (!error) break;
      EXPECT_EQ(error, row.error) << where;
      EXPECT_TRUE(testing::may_blame(row.error, row.fault)) << where;
      scene.expect_unchanged(where);
    }
    EXPECT_GT(failed, 0U) << row.function << ", " << row.situation << ": allocates nothing";
  }
}

constexpr MemoryRow devices[]{
    {"Device::create", Error::out_of_memory, Fault::system, "at allocation",
     [](Scene& s, std::size_t fail_at) {
       auto rows = *MemoryStore::create();
       s.watch(rows);
       const auto key = storage_key();
       const auto identity = *IdentityKeyPair::generate(s.alice.tape);
       const HeapWatch watch(fail_at);
       return error_of(Device::create(rows, key, identity, DeviceId{1}, RegistrationId{1}));
     }},
    {"Device::open", Error::out_of_memory, Fault::system, "at allocation",
     [](Scene& s, std::size_t fail_at) {
       s.watch(s.alice.rows);
       const auto key = storage_key();
       const HeapWatch watch(fail_at);
       return error_of(Device::open(s.alice.rows, key));
     }},
    {"Device::erase", Error::out_of_memory, Fault::system, "at allocation",
     [](Scene& s, std::size_t fail_at) {
       s.watch(s.alice.rows);
       const HeapWatch watch(fail_at);
       return error_of(Device::erase(s.alice.rows));
     }},
    {"Device::begin", Error::out_of_memory, Fault::system, "at allocation",
     [](Scene& s, std::size_t fail_at) {
       s.watch(s.alice.rows);
       const HeapWatch watch(fail_at);
       return error_of(s.alice.device.begin());
     }},
    {"Device::encrypt", Error::out_of_memory, Fault::system, "at allocation",
     [](Scene& s, std::size_t fail_at) {
       s.watch(s.alice.rows);
       const Address bob = s.bob.address();
       const HeapWatch watch(fail_at);
       return error_of(s.alice.device.encrypt(s.out, bob, bytes_of("text"), start));
     }},
    {"Device::decrypt", Error::out_of_memory, Fault::system, "at allocation",
     [](Scene& s, std::size_t fail_at) {
       const Letter letter = *s.bob.write(s.alice, "text");
       const Address bob = s.bob.address();
       s.watch(s.alice.rows);
       const HeapWatch watch(fail_at);
       return error_of(
           s.alice.device.decrypt(s.out, bob, letter.kind, letter.bytes, s.alice.tape, start));
     }},
    {"Device::rotate_storage_key", Error::out_of_memory, Fault::system, "at allocation",
     [](Scene& s, std::size_t fail_at) {
       s.watch(s.alice.rows);
       const auto key = storage_key(9);
       const HeapWatch watch(fail_at);
       return error_of(s.alice.device.rotate_storage_key(key));
     }},
};

constexpr MemoryRow transactions[]{
    {"Transaction::connect", Error::out_of_memory, Fault::system, "at allocation",
     [](Scene& s, std::size_t fail_at) {
       const auto bundle = *verify(s.bob.bundle()->keys);
       const Address bob = s.bob.address();
       auto& tx = s.begin();
       const HeapWatch watch(fail_at);
       return error_of(tx.connect(bob, RegistrationId{1}, bundle, s.alice.tape, start));
     }},
    {"Transaction::encrypt", Error::out_of_memory, Fault::system, "at allocation",
     [](Scene& s, std::size_t fail_at) {
       const Address bob = s.bob.address();
       auto& tx = s.begin();
       const HeapWatch watch(fail_at);
       return error_of(tx.encrypt(bob, bytes_of("text"), start));
     }},
    {"Transaction::decrypt", Error::out_of_memory, Fault::system, "of a first message, at",
     [](Scene& s, std::size_t fail_at) {
       EXPECT_TRUE(s.carol.connect(s.alice));
       const Letter letter = *s.carol.write(s.alice, "hello");
       const Address carol = s.carol.address();
       auto& tx = s.begin();
       const HeapWatch watch(fail_at);
       return error_of(tx.decrypt(s.out, carol, letter.kind, letter.bytes, s.alice.tape, start));
     }},
    {"Transaction::next_peer", Error::out_of_memory, Fault::system, "at allocation",
     [](Scene& s, std::size_t fail_at) {
       std::array<char, 255> name;
       auto& tx = s.begin();
       const HeapWatch watch(fail_at);
       return error_of(tx.next_peer(name, std::nullopt));
     }},
    {"Transaction::rename_account", Error::out_of_memory, Fault::system, "at allocation",
     [](Scene& s, std::size_t fail_at) {
       auto& tx = s.begin();
       const HeapWatch watch(fail_at);
       return error_of(tx.rename_account("bob", "robert"));
     }},
    {"Transaction::prekeys_to_upload", Error::out_of_memory, Fault::system, "at allocation",
     [](Scene& s, std::size_t fail_at) {
       auto& tx = s.begin(s.carol);
       const HeapWatch watch(fail_at);
       return error_of(tx.prekeys_to_upload({}, s.carol.tape, start));
     }},
    {"Transaction::put", Error::out_of_memory, Fault::system, "at allocation",
     [](Scene& s, std::size_t fail_at) {
       auto& tx = s.begin();
       const HeapWatch watch(fail_at);
       return error_of(tx.put(bytes_of("key"), bytes_of("value")));
     }},
    {"Transaction::commit", Error::out_of_memory, Fault::system, "at allocation",
     [](Scene& s, std::size_t fail_at) {
       auto tx = s.alice.begin();
       EXPECT_TRUE(tx.put(bytes_of("key"), bytes_of("value")));
       EXPECT_TRUE(tx.encrypt(s.bob.address(), bytes_of("text"), start));
       s.watch(s.alice.rows);
       const HeapWatch watch(fail_at);
       return error_of(std::move(tx).commit());
     }},
    {"save_peer", Error::out_of_memory, Fault::system, "at allocation",
     [](Scene& s, std::size_t fail_at) {
       const auto key = Scene::snapshot_key();
       const Address bob = s.bob.address();
       auto& tx = s.begin();
       const HeapWatch watch(fail_at);
       return error_of(save_peer(tx, bob, key));
     }},
    {"restore_prekeys", Error::out_of_memory, Fault::system, "at allocation",
     [](Scene& s, std::size_t fail_at) {
       const auto key = Scene::snapshot_key();
       auto& tx = s.begin();
       const HeapWatch watch(fail_at);
       return error_of(restore_prekeys(tx, s.prekey_snapshot, key));
     }},
};

constexpr MemoryRow stores[]{
    {"MemoryStore::create", Error::out_of_memory, Fault::system, "at allocation",
     [](Scene& s, std::size_t fail_at) {
       s.watch(s.alice.rows);
       const HeapWatch watch(fail_at);
       return error_of(MemoryStore::create());
     }},
    {"MemoryStore::share", Error::out_of_memory, Fault::system, "at allocation",
     [](Scene& s, std::size_t fail_at) {
       s.watch(s.alice.rows);
       const HeapWatch watch(fail_at);
       return error_of(s.alice.rows.share());
     }},
    {"MemoryStore::clone", Error::out_of_memory, Fault::system, "at allocation",
     [](Scene& s, std::size_t fail_at) {
       s.watch(s.alice.rows);
       const HeapWatch watch(fail_at);
       return error_of(s.alice.rows.clone());
     }},
    {"MemoryStore::get", Error::out_of_memory, Fault::system, "at allocation",
     [](Scene& s, std::size_t fail_at) {
       s.watch(s.alice.rows);
       auto fresh = *s.alice.rows.share();
       const HeapWatch watch(fail_at);
       return error_of(fresh.get(device_row().bytes()));
     }},
    {"MemoryStore::commit", Error::out_of_memory, Fault::system, "at allocation",
     [](Scene& s, std::size_t fail_at) {
       s.watch(s.alice.rows);
       const Change change{Change::Kind::put, bytes_of("new"), {}, bytes_of("value")};
       const HeapWatch watch(fail_at);
       return error_of(s.alice.rows.commit({&change, 1}));
     }},
};

TEST(ErrorTable, devices_without_memory) {
  provoke(devices);
}

TEST(ErrorTable, transactions_without_memory) {
  provoke(transactions);
}

TEST(ErrorTable, stores_without_memory) {
  provoke(stores);
}

}  // namespace
}  // namespace sotto::session
