// SPDX-License-Identifier: MIT OR Apache-2.0
/// Every constant of the agreement that peers must share.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sotto::x3dh {

/// The application's name in the key derivation [X3DH §2.1: info].
inline constexpr std::string_view info = "WhisperText";

/// What a public key starts with where its encoding is signed [X3DH §2.1: Encode]: X25519.
inline constexpr std::uint8_t key_type_x25519 = 0x05;

/// Stands before the Diffie-Hellman outputs [X3DH §2.2: F], so that what is hashed here is never
/// what XEdDSA hashes: no key encodes to it.
inline constexpr std::uint8_t separation_byte = 0xff;
inline constexpr std::size_t separation_bytes = 32;

}  // namespace sotto::x3dh
