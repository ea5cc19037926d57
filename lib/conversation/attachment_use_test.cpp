// SPDX-License-Identifier: MIT OR Apache-2.0
// Sealers and openers of files that are held as they should not be.
#include <array>

#include "conversation/test_attachment.hpp"
#include "testing/moves.hpp"
#include "testing/one_hand.hpp"

namespace sotto::conversation {
namespace {

TEST(Use, OfASealerInTwoHandsSealsNoChunkTwice) {
  TapeEntropy tape(1);
  auto sealer = *AttachmentSealer::create(std::uint64_t{chunk_bytes} * 400, tape);
  const Buffer plaintext = file_of(chunk_bytes);
  const auto seal = [&](AttachmentSealer& one) -> Result<std::uint64_t> {
    Buffer out(attachment_max_piece_bytes);
    const auto piece = one.seal(out, plaintext);
    if (!piece) return std::unexpected(piece.error());
    std::uint64_t tag = 0;
    for (const std::uint8_t byte : piece->last(8)) tag = tag << 8 | byte;
    return tag;  // Another for each chunk, though the plaintext is the same.
  };
  testing::expect_no_number_twice(sealer, seal, 150);
  const AttachmentSealer taken(std::move(sealer));
  // NOLINTBEGIN(bugprone-use-after-move)
  EXPECT_EQ(error_of(sealer.finish()), Error::consumed);
  EXPECT_EQ(sealer.wanted_bytes(), 0U);
  EXPECT_FALSE(sealer.complete());
  // NOLINTEND(bugprone-use-after-move)
}

TEST(Use, OfAnOpenerInTwoHandsIsRefused) {
  TapeEntropy tape(1);
  auto sealer = *AttachmentSealer::create(10, tape);
  Buffer sealed(attachment_max_piece_bytes);
  sealed.resize(sealer.seal(sealed, file_of(10))->size());
  auto opener = *AttachmentOpener::create(*sealer.finish());
  const Bytes chunk = Bytes(sealed).subspan(attachment_header_bytes);
  static_cast<void>(
      testing::held_in_two_hands(opener, [&](AttachmentOpener& one) -> Result<std::size_t> {
        Buffer out(sealed.size());
        const auto opened = one.open_chunk(out, 0, chunk);
        if (!opened) return std::unexpected(opened.error());
        return opened->size();
      }));
  const AttachmentOpener taken(std::move(opener));
  // NOLINTBEGIN(bugprone-use-after-move)
  Buffer out(2 * chunk_bytes);
  EXPECT_EQ(error_of(opener.open(out, sealed)), Error::consumed);
  EXPECT_EQ(error_of(opener.finish()), Error::consumed);
  // NOLINTEND(bugprone-use-after-move)
}

TEST(Use, OfEndsThatAreMovedAbout) {
  TapeEntropy tape(1);
  testing::expect_moves<AttachmentSealer>(
      [&](int n) { return *AttachmentSealer::create(1'000 * static_cast<std::uint64_t>(n), tape); },
      [](const AttachmentSealer& sealer) {
        return static_cast<int>(sealer.wanted_bytes() / 1'000);
      },
      [](AttachmentSealer& sealer) { return error_of(sealer.finish()); });
  const std::array files{seal_file(file_of(1'000), 1), seal_file(file_of(1'000), 2)};
  testing::expect_moves<AttachmentOpener>(
      [&](int n) {
        return *AttachmentOpener::create(files.at(static_cast<std::size_t>(n) - 1).reference);
      },
      [&](AttachmentOpener& opener) {
        Buffer out(attachment_max_piece_bytes);
        for (int n = 1; n <= 2; ++n)
          if (opener.open_chunk(out, 0,
                                Bytes(files.at(static_cast<std::size_t>(n) - 1).bytes)
                                    .subspan(attachment_header_bytes)))
            return n;
        return 0;
      },
      [](AttachmentOpener& opener) { return error_of(opener.open_chunk({}, 0, {})); });
}

}  // namespace
}  // namespace sotto::conversation
