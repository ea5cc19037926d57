// SPDX-License-Identifier: MIT OR Apache-2.0
/// Files of any size that go beside a message: sealed and opened in pieces, in constant memory.
///
/// `AttachmentSealer` makes of a file a sealed one, which any server may store, and of the whole an
/// `AttachmentReference`, which goes into a message. With it `AttachmentOpener` opens the sealed
/// file while it still arrives, and lets out no byte before its chunk is verified. The layout and
/// the reasons stand in spec/attachments.md.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <sotto/bytes.hpp>
#include <sotto/entropy.hpp>
#include <sotto/error.hpp>
#include <sotto/secret.hpp>

namespace sotto {

namespace conversation {
class AttachmentSealing;
class AttachmentOpening;
}  // namespace conversation

/// What opens one file. Drawn by the sealer for this file and no other.
using AttachmentKey = Secret<struct AttachmentKeyRole, 32>;

/// What one sealed file is known by: a hash over its header and all its tags. [AT-3-1]
using AttachmentDigest = Public<struct AttachmentDigestRole, 32>;

/// The largest file, in bytes: 1 TiB. [AT-4-3]
inline constexpr std::uint64_t attachment_max_bytes = std::uint64_t{1} << 40;

/// A sealed file is a header and chunks; a chunk is as much ciphertext as plaintext, and a tag. All
/// chunks but the last hold `attachment_chunk_bytes`. [AT-2-1]
inline constexpr std::size_t attachment_header_bytes = 2;
inline constexpr std::size_t attachment_chunk_bytes = 65536;
inline constexpr std::size_t attachment_tag_bytes = 32;

/// The most that one call of the sealer puts out: the header with a whole chunk.
inline constexpr std::size_t attachment_max_piece_bytes =
    attachment_header_bytes + attachment_chunk_bytes + attachment_tag_bytes;

/// Files up to this size, in bytes, all look alike. [AT-4-1]
inline constexpr std::uint64_t attachment_min_padded_bytes = 4096;

/// To what a file of `size` bytes is padded before it is sealed: at least 4,096 bytes, and above
/// that the next size whose binary form ends in zeros as PADME asks, at most 1/16 more. 0 above
/// `attachment_max_bytes`. [AT-4-1]
[[nodiscard]] constexpr std::uint64_t padded_attachment_size(std::uint64_t size) noexcept {
  if (size > attachment_max_bytes) return 0;
  if (size <= attachment_min_padded_bytes) return attachment_min_padded_bytes;
  const auto exponent = static_cast<unsigned>(std::bit_width(size)) - 1;
  const auto kept_bits = static_cast<unsigned>(std::bit_width(exponent));
  const std::uint64_t step = std::uint64_t{1} << (exponent - kept_bits);
  return (size + step - 1) / step * step;
}

/// How many chunks a file of `size` bytes has: at least 1. 0 above `attachment_max_bytes`.
[[nodiscard]] constexpr std::uint64_t attachment_chunks(std::uint64_t size) noexcept {
  return (padded_attachment_size(size) + attachment_chunk_bytes - 1) / attachment_chunk_bytes;
}

/// The size of the sealed file, in bytes, of a file of `size` bytes: that is what a server sees.
/// 0 above `attachment_max_bytes`.
[[nodiscard]] constexpr std::uint64_t sealed_attachment_size(std::uint64_t size) noexcept {
  if (size > attachment_max_bytes) return 0;
  return attachment_header_bytes + padded_attachment_size(size) +
         attachment_chunks(size) * attachment_tag_bytes;
}

/// Where a chunk stands, for who fetches a part of a sealed file.
struct AttachmentChunk {
  std::uint64_t sealed_offset = 0;  ///< of its first byte in the sealed file
  std::size_t sealed_bytes = 0;     ///< with the tag
  std::uint64_t offset = 0;         ///< of its first byte in the plaintext
  std::size_t bytes = 0;            ///< of plaintext; 0 when there is only padding in it

  friend constexpr bool operator==(const AttachmentChunk&, const AttachmentChunk&) = default;
};

/// Chunk `number` (from 0) of a file of `size` bytes; all zero when it has none of that number.
[[nodiscard]] constexpr AttachmentChunk attachment_chunk(std::uint64_t size,
                                                         std::uint64_t number) noexcept {
  if (number >= attachment_chunks(size)) return {};
  constexpr std::uint64_t most = attachment_chunk_bytes;
  const std::uint64_t offset = number * most;
  const std::uint64_t padded = std::min(most, padded_attachment_size(size) - offset);
  return {attachment_header_bytes + number * (most + attachment_tag_bytes),
          static_cast<std::size_t>(padded) + attachment_tag_bytes, offset,
          size > offset ? static_cast<std::size_t>(std::min(most, size - offset)) : 0};
}

/// What a message carries of a file, and all that is needed to open it. It holds a secret.
struct AttachmentReference {
  AttachmentKey key;
  AttachmentDigest digest;
  std::uint64_t size = 0;  ///< of the file before padding, in bytes
};

/// A reference as bytes: version(1) = 1, key(32), digest(32), size(8). [AT-5-1]
using EncodedAttachmentReference = Secret<struct EncodedAttachmentReferenceRole, 73>;

/// `reference` as bytes, to be put into a message.
[[nodiscard]] EncodedAttachmentReference write_attachment_reference(
    const AttachmentReference& reference) noexcept;

/// Read a reference; the caller wipes `bytes`. What is accepted is written again as it was.
/// Errors: `malformed` (not 73 bytes, or a size above `attachment_max_bytes`),
/// `unsupported_version`. [AT-5-1]
[[nodiscard]] Result<AttachmentReference> read_attachment_reference(Bytes bytes) noexcept;

/// Seals one file, chunk by chunk:
///
///     while (!sealer.complete()) {
///       // read the next sealer.wanted_bytes() bytes of the file into `plaintext`
///       auto piece = sealer.seal(room, plaintext);
///       // append *piece to the sealed file
///     }
///     auto reference = sealer.finish();
///
/// It cannot open anything. So that no chunk is sealed twice, functions answer `wrong_state` while
/// another thread is inside, and in a forked process. They answer `consumed`, or zero, once it was
/// moved from.
class AttachmentSealer {
 public:
  /// For a file of `size` bytes, under a key drawn from `entropy`: 32 bytes. [AT-1-1]
  /// Errors: `malformed` (above `attachment_max_bytes`), `entropy_failed` (also: all zero),
  /// `out_of_memory`, `backend_unavailable`.
  [[nodiscard]] static Result<AttachmentSealer> create(std::uint64_t size,
                                                       Entropy& entropy) noexcept;
  AttachmentSealer(AttachmentSealer&&) noexcept;
  AttachmentSealer& operator=(AttachmentSealer&&) noexcept;
  ~AttachmentSealer();

  /// How much plaintext the next call of `seal` takes, in bytes: at most `attachment_chunk_bytes`,
  /// and 0 where only padding is left to be sealed.
  [[nodiscard]] std::size_t wanted_bytes() const noexcept;

  /// Whether the whole sealed file was put out.
  [[nodiscard]] bool complete() const noexcept;

  /// Seal the next `wanted_bytes()` bytes and answer the next piece of the sealed file, in `out`:
  /// at most `attachment_max_piece_bytes`. `out` and `plaintext` share nothing. No heap. On error
  /// nothing is written and nothing has changed.
  /// Errors: `wrong_state` (complete), `malformed` (not `wanted_bytes()`), `buffer_too_small`,
  /// `buffers_overlap`.
  [[nodiscard]] Result<MutableBytes> seal(MutableBytes out, Bytes plaintext) noexcept;

  /// The reference, once. Errors: `wrong_state` (not complete yet, or given already).
  [[nodiscard]] Result<AttachmentReference> finish() noexcept;

 private:
  explicit AttachmentSealer(std::unique_ptr<conversation::AttachmentSealing> impl) noexcept;
  std::unique_ptr<conversation::AttachmentSealing> impl_;
};

/// Opens one sealed file in order, from parts of any size, as they arrive; or single chunks of it,
/// in any order. It holds one chunk. It cannot seal anything. Functions answer `wrong_state` and
/// `consumed` as those of `AttachmentSealer`.
class AttachmentOpener {
 public:
  /// Errors: `weak_key` (all zero, as one moved from is), `malformed` (size above
  /// `attachment_max_bytes`), `out_of_memory`, `backend_unavailable`.
  [[nodiscard]] static Result<AttachmentOpener> create(
      const AttachmentReference& reference) noexcept;
  AttachmentOpener(AttachmentOpener&&) noexcept;
  AttachmentOpener& operator=(AttachmentOpener&&) noexcept;
  ~AttachmentOpener();

  /// Take the next part of the sealed file and answer, in `out`, the plaintext of all chunks that
  /// it completes: verified, in order, without padding, perhaps empty. The last chunk is let out
  /// only when the digest is right as well. `out` needs room for that plaintext, never more than
  /// `part.size() + attachment_chunk_bytes`, and shares nothing with `part`. No heap. [AT-2-3]
  ///
  /// A file that is refused once stays so: what was to be written is zeroed and each later call is
  /// `wrong_state`. Errors that refuse: `unsupported_version` (header), `authentication_failed` (a
  /// chunk altered, moved, repeated or left out; another file under the same key), `malformed`
  /// (more bytes than the file has; padding that is not zero). Errors that change nothing:
  /// `buffer_too_small`, `buffers_overlap`, `wrong_state` (refused before, or finished). [AT-2-4]
  [[nodiscard]] Result<MutableBytes> open(MutableBytes out, Bytes part) noexcept;

  /// Nothing more will come. Errors: `malformed` (the file is cut short, and refused),
  /// `wrong_state` (refused before, or finished).
  [[nodiscard]] Result<void> finish() noexcept;

  /// Open chunk `number` alone, which `attachment_chunk` finds in the sealed file; what `open` has
  /// taken stays as it is. `out` needs room for its plaintext and shares nothing with `sealed`; on
  /// error it is untouched or zeroed. No heap. A chunk is verified by its key and place alone: the
  /// digest needs the whole file. [AT-6-2]
  /// Errors: `malformed` (no such chunk, or not its size; padding that is not zero),
  /// `authentication_failed`, `buffer_too_small`, `buffers_overlap`, `wrong_state` (refused).
  [[nodiscard]] Result<MutableBytes> open_chunk(MutableBytes out, std::uint64_t number,
                                                Bytes sealed) noexcept;

 private:
  explicit AttachmentOpener(std::unique_ptr<conversation::AttachmentOpening> impl) noexcept;
  std::unique_ptr<conversation::AttachmentOpening> impl_;
};

}  // namespace sotto
