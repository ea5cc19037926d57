// SPDX-License-Identifier: MIT OR Apache-2.0
/// The compact message: a frame of our own around one step of the engine.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sotto/bytes.hpp>
#include <sotto/entropy.hpp>
#include <sotto/error.hpp>

#include "ratchet/header.hpp"
#include "ratchet/state.hpp"

namespace sotto::ratchet {

/// 0x31 || header(40) || ciphertext (a multiple of 16, at least 16) || MAC(8).
struct Message {
  static constexpr std::uint8_t version = 0x31;
  static constexpr std::size_t ciphertext_at = 1 + Header::encoded_bytes;

  Header header;
  Bytes ciphertext;  ///< a view into what was parsed

  /// Errors: `malformed`.
  [[nodiscard]] static Result<Message> parse(Bytes bytes, const Suite& suite) noexcept;
};

/// What `Ratchet::encrypt` and `Ratchet::decrypt` promise, over the engine.
[[nodiscard]] Result<MutableBytes> encrypt(State& state, MutableBytes out,
                                           Bytes plaintext) noexcept;
[[nodiscard]] Result<MutableBytes> decrypt(State& state, MutableBytes out, Bytes message,
                                           Entropy& entropy, Instant now) noexcept;

}  // namespace sotto::ratchet
