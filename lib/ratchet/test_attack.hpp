// SPDX-License-Identifier: MIT OR Apache-2.0
/// What an attacker does to a compact message.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sotto/keys.hpp>

#include "ratchet/test_bytes.hpp"

namespace sotto::ratchet {

inline constexpr std::size_t key_at = 1;
inline constexpr std::size_t pn_at = 33;
inline constexpr std::size_t n_at = 37;

inline Buffer with_uint32(Buffer message, std::size_t position, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i)
    message.at(position + i) = static_cast<std::uint8_t>(value >> (24 - 8 * i));
  return message;
}

inline Buffer with_key(Buffer message, const RatchetPublic& key) {
  for (std::size_t i = 0; i < 32; ++i) message.at(key_at + i) = key.bytes()[i];
  return message;
}

inline RatchetPublic key_of(const Buffer& message) {
  return RatchetPublic(std::span<const std::uint8_t>(message).subspan<key_at, 32>());
}

inline Buffer flipped(Buffer message, std::size_t position, int bit = 0) {
  message.at(position) ^= static_cast<std::uint8_t>(1 << bit);
  return message;
}

}  // namespace sotto::ratchet
