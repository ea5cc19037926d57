// SPDX-License-Identifier: MIT OR Apache-2.0
#include "floor.hpp"

#include <bit>
#include <cstdlib>
#include <cstring>

#include <sodium.h>

namespace sotto::bench {
namespace {

using Block = std::array<std::uint8_t, 64>;
using Chaining = std::array<std::uint32_t, 8>;

constexpr Chaining initial = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                              0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

/// Looked up once, so that a call costs what a call of a linked function does.
const crypto::Boring& lib = crypto::boring();
const auto transform = lib.sha256_transform_blocks;

inline void absorb(Chaining& state, const std::uint8_t* blocks, std::size_t count) noexcept {
  transform(state.data(), blocks, count);
}

void put32(std::uint8_t* out, std::uint32_t value) noexcept {
  value = std::byteswap(value);
  std::memcpy(out, &value, 4);
}

void put_digest(std::uint8_t* out, const Chaining& state) noexcept {
  for (std::size_t i = 0; i < 8; ++i) put32(out + 4 * i, state[i]);
}

/// Pads one block, zero behind the `used` bytes of its message, which follows a key's block.
inline void pad(std::uint8_t* block, std::size_t used) noexcept {
  block[used] = 0x80;
  put32(block + 60, static_cast<std::uint32_t>((64 + used) * 8));
}

}  // namespace

FloorHmac::FloorHmac(const std::uint8_t* key) noexcept : inner(initial), outer(initial) {
  alignas(16) std::array<std::uint64_t, 8> i;
  alignas(16) std::array<std::uint64_t, 8> o;
  i.fill(0x3636363636363636);
  o.fill(0x5c5c5c5c5c5c5c5c);
  for (std::size_t n = 0; n < 4; ++n) {
    std::uint64_t part;
    std::memcpy(&part, key + 8 * n, 8);
    i[n] ^= part;
    o[n] ^= part;
  }
  absorb(inner, reinterpret_cast<const std::uint8_t*>(i.data()), 1);
  absorb(outer, reinterpret_cast<const std::uint8_t*>(o.data()), 1);
}

void FloorHmac::one_block(std::uint8_t* out, Block& block, std::size_t used) const noexcept {
  pad(block.data(), used);
  Chaining state = inner;
  absorb(state, block.data(), 1);
  Block second{};
  put_digest(second.data(), state);
  pad(second.data(), 32);
  state = outer;
  absorb(state, second.data(), 1);
  put_digest(out, state);
}

void FloorHmac::in_place(std::uint8_t* out, std::uint8_t* bytes, std::size_t size) const noexcept {
  const std::size_t padded = (size + 9 + 63) / 64 * 64;
  std::memset(bytes + size, 0, padded - size);
  bytes[size] = 0x80;
  put32(bytes + padded - 4, static_cast<std::uint32_t>((64 + size) * 8));
  Chaining state = inner;
  absorb(state, bytes, padded / 64);
  Block second{};
  put_digest(second.data(), state);
  pad(second.data(), 32);
  state = outer;
  absorb(state, second.data(), 1);
  put_digest(out, state);
}

void floor_hkdf(std::uint8_t* out, std::size_t blocks, const FloorHmac& salt,
                const std::uint8_t* input, std::string_view info) noexcept {
  Block block{};
  std::array<std::uint8_t, 32> prk;
  std::memcpy(block.data(), input, 32);
  salt.one_block(prk.data(), block, 32);
  const FloorHmac expand(prk.data());
  block = {};
  for (std::size_t i = 0; i < blocks; ++i) {
    const std::size_t before = i == 0 ? 0 : 32;
    if (i > 0) std::memcpy(block.data(), out + 32 * (i - 1), 32);
    std::memcpy(block.data() + before, info.data(), info.size());
    block[before + info.size()] = static_cast<std::uint8_t>(i + 1);
    expand.one_block(out + 32 * i, block, before + info.size() + 1);
  }
}

FloorChain::FloorChain(std::span<const std::uint8_t, 32> chain_key,
                       std::span<const std::uint8_t, associated_bytes> associated,
                       std::size_t most_plaintext)
    : zero_salt_(std::array<std::uint8_t, 32>{}.data()),
      frame_(associated_bytes + header_bytes + most_plaintext + 16 + 128) {
  restart(chain_key.data());
  std::memcpy(frame_.data(), associated.data(), associated.size());
}

void FloorChain::restart(const std::uint8_t* chain_key) noexcept {
  std::memcpy(chain_.data(), chain_key, 32);
}

void FloorChain::step(std::uint8_t* seed) noexcept {
  const FloorHmac key(chain_.data());
  Block block{};
  block[0] = 1;
  key.one_block(seed, block, 1);
  block[0] = 2;
  key.one_block(chain_.data(), block, 1);
}

std::span<const std::uint8_t> FloorChain::encrypt(std::span<const std::uint8_t> plaintext,
                                                  std::uint32_t n) noexcept {
  std::array<std::uint8_t, 32> seed;
  std::array<std::uint8_t, 96> keys;
  step(seed.data());
  floor_hkdf(keys.data(), 3, zero_salt_, seed.data(), "WhisperMessageKeys");

  std::uint8_t* const message = frame_.data() + associated_bytes;
  message[0] = 0x31;
  std::memset(message + 1, 0, 36);
  put32(message + 37, n);
  AES_KEY schedule;
  lib.aes_set_encrypt_key(keys.data(), 256, &schedule);
  const std::size_t whole = plaintext.size() / 16 * 16;
  std::array<std::uint8_t, 16> last;
  last.fill(static_cast<std::uint8_t>(16 - (plaintext.size() - whole)));
  if (plaintext.size() > whole)
    std::memcpy(last.data(), plaintext.data() + whole, plaintext.size() - whole);
  std::uint8_t* const body = message + header_bytes;
  if (whole > 0)
    lib.aes_cbc_encrypt(plaintext.data(), body, whole, &schedule, keys.data() + 64, AES_ENCRYPT);
  lib.aes_cbc_encrypt(last.data(), body + whole, 16, &schedule, keys.data() + 64, AES_ENCRYPT);

  const std::size_t size = header_bytes + whole + 16;
  std::array<std::uint8_t, 32> mac;
  FloorHmac(keys.data() + 32).in_place(mac.data(), frame_.data(), associated_bytes + size);
  std::memcpy(message + size, mac.data(), mac_bytes);
  return {message, size + mac_bytes};
}

void FloorChain::decrypt(std::span<const std::uint8_t> message, std::uint8_t* out) noexcept {
  std::array<std::uint8_t, 32> seed;
  std::array<std::uint8_t, 96> keys;
  step(seed.data());
  floor_hkdf(keys.data(), 3, zero_salt_, seed.data(), "WhisperMessageKeys");

  const std::size_t size = message.size() - mac_bytes;
  std::memcpy(frame_.data() + associated_bytes, message.data(), size);
  std::array<std::uint8_t, 32> mac;
  FloorHmac(keys.data() + 32).in_place(mac.data(), frame_.data(), associated_bytes + size);
  if (sodium_memcmp(mac.data(), message.data() + size, mac_bytes) != 0) std::abort();

  AES_KEY schedule;
  lib.aes_set_decrypt_key(keys.data(), 256, &schedule);
  lib.aes_cbc_encrypt(message.data() + header_bytes, out, size - header_bytes, &schedule,
                      keys.data() + 64, AES_DECRYPT);
}

void floor_turn(std::uint8_t* root, std::uint8_t* chain, std::uint8_t* our_secret,
                std::uint8_t* our_public, const std::uint8_t* their_public) noexcept {
  std::array<std::uint8_t, 32> shared;
  std::array<std::uint8_t, 64> okm;
  for (int half = 0; half < 2; ++half) {
    if (half == 1) {
      randombytes_buf(our_secret, 32);
      crypto_scalarmult_curve25519_base(our_public, our_secret);
    }
    if (crypto_scalarmult_curve25519(shared.data(), our_secret, their_public) != 0) std::abort();
    floor_hkdf(okm.data(), 2, FloorHmac(root), shared.data(), "WhisperRatchet");
    std::memcpy(root, okm.data(), 32);
    std::memcpy(chain, okm.data() + 32, 32);
  }
}

}  // namespace sotto::bench
