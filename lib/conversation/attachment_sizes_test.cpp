// SPDX-License-Identifier: MIT OR Apache-2.0
// Size classes, where chunks stand, and the largest file: by arithmetic.
#include <cmath>

#include "conversation/attachment_cipher.hpp"
#include "conversation/test_attachment.hpp"

namespace sotto::conversation {
namespace {

constexpr std::uint64_t kib = 1024, gib = kib * kib * kib;

static_assert(attachment_max_bytes == 1024 * gib);
static_assert(padded_attachment_size(0) == 4096 && padded_attachment_size(4096) == 4096);
static_assert(padded_attachment_size(4097) == 4096 + 256);
static_assert(padded_attachment_size(64 * kib) == 64 * kib);
static_assert(padded_attachment_size(64 * kib + 1) == 66 * kib);
static_assert(padded_attachment_size(gib + 1) == gib + gib / 32);
static_assert(padded_attachment_size(attachment_max_bytes) == attachment_max_bytes);
static_assert(padded_attachment_size(attachment_max_bytes - 1) == attachment_max_bytes);
static_assert(sealed_attachment_size(0) == 2 + 4096 + 32);
static_assert(sealed_attachment_size(64 * kib) == 2 + 64 * kib + 32);
static_assert(sealed_attachment_size(64 * kib + 1) == 2 + 66 * kib + 2 * 32);

/// PADME in floating point, as its paper words it.
std::uint64_t padme(std::uint64_t size) {
  const double exponent = std::floor(std::log2(static_cast<double>(size)));
  const double kept = std::floor(std::log2(exponent)) + 1;
  const std::uint64_t mask = (std::uint64_t{1} << static_cast<unsigned>(exponent - kept)) - 1;
  return (size + mask) & ~mask;
}

TEST(AttachmentSizes, ClassesArePadme) {  // [AT-4-1]
  std::uint64_t sizes = 1;
  for (std::uint64_t size = 4097; size <= attachment_max_bytes; ++sizes) {
    const std::uint64_t padded = padded_attachment_size(size);
    ASSERT_EQ(padded, padme(size)) << size;
    ASSERT_EQ(padded, padded_attachment_size(padded)) << "a class is its own largest file";
    ASSERT_LE(padded - size, size / 16);
    size = padded + 1;
  }
  EXPECT_EQ(sizes, 1089U);
}

TEST(AttachmentSizes, ChunksCoverTheFile) {  // [AT-2-1]
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1}, 64 * kib - 1, 64 * kib,
                                   64 * kib + 1, 128 * kib, std::uint64_t{(1U << 24) + 1}}) {
    std::uint64_t sealed = attachment_header_bytes, plain = 0;
    for (std::uint64_t i = 0; i < attachment_chunks(size); ++i) {
      const auto chunk = attachment_chunk(size, i);
      EXPECT_EQ(chunk.sealed_offset, sealed);
      EXPECT_EQ(chunk.offset, i * attachment_chunk_bytes);
      EXPECT_GT(chunk.sealed_bytes, attachment_tag_bytes);
      EXPECT_TRUE(chunk.sealed_bytes == sealed_chunk_bytes || i + 1 == attachment_chunks(size));
      sealed += chunk.sealed_bytes;
      plain += chunk.bytes;
    }
    EXPECT_EQ(sealed, sealed_attachment_size(size)) << size;
    EXPECT_EQ(plain, size);
    EXPECT_EQ(attachment_chunk(size, attachment_chunks(size)), AttachmentChunk());
  }
}

TEST(AttachmentSizes, TheLargestFile) {  // [AT-4-3]
  EXPECT_EQ(attachment_chunks(attachment_max_bytes), std::uint64_t{1} << 24);
  TapeEntropy tape(1);
  EXPECT_TRUE(AttachmentSealer::create(attachment_max_bytes, tape));
  EXPECT_EQ(error_of(AttachmentSealer::create(attachment_max_bytes + 1, tape)), Error::malformed);
  auto reference = seal_file(file_of(1)).reference;
  reference.size = attachment_max_bytes;
  EXPECT_TRUE(AttachmentOpener::create(reference));
  for (const std::uint64_t above : {attachment_max_bytes + 1, ~std::uint64_t{0}}) {
    reference.size = above;
    EXPECT_EQ(error_of(AttachmentOpener::create(reference)), Error::malformed);
    EXPECT_EQ(padded_attachment_size(above), 0U);
    EXPECT_EQ(attachment_chunks(above), 0U);
    EXPECT_EQ(sealed_attachment_size(above), 0U);
    EXPECT_EQ(attachment_chunk(above, 0), AttachmentChunk());
  }
}

/// What XORs the plaintext of zeros is the keystream.
Buffer keystream(const AttachmentCipher& cipher, std::uint64_t number) {
  const Buffer zeros(chunk_bytes);
  Buffer sealed(sealed_chunk_bytes);
  cipher.seal(sealed, number, zeros);
  sealed.resize(chunk_bytes);
  return sealed;
}

TEST(AttachmentSizes, CountersOfTheLastChunk) {  // [AT-1-3]
  const auto sealed = seal_file(file_of(1));
  const auto cipher = *AttachmentCipher::create(sealed.reference.key, attachment_max_bytes);
  const std::uint64_t last = attachment_chunks(attachment_max_bytes) - 1;
  const TestKeys keys(sealed.reference.key, attachment_max_bytes);
  Buffer expected(chunk_bytes);
  const std::array<std::uint8_t, 16> counter{0, 0, 0, 0, 0, 0xff, 0xff, 0xff};
  keys.cipher.apply(expected, counter, Buffer(chunk_bytes));
  EXPECT_EQ(keystream(*cipher, last), expected);
  // Its own last block is far from the next chunk's first.
  EXPECT_NE(keystream(*cipher, last - 1), expected);
  std::array<std::uint8_t, 16> block{0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0x0f, 0xff};
  Buffer final_block(16);
  keys.cipher.apply(final_block, block, Buffer(16));
  EXPECT_TRUE(std::ranges::equal(final_block, std::span(expected).last(16)));
}

}  // namespace
}  // namespace sotto::conversation
