// SPDX-License-Identifier: MIT OR Apache-2.0
/// Every constant of the agreement that peers must share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sotto::x3dh {

/// The application's name in the key derivation, as Signal's message version 3 has it [X3DH-2.1-3].
inline constexpr std::string_view info = "WhisperText";

/// What a public key starts with where its encoding is signed: X25519 [X3DH-2.1-4].
inline constexpr std::uint8_t key_type_x25519 = 0x05;

/// F, which stands before the Diffie-Hellman outputs [X3DH-2.2-3]: no key encodes to it, so what is
/// hashed here is never what XEdDSA hashes.
inline constexpr std::uint8_t separation_byte = 0xff;
inline constexpr std::size_t separation_bytes = 32;

}  // namespace sotto::x3dh
