// SPDX-License-Identifier: MIT OR Apache-2.0
/// What opening one message would make of a ratchet, before it is known to be authentic.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <sotto/entropy.hpp>
#include <sotto/keys.hpp>

#include "ratchet/chain_key.hpp"
#include "ratchet/message_keys.hpp"
#include "ratchet/receiving_chain.hpp"

namespace sotto::ratchet {

/// A step of the Diffie-Hellman ratchet [DR-2.3-1, DR-3.5-6], in its two halves.
struct Turn {
  RootKey root;                           ///< after the receiving half
  std::unique_ptr<ReceivingChain> chain;  ///< the new one, moved on past the message that brings it
  std::uint32_t pn;                       ///< the last number of the one before

  struct Sending {
    RootKey root;  ///< after the sending half
    RatchetKeyPair keys;
    SendingChain chain;
  };
  std::optional<Sending> sending;  ///< made once the message has proved authentic
};

/// Made by `State::plan`, completed by `State::prepare`, consumed by `State::commit`. Dropping it
/// wipes all in it and leaves the state as it was [DR-3.5-4].
class Plan {
 public:
  /// The keys that the message must open with.
  [[nodiscard]] const MessageKeys& keys() const noexcept { return keys_; }

  /// Whether the message brings a new ratchet key, so that `State::prepare` has work to do.
  [[nodiscard]] bool turns() const noexcept { return turn_.has_value(); }

  /// Chain steps taken to get here, the message's own not counted: how far it jumped.
  [[nodiscard]] std::uint32_t steps() const noexcept { return steps_; }

 private:
  friend class State;

  Plan(MessageKeys&& keys, std::uint32_t n, Instant now, std::uint64_t commits) noexcept
      : keys_(std::move(keys)), n_(n), now_(now), commits_(commits) {}

  MessageKeys keys_;
  std::uint32_t n_;
  Instant now_;
  std::uint64_t commits_;  ///< how often the state had changed when this was planned
  std::uint32_t steps_ = 0;
  std::size_t chain_ = 0;  ///< which chain moves on, when none is new
  std::optional<Advance> advance_;
  std::optional<Turn> turn_;
};

}  // namespace sotto::ratchet
