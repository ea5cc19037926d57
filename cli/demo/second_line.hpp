// SPDX-License-Identifier: MIT OR Apache-2.0
/// The caller's line to the callee's second device: a session of its own beside the first, of the
/// same device. Unlike `Link` it stores nothing to be sent again: a call that rings is of the
/// moment.
#pragma once

#include <deque>
#include <optional>

#include <sotto/device.hpp>
#include <sotto/entropy.hpp>

#include "demo/codec.hpp"
#include "demo/net.hpp"

namespace sotto::demo {

class SecondLine {
 public:
  /// What came, and the identity of the session that carried it.
  struct Received {
    Content content;
    IdentityPublic identity;
  };

  SecondLine(Device& device, FrameStream& stream) noexcept : device_(device), stream_(stream) {}

  /// Ask the relay for the second device's bundle; its answer goes to `connect`.
  void fetch();
  void connect(Bytes bundle);
  [[nodiscard]] bool connected() const noexcept { return connected_; }

  void send(const Content& content);
  void take(Bytes letter);
  [[nodiscard]] std::optional<Received> next();

 private:
  Device& device_;
  FrameStream& stream_;
  SystemEntropy entropy_;
  bool connected_ = false;
  std::deque<Received> received_;
};

}  // namespace sotto::demo
