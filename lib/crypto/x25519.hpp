// SPDX-License-Identifier: MIT OR Apache-2.0
/// X25519 (RFC 7748) between typed keys.
#pragma once

#include <sotto/error.hpp>
#include <sotto/secret.hpp>

namespace sotto::crypto {

/// The result of one Diffie-Hellman: 32 bytes, never all zero.
using SharedSecret = Secret<struct SharedSecretRole, 32>;

/// X25519(k, u) [RFC 7748 §5], bare bytes: clamps k, ignores the top bit of u.
/// Errors: `weak_key` when the result is all zero [RFC 7748 §6.1].
[[nodiscard]] Result<SharedSecret> x25519(std::span<const std::uint8_t, 32> k,
                                          std::span<const std::uint8_t, 32> u) noexcept;

/// DH(secret, public). Errors: `weak_key` when the public key is of low order.
template <class SecretRole, class PublicRole>
[[nodiscard]] Result<SharedSecret> agree(const Secret<SecretRole, 32>& secret,
                                         const Public<PublicRole, 32>& public_key) noexcept {
  return x25519(secret.expose(), public_key.bytes());
}

/// Whether u is the one encoding of its field element: below 2^255 - 19, top bit clear. Keys that
/// honest peers send always are; others would give one key two names.
[[nodiscard]] bool is_canonical_u(std::span<const std::uint8_t, 32> u) noexcept;

/// Whether a public key from outside may be used: canonical, and not of low order.
[[nodiscard]] bool is_acceptable_u(std::span<const std::uint8_t, 32> u) noexcept;

}  // namespace sotto::crypto
