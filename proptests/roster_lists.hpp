// SPDX-License-Identifier: MIT OR Apache-2.0
/// All lists of devices that anybody made of one user, honest and forged, as plain values beside
/// their bytes, which are put together here without the library's own hand. Lists are named by
/// where they stand in one vector.
#pragma once

#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include <sotto/roster.hpp>

#include "crypto/sha2.hpp"
#include "crypto/xeddsa.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::prop {

struct PlainDevice {
  std::size_t key = 0;
  Signature word;  ///< the device's own claim
};

struct PlainList {
  std::vector<std::uint8_t> body, bytes;  ///< without and with the signature
  RosterHash hash;
  std::uint64_t number = 0;
  std::optional<std::size_t> parent;
  std::int64_t at = 0;
  std::uint32_t signer = 0;
  std::map<std::uint32_t, PlainDevice> devices;
  std::optional<Roster> library;  ///< the library's, of an honest list after honest ones
  std::optional<Error> fault;     ///< what is wrong with it as a follower of its parent
};

class PlainLists {
 public:
  using Buffer = std::vector<std::uint8_t>;

  explicit PlainLists(std::uint64_t seed) : seed_(seed) {
    std::array<std::uint8_t, 32> name;
    name.fill(0xa1);
    user_ = UserId(name);
  }

  [[nodiscard]] const UserId& user() const { return user_; }
  [[nodiscard]] std::size_t size() const { return lists_.size(); }
  [[nodiscard]] const PlainList& operator[](std::size_t i) const { return lists_[i]; }
  [[nodiscard]] const IdentityPublic& identity(const PlainDevice& device) const {
    return key_of(device.key).public_key();
  }
  /// The lists that lead to `list`, itself included.
  [[nodiscard]] std::vector<std::size_t> path(std::size_t list) const {
    std::vector<std::size_t> all;
    for (std::optional<std::size_t> at = list; at; at = lists_[*at].parent) all.push_back(*at);
    return {all.rbegin(), all.rend()};
  }

  /// A list 0. False when the library makes another of the same entropy.
  [[nodiscard]] bool begin(std::size_t key) {
    PlainList list;
    list.at = ++clock_;
    list.signer = 1;
    testing::TapeEntropy ours = next_tape();
    testing::TapeEntropy theirs = ours;
    list.devices[1] = claimed(1, key % 9, ours);
    const auto& pair = key_of(list.devices[1].key);
    finish(list, pair, ours);
    list.library = *Roster::begin(user_, DeviceId(1), pair, instant(list.at), theirs);
    return keep(list);
  }

  /// An honest follower of `parent`: `pick` chooses what, which device, and who signs. Nothing is
  /// made where `parent` is forged. False as above.
  [[nodiscard]] bool grow(std::size_t parent, std::uint32_t pick) {
    if (!lists_[parent].library) return true;
    const PlainList& before = lists_[parent];
    PlainList list = follower(parent);
    const std::uint32_t device = 1 + pick % 7;
    const std::uint32_t signer = nth(before, pick / 7);
    const bool listed = before.devices.contains(device);
    const bool drop = listed && (pick / 64) % 2 == 0;
    if (drop && before.devices.size() == 1) return true;
    list.signer = signer;
    testing::TapeEntropy ours = next_tape();
    testing::TapeEntropy theirs = ours;
    const auto& pair = key_of(before.devices.at(signer).key);
    if (drop) {
      list.devices.erase(device);
      finish(list, pair, ours);
      list.library = *before.library->remove(DeviceId(device), pair, instant(list.at), theirs);
    } else {
      const std::size_t key = free_key(before);
      list.devices[device] = claimed(device, key, ours);
      const DeviceClaim claim = *claim_device(user_, DeviceId(device), key_of(key), theirs);
      finish(list, pair, ours);
      list.library = listed ? *before.library->replace(claim, pair, instant(list.at), theirs)
                            : *before.library->add(claim, pair, instant(list.at), theirs);
    }
    return keep(list);
  }

  /// A follower of `parent` that nobody may accept.
  void forge(std::size_t parent, std::uint32_t pick) {
    const PlainList& before = lists_[parent];
    PlainList list = follower(parent);
    testing::TapeEntropy tape = next_tape();
    const std::size_t key = free_key(before);
    const std::uint32_t ghost = 20 + pick % 3;
    list.signer = nth(before, pick / 8);
    std::size_t signing = before.devices.at(list.signer).key;
    list.devices[ghost] = claimed(ghost, key, tape);
    list.fault = Error::bad_signature;
    switch (pick % 6) {
      case 0:  // It lets itself in.
        list.signer = ghost;
        signing = key;
        break;
      case 1:  // In the name of a device that is there.
        signing = key;
        break;
      case 2:  // A device that never said so.
        list.devices[ghost].word = Signature();
        break;
      case 3:  // By one that is no device, or was one.
        list.signer = 1 + pick / 6 % 7;
        if (before.devices.contains(list.signer)) signing = key;
        break;
      case 4:  // Nothing changes.
        list.devices.erase(ghost);
        list.fault = Error::malformed;
        break;
      default:  // Its clock went back.
        list.at = before.at - 1;
        list.fault = Error::malformed;
        break;
    }
    finish(list, key_of(signing), tape);
    static_cast<void>(keep(list));
  }

 private:
  static Instant instant(std::int64_t at) { return Instant(std::chrono::milliseconds(at)); }
  testing::TapeEntropy next_tape() { return testing::TapeEntropy(++seed_); }

  /// Nine keys, the same for all users there are.
  static const IdentityKeyPair& key_of(std::size_t n) {
    static const auto keys = [] {
      testing::TapeEntropy tape(7);
      std::vector<IdentityKeyPair> made;
      for (int i = 0; i < 9; ++i) made.push_back(*IdentityKeyPair::generate(tape));
      return made;
    }();
    return keys[n % keys.size()];
  }

  static std::uint32_t nth(const PlainList& list, std::size_t n) {
    return std::next(list.devices.begin(), static_cast<std::ptrdiff_t>(n % list.devices.size()))
        ->first;
  }
  /// Of nine keys and at most eight devices (seven honest, one ghost).
  [[nodiscard]] std::size_t free_key(const PlainList& list) const {
    std::size_t key = 0;
    const auto used = [&](const auto& entry) { return entry.second.key == key; };
    while (std::ranges::any_of(list.devices, used)) ++key;
    return key;
  }
  [[nodiscard]] PlainList follower(std::size_t parent) {
    PlainList list;
    list.parent = parent;
    list.number = lists_[parent].number + 1;
    list.devices = lists_[parent].devices;
    list.at = ++clock_;
    return list;
  }

  static void put(Buffer& to, std::uint64_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
      to.push_back(static_cast<std::uint8_t>(value >> shift));
  }
  static void put(Buffer& to, Bytes bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }
  static Buffer text(std::string_view label) { return {label.begin(), label.end()}; }

  [[nodiscard]] PlainDevice claimed(std::uint32_t device, std::size_t key, Entropy& entropy) const {
    Buffer message = text("sotto device 1");
    put(message, user_.bytes());
    put(message, device, 4);
    return {key, *crypto::sign(key_of(key), message, entropy)};
  }

  void finish(PlainList& list, const IdentityKeyPair& signer, Entropy& entropy) const {
    list.body.push_back(1);
    put(list.body, user_.bytes());
    put(list.body, list.number, 8);
    put(list.body, list.parent ? lists_[*list.parent].hash.bytes() : RosterHash().bytes());
    put(list.body, static_cast<std::uint64_t>(list.at), 8);
    put(list.body, list.signer, 4);
    put(list.body, list.devices.size(), 2);
    for (const auto& [number, device] : list.devices) {
      put(list.body, number, 4);
      put(list.body, identity(device).bytes());
      put(list.body, device.word.bytes());
    }
    Buffer hashed = text("sotto roster hash 1");
    put(hashed, list.body);
    list.hash = RosterHash(crypto::sha256(hashed));
    Buffer message = text("sotto roster 1");
    put(message, list.body);
    list.bytes = list.body;
    put(list.bytes, crypto::sign(signer, message, entropy)->bytes());
  }

  /// Whether the library made the same bytes, if it made any.
  [[nodiscard]] bool keep(const PlainList& list) {
    lists_.push_back(list);
    if (!list.library) return true;
    Buffer room(list.library->size_bytes());
    const auto written = list.library->write(room);
    return written && room == list.bytes && list.library->hash() == list.hash;
  }

  UserId user_;
  std::uint64_t seed_;
  std::int64_t clock_ = 1'000'000;
  std::vector<PlainList> lists_;
};

}  // namespace sotto::prop
