// SPDX-License-Identifier: MIT OR Apache-2.0
/// AES-256-CBC with PKCS #7 padding and AES-CTR (NIST SP 800-38A). Neither authenticates.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>

namespace sotto::crypto {

using AesIv = std::span<const std::uint8_t, 16>;
using Aes256Key = std::span<const std::uint8_t, 32>;

/// The size of `n` bytes once padded: the next multiple of 16 above `n`.
[[nodiscard]] constexpr std::size_t cbc_padded_size(std::size_t n) noexcept {
  return (n / 16 + 1) * 16;
}

/// Pad and encrypt. `out` is exactly `cbc_padded_size(plaintext.size())` bytes and does not
/// overlap `plaintext`.
void aes256_cbc_encrypt(MutableBytes out, Aes256Key key, AesIv iv, Bytes plaintext) noexcept;

/// Decrypt and unpad, in time that depends on the size alone until the verdict on the padding.
/// `out` has the size of `ciphertext` and does not overlap it; returns the part used.
/// Errors: `authentication_failed` when the size or the padding is wrong (`out` is then zeroed).
[[nodiscard]] Result<MutableBytes> aes256_cbc_decrypt(MutableBytes out, Aes256Key key, AesIv iv,
                                                      Bytes ciphertext) noexcept;

/// XOR the keystream of the counter block `iv`, counting up big-endian, into `in`. The key is 16 or
/// 32 bytes; `out` has the size of `in` and is `in` or does not overlap it.
void aes_ctr(MutableBytes out, Bytes key, AesIv iv, Bytes in) noexcept;

}  // namespace sotto::crypto
