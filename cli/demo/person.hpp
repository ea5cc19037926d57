// SPDX-License-Identifier: MIT OR Apache-2.0
/// A device in memory, for scenes that one process plays: messages are handed over, not sent.
#pragma once

#include <cstdint>
#include <string>

#include <sotto/device.hpp>
#include <sotto/entropy.hpp>
#include <sotto/memory_store.hpp>
#include <sotto/wire.hpp>

#include "demo/codec.hpp"

namespace sotto::demo {

class Person {
 public:
  explicit Person(std::uint32_t registration);

  [[nodiscard]] const IdentityPublic& identity() const noexcept { return device_.identity(); }
  /// Fresh prekeys, published.
  [[nodiscard]] wire::DeviceBundle publish();
  /// Agree with whoever made the bundle, known as `name` from now on.
  void connect(const std::string& name, const wire::DeviceBundle& bundle);

  [[nodiscard]] Letter write(const std::string& to, const Content& content);
  [[nodiscard]] Result<Content> read(const std::string& from, const Letter& letter);
  /// The identity that the session with `name` was agreed under.
  [[nodiscard]] IdentityPublic known(const std::string& name);
  [[nodiscard]] Entropy& entropy() noexcept { return entropy_; }

 private:
  SystemEntropy entropy_;
  MemoryStore rows_;
  Device device_;
};

}  // namespace sotto::demo
