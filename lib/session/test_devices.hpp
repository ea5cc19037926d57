// SPDX-License-Identifier: MIT OR Apache-2.0
/// Devices over stores in memory, for the tests of this room.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/device.hpp>
#include <sotto/memory_store.hpp>
#include <sotto/snapshot.hpp>

#include "session/test_letter.hpp"
#include "session/test_stores.hpp"
#include "testing/error_of.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::session {

inline const Instant start{std::chrono::days(20'000)};

inline StorageKey storage_key(std::uint8_t fill = 0x42) {
  std::array<std::uint8_t, 32> bytes;
  bytes.fill(fill);
  return StorageKey(bytes);
}
inline SnapshotKey snapshot_key() {
  return SnapshotKey(std::array<std::uint8_t, 32>{7});
}

inline Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// Whether something was done, without how much of it.
template <class T>
Result<void> whether(const Result<T>& done) {
  return done ? Result<void>() : std::unexpected(done.error());
}

/// A message that its transaction let go.
inline Letter released(const Unsent& unsent, const Committed& committed) {
  Letter letter{unsent.kind(), std::vector<std::uint8_t>(unsent.size())};
  EXPECT_TRUE(unsent.release(committed, letter.bytes));
  return letter;
}

/// Somebody with one device and a store of their own. Everything is determined by name and seed.
struct Party {
  Party(std::string_view called, std::uint64_t seed, const DeviceLimits& with = {})
      : name(called),
        limits(with),
        tape(seed),
        rows(*MemoryStore::create()),
        store(rows),
        device(*Device::create(store, storage_key(), *IdentityKeyPair::generate(tape), DeviceId{1},
                               RegistrationId{static_cast<std::uint32_t>(100 + seed)}, limits)) {}

  std::string name;
  DeviceLimits limits;
  testing::TapeEntropy tape;
  MemoryStore rows;
  FailingStore store;
  Device device;
  Instant now = start;

  [[nodiscard]] Address address() const { return {name, DeviceId{1}}; }

  /// As after the process ended: nothing is left but the store.
  void restart() { device = *Device::open(store, storage_key(), {}, limits); }

  [[nodiscard]] Transaction begin() { return *device.begin(); }

  Result<void> make_prekeys() {
    auto tx = device.begin();
    if (!tx) return std::unexpected(tx.error());
    if (const auto made = tx->rotate_signed_prekey(tape, now); !made) return made;
    if (const auto made = tx->replenish(tape); !made) return std::unexpected(made.error());
    const auto done = (*std::move(tx)).commit();
    return done ? Result<void>() : std::unexpected(done.error());
  }

  Result<wire::DeviceBundle> bundle(bool with_one_time = true) {
    auto tx = device.begin();
    if (!tx) return std::unexpected(tx.error());
    const auto made = with_one_time ? tx->bundle() : tx->last_resort_bundle();
    if (!made) return std::unexpected(made.error());
    const auto done = (*std::move(tx)).commit();
    if (!done) return std::unexpected(done.error());
    return made->release(*done);
  }

  Result<void> connect(Party& to, bool with_one_time = true) {
    const auto theirs = to.bundle(with_one_time);
    if (!theirs) return std::unexpected(theirs.error());
    const auto verified = verify(theirs->keys);
    if (!verified) return std::unexpected(verified.error());
    return device.connect(to.address(), theirs->registration, *verified, tape, now);
  }

  Result<Letter> write(const Party& to, std::string_view text) {
    Letter letter{MessageKind::signal, std::vector<std::uint8_t>(max_message_size(text.size()))};
    const auto sealed = device.encrypt(letter.bytes, to.address(), bytes_of(text), now);
    if (!sealed) return std::unexpected(sealed.error());
    letter.kind = sealed->kind;
    letter.bytes.resize(sealed->bytes.size());
    return letter;
  }

  Result<std::string> read(const Party& from, const Letter& letter) {
    std::vector<std::uint8_t> out(letter.bytes.size());
    const auto opened = device.decrypt(out, from.address(), letter.kind, letter.bytes, tape, now);
    if (!opened) return std::unexpected(opened.error());
    return std::string(opened->plaintext.begin(), opened->plaintext.end());
  }

  Result<SessionInfo> info(const Party& with) { return begin().info(with.address(), now); }
  Result<PrekeyStatus> status() { return begin().prekey_status(now); }
};

/// Two people who have spoken: both sides know that the other holds the session.
struct Pair {
  explicit Pair(const DeviceLimits& limits = {})
      : alice("alice", 1, limits), bob("bob", 2, limits) {
    EXPECT_TRUE(bob.make_prekeys());
    EXPECT_TRUE(alice.connect(bob));
    EXPECT_EQ(bob.read(alice, *alice.write(bob, "hello")), "hello");
    EXPECT_EQ(alice.read(bob, *bob.write(alice, "hello yourself")), "hello yourself");
  }
  Party alice;
  Party bob;
};

}  // namespace sotto::session
