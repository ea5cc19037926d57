// SPDX-License-Identifier: MIT OR Apache-2.0
/// Attachments beside their slow twin, which knows whole files only.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "testing/error_of.hpp"
#include "testing/tape_entropy.hpp"
#include "twin_attachment.hpp"

namespace sotto::prop {
namespace {

using testing::error_of;
using testing::TapeEntropy;

/// Sizes at the ends of cipher blocks, classes and chunks, and others.
rc::Gen<std::size_t> sizes() {
  const auto near =
      rc::gen::map(rc::gen::tuple(rc::gen::element<std::size_t>(3, 16, 4096, 65536, 67584, 131072),
                                  within<std::size_t>(0, 6)),
                   [](std::tuple<std::size_t, std::size_t> at) {
                     return std::get<0>(at) + std::get<1>(at) - 3;
                   });
  return rc::gen::oneOf(near, within<std::size_t>(0, 6000), within<std::size_t>(0, 150000));
}

Buffer file_of(std::size_t size, std::uint64_t seed) {
  Buffer file(size);
  if (!TapeEntropy(seed).fill(file)) return {};
  if (seed % 3 == 0 && size > 0)
    std::fill(file.begin() + static_cast<std::ptrdiff_t>(size / 2), file.end(), std::uint8_t{0});
  return file;
}

struct Made {
  std::vector<Buffer> pieces;
  AttachmentReference reference;
};

Made seal(Bytes file, std::uint64_t key_seed) {
  TapeEntropy tape(key_seed);
  auto sealer = *AttachmentSealer::create(file.size(), tape);
  Buffer room(attachment_max_piece_bytes);
  Made made{{}, {AttachmentKey::made_by([](MutableBytes) {}), {}, 0}};
  while (!sealer.complete()) {
    const Bytes next = file.first(sealer.wanted_bytes());
    file = file.subspan(next.size());
    made.pieces.push_back(copy(*sealer.seal(room, next)));
  }
  made.reference = *sealer.finish();
  return made;
}

Buffer joined(const std::vector<Buffer>& pieces) {
  Buffer all;
  for (const Buffer& piece : pieces) all.insert(all.end(), piece.begin(), piece.end());
  return all;
}

/// How long the parts are in which a file arrives: these, again and again.
rc::Gen<std::vector<std::size_t>> cuts() {
  const auto one = rc::gen::oneOf(within<std::size_t>(1, 50), within<std::size_t>(65500, 65640),
                                  within<std::size_t>(1, 160000));
  return rc::gen::mapcat(within<std::size_t>(1, 5), [one](std::size_t n) {
    return rc::gen::map(rc::gen::container<std::vector<std::size_t>>(n, one),
                        [](std::vector<std::size_t> all) {
                          all.push_back(1000);  // So that no file takes a hundred thousand steps.
                          return all;
                        });
  });
}

/// What of a file of `size` is out once `taken` bytes have come: all whole chunks, at once.
std::uint64_t released(std::uint64_t size, std::uint64_t taken) {
  if (taken < 2) return 0;
  if (taken >= sealed_attachment_size(size)) return size;
  return std::min<std::uint64_t>(size, (taken - 2) / 65568 * 65536);
}

struct Came {
  Buffer plaintext;
  std::optional<Error> error;
};

Came open(const AttachmentReference& reference, Bytes sealed,
          const std::vector<std::size_t>& cuts) {
  auto opener = *AttachmentOpener::create(reference);
  Came came;
  std::uint64_t taken = 0;
  for (std::size_t i = 0; !sealed.empty() && !came.error; ++i) {
    const Bytes part = sealed.first(std::min(cuts[i % cuts.size()], sealed.size()));
    sealed = sealed.subspan(part.size());
    taken += part.size();
    Buffer room(part.size() + attachment_chunk_bytes, 0x77);
    const auto opened = opener.open(room, part);
    came.error = error_of(opened);
    if (opened) {
      came.plaintext.insert(came.plaintext.end(), opened->begin(), opened->end());
      RC_ASSERT(came.plaintext.size() == released(reference.size, taken));
    } else {
      RC_ASSERT(std::ranges::all_of(room, [](auto b) { return b == 0 || b == 0x77; }));
    }
  }
  if (!came.error) came.error = error_of(opener.finish());
  RC_ASSERT(error_of(opener.open({}, {})) == Error::wrong_state);
  return came;
}

bool begins_with(Bytes whole, Bytes front) {
  return front.size() <= whole.size() && same(whole.first(front.size()), front);
}

/// What somebody does to a file on its way who has no key.
void meddle(std::vector<Buffer>& pieces, const std::vector<Buffer>& other) {
  const auto some = [&] { return *within<std::size_t>(1, pieces.size()); };
  const auto place = [&](std::size_t i) { return pieces.begin() + static_cast<std::ptrdiff_t>(i); };
  if (pieces.size() < 2) return;
  switch (*within(0, 7)) {
    case 0: {
      Buffer& piece = pieces[*within<std::size_t>(0, pieces.size())];
      if (!piece.empty()) flip(piece, *bits_of(piece.size()));
      return;
    }
    case 1:
      pieces.erase(place(some()));
      return;
    case 2: {
      Buffer again = pieces[some()];
      pieces.insert(place(some()), std::move(again));
      return;
    }
    case 3:
      std::swap(pieces[some()], pieces[some()]);
      return;
    case 4: {
      Buffer& last = pieces.back();
      last.resize(*within<std::size_t>(0, last.size() + 3));
      return;
    }
    case 5:
      pieces.back().push_back(*within<std::uint8_t>(0, 255));
      return;
    default: {
      const std::size_t i = some();
      if (i < other.size()) pieces[i] = other[i];
    }
  }
}

/// [AT-1-2] [AT-1-3] [AT-2-1] [AT-2-2] [AT-3-1] [AT-4-1]
RC_GTEST_PROP(Attachment, seals_what_the_twin_seals, ()) {
  const std::size_t size = *sizes();
  const Buffer file = file_of(size, *seeds());
  const auto made = seal(file, *seeds());
  const TwinAttachment twin(made.reference.key.expose(), size);
  const auto theirs = twin.seal(file);
  RC_ASSERT(same(joined(made.pieces), joined(theirs.pieces)));
  RC_ASSERT(same(made.reference.digest.bytes(), theirs.digest));
  RC_ASSERT(made.reference.size == size);
  RC_ASSERT(sealed_attachment_size(size) == joined(theirs.pieces).size());
  const auto came = open(made.reference, joined(theirs.pieces), *cuts());
  RC_ASSERT(!came.error);
  RC_ASSERT(came.plaintext == file);
}

/// [AT-2-3] [AT-2-4]
RC_GTEST_PROP(Attachment, only_what_was_sealed_comes_out, ()) {
  const std::size_t size = *sizes();
  const Buffer file = file_of(size, *seeds());
  const std::uint64_t key_seed = *seeds();
  const auto made = seal(file, key_seed);
  const TwinAttachment twin(made.reference.key.expose(), size);
  auto sealed = twin.seal(file);
  const Buffer whole = joined(sealed.pieces);
  const auto other = TwinAttachment(seal({}, key_seed + 1).reference.key.expose(), size).seal(file);
  for (int i = *within(0, 3); i > 0; --i) meddle(sealed.pieces, other.pieces);
  const Buffer bytes = joined(sealed.pieces);
  const auto came = open(made.reference, bytes, *cuts());
  RC_ASSERT(begins_with(file, came.plaintext));
  RC_ASSERT(came.error.has_value() == (bytes != whole));
  RC_ASSERT(came.error == twin.open(made.reference.digest.bytes(), bytes).error);
}

/// Who has the key as well, as the one who sealed the file and all who got it: what opens, and what
/// is refused, is what the twin says. [AT-1-2] [AT-3-1] [AT-3-2] [AT-4-2]
RC_GTEST_PROP(Attachment, who_has_the_key_is_judged_as_by_the_twin, ()) {
  const std::size_t size = *sizes();
  const std::uint64_t key_seed = *seeds();
  const Buffer file = file_of(size, *seeds()), another = file_of(size, *seeds());
  auto made = seal(file, key_seed);
  const TwinAttachment twin(made.reference.key.expose(), size);
  auto sealed = twin.seal(file);
  const auto other = twin.seal(another);
  const int how = *within(0, 5);
  const std::size_t which = *within<std::size_t>(1, sealed.pieces.size());
  Buffer& piece = sealed.pieces[which];
  if (how == 0) flip(piece, *bits_of(piece.size()));  // And all tags made right again.
  if (how == 0) twin.tag_again(sealed);
  if (how == 1) piece = other.pieces[which];
  if (how == 2) meddle(sealed.pieces, other.pieces);
  if (how == 3) flip(piece, piece.size() * 8 - 257);  // The last bit of the padding, or the file.
  if (how == 3) twin.tag_again(sealed);
  std::uint64_t named = size;
  if (how == 4) named += *rc::gen::element<std::uint64_t>(1, ~std::uint64_t{0});
  if (named > attachment_max_bytes) named = 1;
  made.reference.size = named;
  made.reference.digest = AttachmentDigest(array_of<32>(sealed.digest));
  const Buffer bytes = joined(sealed.pieces);
  const auto theirs = TwinAttachment(made.reference.key.expose(), named).open(sealed.digest, bytes);
  const auto came = open(made.reference, bytes, *cuts());
  RC_ASSERT(came.error == theirs.error);
  RC_ASSERT(begins_with(theirs.plaintext, came.plaintext));
  RC_ASSERT(came.error || came.plaintext == theirs.plaintext);
  RC_CLASSIFY(!came.error, "opened");
}

/// [AT-6-2]
RC_GTEST_PROP(Attachment, chunks_open_alone, ()) {
  const std::size_t size = *sizes();
  const Buffer file = file_of(size, *seeds());
  const auto made = seal(file, *seeds());
  const Buffer whole = joined(made.pieces);
  auto opener = *AttachmentOpener::create(made.reference);
  Buffer room(attachment_chunk_bytes);
  for (int i = 0; i < 5; ++i) {
    const std::uint64_t number = *within<std::uint64_t>(0, attachment_chunks(size));
    const auto place = attachment_chunk(size, number);
    const std::uint64_t as = *within<std::uint64_t>(0, attachment_chunks(size) + 1);
    const Bytes sealed =
        Bytes(whole).subspan(static_cast<std::size_t>(place.sealed_offset), place.sealed_bytes);
    const auto opened = opener.open_chunk(room, as, sealed);
    RC_ASSERT(opened.has_value() == (as == number));
    if (!opened) continue;
    RC_ASSERT(
        same(*opened, Bytes(file).subspan(static_cast<std::size_t>(place.offset), place.bytes)));
  }
}

/// [AT-4-1] [AT-4-3]
RC_GTEST_PROP(Attachment, sizes_are_the_twins, ()) {
  const auto bits = *within(0, 42);
  const std::uint64_t size = *seeds() & ((std::uint64_t{1} << bits) - 1);
  const std::uint64_t near = std::uint64_t{1} << *within(0, 41);
  for (const std::uint64_t each : {size, near - 1, near, near + 1}) {
    const auto padded = each > attachment_max_bytes ? 0 : TwinAttachment({}, each).padded_size();
    RC_ASSERT(padded_attachment_size(each) == padded);
    RC_ASSERT(padded == 0 || padded >= each);
    RC_ASSERT(attachment_chunks(each) == (padded + 65535) / 65536);
  }
}

/// [AT-5-1]
RC_GTEST_PROP(Attachment, references_are_written_as_they_were_read, ()) {
  Buffer bytes = *buffers_of(*rc::gen::element<std::size_t>(0, 72, 73, 73, 73, 73, 74));
  const bool right_size = bytes.size() == 73;
  if (right_size && *within(0, 4) > 0) bytes[0] = 1;
  if (right_size && *within(0, 4) > 0)
    std::fill(bytes.begin() + 65, bytes.begin() + 68, std::uint8_t{0});
  const auto read = read_attachment_reference(bytes);
  std::uint64_t size = 0;
  for (std::size_t i = 65; i < bytes.size(); ++i) size = size << 8 | bytes[i];
  RC_ASSERT(read.has_value() == (right_size && bytes[0] == 1 && size <= attachment_max_bytes));
  if (!read) return;
  RC_ASSERT(read->size == size);
  RC_ASSERT(same(write_attachment_reference(*read).expose(), bytes));
  RC_CLASSIFY(true, "read");
}

}  // namespace
}  // namespace sotto::prop
