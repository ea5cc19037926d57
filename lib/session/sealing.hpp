// SPDX-License-Identifier: MIT OR Apache-2.0
/// How bytes are sealed before they leave memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>

#include "crypto/aes_gcm_siv.hpp"

namespace sotto::session {

/// The last bytes of a sealed value. They stand for name, nonce and content.
using RowTag = std::array<std::uint8_t, crypto::AesGcmSiv::tag_bytes>;

/// sealed = format(1) nonce(12) AES-256-GCM-SIV ciphertext || tag(16) (RFC 8452). The nonce is
/// derived from the counter that the caller gives (a row's revision) and need not be unique: then
/// equal content under equal names shows as equal, and nothing else.
class Sealer {
 public:
  static constexpr std::size_t tag_bytes = crypto::AesGcmSiv::tag_bytes;
  static constexpr std::size_t overhead_bytes = 1 + 12 + tag_bytes;

  /// `key` is 32 bytes. Errors: `out_of_memory`, `backend_unavailable`.
  [[nodiscard]] static Result<Sealer> create(Bytes key) noexcept;

  /// `out` is exactly `overhead_bytes` longer than `plaintext` and does not overlap it; `name` is
  /// authenticated.
  void seal(MutableBytes out, Bytes plaintext, Bytes name, std::uint64_t counter) const noexcept;

  /// `out` is exactly `overhead_bytes` shorter than `sealed`. On error `out` is zeroed.
  /// Errors: `corrupted`, `unsupported_version` (a newer format).
  [[nodiscard]] Result<void> open(MutableBytes out, Bytes sealed, Bytes name) const noexcept;

 private:
  explicit Sealer(crypto::AesGcmSiv&& aead) noexcept : aead_(std::move(aead)) {}
  crypto::AesGcmSiv aead_;
};

}  // namespace sotto::session
