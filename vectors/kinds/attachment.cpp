// SPDX-License-Identifier: MIT OR Apache-2.0
// Attachments (spec/attachments.md) [AT-1-2] [AT-2-1] [AT-2-4] [AT-3-1] [AT-4-1] [AT-5-1].
#include <algorithm>

#include <sotto/attachment.hpp>

#include "crypto/sha2.hpp"
#include "vectors/fixed_entropy.hpp"
#include "vectors/kind.hpp"

namespace sotto::vectors {
namespace {

constexpr std::uint64_t most_bytes = std::uint64_t{1} << 24;

void join(Blob& front, Bytes back) {
  front.insert(front.end(), back.begin(), back.end());
}

struct Sealed {
  std::vector<Blob> pieces;
  AttachmentReference reference;
};

/// The file of `size` bytes whose byte i is i modulo 251.
Blob file_of(std::uint64_t size) {
  Blob file(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < file.size(); ++i) file[i] = static_cast<std::uint8_t>(i % 251);
  return file;
}

Result<Sealed> seal(const Blob& key, Bytes file) {
  FixedEntropy entropy(key);
  auto sealer = AttachmentSealer::create(file.size(), entropy);
  if (!sealer) return std::unexpected(sealer.error());
  std::vector<Blob> pieces;
  Blob room(attachment_max_piece_bytes);
  while (!sealer->complete()) {
    const Bytes next = file.first(sealer->wanted_bytes());
    file = file.subspan(next.size());
    const auto piece = sealer->seal(room, next);
    if (!piece) return std::unexpected(piece.error());
    pieces.emplace_back(piece->begin(), piece->end());
  }
  auto reference = sealer->finish();
  if (!reference) return std::unexpected(reference.error());
  return Sealed{std::move(pieces), *std::move(reference)};
}

/// The whole file, out of parts that are cut where no chunk ends.
Result<Blob> open(const AttachmentReference& reference, Bytes sealed) {
  auto opener = AttachmentOpener::create(reference);
  if (!opener) return std::unexpected(opener.error());
  constexpr std::size_t part_bytes = 40009;
  Blob plaintext, room(part_bytes + attachment_chunk_bytes);
  while (!sealed.empty()) {
    const Bytes part = sealed.first(std::min(part_bytes, sealed.size()));
    sealed = sealed.subspan(part.size());
    const auto opened = opener->open(room, part);
    if (!opened) return std::unexpected(opened.error());
    join(plaintext, *opened);
  }
  if (const auto end = opener->finish(); !end) return std::unexpected(end.error());
  return plaintext;
}

/// A file that is sealed and opened again; or the chunks of it in another order.
struct Attachment {
  Blob key;
  std::uint64_t size;
  Blob order;
  std::uint64_t sealed_size = 0;
  Blob tags, sealed_sha256, reference;

  static Attachment read(Fields& fields) {
    Attachment test{fields.hex("key"), fields.number("size", most_bytes), {}, 0, {}, {}, {}};
    if (refused(fields)) {
      test.order = fields.hex("order");
      return test;
    }
    test.sealed_size = fields.number("sealed_size");
    test.tags = fields.hex("tags");
    test.sealed_sha256 = fields.hex("sealed_sha256");
    test.reference = fields.hex("reference");
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    const Blob file = file_of(size);
    const auto sealed = seal(key, file);
    if (!sealed) return std::unexpected(sealed.error());
    return reference.empty() ? reordered(*sealed) : compare(*sealed, file, checks);
  }

  [[nodiscard]] Result<void> compare(const Sealed& sealed, const Blob& file, Checks& checks) const {
    Blob whole, made_tags;
    for (const Blob& piece : sealed.pieces) {
      join(whole, piece);
      join(made_tags, Bytes(piece).last(attachment_tag_bytes));
    }
    checks.require(whole.size() == sealed_size && sealed_attachment_size(size) == sealed_size,
                   "another size");
    checks.equal("tags", made_tags, tags);
    checks.equal("sealed_sha256", crypto::sha256(whole), sealed_sha256);
    checks.equal("reference", write_attachment_reference(sealed.reference).expose(), reference);
    const auto read = read_attachment_reference(reference);
    if (!read) return std::unexpected(read.error());
    const auto opened = open(*read, whole);
    if (!opened) return std::unexpected(opened.error());
    checks.equal("the file", *opened, file);
    return {};
  }

  [[nodiscard]] Result<void> reordered(const Sealed& sealed) const {
    Blob whole{1, 16};
    for (const std::uint8_t number : order) {
      if (number >= sealed.pieces.size()) return {};
      const Bytes piece = sealed.pieces[number];
      join(whole, number == 0 ? piece.subspan(attachment_header_bytes) : piece);
    }
    const auto opened = open(sealed.reference, whole);
    if (!opened) return std::unexpected(opened.error());
    return {};
  }
};

/// A sealed file of any form, with a reference of any form.
struct Opening {
  Blob reference, sealed, plaintext;

  static Opening read(Fields& fields) {
    Opening test{fields.hex("reference"), fields.hex("sealed"), {}};
    if (!refused(fields)) test.plaintext = fields.hex("plaintext");
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    const auto read = read_attachment_reference(reference);
    if (!read) return std::unexpected(read.error());
    const auto opened = open(*read, sealed);
    if (!opened) return std::unexpected(opened.error());
    checks.equal("plaintext", *opened, plaintext);
    return {};
  }
};

constexpr Kind kinds[] = {
    {"attachment", run_case<Attachment>},
    {"attachment_opening", run_case<Opening>},
};

}  // namespace

std::span<const Kind> attachment_kinds() {
  return kinds;
}

}  // namespace sotto::vectors
