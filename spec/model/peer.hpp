// SPDX-License-Identifier: MIT OR Apache-2.0
/// The rules of spec/session.md, one function each. Written from that table alone.
#pragma once

#include <sotto/session.hpp>

#include "session.hpp"

namespace sotto::model {

/// A message to be sent.
struct Sent {
  MessageKind kind;
  Buffer bytes;
};

struct Received {
  Buffer plaintext;
  Key identity{};
  bool began_session = false;
  bool first_identity = false;
  bool changed_session = false;
  std::optional<std::uint32_t> consumed{};
};

/// Every operation works on a copy, which takes the original's place when nothing was thrown
/// [SES-1-1].
struct Peer {
  SessionLimits limits;
  std::uint64_t epoch = 0;
  std::uint32_t next_session = 1;
  std::uint32_t unanswered = 0;
  std::optional<Key> identity{};
  bool proved = false;  ///< a message opened under it, or the person accepted it
  Doubt doubt{};
  std::deque<Key> seen{};  ///< signed prekeys, newest first
  std::optional<Session> current{};
  std::deque<Session> archived{};  ///< newest first

  void connect(const Self& self, const Bundle& bundle, const Prekeys& prekeys, Entropy& entropy,
               Instant now);
  Sent encrypt(const Self& self, Bytes plaintext, const Prekeys& prekeys, Instant now);
  Received decrypt(const Self& self, MessageKind kind, Bytes message, Prekeys& prekeys,
                   Entropy& entropy, Instant now);
  void accept_identity(const Self& self, const Key& theirs, const Prekeys& prekeys);
  void erase_sessions();
  void forget();

  [[nodiscard]] std::size_t skipped_keys() const;
  [[nodiscard]] bool may_send(Instant now) const;
};

}  // namespace sotto::model
