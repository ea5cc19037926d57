// SPDX-License-Identifier: MIT OR Apache-2.0
/// AES-256 in CBC mode with PKCS #7 padding, byte by byte as FIPS 197 and SP 800-38A tell it.
#pragma once

#include <optional>

#include "bytes.hpp"

namespace sotto::model {

class Aes256 {
 public:
  explicit Aes256(Bytes key);
  [[nodiscard]] Buffer cbc_encrypt(Bytes iv, Bytes plaintext) const;
  /// Nothing when the padding is not right.
  [[nodiscard]] std::optional<Buffer> cbc_decrypt(Bytes iv, Bytes ciphertext) const;

 private:
  using Block = std::array<std::uint8_t, 16>;
  [[nodiscard]] Block encrypt(Block block) const;
  [[nodiscard]] Block decrypt(Block block) const;
  std::array<Block, 15> round_keys_;
};

}  // namespace sotto::model
