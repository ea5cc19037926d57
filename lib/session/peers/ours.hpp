// SPDX-License-Identifier: MIT OR Apache-2.0
/// Our end of the conversations of this folder: a device over a store in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <sotto/device.hpp>
#include <sotto/memory_store.hpp>

#include "session/peers/signal_c.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::peers {

class Ours {
 public:
  /// `seed` determines all that it draws.
  explicit Ours(std::uint64_t seed);

  /// A bundle with the newest signed prekey, and with a one-time prekey of its own if asked.
  [[nodiscard]] wire::DeviceBundle publish(bool rotate, bool with_one_time);

  [[nodiscard]] Result<void> connect(const wire::DeviceBundle& bundle);
  [[nodiscard]] Result<Sent> encrypt(Bytes plaintext);
  [[nodiscard]] Result<Blob> decrypt(MessageKind kind, Bytes message);
  /// Whether the last message that opened made another session the current one.
  [[nodiscard]] bool goes_on_there() const { return goes_on_there_; }
  [[nodiscard]] Result<void> accept_identity(const IdentityPublic& identity);
  [[nodiscard]] SessionInfo info();

  /// Every byte that is stored: equal marks, equal state.
  [[nodiscard]] Blob mark();

  /// As after the process ended: nothing is left but the rows.
  void restart();

  /// As on a new machine: nothing is left but sealed snapshots of the prekeys and of the peer.
  void restore();

 private:
  testing::TapeEntropy tape_;
  IdentityKeyPair identity_;
  RegistrationId registration_;
  std::unique_ptr<MemoryStore> rows_;
  std::optional<Device> device_;
  bool goes_on_there_ = false;
};

}  // namespace sotto::peers
