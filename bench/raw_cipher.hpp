// SPDX-License-Identifier: MIT OR Apache-2.0
/// The floor of a packet or frame: one call of the AEAD, or one of the cipher and one of the MAC,
/// under keys that are set up already.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include <sotto/bytes.hpp>

#include "crypto/aes_ctr.hpp"
#include "crypto/boring.hpp"
#include "crypto/hmac.hpp"
#include "crypto/hmac_sha1.hpp"
#include "crypto/hmac_sha512.hpp"

namespace sotto::bench {

class RawCipher {
 public:
  enum class Kind : std::uint8_t { gcm, ctr_sha1, ctr_sha256, ctr_sha512 };

  RawCipher(Kind kind, std::size_t key_bytes);
  RawCipher(const RawCipher&) = delete;
  RawCipher& operator=(const RawCipher&) = delete;
  ~RawCipher();

  /// What `seal` adds: the whole tag of an AEAD, the whole MAC; nothing here is cut.
  [[nodiscard]] std::size_t tag_bytes() const;
  /// `out` may start where `payload` does. The number makes the nonce.
  void seal(MutableBytes out, Bytes header, Bytes payload, std::uint32_t number);
  /// Whether it opened; `out` may start where `sealed` does.
  [[nodiscard]] bool open(MutableBytes out, Bytes header, Bytes sealed, std::uint32_t number);

 private:
  using Mac = std::array<std::uint8_t, 64>;
  void mac(Mac& out, Bytes header, Bytes ciphertext);

  Kind kind_;
  const crypto::Boring& lib_ = crypto::boring();
  EVP_AEAD_CTX gcm_;
  std::optional<crypto::AesCtr> ctr_;
  std::optional<crypto::HmacSha1Key> sha1_;
  std::optional<crypto::HmacSha256Key> sha256_;
  std::optional<crypto::HmacSha512Key> sha512_;
};

}  // namespace sotto::bench
