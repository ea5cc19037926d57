// SPDX-License-Identifier: MIT OR Apache-2.0
#include "media/cm_transform.hpp"

#include <array>
#include <cstring>

#include <sotto/backend.hpp>

#include "base/verdict.hpp"
#include "media/cm_iv.hpp"

namespace sotto::media {
namespace {

constexpr std::size_t max_key_bytes = 32;

SrtpLabel after(SrtpLabel first, std::uint8_t places) noexcept {
  return static_cast<SrtpLabel>(std::to_underlying(first) + places);
}

}  // namespace

Result<CmTransform> CmTransform::from_master(Bytes master_key, const KdfSalt& master_salt,
                                             SrtpLabel first, std::size_t tag_bytes) noexcept {
  if ((master_key.size() != 16 && master_key.size() != max_key_bytes) ||
      (tag_bytes != 4 && tag_bytes != most_tag_bytes))
    return std::unexpected(Error::malformed);
  // Without its backend the derivation would end the process.
  if (const auto backend = check_backend(); !backend) return std::unexpected(backend.error());
  const auto key = Secret<struct SrtpCmKeyRole, max_key_bytes>::made_by([&](MutableBytes out) {
    derive_srtp(out.first(master_key.size()), master_key, master_salt, first);
  });
  const auto mac_key = Secret<struct SrtpCmMacRole, crypto::HmacSha1Key::key_bytes>::made_by(
      [&](MutableBytes out) { derive_srtp(out, master_key, master_salt, after(first, 1)); });
  auto salt = Salt::made_by(
      [&](MutableBytes out) { derive_srtp(out, master_key, master_salt, after(first, 2)); });
  auto cipher = crypto::AesCtr::create(key.expose().first(master_key.size()));
  if (!cipher) return std::unexpected(cipher.error());
  return CmTransform(*std::move(cipher), crypto::HmacSha1Key(mac_key.expose()), std::move(salt),
                     tag_bytes);
}

void CmTransform::apply(MutableBytes out, Ssrc ssrc, PacketIndex index, Bytes in) const noexcept {
  auto iv = cm_iv(salt_.expose(), ssrc, index);
  cipher_.apply(out, iv, in);
  wipe(iv);
}

void CmTransform::tag(MutableBytes out, Bytes header, Bytes ciphertext,
                      Bytes trailer) const noexcept {
  std::array<std::uint8_t, crypto::HmacSha1Key::mac_bytes> whole;
  mac_.mac(whole, {header, ciphertext, trailer});
  std::memcpy(out.data(), whole.data(), tag_bytes_);
  wipe(whole);
}

bool CmTransform::is_right(Bytes tag, Bytes header, Bytes ciphertext,
                           Bytes trailer) const noexcept {
  std::array<std::uint8_t, crypto::HmacSha1Key::mac_bytes> whole;
  mac_.mac(whole, {header, ciphertext, trailer});
  const bool right = base::equal_ct(Bytes(whole).first(tag_bytes_), tag);
  wipe(whole);
  return right;
}

}  // namespace sotto::media
