// SPDX-License-Identifier: MIT OR Apache-2.0
/// AES-GCM with 128- or 256-bit keys and 16-byte tags (NIST SP 800-38D).
#pragma once

#include <memory>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>

namespace sotto::crypto {

/// One key, set up once. Sealing and opening allocate nothing.
class AesGcm {
 public:
  static constexpr std::size_t tag_bytes = 16;
  using Nonce = std::span<const std::uint8_t, 12>;

  /// `key` is 16 or 32 bytes. Errors: `malformed` for other sizes, `out_of_memory`,
  /// `backend_unavailable`.
  [[nodiscard]] static Result<AesGcm> create(Bytes key) noexcept;

  AesGcm(AesGcm&&) noexcept;
  AesGcm& operator=(AesGcm&&) noexcept;
  ~AesGcm();

  /// Seal into `out`, exactly `plaintext.size() + 16` bytes: ciphertext || tag. `out` may start
  /// where `plaintext` does. A (key, nonce) pair must never come twice.
  void seal(MutableBytes out, Nonce nonce, Bytes plaintext, Bytes associated) const noexcept;

  /// Open ciphertext || tag into `out`, exactly 16 bytes shorter. On error `out` is zeroed.
  /// Errors: `authentication_failed`, also when `sealed` is shorter than a tag.
  [[nodiscard]] Result<void> open(MutableBytes out, Nonce nonce, Bytes sealed,
                                  Bytes associated) const noexcept;

 private:
  struct Context;
  explicit AesGcm(std::unique_ptr<Context> context) noexcept;
  std::unique_ptr<Context> context_;
};

}  // namespace sotto::crypto
