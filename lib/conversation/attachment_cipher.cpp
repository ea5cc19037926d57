// SPDX-License-Identifier: MIT OR Apache-2.0
#include "conversation/attachment_cipher.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "base/verdict.hpp"
#include "base/writer.hpp"
#include "crypto/hkdf.hpp"

namespace sotto::conversation {
namespace {

constexpr std::size_t aes_block_bytes = 16;

using FileKeys = Secret<struct AttachmentFileKeysRole, 64>;

/// The cipher's key and the MAC's. The size is among what they follow from: a reference that names
/// another opens nothing. [AT-1-2, AT-3-2]
FileKeys file_keys(const AttachmentKey& key, std::uint64_t size) noexcept {
  constexpr std::string_view label = "sotto attachment 1";
  std::array<std::uint8_t, label.size() + attachment_header_bytes + sizeof size> info;
  base::Writer writer(info);
  writer.put(crypto::label(label));
  writer.put(attachment_header);
  writer.put_uint(size);
  return FileKeys::made_by(
      [&](MutableBytes out) { crypto::hkdf_sha256(out, crypto::zero_salt(), key.expose(), info); });
}

}  // namespace

Result<std::unique_ptr<AttachmentCipher>> AttachmentCipher::create(const AttachmentKey& key,
                                                                   std::uint64_t size) noexcept {
  if (size > attachment_max_bytes) return std::unexpected(Error::malformed);
  const FileKeys keys = file_keys(key, size);
  auto cipher = crypto::AesCtr::create(keys.expose().first<32>());
  if (!cipher) return std::unexpected(cipher.error());
  std::unique_ptr<AttachmentCipher> made(
      new (std::nothrow) AttachmentCipher(*std::move(cipher), keys.expose().last<32>(), size));
  if (made == nullptr) return std::unexpected(Error::out_of_memory);
  return made;
}

/// The keystream of chunk `number` from `offset` on, a multiple of the cipher's block. The chunk's
/// number is the upper half of the counter and blocks count in the lower. [AT-1-3]
void AttachmentCipher::apply(MutableBytes out, std::uint64_t number, std::size_t offset,
                             Bytes in) const noexcept {
  std::array<std::uint8_t, aes_block_bytes> counter;
  base::Writer writer(counter);
  writer.put_uint(number);
  writer.put_uint(std::uint64_t{offset / aes_block_bytes});
  cipher_.apply(out, counter, in);
}

void AttachmentCipher::tag(std::span<std::uint8_t, attachment_tag_bytes> out, std::uint64_t number,
                           Bytes ciphertext) const noexcept {
  std::array<std::uint8_t, 9> place;
  base::Writer writer(place);
  writer.put_uint(number);
  writer.put_uint(static_cast<std::uint8_t>(number + 1 == chunks()));
  mac_.mac(out, {place, ciphertext});
}

void AttachmentCipher::seal(MutableBytes out, std::uint64_t number,
                            Bytes plaintext) const noexcept {
  const MutableBytes ciphertext = out.first(out.size() - attachment_tag_bytes);
  if (plaintext.size() == ciphertext.size()) {
    apply(ciphertext, number, 0, plaintext);
  } else {
    if (!plaintext.empty()) std::memcpy(ciphertext.data(), plaintext.data(), plaintext.size());
    std::ranges::fill(ciphertext.subspan(plaintext.size()), std::uint8_t{0});
    apply(ciphertext, number, 0, ciphertext);
  }
  tag(out.last<attachment_tag_bytes>(), number, ciphertext);
}

/// Whether `ciphertext`, a chunk's from its byte `offset` on, is that of zeros: opened in small
/// pieces, so that there is no second chunk in memory. [AT-4-2]
bool AttachmentCipher::is_padding(std::uint64_t number, std::size_t offset,
                                  Bytes ciphertext) const noexcept {
  std::array<std::uint8_t, 1024> room;
  bool zero = true;
  std::size_t skipped = offset % aes_block_bytes;
  while (!ciphertext.empty()) {
    const Bytes piece = ciphertext.first(std::min(ciphertext.size(), room.size() - skipped));
    const MutableBytes opened = std::span(room).subspan(skipped, piece.size());
    std::memcpy(opened.data(), piece.data(), piece.size());
    const MutableBytes blocks = std::span(room).first(skipped + piece.size());
    apply(blocks, number, offset - skipped, blocks);
    zero = base::is_zero_ct(opened) && zero;
    offset += piece.size();
    ciphertext = ciphertext.subspan(piece.size());
    skipped = 0;
  }
  wipe(room);
  return zero;
}

Result<void> AttachmentCipher::open(MutableBytes out, std::uint64_t number,
                                    Bytes sealed) const noexcept {
  const Bytes ciphertext = sealed.first(sealed.size() - attachment_tag_bytes);
  std::array<std::uint8_t, attachment_tag_bytes> expected;
  tag(expected, number, ciphertext);
  const bool right = base::equal_ct(expected, sealed.last(attachment_tag_bytes));
  wipe(expected);
  if (!right) return std::unexpected(Error::authentication_failed);
  if (!is_padding(number, out.size(), ciphertext.subspan(out.size())))
    return std::unexpected(Error::malformed);
  apply(out, number, 0, ciphertext.first(out.size()));
  return {};
}

}  // namespace sotto::conversation
