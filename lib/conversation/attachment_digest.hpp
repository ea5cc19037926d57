// SPDX-License-Identifier: MIT OR Apache-2.0
/// The digest of a sealed file: a hash over its header and the tags of all its chunks, in order.
#pragma once

#include <sotto/attachment.hpp>

#include "conversation/attachment_cipher.hpp"
#include "crypto/hkdf.hpp"
#include "crypto/sha2.hpp"

namespace sotto::conversation {

/// Each tag stands for its whole chunk, so that the digest costs one block of SHA-256 for two
/// chunks. [AT-3-1]
class AttachmentHash {
 public:
  AttachmentHash() noexcept {
    hash_.update(crypto::label("sotto attachment digest 1"));
    hash_.update(attachment_header);
  }

  /// The next chunk, of which the tag alone is read.
  void add(Bytes sealed_chunk) noexcept { hash_.update(sealed_chunk.last(attachment_tag_bytes)); }

  /// The digest of all chunks so far, of which there may be more.
  [[nodiscard]] AttachmentDigest digest() const noexcept {
    crypto::Sha256 copy = hash_;
    crypto::Sha256Digest out;
    copy.finish(out);
    return AttachmentDigest(out);
  }

 private:
  crypto::Sha256 hash_;
};

}  // namespace sotto::conversation
