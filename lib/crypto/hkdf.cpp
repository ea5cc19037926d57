// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/hkdf.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

namespace sotto::crypto {
namespace {

constexpr std::size_t hash_bytes = 32;

}  // namespace

void hkdf_sha256(MutableBytes out, const HmacSha256Key& salt, Bytes input_key,
                 Bytes info) noexcept {
  std::array<std::uint8_t, hash_bytes> prk;
  salt.mac(prk, {input_key});
  hkdf_sha256_expand(out, HmacSha256Key(prk), info);
  wipe(prk);
}

void hkdf_sha256_expand(MutableBytes out, const HmacSha256Key& prk, Bytes info) noexcept {
  if (out.size() > 255 * hash_bytes) std::abort();
  std::array<std::uint8_t, hash_bytes> block;
  Bytes previous;
  for (std::uint8_t counter = 1; !out.empty(); ++counter) {
    prk.mac(block, {previous, info, Bytes(&counter, 1)});
    previous = block;
    const std::size_t part = std::min(out.size(), hash_bytes);
    std::memcpy(out.data(), block.data(), part);
    out = out.subspan(part);
  }
  wipe(block);
}

const HmacSha256Key& zero_salt() noexcept {
  static const HmacSha256Key key{std::array<std::uint8_t, hash_bytes>{}};
  return key;
}

}  // namespace sotto::crypto
