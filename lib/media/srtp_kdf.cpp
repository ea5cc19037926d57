// SPDX-License-Identifier: MIT OR Apache-2.0
#include "media/srtp_kdf.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "crypto/aes.hpp"

namespace sotto::media {
namespace {

/// Where the label stands in x: key_id = label || r is 7 bytes, aligned to the right of 14.
constexpr std::size_t label_at = 14 - 7;

}  // namespace

KdfSalt pad_gcm_salt(std::span<const std::uint8_t, 12> salt) noexcept {
  return KdfSalt::made_by([&](std::span<std::uint8_t, 14> out) {
    std::ranges::copy(salt, out.begin());  // A secret starts as zeros: the last two stay.
  });
}

void derive_srtp(MutableBytes out, Bytes master_key, const KdfSalt& salt,
                 SrtpLabel label) noexcept {
  // IV = x * 2^16, x = key_id XOR master_salt; the two bytes on the right count blocks
  // [RFC3711-4.3.3-1].
  std::array<std::uint8_t, 16> iv{};
  std::ranges::copy(salt.expose(), iv.begin());
  iv[label_at] ^= std::to_underlying(label);
  std::ranges::fill(out, std::uint8_t{0});
  crypto::aes_ctr(out, master_key, iv, out);
  wipe(iv);
}

}  // namespace sotto::media
