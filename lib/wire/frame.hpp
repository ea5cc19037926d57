// SPDX-License-Identifier: MIT OR Apache-2.0
/// Laying out the messages that we send, in front of and around a ciphertext sealed in place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>
#include <sotto/wire.hpp>

namespace sotto::wire {

/// The first byte of what we send: message version 3, and 3 is the newest we speak.
inline constexpr std::uint8_t version_byte = 0x33;
inline constexpr std::size_t mac_bytes = 8;

/// The parts of a SignalMessage that stand before its ciphertext.
struct SignalHeader {
  RatchetPublic ratchet_key;
  std::uint32_t counter = 0;
  std::uint32_t previous_counter = 0;
};

/// What a PreKeySignalMessage says around the message inside.
struct PrekeyHeader {
  RegistrationId registration;
  std::optional<OneTimePrekeyId> one_time_prekey_id;
  SignedPrekeyId signed_prekey_id;
  EphemeralPublic base_key;
  IdentityPublic identity;
};

/// A message laid out but for its ciphertext and MAC.
struct Layout {
  MutableBytes whole;         ///< all bytes to be sent
  MutableBytes message;       ///< the SignalMessage: `whole`, or the part of it inside
  std::size_t ciphertext_at;  ///< in `message`
};

/// The size of either kind, exactly; `prekey` may be null.
[[nodiscard]] std::size_t framed_size(const SignalHeader& header, const PrekeyHeader* prekey,
                                      std::size_t ciphertext_bytes) noexcept;

/// Write everything but ciphertext and MAC, fields in ascending order; on error nothing. Errors:
/// `malformed` (the ciphertext is not whole blocks of 16, or the whole would be above
/// `max_message_bytes`), `buffer_too_small`.
[[nodiscard]] Result<Layout> lay_out(MutableBytes out, const SignalHeader& header,
                                     const PrekeyHeader* prekey,
                                     std::size_t ciphertext_bytes) noexcept;

}  // namespace sotto::wire
