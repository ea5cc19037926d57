// SPDX-License-Identifier: MIT OR Apache-2.0
/// What one protocol's ratchet differs in from another's: labels, bytes and sizes, in this one
/// file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sotto::ratchet {

/// The recommendations of [DR-5.2-1] to [DR-5.2-6] with the places that peers fill differently.
/// Every suite here uses X25519, SHA-256, AES-256-CBC and HMAC-SHA256; the salt of the message keys
/// is an argument of the steps that need it, for in some suites it changes with every message.
struct Suite {
  std::uint8_t id;                       ///< names the suite in a saved image
  std::string_view root_info;            ///< HKDF info of a root step: root key || chain key
  std::string_view message_keys_info;    ///< HKDF info of cipher key || MAC key || IV
  std::uint8_t seed_input;               ///< HMAC input that yields a message's seed
  std::uint8_t chain_input;              ///< HMAC input that yields the next chain key
  std::optional<std::uint8_t> key_type;  ///< stands before each identity key in the MAC
  std::size_t mac_bytes;                 ///< bytes of the MAC that are sent, at most 32 [DR-6.6-1]
};

/// Signal's message version 3.
inline constexpr Suite signal_v3{
    .id = 0x31,
    .root_info = "WhisperRatchet",
    .message_keys_info = "WhisperMessageKeys",
    .seed_input = 0x01,
    .chain_input = 0x02,
    .key_type = 0x05,
    .mac_bytes = 8,
};

/// The suite that an image names, or null.
[[nodiscard]] constexpr const Suite* find_suite(std::uint8_t id) noexcept {
  return id == signal_v3.id ? &signal_v3 : nullptr;
}

}  // namespace sotto::ratchet
