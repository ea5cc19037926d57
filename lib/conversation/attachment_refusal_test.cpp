// SPDX-License-Identifier: MIT OR Apache-2.0
// Sealed files that somebody has been at, and references that are none.
#include "conversation/test_attachment.hpp"

namespace sotto::conversation {
namespace {

/// Three chunks, of which the last holds padding too.
struct AttachmentRefusal : ::testing::Test {
  const Buffer file = file_of(150000);
  SealedFile sealed = seal_file(file);

  Buffer chunk(std::uint64_t number) const {
    const auto place = attachment_chunk(file.size(), number);
    const auto begin = sealed.bytes.begin() + static_cast<std::ptrdiff_t>(place.sealed_offset);
    return {begin, begin + static_cast<std::ptrdiff_t>(place.sealed_bytes)};
  }
  /// The header and these chunks.
  Buffer of(const std::vector<std::uint64_t>& numbers) const {
    Buffer bytes(sealed.bytes.begin(), sealed.bytes.begin() + attachment_header_bytes);
    for (const std::uint64_t number : numbers) {
      const Buffer next = chunk(number);
      bytes.insert(bytes.end(), next.begin(), next.end());
    }
    return bytes;
  }
  /// Refused with `error`, and before that `chunks` chunks come out.
  void refused(Bytes bytes, Error error, std::size_t chunks) const {
    const auto opened = open_in_parts(sealed.reference, bytes, 1000);
    EXPECT_EQ(opened.error, error);
    EXPECT_EQ(opened.plaintext.size(), std::min(chunks * chunk_bytes, file.size()));
    EXPECT_TRUE(std::ranges::equal(opened.plaintext, Bytes(file).first(opened.plaintext.size())));
    const auto at_once = open_in_parts(sealed.reference, bytes, bytes.size() + 1);
    EXPECT_EQ(at_once.error, error) << "wherever the parts are cut";
    EXPECT_TRUE(at_once.plaintext.empty());
  }
};

TEST_F(AttachmentRefusal, AlteredBytes) {  // [AT-2-2, AT-2-4]
  ASSERT_EQ(of({0, 1, 2}), sealed.bytes);
  for (std::uint64_t number = 0; number < 3; ++number) {
    const auto place = attachment_chunk(file.size(), number);
    for (const std::size_t at :
         {std::size_t{0}, place.sealed_bytes / 2, place.sealed_bytes - attachment_tag_bytes - 1,
          place.sealed_bytes - attachment_tag_bytes, place.sealed_bytes - 1}) {
      for (const unsigned bit : {0U, 7U}) {
        Buffer altered = sealed.bytes;
        altered[place.sealed_offset + at] ^= static_cast<std::uint8_t>(1U << bit);
        refused(altered, Error::authentication_failed, number);
      }
    }
  }
}

TEST_F(AttachmentRefusal, Headers) {
  for (std::size_t bit = 0; bit < 16; ++bit) {
    Buffer altered = sealed.bytes;
    altered[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    refused(altered, Error::unsupported_version, 0);
  }
}

TEST_F(AttachmentRefusal, ChunksMoved) {  // [AT-2-4]
  using Numbers = std::vector<std::uint64_t>;
  const Error forged = Error::authentication_failed;
  refused(of(Numbers{1, 0, 2}), forged, 0);
  refused(of(Numbers{0, 0, 2}), forged, 1);
  refused(of(Numbers{0, 0, 1, 2}), forged, 1);
  refused(of(Numbers{1, 2}), forged, 0);
  refused(of(Numbers{0, 1, 2, 2}), Error::malformed, 2);  // The part that goes on is not let out.
  refused(of(Numbers{0, 1, 1}), forged, 2);
}

TEST_F(AttachmentRefusal, CutShort) {  // [AT-2-1, AT-2-4]
  const std::size_t first_end = attachment_header_bytes + sealed_chunk_bytes;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{2}, first_end - 1,
                                 first_end, first_end + 1, sealed.bytes.size() - 1}) {
    const auto opened = open_in_parts(sealed.reference, Bytes(sealed.bytes).first(size), 4096);
    EXPECT_EQ(opened.error, Error::malformed) << size;
    const std::size_t chunks = size < first_end ? 0 : size < 2 * first_end - 2 ? 1 : 2;
    EXPECT_EQ(opened.plaintext.size(), chunks * chunk_bytes);
  }
}

TEST_F(AttachmentRefusal, TooLong) {  // [AT-2-1]
  Buffer longer = sealed.bytes;
  longer.push_back(0);
  EXPECT_EQ(open_in_parts(sealed.reference, longer, longer.size()).error, Error::malformed);
  const auto opened = open_in_parts(sealed.reference, longer, 1);
  EXPECT_EQ(opened.error, Error::malformed);
  EXPECT_EQ(opened.plaintext, file);
}

TEST_F(AttachmentRefusal, AnotherFileUnderTheSameKey) {  // [AT-2-3, AT-3-1]
  Buffer other = file;
  other.front() ^= 1;
  const auto theirs = seal_file(other);  // Who has the key can do so.
  ASSERT_TRUE(std::ranges::equal(theirs.reference.key.expose(), sealed.reference.key.expose()));
  const auto opened = open_in_parts(sealed.reference, theirs.bytes, 1000);
  EXPECT_EQ(opened.error, Error::authentication_failed);
  EXPECT_EQ(opened.plaintext.size(), 2 * chunk_bytes) << "the last chunk is held back";

  const auto one = seal_file(file_of(10)), two = seal_file(Buffer(10, 'x'));
  const auto short_one = open_in_parts(one.reference, two.bytes, 1000);
  EXPECT_EQ(short_one.error, Error::authentication_failed);
  EXPECT_TRUE(short_one.plaintext.empty()) << "of a file of one chunk nothing is seen";
}

TEST_F(AttachmentRefusal, OtherKeysAndSizes) {  // [AT-1-2]
  auto reference = copy_of(sealed.reference);
  for (const std::uint64_t size : {file.size() - 1, file.size() + 1}) {
    ASSERT_EQ(sealed_attachment_size(size), sealed.bytes.size()) << "the size class is the same";
    reference.size = size;
    const auto opened = open_in_parts(reference, sealed.bytes, 1000);
    EXPECT_EQ(opened.error, Error::authentication_failed);
    EXPECT_TRUE(opened.plaintext.empty());
  }
  AttachmentReference other{seal_file(file, 2).reference.key.duplicate(), sealed.reference.digest,
                            file.size()};
  EXPECT_EQ(open_in_parts(other, sealed.bytes, 1000).error, Error::authentication_failed);
  const AttachmentKey gone = std::move(other.key);
  EXPECT_EQ(error_of(AttachmentOpener::create(other)), Error::weak_key);
}

TEST_F(AttachmentRefusal, PaddingThatIsNotZero) {  // [AT-4-2]
  const TestKeys keys(sealed.reference.key, file.size());
  const auto place = attachment_chunk(file.size(), 2);
  const std::size_t padding = place.sealed_bytes - attachment_tag_bytes - place.bytes;
  for (const std::size_t at : {std::size_t{0}, padding / 2, padding - 1}) {
    SealedFile forged{sealed.bytes, copy_of(sealed.reference)};
    forged.bytes[place.sealed_offset + place.bytes + at] ^= 0x10;
    keys.tag_again(forged);
    const auto opened = open_in_parts(forged.reference, forged.bytes, 1000);
    EXPECT_EQ(opened.error, Error::malformed);
    EXPECT_EQ(opened.plaintext.size(), 2 * chunk_bytes);
  }
  // What was done here by hand opens as long as the padding is zero.
  SealedFile good{sealed.bytes, copy_of(sealed.reference)};
  good.bytes[place.sealed_offset] ^= 1;
  keys.tag_again(good);
  EXPECT_EQ(open_file(good).error, std::nullopt);
}

TEST_F(AttachmentRefusal, TheOutputIsZeroedAndTheRestUntouched) {  // [AT-2-4]
  auto opener = *AttachmentOpener::create(sealed.reference);
  Buffer altered = sealed.bytes;
  altered.back() ^= 1;
  Buffer room(file.size() + 5, 0xaa);
  EXPECT_EQ(error_of(opener.open(room, altered)), Error::authentication_failed);
  EXPECT_TRUE(std::ranges::all_of(std::span(room).first(file.size()),
                                  [](std::uint8_t byte) { return byte == 0; }));
  EXPECT_EQ(Buffer(room.end() - 5, room.end()), Buffer(5, 0xaa));
  const auto first = chunk(0);
  EXPECT_EQ(error_of(opener.open_chunk(room, 0, first)), Error::wrong_state);
}

TEST_F(AttachmentRefusal, MistakesOfTheCallerChangeNothing) {
  auto opener = *AttachmentOpener::create(sealed.reference);
  Buffer room(file.size(), 0xaa);
  EXPECT_EQ(error_of(opener.open(std::span(room).first(file.size() - 1), sealed.bytes)),
            Error::buffer_too_small);
  EXPECT_EQ(error_of(opener.open(sealed.bytes, sealed.bytes)), Error::buffers_overlap);
  EXPECT_EQ(error_of(opener.open_chunk(sealed.bytes, 0, Bytes(sealed.bytes).subspan(2, 65568))),
            Error::buffers_overlap);
  EXPECT_EQ(room, Buffer(file.size(), 0xaa));
  ASSERT_TRUE(opener.open(room, sealed.bytes));
  EXPECT_EQ(room, file);
  EXPECT_TRUE(opener.finish());
}

TEST_F(AttachmentRefusal, AChunkAlone) {  // [AT-6-2]
  auto opener = *AttachmentOpener::create(sealed.reference);
  Buffer room(chunk_bytes, 0xaa), altered = chunk(1);
  altered[9] ^= 1;
  EXPECT_EQ(error_of(opener.open_chunk(room, 1, altered)), Error::authentication_failed);
  EXPECT_EQ(room, Buffer(chunk_bytes, 0xaa));
  EXPECT_EQ(error_of(opener.open_chunk(room, 0, chunk(1))), Error::authentication_failed);
  EXPECT_TRUE(opener.open_chunk(room, 1, chunk(1))) << "that was no refusal of the file";
}

TEST_F(AttachmentRefusal, AChunkThatThereIsNot) {  // [AT-6-2]
  auto opener = *AttachmentOpener::create(sealed.reference);
  Buffer room(chunk_bytes, 0xaa);
  for (const std::uint64_t number :
       {std::uint64_t{3}, std::uint64_t{4}, UINT64_MAX - 1, UINT64_MAX}) {
    EXPECT_EQ(error_of(opener.open_chunk(room, number, {})), Error::malformed) << "nor its bytes";
    EXPECT_EQ(error_of(opener.open_chunk(room, number, chunk(2))), Error::malformed);
  }
  EXPECT_EQ(error_of(opener.open_chunk(room, 2, {})), Error::malformed);
  EXPECT_EQ(room, Buffer(chunk_bytes, 0xaa));
}

TEST(AttachmentReference, IsExactlyItsBytes) {  // [AT-5-1]
  const auto reference = seal_file(file_of(1000)).reference;
  const auto encoded = write_attachment_reference(reference);
  Buffer bytes(encoded.expose().begin(), encoded.expose().end());
  EXPECT_EQ(bytes[0], 1);
  EXPECT_TRUE(std::ranges::equal(std::span(bytes).subspan(1, 32), reference.key.expose()));
  EXPECT_TRUE(std::ranges::equal(std::span(bytes).subspan(33, 32), reference.digest.bytes()));
  EXPECT_EQ(Buffer(bytes.end() - 8, bytes.end()), Buffer({0, 0, 0, 0, 0, 0, 3, 0xe8}));
  const auto read = read_attachment_reference(bytes);
  ASSERT_TRUE(read);
  const auto again = write_attachment_reference(*read);
  EXPECT_TRUE(std::ranges::equal(again.expose(), bytes));

  EXPECT_EQ(error_of(read_attachment_reference(Bytes(bytes).first(72))), Error::malformed);
  EXPECT_EQ(error_of(read_attachment_reference({})), Error::malformed);
  bytes.push_back(0);
  EXPECT_EQ(error_of(read_attachment_reference(bytes)), Error::malformed);
  bytes.pop_back();
  for (const unsigned version : {0U, 2U, 255U}) {
    bytes[0] = static_cast<std::uint8_t>(version);
    EXPECT_EQ(error_of(read_attachment_reference(bytes)), Error::unsupported_version);
  }
  bytes[0] = 1;
  std::ranges::copy(Buffer{0, 0, 1, 0, 0, 0, 0, 0}, bytes.end() - 8);
  EXPECT_TRUE(read_attachment_reference(bytes)) << "2^40";
  bytes.back() = 1;
  EXPECT_EQ(error_of(read_attachment_reference(bytes)), Error::malformed) << "and one above";
}

}  // namespace
}  // namespace sotto::conversation
