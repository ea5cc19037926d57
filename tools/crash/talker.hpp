// SPDX-License-Identifier: MIT OR Apache-2.0
/// Two devices over a database each, who talk until they are killed.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include <sotto/device.hpp>
#include <sotto/store.hpp>

#include "crash/world.hpp"

namespace sotto::crash {

/// Passes a point at which the process may die, and then does.
void point();

/// A store under which the process may die before and after each call.
class MortalStore final : public Store {
 public:
  explicit MortalStore(Store& store) : store_(store) {}
  Result<std::optional<Row>> get(Bytes key) noexcept override { return mortal(store_.get(key)); }
  Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept override {
    return mortal(store_.next(prefix, after));
  }
  Result<Revision> commit(std::span<const Change> changes) noexcept override {
    point();
    return mortal(store_.commit(changes));
  }
  Result<Revision> revision() noexcept override { return store_.revision(); }

 private:
  template <class T>
  static T mortal(T&& result) noexcept {
    point();
    return std::forward<T>(result);
  }
  Store& store_;
};

/// Make both devices and introduce them to each other, in `folder`. Once, before anybody dies.
void set_up(const std::string& folder);

/// Send what was left, then `steps` random steps; with `drain`, until all is delivered.
void talk(const std::string& folder, Relay& relay, std::uint64_t seed, int steps, bool drain);

/// How many messages each device has stored as sent, and which of the other's it has stored as
/// shown.
struct Account {
  std::uint32_t sent = 0;
  std::uint32_t shown = 0;   ///< of the other's messages 0, 1, 2, ... as many without a gap
  std::uint32_t beyond = 0;  ///< and others
};
[[nodiscard]] Account account_of(const std::string& folder, int side);

}  // namespace sotto::crash
