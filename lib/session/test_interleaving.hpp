// SPDX-License-Identifier: MIT OR Apache-2.0
/// Two devices over the same rows, for the tests of this room that do two things at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <sotto/device.hpp>
#include <sotto/memory_store.hpp>
#include <sotto/wire.hpp>

#include "session/test_devices.hpp"
#include "testing/interleaving.hpp"

namespace sotto::session {

/// One of several who use a device, with its own object for it.
struct User {
  User(Store& rows, std::uint64_t seed, const DeviceLimits& with)
      : store(&rows),
        limits(with),
        device(*Device::open(rows, storage_key(), {}, with)),
        tape(seed) {}

  Store* store;
  DeviceLimits limits;
  Device device;
  testing::TapeEntropy tape;
  std::vector<Letter> sealed;  ///< messages that went out
};

using Operation = testing::Operation<User>;

/// The ratchet key and the number of a message: what no two messages may share.
inline std::string number_of(const Letter& letter) {
  const auto number = [](const wire::SignalMessage& message) {
    return testing::hex(message.ratchet_key.bytes()) + ' ' + std::to_string(message.counter);
  };
  if (letter.kind == MessageKind::signal) return number(*wire::parse_signal_message(letter.bytes));
  return number(wire::parse_prekey_message(letter.bytes)->message);
}

/// The store as it is before each of the two begins, and how to look at what they left.
struct Scene {
  MemoryStore* rows;
  DeviceLimits limits;
  std::function<std::string(Device&)> look;
  std::function<void(User&)> warm_up;  ///< brings something into our device's memory; may be none

  /// Two users over a copy of the rows.
  class Two {
   public:
    explicit Two(const Scene& scene)
        : scene_(&scene),
          rows_(*scene.rows->clone()),
          others_rows_(*rows_.share()),
          store(rows_),
          we(store, 11, scene.limits),
          they(others_rows_, 12, scene.limits) {
      if (scene.warm_up) scene.warm_up(we);
    }

    /// Whether both can go on; what a third one finds, or why nothing can be opened.
    std::string after() {
      std::string found = spent_once() ? "" : "two messages under one key! ";
      for (User* user : {&we, &they}) {
        const auto going_on = user->device.begin();
        found += std::string(going_on ? "goes on" : name(going_on.error())) + ' ';
      }
      auto third = Device::open(rows_, storage_key(), {}, scene_->limits);
      return found + (third ? scene_->look(*third) : std::string(name(third.error())));
    }

   private:
    bool spent_once() const {
      std::set<std::string> numbers;
      for (const User* user : {&we, &they})
        for (const Letter& letter : user->sealed)
          if (!numbers.insert(number_of(letter)).second) return false;
      return true;
    }

    const Scene* scene_;
    MemoryStore rows_;
    MemoryStore others_rows_;

   public:
    testing::InterruptedStore store;
    User we;
    User they;
  };

  [[nodiscard]] std::unique_ptr<Two> operator()() const { return std::make_unique<Two>(*this); }
};

}  // namespace sotto::session
