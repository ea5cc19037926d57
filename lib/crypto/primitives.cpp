// SPDX-License-Identifier: MIT OR Apache-2.0
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include <sotto/backend.hpp>
#include <sotto/primitives.hpp>

#include "crypto/hkdf.hpp"
#include "crypto/hmac.hpp"
#include "crypto/x25519.hpp"
#include "crypto/xeddsa.hpp"

namespace sotto::primitives {
namespace {

/// The most that HKDF-SHA256 gives [RFC 5869 §2.3]: 255 blocks of 32 bytes.
constexpr std::size_t most_okm_bytes = std::size_t{255} * 32;

}  // namespace

Result<AgreedSecret> x25519(const PrivateKey& ours, const PublicKey& theirs) noexcept {
  if (const auto ready = check_backend(); !ready) return std::unexpected(ready.error());
  auto secret = crypto::agree(ours, theirs);
  if (!secret) return std::unexpected(secret.error());
  return std::move(*secret).into<AgreedSecretRole>();
}

Result<PublicKey> public_key(const PrivateKey& key) noexcept {
  const auto pair = KeyPair<PrimitiveKeyRole>::from_secret(key.duplicate());
  if (!pair) return std::unexpected(pair.error());
  return pair->public_key();
}

Result<void> hkdf_sha256(MutableBytes okm, Bytes salt, Bytes input_key, Bytes info) noexcept {
  if (okm.size() > most_okm_bytes) return std::unexpected(Error::malformed);
  if (const auto ready = check_backend(); !ready) return std::unexpected(ready.error());
  if (salt.empty()) {
    crypto::hkdf_sha256(okm, crypto::zero_salt(), input_key, info);
  } else {
    const crypto::HmacSha256Key key(salt);
    crypto::hkdf_sha256(okm, key, input_key, info);
  }
  return {};
}

Result<Signature> sign(const PrivateKey& key, Bytes message, Entropy& entropy) noexcept {
  if (const auto ready = check_backend(); !ready) return std::unexpected(ready.error());
  const auto pair = KeyPair<PrimitiveKeyRole>::from_secret(key.duplicate());
  if (!pair) return std::unexpected(pair.error());
  return crypto::sign(*pair, message, entropy);
}

Result<void> verify(const PublicKey& key, Bytes message, const Signature& signature) noexcept {
  if (const auto ready = check_backend(); !ready) return std::unexpected(ready.error());
  if (!crypto::is_acceptable_u(key.bytes())) return std::unexpected(Error::weak_key);
  return crypto::xeddsa_verify(key.bytes(), message, signature);
}

}  // namespace sotto::primitives
