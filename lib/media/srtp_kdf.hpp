// SPDX-License-Identifier: MIT OR Apache-2.0
/// The key derivation of SRTP: session keys out of a master key and its salt.
#pragma once

#include <sotto/bytes.hpp>
#include <sotto/secret.hpp>

#include "media/labels.hpp"

namespace sotto::media {

/// The master salt in the 112 bits that the derivation works on [RFC 3711 §4.3.1].
using KdfSalt = Secret<struct SrtpKdfSaltRole, 14>;

/// The 12-byte salt of an AEAD profile as the derivation wants it: two zero bytes follow it
/// [RFC 7714 §11], so that its first byte stays the first.
[[nodiscard]] KdfSalt pad_gcm_salt(std::span<const std::uint8_t, 12> salt) noexcept;

/// Derive one session key or salt [RFC3711-4.3.1-2]. `master_key` is 16 bytes (AES_CM PRF) or
/// 32 bytes (AES_256_CM PRF, RFC 6188 §3) [RFC7714-11-1]; `out` is at most 2^16 blocks of 16 bytes.
///
/// The key derivation rate is zero, so that every packet index gives r = 0 [RFC3711-4.3.1-4]. r
/// counts 48 bits for SRTCP as well: §4.3.2 can be read as 32, which would move the label; what is
/// deployed has it at byte 7 in both.
void derive_srtp(MutableBytes out, Bytes master_key, const KdfSalt& salt, SrtpLabel label) noexcept;

}  // namespace sotto::media
