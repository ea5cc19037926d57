// SPDX-License-Identifier: MIT OR Apache-2.0
/// The keys of one file, and what they make of its chunks.
#pragma once

#include <array>
#include <memory>

#include <sotto/attachment.hpp>

#include "crypto/aes_ctr.hpp"
#include "crypto/hmac.hpp"

namespace sotto::conversation {

/// What a sealed file begins with: version 1, chunks of 2^16 bytes. Both are part of what the keys
/// follow from.
inline constexpr std::array<std::uint8_t, attachment_header_bytes> attachment_header{1, 16};
static_assert(std::size_t{1} << attachment_header[1] == attachment_chunk_bytes);

/// Seals and opens the chunks of a file of a known size, in any order. [AT-2-1, AT-2-2]
class AttachmentCipher {
 public:
  /// Errors: `malformed` (size), `out_of_memory`, `backend_unavailable`.
  [[nodiscard]] static Result<std::unique_ptr<AttachmentCipher>> create(
      const AttachmentKey& key, std::uint64_t size) noexcept;

  /// Seal the plaintext of `chunk`, chunk `number` of the file, and its padding. `out` is exactly
  /// `chunk.sealed_bytes` and shares nothing with `plaintext`, which is exactly `chunk.bytes`.
  void seal(MutableBytes out, std::uint64_t number, Bytes plaintext) const noexcept;

  /// Open chunk `number`: `sealed` and `out` have exactly the sizes of `place(number)` and share
  /// nothing. On error `out` is untouched or zeroed.
  /// Errors: `authentication_failed`, `malformed` (padding that is not zero).
  [[nodiscard]] Result<void> open(MutableBytes out, std::uint64_t number,
                                  Bytes sealed) const noexcept;

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] std::uint64_t chunks() const noexcept { return attachment_chunks(size_); }
  [[nodiscard]] AttachmentChunk place(std::uint64_t number) const noexcept {
    return attachment_chunk(size_, number);
  }

 private:
  AttachmentCipher(crypto::AesCtr cipher, Bytes mac_key, std::uint64_t size) noexcept
      : cipher_(std::move(cipher)), mac_(mac_key), size_(size) {}

  void apply(MutableBytes out, std::uint64_t number, std::size_t offset, Bytes in) const noexcept;
  void tag(std::span<std::uint8_t, attachment_tag_bytes> out, std::uint64_t number,
           Bytes ciphertext) const noexcept;
  [[nodiscard]] bool is_padding(std::uint64_t number, std::size_t offset,
                                Bytes ciphertext) const noexcept;

  crypto::AesCtr cipher_;
  crypto::HmacSha256Key mac_;
  std::uint64_t size_;
};

}  // namespace sotto::conversation
