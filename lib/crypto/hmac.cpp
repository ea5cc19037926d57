// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/hmac.hpp"

#include <array>
#include <cstring>

namespace sotto::crypto {
namespace {

constexpr std::size_t block_bytes = 64;

void wipe_midstate(Sha256Midstate& state) noexcept {
  wipe({reinterpret_cast<std::uint8_t*>(state.h.data()), sizeof state.h});
}

}  // namespace

HmacSha256Key::HmacSha256Key(Bytes key) noexcept {
  alignas(16) std::array<std::uint8_t, block_bytes> block{};
  if (key.size() > block_bytes) {
    Sha256 hash;
    hash.update(key);
    hash.finish(std::span(block).first<32>());
  } else if (!key.empty()) {
    std::memcpy(block.data(), key.data(), key.size());
  }
  for (std::uint8_t& byte : block) byte ^= 0x36;
  inner_.absorb(block.data(), 1);
  for (std::uint8_t& byte : block) byte ^= 0x36 ^ 0x5c;
  outer_.absorb(block.data(), 1);
  wipe(block);
}

HmacSha256Key::~HmacSha256Key() {
  wipe_midstate(inner_);
  wipe_midstate(outer_);
}

void HmacSha256Key::mac(std::span<std::uint8_t, 32> out,
                        std::initializer_list<Bytes> parts) const noexcept {
  Sha256 inner(inner_, block_bytes);
  for (const Bytes part : parts) inner.update(part);
  inner.finish(out);
  Sha256 outer(outer_, block_bytes);
  outer.update(out);
  outer.finish(out);
}

}  // namespace sotto::crypto
