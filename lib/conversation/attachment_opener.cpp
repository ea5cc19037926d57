// SPDX-License-Identifier: MIT OR Apache-2.0
#include <new>

#include <sotto/attachment.hpp>

#include "base/door.hpp"
#include "base/verdict.hpp"
#include "conversation/attachment_opening.hpp"

namespace sotto {

AttachmentOpener::AttachmentOpener(std::unique_ptr<conversation::AttachmentOpening> impl) noexcept
    : impl_(std::move(impl)) {
}
AttachmentOpener::AttachmentOpener(AttachmentOpener&&) noexcept = default;
AttachmentOpener& AttachmentOpener::operator=(AttachmentOpener&&) noexcept = default;
AttachmentOpener::~AttachmentOpener() = default;

Result<AttachmentOpener> AttachmentOpener::create(const AttachmentReference& reference) noexcept {
  if (base::is_zero_ct(reference.key.expose())) return std::unexpected(Error::weak_key);
  auto cipher = conversation::AttachmentCipher::create(reference.key, reference.size);
  if (!cipher) return std::unexpected(cipher.error());
  std::unique_ptr<conversation::AttachmentOpening> impl(
      new (std::nothrow) conversation::AttachmentOpening(reference.digest, *std::move(cipher)));
  if (impl == nullptr) return std::unexpected(Error::out_of_memory);
  return AttachmentOpener(std::move(impl));
}

Result<MutableBytes> AttachmentOpener::open(MutableBytes out, Bytes part) noexcept {
  return base::inside(
      impl_, [&](conversation::AttachmentOpening& held) noexcept { return held.open(out, part); });
}

Result<void> AttachmentOpener::finish() noexcept {
  return base::inside(
      impl_, [&](conversation::AttachmentOpening& held) noexcept { return held.finish(); });
}

Result<MutableBytes> AttachmentOpener::open_chunk(MutableBytes out, std::uint64_t number,
                                                  Bytes sealed) noexcept {
  return base::inside(impl_, [&](conversation::AttachmentOpening& held) noexcept {
    return held.open_chunk(out, number, sealed);
  });
}

}  // namespace sotto
