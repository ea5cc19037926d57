// SPDX-License-Identifier: MIT OR Apache-2.0
/// AES-256-GCM-SIV (RFC 8452): for what is stored, where a nonce may come again.
#pragma once

#include <cstddef>
#include <memory>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>

namespace sotto::crypto {

/// One key, set up once. Sealing and opening allocate nothing. Under a nonce that comes twice,
/// equal plaintexts with equal associated data show as equal; nothing else is lost.
class AesGcmSiv {
 public:
  static constexpr std::size_t tag_bytes = 16;
  using Nonce = std::span<const std::uint8_t, 12>;

  /// `key` is 32 bytes. Errors: `malformed` for other sizes, `out_of_memory`,
  /// `backend_unavailable`.
  [[nodiscard]] static Result<AesGcmSiv> create(Bytes key) noexcept;

  AesGcmSiv(AesGcmSiv&&) noexcept;
  AesGcmSiv& operator=(AesGcmSiv&&) noexcept;
  ~AesGcmSiv();

  /// Seal into `out`, exactly `plaintext.size() + 16` bytes: ciphertext || tag.
  void seal(MutableBytes out, Nonce nonce, Bytes plaintext, Bytes associated) const noexcept;

  /// Open ciphertext || tag into `out`, exactly 16 bytes shorter. On error `out` is zeroed.
  /// Errors: `authentication_failed`, also when `sealed` is shorter than a tag.
  [[nodiscard]] Result<void> open(MutableBytes out, Nonce nonce, Bytes sealed,
                                  Bytes associated) const noexcept;

 private:
  struct Context;
  explicit AesGcmSiv(std::unique_ptr<Context> context) noexcept;
  std::unique_ptr<Context> context_;
};

}  // namespace sotto::crypto
