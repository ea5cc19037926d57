// SPDX-License-Identifier: MIT OR Apache-2.0
/// XEdDSA (revision 1): Ed25519-shaped signatures with X25519 keys.
#pragma once

#include <cstdint>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>
#include <sotto/keys.hpp>

namespace sotto::crypto {

/// Two encodings of the same signature. The wire form signs with the Edwards key as it falls and
/// carries its sign in the top bit of byte 63, as Signal's peers send it; the specification's form
/// negates the secret so that the sign is always 0 [XEdDSA §2.3].
enum class XeddsaForm : std::uint8_t { wire, specification };

/// The 64 random bytes that one signature consumes [XEdDSA §2.5: Z].
using SignatureNonce = Secret<struct SignatureNonceRole, 64>;

/// Sign `message` with an X25519 secret [XEdDSA §2.5]. Constant time in secret and nonce.
[[nodiscard]] Signature xeddsa_sign(std::span<const std::uint8_t, 32> secret, Bytes message,
                                    const SignatureNonce& nonce,
                                    XeddsaForm form = XeddsaForm::wire) noexcept;

/// Sign with a typed key; draws 64 bytes. Errors: `entropy_failed`.
template <class Role>
[[nodiscard]] Result<Signature> sign(const KeyPair<Role>& keys, Bytes message,
                                     Entropy& entropy) noexcept {
  Result<void> filled;
  const auto nonce = SignatureNonce::made_by([&](MutableBytes out) { filled = entropy.draw(out); });
  if (!filled) return std::unexpected(filled.error());
  return xeddsa_sign(keys.secret_key().expose(), message, nonce);
}

/// Verify either form [XEdDSA §2.5]. `u` must be canonical, s below the group order, R and the
/// Edwards key canonical and not of small order. Errors: `bad_signature`,
/// `out_of_memory`.
[[nodiscard]] Result<void> xeddsa_verify(std::span<const std::uint8_t, 32> u, Bytes message,
                                         const Signature& signature) noexcept;

}  // namespace sotto::crypto
