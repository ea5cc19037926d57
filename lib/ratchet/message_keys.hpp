// SPDX-License-Identifier: MIT OR Apache-2.0
/// The keys of one message, and the two things they do.
#pragma once

#include <cstddef>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>
#include <sotto/secret.hpp>

#include "crypto/hkdf.hpp"
#include "ratchet/chain_key.hpp"
#include "ratchet/suite.hpp"

namespace sotto::ratchet {

/// Cipher key, MAC key and IV of one message [DR-3.1-5].
///
/// A message, whatever its frame, is some bytes that hold the ciphertext somewhere inside and end
/// in the MAC; the MAC covers the associated data and everything before itself.
class MessageKeys {
 public:
  /// HKDF(salt, seed): 80 bytes, cipher key(32) || MAC key(32) || IV(16) [DR-5.2-4].
  [[nodiscard]] static MessageKeys derive(const Suite& suite, const MessageSeed& seed,
                                          const crypto::HmacSha256Key& salt) noexcept;

  /// Encrypt `plaintext` to `message` at `ciphertext_at` and write the MAC at its end [DR-5.2-5,
  /// DR-5.2-6]. All else of `message` is already there; it must not overlap `plaintext`.
  void seal_into(MutableBytes message, std::size_t ciphertext_at, Bytes plaintext,
                 Bytes associated) const noexcept;

  /// [DR-3.1-6] Check the MAC at the end of `message`, then decrypt `ciphertext`, a part of it,
  /// into `out`, which has the same size; returns the part used. A wrong MAC and wrong padding are
  /// one error. Errors: `authentication_failed` (`out` is then untouched or zeroed).
  [[nodiscard]] Result<MutableBytes> open(MutableBytes out, Bytes message, Bytes ciphertext,
                                          Bytes associated) const noexcept;

  [[nodiscard]] std::span<const std::uint8_t, 32> cipher_key() const noexcept {
    return keys_.expose().first<32>();
  }
  [[nodiscard]] std::span<const std::uint8_t, 32> mac_key() const noexcept {
    return keys_.expose().subspan<32, 32>();
  }
  [[nodiscard]] std::span<const std::uint8_t, 16> iv() const noexcept {
    return keys_.expose().last<16>();
  }

 private:
  using Keys = Secret<struct MessageKeysRole, 80>;

  MessageKeys(const Suite& suite, Keys&& keys) noexcept
      : keys_(std::move(keys)), mac_bytes_(suite.mac_bytes) {}

  Keys keys_;
  std::size_t mac_bytes_;
};

}  // namespace sotto::ratchet
