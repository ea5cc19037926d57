// SPDX-License-Identifier: MIT OR Apache-2.0
/// A person with devices, and lists of them, for tests.
#pragma once

#include <initializer_list>
#include <map>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/known_roster.hpp>

#include "testing/error_of.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::conversation {

using Buffer = std::vector<std::uint8_t>;
using std::chrono::milliseconds;
using testing::error_of;
using testing::TapeEntropy;

inline constexpr Instant noon{std::chrono::hours(12)};

template <class T>
T filled(std::uint8_t byte) {
  std::array<std::uint8_t, T::size_bytes> bytes;
  bytes.fill(byte);
  return T(bytes);
}

inline const UserId alice = filled<UserId>(0xa1);
inline const UserId bob = filled<UserId>(0xb0);

/// The devices of one user by number; the same seed gives the same keys.
class Devices {
 public:
  explicit Devices(const UserId& user, std::uint64_t seed = 1) : user_(user), tape_(seed) {}

  [[nodiscard]] const UserId& user() const { return user_; }
  [[nodiscard]] TapeEntropy& tape() { return tape_; }
  const IdentityKeyPair& keys(std::uint32_t device) {
    auto found = keys_.find(device);
    if (found == keys_.end())
      found = keys_.emplace(device, *IdentityKeyPair::generate(tape_)).first;
    return found->second;
  }
  /// From now on the device has another key.
  void renew(std::uint32_t device) { keys_.erase(device); }
  DeviceClaim claim(std::uint32_t device) {
    return *claim_device(user_, DeviceId(device), keys(device), tape_);
  }

  Roster begin(std::uint32_t device = 1, Instant at = noon) {
    return *Roster::begin(user_, DeviceId(device), keys(device), at, tape_);
  }
  Roster add(const Roster& to, std::uint32_t device, std::uint32_t by = 1, Instant at = noon) {
    return *to.add(claim(device), keys(by), at, tape_);
  }
  Roster remove(const Roster& from, std::uint32_t device, std::uint32_t by = 1, Instant at = noon) {
    return *from.remove(DeviceId(device), keys(by), at, tape_);
  }
  Roster replace(const Roster& in, std::uint32_t device, std::uint32_t by = 1, Instant at = noon) {
    return *in.replace(claim(device), keys(by), at, tape_);
  }

 private:
  UserId user_;
  TapeEntropy tape_;
  std::map<std::uint32_t, IdentityKeyPair> keys_;
};

inline Buffer bytes_of(const Roster& roster) {
  Buffer room(roster.size_bytes());
  EXPECT_EQ(roster.write(room)->size(), room.size());
  return room;
}

/// Lists in a row as bytes, and the views of them that `consider` takes.
class Chain {
 public:
  explicit Chain(const std::vector<Roster>& lists) {
    for (const Roster& list : lists) bytes_.push_back(bytes_of(list));
    for (const Buffer& bytes : bytes_) views_.emplace_back(bytes);
  }
  [[nodiscard]] std::span<const Bytes> view() const { return views_; }

 private:
  std::vector<Buffer> bytes_;
  std::vector<Bytes> views_;
};

inline Result<RosterNews> consider(KnownRoster& known, const std::vector<Roster>& lists,
                                   Instant now = noon) {
  return known.consider(Chain(lists).view(), now);
}

inline Buffer row_of(const KnownRoster& known) {
  Buffer room(known.saved_bytes());
  EXPECT_EQ(known.save(room)->size(), room.size());
  return room;
}

inline std::vector<std::uint32_t> numbers_of(const Roster& roster) {
  std::vector<std::uint32_t> numbers;
  for (const DeviceClaim& claim : roster.devices())
    numbers.push_back(static_cast<std::uint32_t>(claim.device));
  return numbers;
}

}  // namespace sotto::conversation
