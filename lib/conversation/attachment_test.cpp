// SPDX-License-Identifier: MIT OR Apache-2.0
// Files are sealed, referred to and opened.
#include "conversation/test_attachment.hpp"

namespace sotto::conversation {
namespace {

static_assert(!std::is_copy_constructible_v<AttachmentReference>);
static_assert(!std::is_copy_constructible_v<AttachmentSealer>);
static_assert(!std::is_copy_constructible_v<AttachmentOpener>);

const std::vector<std::size_t> sizes = {0,    1,     15,    16,    17,     4095,   4096,
                                        4097, 65535, 65536, 65537, 131072, 131073, 200000};

TEST(Attachment, WhatIsSealedOpens) {  // [AT-2-1]
  for (const std::size_t size : sizes) {
    const Buffer file = file_of(size);
    const auto sealed = seal_file(file);
    EXPECT_EQ(sealed.bytes.size(), sealed_attachment_size(size));
    EXPECT_EQ(sealed.reference.size, size);
    const auto opened = open_file(sealed);
    EXPECT_EQ(opened.error, std::nullopt) << size;
    EXPECT_EQ(opened.plaintext, file);
  }
}

TEST(Attachment, PartsMayBeCutAnywhere) {
  const Buffer file = file_of(150000);
  const auto sealed = seal_file(file);
  for (const std::size_t part : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{1000},
                                 sealed_chunk_bytes - 1, sealed_chunk_bytes, sealed_chunk_bytes + 1,
                                 sealed_chunk_bytes + 2, 2 * sealed_chunk_bytes + 2}) {
    const auto opened = open_in_parts(sealed.reference, sealed.bytes, part);
    EXPECT_EQ(opened.error, std::nullopt) << part;
    EXPECT_EQ(opened.plaintext, file) << part;
  }
}

TEST(Attachment, AReaderStartsBeforeTheEnd) {  // [AT-2-3]
  const Buffer file = file_of(3 * chunk_bytes);
  const auto sealed = seal_file(file);
  auto opener = *AttachmentOpener::create(sealed.reference);
  Buffer room(2 * chunk_bytes);
  const Bytes all = sealed.bytes;
  const std::size_t first_end = attachment_header_bytes + sealed_chunk_bytes;
  EXPECT_TRUE(opener.open(room, all.first(first_end - 1))->empty()) << "no byte too early";
  const auto first = opener.open(room, all.subspan(first_end - 1, 1));
  ASSERT_TRUE(first);
  EXPECT_TRUE(std::ranges::equal(*first, Bytes(file).first(chunk_bytes))) << "and none too late";
}

TEST(Attachment, EachFileHasAKeyOfItsOwn) {  // [AT-1-1]
  const Buffer file = file_of(5000);
  TapeEntropy tape(7), same(7);
  std::array<std::uint8_t, 32> drawn;
  ASSERT_TRUE(same.fill(drawn));
  auto sealer = *AttachmentSealer::create(file.size(), tape);
  EXPECT_EQ(tape.drawn(), 32U);
  Buffer room(attachment_max_piece_bytes);
  ASSERT_TRUE(sealer.seal(room, file));
  EXPECT_TRUE(std::ranges::equal(sealer.finish()->key.expose(), drawn));
  EXPECT_NE(seal_file(file, 1).bytes, seal_file(file, 2).bytes);

  testing::FailingEntropy failing;
  EXPECT_EQ(error_of(AttachmentSealer::create(1, failing)), Error::entropy_failed);
  testing::ConstantEntropy zeros(0);
  EXPECT_EQ(error_of(AttachmentSealer::create(1, zeros)), Error::entropy_failed);
}

TEST(Attachment, ASealerTakesWhatItWants) {
  const Buffer file = file_of(chunk_bytes + 10);
  TapeEntropy tape(1);
  auto sealer = *AttachmentSealer::create(file.size(), tape);
  Buffer room(attachment_max_piece_bytes);
  const Bytes first = Bytes(file).first(chunk_bytes), second = Bytes(file).subspan(chunk_bytes);
  EXPECT_EQ(sealer.wanted_bytes(), chunk_bytes);
  EXPECT_EQ(error_of(sealer.seal(room, first.first(chunk_bytes - 1))), Error::malformed);
  EXPECT_EQ(error_of(sealer.seal(room, file)), Error::malformed);
  EXPECT_EQ(error_of(sealer.seal(std::span(room).first(room.size() - 1), first)),
            Error::buffer_too_small);
  EXPECT_EQ(error_of(sealer.seal(room, std::span(room).last(chunk_bytes))), Error::buffers_overlap);
  EXPECT_EQ(error_of(sealer.finish()), Error::wrong_state);
  EXPECT_EQ(room, Buffer(room.size())) << "nothing was written";
  ASSERT_TRUE(sealer.seal(room, first));
  EXPECT_EQ(sealer.wanted_bytes(), 10U);
  EXPECT_FALSE(sealer.complete());
  ASSERT_TRUE(sealer.seal(room, second));
  EXPECT_TRUE(sealer.complete());
  EXPECT_EQ(sealer.wanted_bytes(), 0U);
  EXPECT_EQ(error_of(sealer.seal(room, {})), Error::wrong_state);
  const auto reference = sealer.finish();
  ASSERT_TRUE(reference);
  EXPECT_EQ(reference->digest, seal_file(file).reference.digest) << "failures changed nothing";
  EXPECT_EQ(error_of(sealer.finish()), Error::wrong_state) << "the key is gone";
}

TEST(Attachment, PaddingIsSealedWithoutPlaintext) {  // [AT-4-1]
  // 2^24 + 1 bytes are padded by 2^19 - 1: chunks of nothing else.
  constexpr std::uint64_t size = (1U << 24) + 1;
  constexpr std::uint64_t padded = (1U << 24) + (1U << 19);
  static_assert(padded_attachment_size(size) == padded);
  const auto last = attachment_chunk(size, attachment_chunks(size) - 1);
  EXPECT_EQ(last.bytes, 0U);
  const Buffer file = file_of(size);
  const auto opened = open_file(seal_file(file));
  EXPECT_EQ(opened.error, std::nullopt);
  EXPECT_EQ(opened.plaintext, file);
}

TEST(Attachment, ChunksOpenAlone) {  // [AT-6-2]
  const Buffer file = file_of(150000);
  const auto sealed = seal_file(file);
  auto opener = *AttachmentOpener::create(sealed.reference);
  Buffer room(chunk_bytes);
  for (const std::uint64_t number : {2U, 0U, 1U, 2U}) {
    const auto place = attachment_chunk(file.size(), number);
    const Bytes chunk = Bytes(sealed.bytes).subspan(place.sealed_offset, place.sealed_bytes);
    const auto plaintext = opener.open_chunk(room, number, chunk);
    ASSERT_TRUE(plaintext);
    EXPECT_TRUE(std::ranges::equal(*plaintext, Bytes(file).subspan(place.offset, place.bytes)));
    EXPECT_EQ(error_of(opener.open_chunk(room, number, chunk.first(chunk.size() - 1))),
              Error::malformed);
    EXPECT_EQ(error_of(opener.open_chunk(room, 3, chunk)), Error::malformed);
    EXPECT_EQ(error_of(opener.open_chunk(std::span(room).first(place.bytes - 1), number, chunk)),
              Error::buffer_too_small);
    const auto other = number == 0 ? 1U : 0U;
    EXPECT_NE(error_of(opener.open_chunk(room, other, chunk)), std::nullopt);
  }
  Buffer all(file.size());
  const auto opened = opener.open(all, sealed.bytes);
  ASSERT_TRUE(opened) << "in order as well, for nothing has changed";
  EXPECT_EQ(all, file);
}

}  // namespace
}  // namespace sotto::conversation
