// SPDX-License-Identifier: MIT OR Apache-2.0
/// The bare primitives, for those who set other implementations against this one. Nothing else here
/// needs them.
#pragma once

#include <cstdint>
#include <span>

#include <sotto/bytes.hpp>
#include <sotto/entropy.hpp>
#include <sotto/error.hpp>
#include <sotto/keys.hpp>

namespace sotto::primitives {

using PrivateKey = Secret<struct PrimitiveKeyRole, 32>;
using PublicKey = Public<struct PrimitiveKeyRole, 32>;
using AgreedSecret = Secret<struct AgreedSecretRole, 32>;

/// X25519 [RFC 7748 §5]. Errors: `weak_key` when the result is all zero, `backend_unavailable`.
[[nodiscard]] Result<AgreedSecret> x25519(const PrivateKey& ours, const PublicKey& theirs) noexcept;

/// The public key of a secret, which is clamped first. Errors: `weak_key` (all zero),
/// `backend_unavailable`.
[[nodiscard]] Result<PublicKey> public_key(const PrivateKey& key) noexcept;

/// HKDF-SHA256 [RFC 5869]; `okm` is at most 8,160 bytes. No salt is a salt of 32 zero bytes.
/// Errors: `malformed` (`okm` is longer), `backend_unavailable`.
[[nodiscard]] Result<void> hkdf_sha256(MutableBytes okm, Bytes salt, Bytes input_key,
                                       Bytes info) noexcept;

/// XEdDSA (revision 1) in the form that Signal's peers send. Draws 64 bytes. Errors:
/// `entropy_failed`, `weak_key` (the key is all zero), `backend_unavailable`.
[[nodiscard]] Result<Signature> sign(const PrivateKey& key, Bytes message,
                                     Entropy& entropy) noexcept;

/// Errors: `bad_signature`, `weak_key`, `out_of_memory`, `backend_unavailable`.
[[nodiscard]] Result<void> verify(const PublicKey& key, Bytes message,
                                  const Signature& signature) noexcept;

}  // namespace sotto::primitives
