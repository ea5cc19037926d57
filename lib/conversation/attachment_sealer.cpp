// SPDX-License-Identifier: MIT OR Apache-2.0
#include <new>

#include <sotto/attachment.hpp>

#include "base/door.hpp"
#include "base/overlap.hpp"
#include "base/verdict.hpp"
#include "base/writer.hpp"
#include "conversation/attachment_cipher.hpp"
#include "conversation/attachment_digest.hpp"

namespace sotto {
namespace conversation {

/// A file that is being sealed.
class AttachmentSealing {
 public:
  AttachmentSealing(AttachmentKey&& key, std::unique_ptr<AttachmentCipher> cipher) noexcept
      : key_(std::move(key)), cipher_(std::move(cipher)) {}

  [[nodiscard]] bool complete() const noexcept { return next_ == cipher_->chunks(); }
  [[nodiscard]] std::size_t wanted_bytes() const noexcept { return cipher_->place(next_).bytes; }

  [[nodiscard]] Result<MutableBytes> seal(MutableBytes out, Bytes plaintext) noexcept {
    if (complete()) return std::unexpected(Error::wrong_state);
    const AttachmentChunk chunk = cipher_->place(next_);
    if (plaintext.size() != chunk.bytes) return std::unexpected(Error::malformed);
    const std::size_t header_bytes = next_ == 0 ? attachment_header_bytes : 0;
    const std::size_t size = header_bytes + chunk.sealed_bytes;
    if (out.size() < size) return std::unexpected(Error::buffer_too_small);
    const MutableBytes piece = out.first(size);
    if (base::overlap(piece, plaintext)) return std::unexpected(Error::buffers_overlap);

    base::Writer writer(piece);
    if (header_bytes > 0) writer.put(attachment_header);
    const MutableBytes sealed = writer.claim(chunk.sealed_bytes);
    cipher_->seal(sealed, next_++, plaintext);
    hash_.add(sealed);
    return piece;
  }

  [[nodiscard]] Result<AttachmentReference> finish() noexcept {
    if (!complete() || given_) return std::unexpected(Error::wrong_state);
    given_ = true;
    return AttachmentReference{std::move(key_), hash_.digest(), cipher_->size()};
  }

  [[nodiscard]] base::Door& door() noexcept { return door_; }

 private:
  AttachmentKey key_;
  std::unique_ptr<AttachmentCipher> cipher_;
  AttachmentHash hash_;
  std::uint64_t next_ = 0;  ///< the next chunk's number
  bool given_ = false;      ///< whether the reference, and with it the key, is gone
  base::Door door_;
};

}  // namespace conversation

AttachmentSealer::AttachmentSealer(std::unique_ptr<conversation::AttachmentSealing> impl) noexcept
    : impl_(std::move(impl)) {
}
AttachmentSealer::AttachmentSealer(AttachmentSealer&&) noexcept = default;
AttachmentSealer& AttachmentSealer::operator=(AttachmentSealer&&) noexcept = default;
AttachmentSealer::~AttachmentSealer() = default;

Result<AttachmentSealer> AttachmentSealer::create(std::uint64_t size, Entropy& entropy) noexcept {
  if (size > attachment_max_bytes) return std::unexpected(Error::malformed);
  Result<void> filled;
  auto key = AttachmentKey::made_by([&](MutableBytes out) { filled = entropy.draw(out); });
  if (!filled) return std::unexpected(filled.error());
  if (base::is_zero_ct(key.expose())) return std::unexpected(Error::entropy_failed);
  auto cipher = conversation::AttachmentCipher::create(key, size);
  if (!cipher) return std::unexpected(cipher.error());
  std::unique_ptr<conversation::AttachmentSealing> impl(
      new (std::nothrow) conversation::AttachmentSealing(std::move(key), *std::move(cipher)));
  if (impl == nullptr) return std::unexpected(Error::out_of_memory);
  return AttachmentSealer(std::move(impl));
}

std::size_t AttachmentSealer::wanted_bytes() const noexcept {
  return impl_ == nullptr ? std::size_t{} : impl_->wanted_bytes();
}

bool AttachmentSealer::complete() const noexcept {
  return impl_ == nullptr ? bool{} : impl_->complete();
}

Result<MutableBytes> AttachmentSealer::seal(MutableBytes out, Bytes plaintext) noexcept {
  return base::inside(impl_, [&](conversation::AttachmentSealing& held) noexcept {
    return held.seal(out, plaintext);
  });
}

Result<AttachmentReference> AttachmentSealer::finish() noexcept {
  return base::inside(
      impl_, [&](conversation::AttachmentSealing& held) noexcept { return held.finish(); });
}

}  // namespace sotto
