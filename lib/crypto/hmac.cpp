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

/// The one block that follows a key's pad: a short message, its padding and its length in bits.
struct LastBlock {
  static constexpr std::size_t room_bytes = block_bytes - 9;

  alignas(16) std::array<std::uint8_t, block_bytes> bytes{};

  ~LastBlock() { wipe(bytes); }

  /// Ends a message of `used` bytes, which stand in front, with its padding.
  void end(std::size_t used) noexcept {
    const std::size_t bits = (block_bytes + used) * 8;  // At most 952.
    bytes[used] = 0x80;
    bytes[block_bytes - 2] = static_cast<std::uint8_t>(bits >> 8);
    bytes[block_bytes - 1] = static_cast<std::uint8_t>(bits);
  }

  void digest_from(const Sha256Midstate& midstate, std::span<std::uint8_t, 32> out) noexcept {
    Sha256Midstate state = midstate;
    state.absorb(bytes.data(), 1);
    state.store(out);
    wipe_midstate(state);
  }
};

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
  std::size_t total = 0;
  for (const Bytes part : parts) total += part.size();

  // What fits one block with its padding, as every key derivation here does, is laid out in place.
  LastBlock outer;
  const auto digest = std::span(outer.bytes).first<32>();
  if (total <= LastBlock::room_bytes) {
    LastBlock inner;
    std::uint8_t* end = inner.bytes.data();
    for (const Bytes part : parts) {
      if (part.empty()) continue;
      std::memcpy(end, part.data(), part.size());
      end += part.size();
    }
    inner.end(total);
    inner.digest_from(inner_, digest);
  } else {
    Sha256 inner(inner_, block_bytes);
    for (const Bytes part : parts) inner.update(part);
    inner.finish(digest);
  }
  outer.end(digest.size());
  outer.digest_from(outer_, out);
}

}  // namespace sotto::crypto
