// SPDX-License-Identifier: MIT OR Apache-2.0
#include "media/header_extension.hpp"

#include <cstdlib>
#include <optional>

#include <sotto/backend.hpp>

#include "base/reader.hpp"
#include "media/cm_iv.hpp"

namespace sotto::media {
namespace {

constexpr std::size_t fixed_bytes = 12;
constexpr std::size_t word_bytes = 4;
constexpr std::uint8_t extension_bit = 0x10;
constexpr std::uint8_t csrc_count_mask = 0x0f;
constexpr std::uint16_t one_byte_form = 0xbede;  // RFC 8285 §4.2
constexpr std::uint16_t two_byte_form = 0x1000;  // RFC 8285 §4.3,
constexpr std::uint16_t two_byte_mask = 0xfff0;  // the last 4 bits are the application's
constexpr std::uint8_t stop_id = 15;             // RFC 8285 §4.2
constexpr std::size_t max_key_bytes = 32;
constexpr std::size_t aead_salt_bytes = 12;
constexpr std::size_t block_bytes = 16;
constexpr std::size_t most_element_bytes = 255;

/// Where the extension's elements begin, behind "defined by profile" and length, or nothing.
std::optional<std::size_t> elements_at(Bytes header) noexcept {
  if ((header[0] & extension_bit) == 0) return std::nullopt;
  return fixed_bytes + word_bytes * (header[0] & csrc_count_mask) + word_bytes;
}

struct Element {
  std::uint8_t id;
  std::size_t at;  ///< of its data, from the first element on
  std::size_t size;
};

/// Give each element to `take`, padding left out. Errors: `malformed`, behind those given.
template <class Take>
Result<void> each_element(Bytes elements, std::uint16_t form, Take&& take) noexcept {
  const bool short_form = form == one_byte_form;
  base::Reader reader(elements);
  while (reader.remaining() > 0) {
    const auto first = reader.take_uint<std::uint8_t>();
    if (!first) return std::unexpected(Error::malformed);
    if (*first == 0) continue;  // padding
    std::uint8_t id = *first;
    std::size_t size = 0;
    if (short_form) {
      id = *first >> 4;
      size = (*first & 0x0fU) + 1;
      if (id == 0 || id == stop_id) return {};  // There are no elements behind it [RFC8285-4.2-1].
    } else {
      const auto length = reader.take_uint<std::uint8_t>();
      if (!length) return std::unexpected(Error::malformed);
      size = *length;
    }
    const std::size_t at = elements.size() - reader.remaining();
    if (!reader.take(size)) return std::unexpected(Error::malformed);
    take(Element{id, at, size});
  }
  return {};
}

std::uint16_t form_of(Bytes header, std::size_t elements) noexcept {
  return static_cast<std::uint16_t>(header[elements - word_bytes] << 8 |
                                    header[elements - word_bytes + 1]);
}

}  // namespace

Result<ExtensionIds> ExtensionIds::create(Bytes ids) noexcept {
  ExtensionIds made;
  for (const std::uint8_t id : ids) {
    if (id == 0) return std::unexpected(Error::malformed);
    made.bits_[id / word_bits] |= std::uint64_t{1} << id % word_bits;
  }
  return made;
}

Result<ExtensionCipher> ExtensionCipher::from_master(Bytes master_key, const KdfSalt& master_salt,
                                                     std::size_t salt_bytes,
                                                     const ExtensionIds& ids) noexcept {
  if ((master_key.size() != 16 && master_key.size() != max_key_bytes) ||
      (salt_bytes != aead_salt_bytes && salt_bytes != Salt::size_bytes))
    return std::unexpected(Error::malformed);
  // Without its backend the derivation would end the process.
  if (const auto backend = check_backend(); !backend) return std::unexpected(backend.error());
  const auto key = Secret<struct SrtpHeaderKeyRole, max_key_bytes>::made_by([&](MutableBytes out) {
    derive_srtp(out.first(master_key.size()), master_key, master_salt,
                SrtpLabel::header_encryption);
  });
  // A secret starts as zeros: two of them follow a salt of 12 bytes where the IV has room for 14.
  auto salt = Salt::made_by([&](MutableBytes out) {
    derive_srtp(out.first(salt_bytes), master_key, master_salt, SrtpLabel::header_salt);
  });
  auto cipher = crypto::AesCtr::create(key.expose().first(master_key.size()));
  if (!cipher) return std::unexpected(cipher.error());
  return ExtensionCipher(*std::move(cipher), std::move(salt), ids);
}

Result<void> ExtensionCipher::check(Bytes header) noexcept {
  const auto at = elements_at(header);
  if (!at) return {};
  const std::uint16_t form = form_of(header, *at);
  if (form != one_byte_form && (form & two_byte_mask) != two_byte_form)
    return std::unexpected(Error::malformed);
  return each_element(header.subspan(*at), form, [](const Element&) {});
}

void ExtensionCipher::apply(MutableBytes header, Ssrc ssrc, PacketIndex index) const noexcept {
  const auto at = elements_at(header);
  if (!at) return;
  const MutableBytes elements = header.subspan(*at);
  auto first = cm_iv(salt_.expose(), ssrc, index);
  // The keystream begins with the first element's id and goes over what is not encrypted as well;
  // only the blocks that an encrypted element lies in are made [RFC6904-3-2] [RFC6904-3.2-1].
  std::array<std::uint8_t, most_element_bytes + block_bytes> stream{};
  const auto encrypt = [&](const Element& element) {
    if (element.size == 0 || !ids_.contains(element.id)) return;
    const std::size_t skipped = element.at % block_bytes;
    const std::size_t block = element.at / block_bytes;
    auto counter = first;  // Its last 16 bits are zero, and there are below 2^12 blocks.
    counter[14] = static_cast<std::uint8_t>(block >> 8);
    counter[15] = static_cast<std::uint8_t>(block);
    const MutableBytes used = MutableBytes(stream).first(skipped + element.size);
    std::ranges::fill(used, std::uint8_t{0});
    cipher_.apply(used, counter, used);
    for (std::size_t i = 0; i < element.size; ++i) elements[element.at + i] ^= used[skipped + i];
    wipe(counter);
  };
  // Ids and lengths are not encrypted, so this finds in both directions what `check` found.
  if (!each_element(elements, form_of(header, *at), encrypt)) std::abort();
  wipe(stream);
  wipe(first);
}

}  // namespace sotto::media
