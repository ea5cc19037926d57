// SPDX-License-Identifier: MIT OR Apache-2.0
/// A device that is erased while others have it open, and all that these may then ask of it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/device.hpp>
#include <sotto/memory_store.hpp>
#include <sotto/snapshot.hpp>

#include "testing/error_of.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::testing {

/// Alice's device, which knows Bob. A message of his for it has not been opened yet.
class ErasedDevice {
 public:
  /// What becomes of the rows of a device that others have open.
  enum class Way : std::uint8_t {
    erased,
    another,      ///< then another device is set up in the store
    the_same,     ///< then one is set up with the same key, identity and numbers
    and_further,  ///< which then commits more often than the first one did
  };
  static constexpr std::array ways{Way::erased, Way::another, Way::the_same, Way::and_further};
  template <class What>
  struct Named {
    const char* name;
    std::function<std::optional<Error>(What&)> ask;
  };
  using OfDevice = Named<Device>;
  using OfTransaction = Named<Transaction>;

  /// Set the device up in `rows`, which are empty.
  explicit ErasedDevice(Store& rows) {
    auto alice = *Device::create(rows, key(1), identity_, DeviceId{1}, RegistrationId{7}, limits());
    make_prekeys(alice);
    make_prekeys(bob_);
    auto tx = *bob_.begin();
    const auto bundle = *tx.bundle();
    const auto last_resort = *tx.last_resort_bundle();
    const auto done = *std::move(tx).commit();
    bobs_ = last_resort.release(done)->keys;
    EXPECT_TRUE(
        alice.connect(bob, RegistrationId{8}, *verify(bundle.release(done)->keys), tape_, now));
    pass(alice, bob, bob_, {"alice", DeviceId{1}});
    pass(bob_, {"alice", DeviceId{1}}, alice, bob);
    letter_.resize(max_message_size(4));
    const auto message = *bob_.encrypt(letter_, {"alice", DeviceId{1}}, text, now);
    kind_ = message.kind;
    letter_.resize(message.bytes.size());
    put(alice, "k");
  }

  /// As somebody who has the device open; `warm` if peers are in its memory.
  [[nodiscard]] Device open(Store& rows, bool warm) const {
    auto device = *Device::open(rows, key(1), {}, limits());
    std::vector<std::uint8_t> out(max_message_size(4));
    if (warm) {
      EXPECT_TRUE(device.encrypt(out, bob, text, now));
    }
    return device;
  }

  /// What another does to the rows.
  void erase(Store& rows, Way way) const {
    ASSERT_TRUE(Device::erase(rows));
    if (way == Way::erased) return;
    TapeEntropy other(9);
    auto device =
        way == Way::another
            ? Device::create(rows, key(2), *IdentityKeyPair::generate(other), DeviceId{1},
                             RegistrationId{9}, limits())
            : Device::create(rows, key(1), identity_, DeviceId{1}, RegistrationId{7}, limits());
    ASSERT_TRUE(device);
    make_prekeys(*device);
    for (int i = 0; way == Way::and_further && i < 20; ++i) put(*device, "k" + std::to_string(i));
  }

  /// All that can be asked of a device and that looks at its store.
  [[nodiscard]] std::vector<OfDevice> questions() const {
    return {
        {"begin", [](Device& d) { return error_of(d.begin()); }},
        {"last_commit", [](Device& d) { return error_of(d.last_commit()); }},
        {"connect",
         [this](Device& d) {
           return error_of(d.connect(carol, RegistrationId{8}, *verify(bobs_), tape_, now));
         }},
        {"encrypt", [this](Device& d) { return error_of(d.encrypt(out_, bob, text, now)); }},
        {"decrypt",
         [this](Device& d) { return error_of(d.decrypt(out_, bob, kind_, letter_, tape_, now)); }},
        {"rotate_storage_key", [](Device& d) { return error_of(d.rotate_storage_key(key(3))); }},
    };
  }

  /// All that a transaction does.
  [[nodiscard]] std::vector<OfTransaction> operations() const {
    using Tx = Transaction;
    auto all = of_peers();
    const std::vector<OfTransaction> others{
        {"prekeys_to_upload",
         [this](Tx& tx) { return error_of(tx.prekeys_to_upload({}, tape_, now)); }},
        {"prekey_status", [](Tx& tx) { return error_of(tx.prekey_status(now)); }},
        {"bundle", [](Tx& tx) { return error_of(tx.bundle()); }},
        {"last_resort_bundle", [](Tx& tx) { return error_of(tx.last_resort_bundle()); }},
        {"replenish", [this](Tx& tx) { return error_of(tx.replenish(tape_)); }},
        {"rotate_signed_prekey",
         [this](Tx& tx) { return error_of(tx.rotate_signed_prekey(tape_, now)); }},
        {"import_prekey",
         [this](Tx& tx) {
           return error_of(tx.import_prekey(*OneTimePrekey::generate(OneTimePrekeyId{5}, tape_)));
         }},
        {"import a signed prekey",
         [this](Tx& tx) {
           return error_of(
               tx.import_prekey(*SignedPrekey::generate(SignedPrekeyId{5}, identity_, tape_), now));
         }},
        {"put", [](Tx& tx) { return error_of(tx.put(text, text)); }},
        {"erase", [](Tx& tx) { return error_of(tx.erase(text)); }},
        {"size", [](Tx& tx) { return error_of(tx.size(text)); }},
        {"get", [this](Tx& tx) { return error_of(tx.get(out_, text)); }},
        {"next", [this](Tx& tx) { return error_of(tx.next(out_, {}, {})); }},
        {"save_peer", [](Tx& tx) { return error_of(save_peer(tx, bob, snapshot_key())); }},
        {"save_prekeys", [](Tx& tx) { return error_of(save_prekeys(tx, snapshot_key())); }},
        {"nothing", [](Tx&) { return std::optional<Error>(); }},
    };
    all.insert(all.end(), others.begin(), others.end());
    return all;
  }

 private:
  static constexpr Instant now{std::chrono::days(20'000)};
  static constexpr Address bob{"bob", DeviceId{1}};
  static constexpr Address carol{"carol", DeviceId{1}};
  static constexpr std::array<std::uint8_t, 1> text{'k'};  // a message, a row's key and its value

  static StorageKey key(std::uint8_t fill) {
    std::array<std::uint8_t, 32> bytes;
    bytes.fill(fill);
    return StorageKey(bytes);
  }
  static SnapshotKey snapshot_key() { return SnapshotKey(std::array<std::uint8_t, 32>{7}); }
  static DeviceLimits limits() {
    DeviceLimits limits;
    limits.prekeys.batch = 3;
    limits.prekeys.low_water = 2;
    return limits;
  }

  [[nodiscard]] std::vector<OfTransaction> of_peers() const {
    using Tx = Transaction;
    return {
        {"connect",
         [this](Tx& tx) {
           return error_of(tx.connect(carol, RegistrationId{8}, *verify(bobs_), tape_, now));
         }},
        {"encrypt", [](Tx& tx) { return error_of(tx.encrypt(bob, text, now)); }},
        {"decrypt",
         [this](Tx& tx) { return error_of(tx.decrypt(out_, bob, kind_, letter_, tape_, now)); }},
        {"identity", [](Tx& tx) { return error_of(tx.identity(bob)); }},
        {"offered_identity", [](Tx& tx) { return error_of(tx.offered_identity(bob)); }},
        {"owner_of",
         [this](Tx& tx) {
           std::array<char, Address::max_name_bytes> name;
           return error_of(tx.owner_of(name, bobs_.identity));
         }},
        {"accept_identity",
         [this](Tx& tx) { return error_of(tx.accept_identity(carol, identity_of_carol_)); }},
        {"info", [](Tx& tx) { return error_of(tx.info(bob, now)); }},
        {"next_device", [](Tx& tx) { return error_of(tx.next_device("bob", {})); }},
        {"next_peer",
         [](Tx& tx) {
           std::array<char, Address::max_name_bytes> name;
           return error_of(tx.next_peer(name, {}));
         }},
        {"erase_sessions", [](Tx& tx) { return error_of(tx.erase_sessions(bob)); }},
        {"forget", [](Tx& tx) { return error_of(tx.forget(bob)); }},
        {"forget_account", [](Tx& tx) { return error_of(tx.forget_account("bob")); }},
        {"rename_account", [](Tx& tx) { return error_of(tx.rename_account("bob", "robert")); }},
    };
  }

  static Device in(Store& rows, std::uint64_t seed) {
    TapeEntropy tape(seed);
    return *Device::create(rows, key(4), *IdentityKeyPair::generate(tape), DeviceId{1},
                           RegistrationId{8}, limits());
  }
  void make_prekeys(Device& device) const {
    auto tx = *device.begin();
    EXPECT_TRUE(tx.rotate_signed_prekey(tape_, now) && tx.replenish(tape_));
    EXPECT_TRUE(std::move(tx).commit());
  }
  static void put(Device& device, std::string_view name) {
    auto tx = *device.begin();
    EXPECT_TRUE(tx.put({reinterpret_cast<const std::uint8_t*>(name.data()), name.size()}, text));
    EXPECT_TRUE(std::move(tx).commit());
  }
  void pass(Device& from, const Address& to, Device& receiver, const Address& sender) {
    std::vector<std::uint8_t> sealed(max_message_size(4));
    const auto message = *from.encrypt(sealed, to, text, now);
    EXPECT_TRUE(receiver.decrypt(out_, sender, message.kind, message.bytes, tape_, now));
  }

  mutable TapeEntropy tape_{77};
  mutable std::array<std::uint8_t, 1000> out_{};
  IdentityKeyPair identity_ = *IdentityKeyPair::generate(tape_);
  IdentityPublic identity_of_carol_ = IdentityKeyPair::generate(tape_)->public_key();
  MemoryStore bobs_rows_ = *MemoryStore::create();
  Device bob_ = in(bobs_rows_, 3);
  Bundle bobs_;
  MessageKind kind_{};
  std::vector<std::uint8_t> letter_;
};

}  // namespace sotto::testing
