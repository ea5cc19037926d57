// SPDX-License-Identifier: MIT OR Apache-2.0
#include "conversation/attachment_opening.hpp"

#include <algorithm>
#include <cstring>

#include "base/overlap.hpp"
#include "base/verdict.hpp"

namespace sotto::conversation {

std::uint64_t AttachmentOpening::plaintext_before(std::uint64_t number) const noexcept {
  return std::min(cipher_->size(), number * attachment_chunk_bytes);
}

std::uint64_t AttachmentOpening::next_after(std::uint64_t bytes) const noexcept {
  const std::uint64_t taken = taken_ + bytes;
  if (taken >= sealed_attachment_size(cipher_->size())) return cipher_->chunks();
  if (taken < attachment_header_bytes) return 0;
  return (taken - attachment_header_bytes) / chunk_.size();
}

Result<MutableBytes> AttachmentOpening::open(MutableBytes out, Bytes part) noexcept {
  if (state_ != State::taking) return std::unexpected(Error::wrong_state);
  const std::uint64_t room = plaintext_before(next_after(part.size())) - plaintext_before(next_);
  if (out.size() < room) return std::unexpected(Error::buffer_too_small);
  const MutableBytes plaintext = out.first(static_cast<std::size_t>(room));
  if (base::overlap(plaintext, part)) return std::unexpected(Error::buffers_overlap);

  const auto taken = take_all(plaintext, part);
  if (!taken) {
    state_ = State::refused;  // [AT-2-4]
    wipe(plaintext);
    return std::unexpected(taken.error());
  }
  return plaintext;
}

Result<void> AttachmentOpening::take_all(MutableBytes out, Bytes part) noexcept {
  if (const auto header = take_header(part); !header) return header;
  while (!part.empty()) {
    if (next_ == cipher_->chunks()) return std::unexpected(Error::malformed);
    const AttachmentChunk place = cipher_->place(next_);
    const Bytes came = part.first(std::min(part.size(), place.sealed_bytes - held_));
    part = part.subspan(came.size());
    taken_ += came.size();
    Bytes sealed = came;
    if (came.size() < place.sealed_bytes) {  // In pieces: they are gathered first.
      std::memcpy(chunk_.data() + held_, came.data(), came.size());
      held_ += came.size();
      if (held_ < place.sealed_bytes) return {};
      sealed = Bytes(chunk_).first(held_);
    }
    if (const auto done = take_chunk(out.first(place.bytes), sealed); !done) return done;
    out = out.subspan(place.bytes);
  }
  return {};
}

Result<void> AttachmentOpening::take_header(Bytes& part) noexcept {
  for (; taken_ < attachment_header_bytes && !part.empty(); ++taken_) {
    if (part.front() != attachment_header[static_cast<std::size_t>(taken_)])
      return std::unexpected(Error::unsupported_version);
    part = part.subspan(1);
  }
  return {};
}

/// The next chunk, whole. The last one is let out when it makes the digest right. [AT-2-3, AT-3-1]
Result<void> AttachmentOpening::take_chunk(MutableBytes out, Bytes sealed) noexcept {
  if (const auto opened = cipher_->open(out, next_, sealed); !opened) return opened;
  hash_.add(sealed);
  ++next_;
  held_ = 0;
  if (next_ == cipher_->chunks() && !base::equal_ct(hash_.digest().bytes(), digest_.bytes()))
    return std::unexpected(Error::authentication_failed);
  return {};
}

Result<MutableBytes> AttachmentOpening::open_chunk(MutableBytes out, std::uint64_t number,
                                                   Bytes sealed) const noexcept {
  if (state_ == State::refused) return std::unexpected(Error::wrong_state);
  const AttachmentChunk place = cipher_->place(number);
  if (place.sealed_bytes == 0 || sealed.size() != place.sealed_bytes)
    return std::unexpected(Error::malformed);
  if (out.size() < place.bytes) return std::unexpected(Error::buffer_too_small);
  const MutableBytes plaintext = out.first(place.bytes);
  if (base::overlap(plaintext, sealed)) return std::unexpected(Error::buffers_overlap);
  if (const auto opened = cipher_->open(plaintext, number, sealed); !opened)
    return std::unexpected(opened.error());
  return plaintext;
}

Result<void> AttachmentOpening::finish() noexcept {
  if (state_ != State::taking) return std::unexpected(Error::wrong_state);
  const bool whole = next_ == cipher_->chunks();
  state_ = whole ? State::finished : State::refused;
  if (!whole) return std::unexpected(Error::malformed);
  return {};
}

}  // namespace sotto::conversation
