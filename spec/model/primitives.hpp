// SPDX-License-Identifier: MIT OR Apache-2.0
/// The primitives of the slow twin: libsodium's X25519 and HMAC.
#pragma once

#include <algorithm>

#include <sodium.h>

#include "bytes.hpp"

namespace sotto::model {

/// A pair of X25519 [RFC 7748 §5].
struct Pair {
  Key secret;
  Key public_key;
  friend bool operator==(const Pair&, const Pair&) = default;
};

/// The pair of a secret, which is clamped first. A secret of zeros was not drawn by anything.
inline Pair pair_of(Key secret) {
  require(secret != Key{}, Error::entropy_failed);
  secret[0] &= 0xf8;
  secret[31] = static_cast<std::uint8_t>((secret[31] & 0x7f) | 0x40);
  Pair pair{secret, {}};
  crypto_scalarmult_base(pair.public_key.data(), secret.data());
  return pair;
}

/// X25519; a result of zeros is refused [X3DH-2.2-1, DR-3.1-2].
inline Key dh(const Key& secret, const Key& public_key) {
  Key shared{};
  const int failed = crypto_scalarmult(shared.data(), secret.data(), public_key.data());
  require(failed == 0 && shared != Key{}, Error::weak_key);
  return shared;
}

/// Whether a public key is below 2^255 - 19, and not one that X25519 takes to zero.
inline bool is_usable(const Key& u) {
  Key p{};
  p.fill(0xff);
  p[0] = 0xed;
  p[31] = 0x7f;
  if (!std::lexicographical_compare(u.rbegin(), u.rend(), p.rbegin(), p.rend())) return false;
  Key any{};
  any[0] = 8;
  Key shared{};
  return crypto_scalarmult(shared.data(), any.data(), u.data()) == 0 && shared != Key{};
}

inline Key hmac(Bytes key, Bytes message) {
  crypto_auth_hmacsha256_state state;
  Key mac{};
  crypto_auth_hmacsha256_init(&state, key.data(), key.size());
  crypto_auth_hmacsha256_update(&state, message.data(), message.size());
  crypto_auth_hmacsha256_final(&state, mac.data());
  return mac;
}

/// HKDF with SHA-256 [RFC 5869 §2].
inline Buffer hkdf(Bytes salt, Bytes input_key, std::string_view info, std::size_t n) {
  const Key prk = hmac(salt, input_key);
  const Buffer text(info.begin(), info.end());
  Buffer out;
  Buffer previous;
  for (std::uint8_t i = 1; out.size() < n; ++i) {
    const Key block = hmac(prk, joined({previous, text, Bytes(&i, 1)}));
    previous.assign(block.begin(), block.end());
    out.insert(out.end(), block.begin(), block.end());
  }
  out.resize(n);
  return out;
}

/// A public key as it stands in messages and in what is authenticated: 0x05 || u.
inline Buffer typed(const Key& u) {
  const std::uint8_t type = 0x05;
  return joined({Bytes(&type, 1), u});
}

}  // namespace sotto::model
