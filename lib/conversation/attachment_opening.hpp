// SPDX-License-Identifier: MIT OR Apache-2.0
/// A sealed file that is being opened.
#pragma once

#include <array>
#include <memory>

#include <sotto/attachment.hpp>

#include "base/door.hpp"
#include "conversation/attachment_cipher.hpp"
#include "conversation/attachment_digest.hpp"

namespace sotto::conversation {

/// The one chunk that it holds is part of it, so that nothing is allocated later. [AT-6-1]
class AttachmentOpening {
 public:
  AttachmentOpening(const AttachmentDigest& digest,
                    std::unique_ptr<AttachmentCipher> cipher) noexcept
      : digest_(digest), cipher_(std::move(cipher)) {}

  [[nodiscard]] Result<MutableBytes> open(MutableBytes out, Bytes part) noexcept;
  [[nodiscard]] Result<MutableBytes> open_chunk(MutableBytes out, std::uint64_t number,
                                                Bytes sealed) const noexcept;
  [[nodiscard]] Result<void> finish() noexcept;

  [[nodiscard]] base::Door& door() noexcept { return door_; }

 private:
  enum class State : std::uint8_t { taking, refused, finished };

  /// What of the file is plaintext before chunk `number`.
  [[nodiscard]] std::uint64_t plaintext_before(std::uint64_t number) const noexcept;
  /// The number of the first chunk that is not whole once `bytes` more have come.
  [[nodiscard]] std::uint64_t next_after(std::uint64_t bytes) const noexcept;
  [[nodiscard]] Result<void> take_all(MutableBytes out, Bytes part) noexcept;
  [[nodiscard]] Result<void> take_header(Bytes& part) noexcept;
  [[nodiscard]] Result<void> take_chunk(MutableBytes out, Bytes sealed) noexcept;

  AttachmentDigest digest_;
  std::unique_ptr<AttachmentCipher> cipher_;
  AttachmentHash hash_;
  State state_ = State::taking;
  std::uint64_t taken_ = 0;  ///< bytes of the sealed file that have come
  std::uint64_t next_ = 0;   ///< the number of the chunk that is next, or has come in part
  std::size_t held_ = 0;     ///< how much of it has
  std::array<std::uint8_t, attachment_chunk_bytes + attachment_tag_bytes> chunk_;  ///< that much
  base::Door door_;
};

}  // namespace sotto::conversation
