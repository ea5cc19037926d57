// SPDX-License-Identifier: MIT OR Apache-2.0
/// HKDF-SHA256 (RFC 5869).
#pragma once

#include <string_view>

#include <sotto/bytes.hpp>

#include "crypto/hmac.hpp"

namespace sotto::crypto {

/// HKDF under the salt `salt` [RFC 5869 §2.2, §2.3]. `out` is at most 255 * 32 bytes; longer asks
/// are a mistake of the caller and end the process.
void hkdf_sha256(MutableBytes out, const HmacSha256Key& salt, Bytes input_key, Bytes info) noexcept;

/// HKDF-Expand alone [RFC 5869 §2.3] from a pseudorandom key.
void hkdf_sha256_expand(MutableBytes out, const HmacSha256Key& prk, Bytes info) noexcept;

/// The salt of 32 zero bytes, which is also the salt when none is given [RFC 5869 §2.2].
[[nodiscard]] const HmacSha256Key& zero_salt() noexcept;

/// Text as bytes, for labels.
[[nodiscard]] inline Bytes label(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace sotto::crypto
