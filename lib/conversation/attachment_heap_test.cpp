// SPDX-License-Identifier: MIT OR Apache-2.0
// Counts what the C++ heap gives out: this program replaces `operator new`.
#include <cstdlib>
#include <new>

#include "conversation/test_attachment.hpp"
#include "testing/counting_new.hpp"

namespace sotto::conversation {
namespace {

/// 32 MiB go through both ends piece by piece, in the memory of a few chunks. [AT-6-1]
TEST(Heap, attachments_take_none) {
  constexpr std::uint64_t size = (std::uint64_t{32} << 20) - 5;
  const Buffer text = file_of(chunk_bytes);
  Buffer piece(attachment_max_piece_bytes), out(2 * chunk_bytes);
  TapeEntropy tape(1), same(1);
  auto first = *AttachmentSealer::create(size, tape);
  while (!first.complete()) ASSERT_TRUE(first.seal(piece, Bytes(text).first(first.wanted_bytes())));
  const auto reference = *first.finish();

  auto sealer = *AttachmentSealer::create(size, same);
  auto opener = *AttachmentOpener::create(reference);
  auto seeker = *AttachmentOpener::create(reference);
  const std::size_t before = given_out;
  bool good = true;
  std::uint64_t opened_bytes = 0, number = 0;
  while (good && !sealer.complete()) {
    const auto sealed = sealer.seal(piece, Bytes(text).first(sealer.wanted_bytes()));
    good = sealed.has_value();
    if (!good) break;
    const Bytes all = *sealed;
    for (const Bytes part : {all.first(1000), all.subspan(1000)}) {  // Not at a chunk's border.
      const auto opened = opener.open(out, part);
      good = good && opened && std::ranges::equal(*opened, Bytes(text).first(opened->size()));
      if (opened) opened_bytes += opened->size();
    }
    const std::size_t chunk = attachment_chunk(size, number).sealed_bytes;
    good = good && seeker.open_chunk(out, number++, all.last(chunk));
  }
  good = good && opener.finish();
  const std::size_t after = given_out;
  EXPECT_TRUE(good);
  EXPECT_EQ(opened_bytes, size);
  EXPECT_EQ(before, after);
  EXPECT_GT(after, 0U);  // The counter counts.
}

}  // namespace
}  // namespace sotto::conversation
