// SPDX-License-Identifier: MIT OR Apache-2.0
/// Files and what becomes of them, for tests.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/attachment.hpp>

#include "crypto/aes_ctr.hpp"
#include "crypto/hkdf.hpp"
#include "crypto/sha2.hpp"
#include "testing/error_of.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::conversation {

using Buffer = std::vector<std::uint8_t>;
using testing::error_of;
using testing::TapeEntropy;

inline constexpr std::size_t chunk_bytes = attachment_chunk_bytes;
inline constexpr std::size_t sealed_chunk_bytes = chunk_bytes + attachment_tag_bytes;

/// A file whose every byte says where it stands.
inline Buffer file_of(std::size_t size) {
  Buffer file(size);
  for (std::size_t i = 0; i < size; ++i) file[i] = static_cast<std::uint8_t>(1 + i % 251);
  return file;
}

struct SealedFile {
  Buffer bytes;
  AttachmentReference reference;
};

/// The next plaintext of `file`, which `at` has read up to here, or nothing it has.
inline Bytes next_of(Bytes file, std::size_t& at, std::size_t wanted) {
  const Bytes next = file.subspan(at, wanted);
  at += wanted;
  return next;
}

inline SealedFile seal_file(Bytes file, std::uint64_t seed = 1) {
  TapeEntropy tape(seed);
  auto sealer = *AttachmentSealer::create(file.size(), tape);
  Buffer sealed, room(attachment_max_piece_bytes);
  std::size_t at = 0;
  while (!sealer.complete()) {
    const auto piece = sealer.seal(room, next_of(file, at, sealer.wanted_bytes()));
    EXPECT_TRUE(piece);
    if (!piece) break;
    sealed.insert(sealed.end(), piece->begin(), piece->end());
  }
  EXPECT_EQ(at, file.size());
  return {std::move(sealed), *sealer.finish()};
}

inline AttachmentReference copy_of(const AttachmentReference& reference) {
  return {reference.key.duplicate(), reference.digest, reference.size};
}

/// The keys of a file as spec/attachments.md words them, for who has the key and cheats.
struct TestKeys {
  TestKeys(const AttachmentKey& key, std::uint64_t size)
      : cipher(*crypto::AesCtr::create(Bytes(derive(key, size)).first(32))),
        mac(Bytes(derive(key, size)).last(32)) {}

  static Buffer derive(const AttachmentKey& key, std::uint64_t size) {
    const std::string_view label = "sotto attachment 1";
    Buffer info(label.begin(), label.end()), keys(64);
    info.insert(info.end(), {1, 16});
    for (int shift = 56; shift >= 0; shift -= 8)
      info.push_back(static_cast<std::uint8_t>(size >> shift));
    crypto::hkdf_sha256(keys, crypto::zero_salt(), key.expose(), info);
    return keys;
  }

  /// Make all tags of a file, and its digest, right again.
  void tag_again(SealedFile& file) const {
    crypto::Sha256 digest;
    digest.update(crypto::label("sotto attachment digest 1"));
    digest.update(Bytes(file.bytes).first(2));
    const std::uint64_t chunks = attachment_chunks(file.reference.size);
    for (std::uint64_t i = 0; i < chunks; ++i) {
      const auto place = attachment_chunk(file.reference.size, i);
      const MutableBytes chunk =
          std::span(file.bytes).subspan(place.sealed_offset, place.sealed_bytes);
      std::array<std::uint8_t, 9> front{};
      for (std::size_t at = 0; at < 8; ++at)
        front[at] = static_cast<std::uint8_t>(i >> (56 - 8 * at));
      front[8] = i + 1 == chunks ? 1 : 0;
      mac.mac(chunk.last<32>(), {front, chunk.first(chunk.size() - 32)});
      digest.update(chunk.last(32));
    }
    crypto::Sha256Digest out;
    digest.finish(out);
    file.reference.digest = AttachmentDigest(out);
  }

  crypto::AesCtr cipher;
  crypto::HmacSha256Key mac;
};

/// What came out before a refusal, and the refusal.
struct Opened {
  Buffer plaintext;
  std::optional<Error> error;
};

/// Open in parts of `part_bytes`. When it is refused nothing more may come, whatever is tried.
inline Opened open_in_parts(const AttachmentReference& reference, Bytes sealed,
                            std::size_t part_bytes) {
  auto opener = *AttachmentOpener::create(reference);
  Opened opened;
  Buffer room(part_bytes + chunk_bytes);
  while (!sealed.empty() && !opened.error) {
    const Bytes part = sealed.first(std::min(part_bytes, sealed.size()));
    sealed = sealed.subspan(part.size());
    const auto plaintext = opener.open(room, part);
    opened.error = error_of(plaintext);
    if (plaintext)
      opened.plaintext.insert(opened.plaintext.end(), plaintext->begin(), plaintext->end());
  }
  if (!opened.error) opened.error = error_of(opener.finish());
  EXPECT_EQ(error_of(opener.open(room, {})), Error::wrong_state) << "refused or finished";
  EXPECT_EQ(error_of(opener.finish()), Error::wrong_state);
  return opened;
}

inline Opened open_file(const SealedFile& file) {
  return open_in_parts(file.reference, file.bytes, file.bytes.size() + 1);
}

}  // namespace sotto::conversation
