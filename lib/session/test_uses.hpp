// SPDX-License-Identifier: MIT OR Apache-2.0
/// All that can be asked of a device and of a transaction, for tests that ask at the wrong time.
/// tools/check_errors.py compares the names with the headers, so that no function is forgotten.
#pragma once

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/snapshot.hpp>

#include "session/test_devices.hpp"

namespace sotto::session {

/// What a function answered.
struct Answer {
  const char* function;
  std::optional<Error> error;
};

/// Every operation of a transaction.
inline std::vector<Answer> all_of(Transaction& tx, Pair& pair) {
  const Address bob = pair.bob.address();
  const SnapshotKey key(std::array<std::uint8_t, 32>{7});
  std::array<std::uint8_t, 500> out;
  std::array<char, Address::max_name_bytes> name;
  auto& tape = pair.alice.tape;
  const auto identity = *IdentityKeyPair::generate(pair.bob.tape);
  const auto one_time = *OneTimePrekey::generate(OneTimePrekeyId{90}, pair.bob.tape);
  const auto signed_prekey = *SignedPrekey::generate(SignedPrekeyId{91}, identity, pair.bob.tape);
  const auto bundle = *verify(publish(identity.public_key(), signed_prekey, nullptr));
  return {
      {"Transaction::connect",
       testing::error_of(tx.connect(bob, RegistrationId{1}, bundle, tape, start))},
      {"Transaction::encrypt", testing::error_of(tx.encrypt(bob, bytes_of("x"), start))},
      {"Transaction::decrypt",
       testing::error_of(tx.decrypt(out, bob, MessageKind::signal, bytes_of("x"), tape, start))},
      {"Transaction::identity", testing::error_of(tx.identity(bob))},
      {"Transaction::accept_identity",
       testing::error_of(tx.accept_identity(bob, identity.public_key()))},
      {"Transaction::info", testing::error_of(tx.info(bob, start))},
      {"Transaction::erase_sessions", testing::error_of(tx.erase_sessions(bob))},
      {"Transaction::offered_identity", testing::error_of(tx.offered_identity(bob))},
      {"Transaction::owner_of", testing::error_of(tx.owner_of({}, identity.public_key()))},
      {"Transaction::next_device", testing::error_of(tx.next_device("bob", {}))},
      {"Transaction::next_peer", testing::error_of(tx.next_peer(name, {}))},
      {"Transaction::forget", testing::error_of(tx.forget(bob))},
      {"Transaction::forget_account", testing::error_of(tx.forget_account("bob"))},
      {"Transaction::rename_account", testing::error_of(tx.rename_account("bob", "rob"))},
      {"Transaction::replenish", testing::error_of(tx.replenish(tape))},
      {"Transaction::rotate_signed_prekey",
       testing::error_of(tx.rotate_signed_prekey(tape, start))},
      {"Transaction::import_prekey", testing::error_of(tx.import_prekey(one_time))},
      {"Transaction::import_prekey", testing::error_of(tx.import_prekey(signed_prekey, start))},
      {"Transaction::prekey_status", testing::error_of(tx.prekey_status(start))},
      {"Transaction::bundle", testing::error_of(tx.bundle())},
      {"Transaction::last_resort_bundle", testing::error_of(tx.last_resort_bundle())},
      {"Transaction::prekeys_to_upload", testing::error_of(tx.prekeys_to_upload({}, tape, start))},
      {"Transaction::prekeys_uploaded", testing::error_of(tx.prekeys_uploaded(UploadId{1}, start))},
      {"Transaction::put", testing::error_of(tx.put(bytes_of("k"), bytes_of("v")))},
      {"Transaction::erase", testing::error_of(tx.erase(bytes_of("k")))},
      {"Transaction::size", testing::error_of(tx.size(bytes_of("k")))},
      {"Transaction::get", testing::error_of(tx.get(out, bytes_of("k")))},
      {"Transaction::next", testing::error_of(tx.next(out, {}, {}))},
      {"save_peer", testing::error_of(save_peer(tx, bob, key))},
      {"save_prekeys", testing::error_of(save_prekeys(tx, key))},
      {"restore_peer", testing::error_of(restore_peer(tx, bob, bytes_of("x"), key))},
      {"restore_prekeys", testing::error_of(restore_prekeys(tx, bytes_of("x"), key))},
      {"Transaction::commit", testing::error_of(std::move(tx).commit())},
  };
}

inline void expect_all(const std::vector<Answer>& answers, Error error) {
  for (const Answer& one : answers) EXPECT_EQ(one.error, error) << one.function;
}
inline void expect_all(Transaction& tx, Pair& pair, Error error) {
  expect_all(all_of(tx, pair), error);
}

/// Every function of a device that may fail.
inline void expect_all(Device& device, Pair& pair, Error error) {
  const Address bob = pair.bob.address();
  std::array<std::uint8_t, 500> out;
  auto& tape = pair.alice.tape;
  const auto bundle = *verify(pair.bob.bundle()->keys);
  const std::vector<Answer> answers{
      {"Device::begin", testing::error_of(device.begin())},
      {"Device::purge", testing::error_of(device.purge())},
      {"Device::purge_if_due", testing::error_of(device.purge_if_due())},
      {"Device::last_commit", testing::error_of(device.last_commit())},
      {"Device::rotate_storage_key", testing::error_of(device.rotate_storage_key(storage_key()))},
      {"Device::offered_identity", testing::error_of(device.offered_identity(bob))},
      {"Device::connect",
       testing::error_of(device.connect(bob, RegistrationId{1}, bundle, tape, start))},
      {"Device::encrypt", testing::error_of(device.encrypt(out, bob, bytes_of("x"), start))},
      {"Device::decrypt", testing::error_of(device.decrypt(out, bob, MessageKind::signal,
                                                           bytes_of("x"), tape, start))},
  };
  expect_all(answers, error);
}

}  // namespace sotto::session
