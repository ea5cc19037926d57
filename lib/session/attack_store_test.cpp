// SPDX-License-Identifier: MIT OR Apache-2.0
/// Attacks on what is stored: failures at the worst moment, rows that were tampered with, two at a
/// time.
#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "session/test_devices.hpp"

namespace sotto::session {
namespace {

using testing::error_of;
using testing::unhex;

bool zero(Bytes bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

/// The calls of the store that `act` makes.
template <class Act>
std::size_t calls_of(Party& party, Act&& act) {
  const std::size_t before = party.store.calls();
  act();
  return party.store.calls() - before;
}

TEST(Attack, attack_S07_release_before_store_of_a_sealed_message) {
  Pair pair;
  const std::size_t calls = calls_of(pair.alice, [&] {
    ASSERT_TRUE(pair.bob.read(pair.alice, *pair.alice.write(pair.bob, "1")));
  });
  for (std::size_t n = 1; n <= calls; ++n) {
    const auto before = contents(pair.alice.rows);
    std::vector<std::uint8_t> out(max_message_size(4));
    pair.alice.store.fail_at(n);
    EXPECT_EQ(error_of(pair.alice.device.encrypt(out, pair.bob.address(), bytes_of("text"), start)),
              Error::store_failed);
    EXPECT_TRUE(zero(out));  // Nothing leaves.
    EXPECT_EQ(contents(pair.alice.rows), before);
    EXPECT_EQ(pair.bob.read(pair.alice, *pair.alice.write(pair.bob, "text")), "text");
  }
}

TEST(Attack, attack_S07_release_before_store_of_an_opened_message) {
  Pair pair;
  const auto first = *pair.bob.write(pair.alice, "first");
  const std::size_t calls =
      calls_of(pair.alice, [&] { ASSERT_TRUE(pair.alice.read(pair.bob, first)); });
  for (std::size_t n = 1; n <= calls; ++n) {
    const auto letter = *pair.bob.write(pair.alice, "text");
    const auto before = contents(pair.alice.rows);
    pair.alice.store.fail_at(n);
    EXPECT_EQ(error_of(pair.alice.read(pair.bob, letter)), Error::store_failed);
    EXPECT_EQ(contents(pair.alice.rows), before);
    EXPECT_EQ(pair.alice.read(pair.bob, letter), "text");  // Nothing is lost.
    EXPECT_EQ(error_of(pair.alice.read(pair.bob, letter)), Error::replayed);
  }
}

TEST(Attack, attack_S10_concurrent_open_of_one_message) {
  Pair pair;
  auto rows = *pair.bob.rows.share();
  auto twin = *Device::open(rows, storage_key());
  for (const bool first_wins : {true, false}) {
    const auto letter = *pair.alice.write(pair.bob, "once");
    std::vector<std::uint8_t> a(letter.bytes.size()), b(letter.bytes.size());
    testing::TapeEntropy tape(9);
    auto one = pair.bob.begin();
    auto two = *twin.begin();
    ASSERT_TRUE(one.decrypt(a, pair.alice.address(), letter.kind, letter.bytes, tape, start));
    ASSERT_TRUE(two.decrypt(b, pair.alice.address(), letter.kind, letter.bytes, tape, start));
    ASSERT_TRUE(std::move(first_wins ? one : two).commit());
    EXPECT_EQ(error_of(std::move(first_wins ? two : one).commit()), Error::conflict);
    EXPECT_EQ(error_of(pair.bob.read(pair.alice, letter)), Error::replayed);
    EXPECT_EQ(
        error_of(twin.decrypt(a, pair.alice.address(), letter.kind, letter.bytes, tape, start)),
        Error::replayed);
  }
}

TEST(Attack, attack_S10_concurrent_open_by_threads_succeeds_once) {
  Pair pair;
  for (int round = 0; round < 50; ++round) {
    const auto letter = *pair.alice.write(pair.bob, "once");
    std::vector<Result<std::string>> results(2, std::unexpected(Error::malformed));
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 2; ++t)
      threads.emplace_back([&, t] {
        auto rows = *pair.bob.rows.share();
        auto device = *Device::open(rows, storage_key());
        testing::TapeEntropy tape(t);
        std::vector<std::uint8_t> out(letter.bytes.size());
        const auto opened =
            device.decrypt(out, {"alice", DeviceId{1}}, letter.kind, letter.bytes, tape, start);
        if (opened)
          results[t] = std::string(opened->plaintext.begin(), opened->plaintext.end());
        else
          results[t] = std::unexpected(opened.error());
      });
    for (auto& thread : threads) thread.join();
    ASSERT_NE(results[0].has_value(), results[1].has_value());
    const Error refused = results[results[0] ? 1 : 0].error();
    ASSERT_TRUE(refused == Error::conflict || refused == Error::replayed) << name(refused);
  }
}

/// A device with one row of each kind, and what becomes of it when a row is changed.
struct Vault {
  Pair pair;
  std::vector<Letter> late;
  Letter next{};

  Vault() {
    EXPECT_TRUE(pair.alice.make_prekeys());
    Party carol("carol", 3);
    EXPECT_TRUE(carol.connect(pair.alice, false));
    EXPECT_TRUE(pair.alice.read(carol, *carol.write(pair.alice, "hello")));
    for (int i = 0; i < 3; ++i) late.push_back(*pair.bob.write(pair.alice, "late"));
    EXPECT_TRUE(pair.alice.read(pair.bob, *pair.bob.write(pair.alice, "skips")));
    next = *pair.bob.write(pair.alice, "next");
    auto tx = pair.alice.begin();
    EXPECT_TRUE(tx.put(bytes_of("key"), bytes_of("value")));
    EXPECT_TRUE(std::move(tx).commit());
  }

  /// Reads everything once: the device, the peer, a bundle, all prekeys, the app's row.
  static std::optional<Error> read_all(Store& store) {
    auto device = Device::open(store, storage_key());
    if (!device) return device.error();
    auto tx = *device->begin();
    testing::FailingEntropy none;
    std::vector<std::uint8_t> out(100);
    for (const char* peer : {"bob", "carol"})
      if (const auto known = tx.info({peer, DeviceId{1}}, start); !known) return known.error();
    if (const auto bundle = tx.last_resort_bundle(); !bundle) return bundle.error();
    if (const auto all = tx.prekeys_to_upload({}, none, start); !all) return all.error();
    return error_of(tx.get(out, bytes_of("key")));
  }
};

void set(MemoryStore& store, Bytes key, Bytes value) {
  const Revision at = (**store.get(key)).revision;
  const Change change{Change::Kind::put, key, at, value};
  ASSERT_TRUE(store.commit({&change, 1}));
}

TEST(Attack, attack_S11_state_blob_hostile_rows_altered_or_cut) {
  Vault vault;
  ASSERT_EQ(Vault::read_all(vault.pair.alice.rows), std::nullopt);
  std::string letters;
  for (const auto& [key, value] : contents(vault.pair.alice.rows)) {
    const auto name = unhex(key), good = unhex(value);
    // Those are read only by who looks for exactly them.
    if (name[0] == 'U' || name[0] == 'V' || name[0] == 'I' || name[0] == 'N') continue;
    // Of a hundred alike, two will do.
    if (letters.ends_with(std::string(2, static_cast<char>(name[0])))) continue;
    letters += static_cast<char>(name[0]);
    auto copy = *vault.pair.alice.rows.clone();
    const auto read = [&](const std::vector<std::uint8_t>& wrong) {
      set(copy, name, wrong);
      return Vault::read_all(copy);
    };
    for (std::size_t at = 0; at < good.size(); ++at) {
      auto wrong = good;
      wrong[at] ^= 0x80;
      ASSERT_EQ(read(wrong), at == 0 ? Error::unsupported_version : Error::corrupted) << key;
    }
    for (std::size_t size = 0; size < good.size(); ++size)
      ASSERT_EQ(read({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)}),
                Error::corrupted)
          << key << ' ' << size;
    auto longer = good;
    longer.push_back(0);
    ASSERT_EQ(read(longer), Error::corrupted) << key;
    ASSERT_EQ(read(good), std::nullopt) << key;
  }
  for (const char letter : {'A', 'D', 'G', 'H', 'K', 'O', 'P', 'Q', 'S'})
    EXPECT_NE(letters.find(letter), std::string::npos) << letter;
}

TEST(Attack, attack_S11_state_blob_hostile_rows_change_places) {
  Vault vault;
  const auto rows = contents(vault.pair.alice.rows);
  for (const auto& [key, value] : rows) {
    const auto name = unhex(key);
    if (name[0] != 'P' && name[0] != 'S') continue;
    for (const auto& [other, others] : rows) {
      if (other == key || other.substr(0, 2) != key.substr(0, 2)) continue;
      auto copy = *vault.pair.alice.rows.clone();
      set(copy, name, unhex(others));
      EXPECT_EQ(Vault::read_all(copy), Error::corrupted) << key << " has the value of " << other;
    }
  }
}

TEST(Attack, attack_S11_state_blob_hostile_rows_that_are_missing) {
  Vault vault;
  for (const auto& [key, value] : contents(vault.pair.alice.rows)) {
    const auto name = unhex(key);
    auto copy = *vault.pair.alice.rows.clone();
    const Change change{Change::Kind::erase, name, (**copy.get(name)).revision, {}};
    ASSERT_TRUE(copy.commit({&change, 1}));
    EXPECT_EQ(Vault::read_all(copy), Error::corrupted) << key;
  }
}

TEST(Attack, attack_S12_prekey_delete_fails_after_the_message_opened) {
  Party alice("alice", 1), bob("bob", 2), carol("carol", 3);
  ASSERT_TRUE(bob.make_prekeys());
  const auto bundle = *bob.bundle();
  const auto verified = *verify(bundle.keys);
  for (Party* caller : {&alice, &carol})  // A server that gives one prekey to two.
    ASSERT_TRUE(
        caller->device.connect(bob.address(), bundle.registration, verified, caller->tape, start));
  const auto letter = *alice.write(bob, "hello");
  const auto before = contents(bob.rows);
  // The last call is the commit that erases the prekey.
  std::size_t calls = 0;
  {
    auto copy = *bob.rows.clone();
    FailingStore counted(copy);
    auto device = *Device::open(counted, storage_key());
    const std::size_t opened = counted.calls();
    testing::TapeEntropy tape(9);
    std::vector<std::uint8_t> out(letter.bytes.size());
    ASSERT_TRUE(device.decrypt(out, alice.address(), letter.kind, letter.bytes, tape, start));
    calls = counted.calls() - opened;
  }
  bob.restart();
  bob.store.fail_at(calls);
  std::vector<std::uint8_t> out(letter.bytes.size(), 0xee);
  EXPECT_EQ(error_of(bob.device.decrypt(out, alice.address(), letter.kind, letter.bytes, bob.tape,
                                        start)),
            Error::store_failed);
  EXPECT_EQ(std::string(out.begin(), out.end()).find("hello"), std::string::npos);
  EXPECT_EQ(contents(bob.rows), before);
  EXPECT_EQ(bob.read(alice, letter), "hello");
  EXPECT_EQ(error_of(bob.read(carol, *carol.write(bob, "hello"))), Error::unknown_prekey);
}

TEST(Attack, attack_S29_erased_store_comes_back) {
  // Somebody kept a copy of the store. The device was erased and set up anew, and its commits count
  // from 1: by its number alone the copy is newer than what the app knows of.
  Pair pair;
  auto copy = *pair.alice.rows.clone();
  const CommitNumber reached = *pair.alice.device.last_commit();
  ASSERT_TRUE(Device::erase(pair.alice.rows));
  auto anew =
      *Device::create(pair.alice.rows, storage_key(0x77),
                      *IdentityKeyPair::generate(pair.alice.tape), DeviceId{1}, RegistrationId{7});
  const CommitNumber known = *anew.last_commit();
  ASSERT_LT(known, reached);
  EXPECT_EQ(error_of(Device::open(copy, storage_key(0x77), known)), Error::corrupted);
  // Under the key of before it opens: that key is to be destroyed.
  EXPECT_TRUE(Device::open(copy, storage_key(), known));
}

}  // namespace
}  // namespace sotto::session
