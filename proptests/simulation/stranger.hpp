// SPDX-License-Identifier: MIT OR Apache-2.0
/// Somebody who is not honest and yet holds true keys: the slow twin of spec/model, which signs
/// whatever numbers it likes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include <sotto/wire.hpp>

#include "device_under_test.hpp"
#include "faults.hpp"
#include "model/peer.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::prop::sim {

class Stranger {
 public:
  explicit Stranger(std::uint64_t seed);

  [[nodiscard]] IdentityPublic identity() const;
  /// A bundle of its own, signed.
  [[nodiscard]] const wire::DeviceBundle& bundle() const { return bundle_; }

  /// Begin a session with device `to`; false when the bundle does not serve.
  bool connect(std::size_t to, const wire::DeviceBundle& bundle, Instant now);
  /// Seal as it should be done.
  [[nodiscard]] std::optional<Sealed> seal(std::size_t to, Bytes plaintext, Instant now);
  /// Seal with one field at one of the `extremes`, authenticated. The session goes on as if this
  /// message had not been. Nothing when the message has no such field.
  [[nodiscard]] std::optional<Sealed> seal_oddly(std::size_t to, Field field, std::uint32_t value,
                                                 Bytes plaintext, Instant now);
  /// Of the session with a device in which it writes: the base key.
  [[nodiscard]] std::optional<Blob> base_key(std::size_t to);
  [[nodiscard]] std::optional<Blob> open(std::size_t from, const Sealed& message, Instant now);

 private:
  model::Peer& peer(std::size_t who);

  testing::TapeEntropy tape_;
  model::Self self_;
  model::Prekeys prekeys_;
  wire::DeviceBundle bundle_;
  std::map<std::size_t, model::Peer> peers_;
};

}  // namespace sotto::prop::sim
