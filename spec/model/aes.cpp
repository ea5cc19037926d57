// SPDX-License-Identifier: MIT OR Apache-2.0
#include "aes.hpp"

namespace sotto::model {
namespace {

/// The product in the field of AES [FIPS 197 §4.2].
std::uint8_t times(std::uint8_t a, std::uint8_t b) {
  unsigned product = 0;
  for (unsigned x = a; b != 0; b >>= 1) {
    if ((b & 1) != 0) product ^= x;
    x = (x & 0x80) != 0 ? (x << 1) ^ 0x11b : x << 1;
  }
  return static_cast<std::uint8_t>(product);
}

struct Boxes {
  std::array<std::uint8_t, 256> forward{};
  std::array<std::uint8_t, 256> inverse{};
};

/// SubBytes: the inverse in the field, then the affine map [FIPS 197 §5.1.1].
Boxes make_boxes() {
  Boxes boxes;
  for (unsigned x = 0; x < 256; ++x) {
    unsigned inverse = 0;
    for (unsigned y = 1; y < 256; ++y)
      if (times(static_cast<std::uint8_t>(x), static_cast<std::uint8_t>(y)) == 1) inverse = y;
    unsigned s = 0x63;
    for (unsigned turn = 0; turn < 5; ++turn) s ^= (inverse << turn | inverse >> (8 - turn)) & 0xff;
    boxes.forward[x] = static_cast<std::uint8_t>(s);
    boxes.inverse[s] = static_cast<std::uint8_t>(x);
  }
  return boxes;
}

const Boxes& boxes() {
  static const Boxes made = make_boxes();
  return made;
}

/// Where each byte goes when row r of the state turns left by r [FIPS 197 §5.1.2].
constexpr std::size_t shifted(std::size_t i) {
  return (i + 16 - 4 * (i % 4)) % 16;
}

template <class Block>
void mix(Block& block, std::array<std::uint8_t, 4> by) {
  for (std::size_t column = 0; column < 16; column += 4) {
    std::array<std::uint8_t, 4> mixed{};
    for (std::size_t row = 0; row < 4; ++row)
      for (std::size_t i = 0; i < 4; ++i)
        mixed[row] ^= times(by[(i + 4 - row) % 4], block[column + i]);
    for (std::size_t row = 0; row < 4; ++row) block[column + row] = mixed[row];
  }
}

template <class Block>
void add(Block& block, Bytes other) {
  for (std::size_t i = 0; i < 16; ++i) block[i] ^= other[i];
}

}  // namespace

/// [FIPS 197 §5.2], Nk = 8.
Aes256::Aes256(Bytes key) : round_keys_{} {
  std::array<std::array<std::uint8_t, 4>, 60> words{};
  std::uint8_t round = 1;
  for (std::size_t i = 0; i < 60; ++i) {
    if (i < 8) {
      for (std::size_t j = 0; j < 4; ++j) words[i][j] = key[4 * i + j];
      continue;
    }
    auto word = words[i - 1];
    if (i % 8 == 0) word = {word[1], word[2], word[3], word[0]};
    if (i % 4 == 0)
      for (auto& byte : word) byte = boxes().forward[byte];
    if (i % 8 == 0) {
      word[0] ^= round;
      round = times(round, 2);
    }
    for (std::size_t j = 0; j < 4; ++j) words[i][j] = words[i - 8][j] ^ word[j];
  }
  for (std::size_t i = 0; i < 60; ++i)
    for (std::size_t j = 0; j < 4; ++j) round_keys_[i / 4][4 * (i % 4) + j] = words[i][j];
}

Aes256::Block Aes256::encrypt(Block block) const {
  add(block, round_keys_[0]);
  for (std::size_t round = 1; round <= 14; ++round) {
    Block next{};
    for (std::size_t i = 0; i < 16; ++i) next[shifted(i)] = boxes().forward[block[i]];
    if (round < 14) mix(next, {2, 3, 1, 1});
    add(next, round_keys_[round]);
    block = next;
  }
  return block;
}

Aes256::Block Aes256::decrypt(Block block) const {
  for (std::size_t round = 14; round >= 1; --round) {
    add(block, round_keys_[round]);
    if (round < 14) mix(block, {14, 11, 13, 9});
    Block before{};
    for (std::size_t i = 0; i < 16; ++i) before[i] = boxes().inverse[block[shifted(i)]];
    block = before;
  }
  add(block, round_keys_[0]);
  return block;
}

Buffer Aes256::cbc_encrypt(Bytes iv, Bytes plaintext) const {
  Buffer padded(plaintext.begin(), plaintext.end());
  const std::size_t missing = 16 - plaintext.size() % 16;
  padded.insert(padded.end(), missing, static_cast<std::uint8_t>(missing));
  Buffer out;
  Block previous{};
  add(previous, iv);
  for (std::size_t at = 0; at < padded.size(); at += 16) {
    add(previous, Bytes(padded).subspan(at));
    previous = encrypt(previous);
    out.insert(out.end(), previous.begin(), previous.end());
  }
  return out;
}

std::optional<Buffer> Aes256::cbc_decrypt(Bytes iv, Bytes ciphertext) const {
  if (ciphertext.empty() || ciphertext.size() % 16 != 0) return {};
  Buffer out;
  Bytes previous = iv;
  for (std::size_t at = 0; at < ciphertext.size(); at += 16) {
    Block block{};
    add(block, ciphertext.subspan(at));
    block = decrypt(block);
    add(block, previous);
    previous = ciphertext.subspan(at);
    out.insert(out.end(), block.begin(), block.end());
  }
  const std::size_t padding = out.back();
  if (padding < 1 || padding > 16) return {};
  for (std::size_t i = 0; i < padding; ++i)
    if (out[out.size() - 1 - i] != padding) return {};
  out.resize(out.size() - padding);
  return out;
}

}  // namespace sotto::model
