// SPDX-License-Identifier: MIT OR Apache-2.0
/// A file's keys are in memory as long as something works with them, and no longer; and of the file
/// itself nothing but what the caller has.
#include <memory>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/attachment.hpp>

#include "crypto/hkdf.hpp"
#include "erasure/memory_scan.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::conversation {
namespace {

using testing::deep_down;
using testing::found_in_memory;
using testing::learn;
using testing::Notes;
using testing::TapeEntropy;
using Buffer = std::vector<std::uint8_t>;
using Names = std::set<std::string>;

constexpr std::uint64_t file_bytes = 70000;

/// The file: other bytes than the key, of the same tape.
Buffer draw_file(TapeEntropy& tape) {
  Buffer file(file_bytes);
  static_cast<void>(tape.fill(file));
  return file;
}

void tell(Notes& n) {
  TapeEntropy tape(940);
  const auto key = AttachmentKey::made_by([&](MutableBytes out) { (void)tape.fill(out); });
  std::array<std::uint8_t, 64> keys;
  Buffer info{'s', 'o', 't', 't', 'o', ' ', 'a', 't', 't', 'a', 'c', 'h', 'm',  'e',
              'n', 't', ' ', '1', 1,   16,  0,   0,   0,   0,   0,   1,   0x11, 0x70};
  crypto::hkdf_sha256(keys, crypto::zero_salt(), key.expose(), info);
  const Buffer file = draw_file(tape);
  n.add("key", key.expose());
  n.add("cipher key", Bytes(keys).first(32));
  n.add("MAC key", Bytes(keys).last(32));
  n.add("first chunk", Bytes(file).first(64));
  n.add("second chunk", Bytes(file).subspan(attachment_chunk_bytes + 1000, 64));
  n.add("end", Bytes(file).last(16));
}

/// What both ends have at hand.
struct Ends {
  TapeEntropy tape{940};
  std::optional<AttachmentSealer> sealer;
  std::optional<AttachmentReference> reference;
  std::optional<AttachmentOpener> opener;
  Buffer file, sealed;
};

void seal_all(Ends& ends) {
  Buffer room(attachment_max_piece_bytes);
  for (Bytes rest = ends.file; !ends.sealer->complete();) {
    const Bytes next = rest.first(ends.sealer->wanted_bytes());
    rest = rest.subspan(next.size());
    const auto piece = ends.sealer->seal(room, next);
    ASSERT_TRUE(piece);
    ends.sealed.insert(ends.sealed.end(), piece->begin(), piece->end());
  }
  wipe(ends.file);
}

/// In parts, so that the opener holds a chunk of its own.
void open_all(Ends& ends) {
  Buffer room(1000 + attachment_chunk_bytes);
  for (Bytes rest = ends.sealed; !rest.empty();) {
    const Bytes part = rest.first(std::min<std::size_t>(1000, rest.size()));
    rest = rest.subspan(part.size());
    ASSERT_TRUE(ends.opener->open(room, part));
  }
  ASSERT_TRUE(ends.opener->finish());
  wipe(room);
}

TEST(Erasure, of_an_attachment_nothing_stays) {
  const auto needles = learn(tell);
  const auto ends = std::make_unique<Ends>();
  std::string where;
  const auto found = [&] {
    where.clear();
    return found_in_memory(needles, &where);
  };
  deep_down([&] { ends->sealer.emplace(*AttachmentSealer::create(file_bytes, ends->tape)); });
  EXPECT_EQ(found(), (Names{"key", "cipher key"})) << where;
  deep_down([&] { ends->file = draw_file(ends->tape); });
  EXPECT_EQ(found(), (Names{"key", "cipher key", "first chunk", "second chunk", "end"})) << where;
  deep_down([&] { seal_all(*ends); });
  EXPECT_EQ(found(), (Names{"key", "cipher key"})) << where;
  deep_down([&] { ends->reference.emplace(*ends->sealer->finish()); });
  deep_down([&] { ends->sealer.reset(); });
  EXPECT_EQ(found(), Names{"key"}) << where;

  deep_down([&] { ends->opener.emplace(*AttachmentOpener::create(*ends->reference)); });
  deep_down([&] { ends->reference.reset(); });
  EXPECT_EQ(found(), Names{"cipher key"}) << where << "the opener needs no more";
  deep_down([&] { open_all(*ends); });
  EXPECT_EQ(found(), Names{"cipher key"}) << where;
  deep_down([&] { ends->opener.reset(); });
  EXPECT_EQ(found(), Names{}) << where;
}

TEST(Erasure, of_a_reference_that_travelled_nothing_stays) {
  const auto needles = learn(tell);
  const auto read = std::make_unique<std::optional<AttachmentReference>>();
  deep_down([&] {
    TapeEntropy tape(940);
    AttachmentReference reference{
        AttachmentKey::made_by([&](MutableBytes out) { (void)tape.fill(out); }), {}, file_bytes};
    const auto encoded = write_attachment_reference(reference);
    read->emplace(*read_attachment_reference(encoded.expose()));
  });
  EXPECT_EQ(found_in_memory(needles), Names{"key"});
  deep_down([&] { read->reset(); });
  std::string where;
  EXPECT_EQ(found_in_memory(needles, &where), Names{}) << where;
}

}  // namespace
}  // namespace sotto::conversation
