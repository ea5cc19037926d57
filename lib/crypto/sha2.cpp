// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/sha2.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "crypto/boring.hpp"

namespace sotto::crypto {
namespace {

constexpr std::size_t block_bytes = 64;

void store_big_endian(std::uint8_t* out, std::uint32_t value) noexcept {
  static_assert(std::endian::native == std::endian::little);
  value = std::byteswap(value);
  std::memcpy(out, &value, sizeof value);
}

}  // namespace

void Sha256Midstate::absorb(const std::uint8_t* blocks, std::size_t count) noexcept {
  boring().sha256_transform_blocks(h.data(), blocks, count);
}

void Sha256Midstate::store(std::span<std::uint8_t, 32> out) const noexcept {
  for (std::size_t i = 0; i < h.size(); ++i) store_big_endian(out.data() + 4 * i, h[i]);
}

Sha256::~Sha256() {
  wipe({reinterpret_cast<std::uint8_t*>(state_.h.data()), sizeof state_.h});
  wipe(block_);
}

void Sha256::update(Bytes bytes) noexcept {
  if (bytes.empty()) return;
  const std::size_t waiting = total_ % block_bytes;
  total_ += bytes.size();
  if (waiting > 0) {
    const std::size_t fits = std::min(bytes.size(), block_bytes - waiting);
    std::memcpy(block_.data() + waiting, bytes.data(), fits);
    bytes = bytes.subspan(fits);
    if (waiting + fits < block_bytes) return;
    state_.absorb(block_.data(), 1);
  }
  const std::size_t whole = bytes.size() / block_bytes;
  if (whole > 0) state_.absorb(bytes.data(), whole);
  const Bytes rest = bytes.subspan(whole * block_bytes);
  if (!rest.empty()) std::memcpy(block_.data(), rest.data(), rest.size());
}

void Sha256::finish(std::span<std::uint8_t, 32> out) noexcept {
  std::size_t waiting = total_ % block_bytes;
  block_[waiting++] = 0x80;
  if (waiting > block_bytes - 8) {
    std::memset(block_.data() + waiting, 0, block_bytes - waiting);
    state_.absorb(block_.data(), 1);
    waiting = 0;
  }
  std::memset(block_.data() + waiting, 0, block_bytes - 8 - waiting);
  const std::uint64_t bits = total_ * 8;
  store_big_endian(block_.data() + 56, static_cast<std::uint32_t>(bits >> 32));
  store_big_endian(block_.data() + 60, static_cast<std::uint32_t>(bits));
  state_.absorb(block_.data(), 1);
  state_.store(out);
}

Sha256Digest sha256(Bytes bytes) noexcept {
  Sha256Digest digest;
  Sha256 hash;
  hash.update(bytes);
  hash.finish(digest);
  return digest;
}

Sha512Digest sha512(std::initializer_list<Bytes> parts) noexcept {
  const Boring& lib = boring();
  SHA512_CTX context;
  lib.sha512_init(&context);
  for (const Bytes part : parts) lib.sha512_update(&context, part.data(), part.size());
  Sha512Digest digest;
  lib.sha512_final(digest.data(), &context);
  wipe({reinterpret_cast<std::uint8_t*>(&context), sizeof context});
  return digest;
}

}  // namespace sotto::crypto
