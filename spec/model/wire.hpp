// SPDX-License-Identifier: MIT OR Apache-2.0
/// SignalMessage and PreKeySignalMessage as protobuf, written and read.
#pragma once

#include <optional>

#include "bytes.hpp"

namespace sotto::model {

struct SignalMessage {
  std::uint8_t version = 0;
  Key ratchet_key{};
  std::uint32_t counter = 0;
  std::uint32_t previous_counter = 0;
  Buffer ciphertext{};
  Buffer whole{};
};

struct PrekeyMessage {
  std::uint8_t version = 0;
  std::optional<std::uint32_t> registration{};
  std::optional<std::uint32_t> one_time_prekey{};
  std::uint32_t signed_prekey = 0;
  Key base_key{};
  Key identity{};
  SignalMessage message{};
};

/// All of a SignalMessage but its MAC.
Buffer signal_body(const Key& ratchet_key, std::uint32_t counter, std::uint32_t previous_counter,
                   Bytes ciphertext);
Buffer prekey_message(std::uint32_t registration, std::optional<std::uint32_t> one_time_prekey,
                      std::uint32_t signed_prekey, const Key& base_key, const Key& identity,
                      Bytes message);

SignalMessage read_signal_message(Bytes bytes);
PrekeyMessage read_prekey_message(Bytes bytes);

}  // namespace sotto::model
