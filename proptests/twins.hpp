// SPDX-License-Identifier: MIT OR Apache-2.0
/// Slow and obvious twins: the algorithms as their standards write them, to compare the fast ones
/// with. Never for an app.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "crypto/aes.hpp"

namespace sotto::prop::twin {

using Buffer = std::vector<std::uint8_t>;

inline Buffer joined(std::initializer_list<Bytes> parts) {
  Buffer out;
  for (const Bytes part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

inline Buffer big_endian(std::uint64_t value, std::size_t n) {
  Buffer out(n);
  for (std::size_t i = 0; i < n; ++i)
    out[n - 1 - i] = static_cast<std::uint8_t>(value >> (8 * i) & 0xff);
  return out;
}

/// The first 32 bits of the fractional parts of the cube roots of the first 64 primes
/// [FIPS 180-4 §4.2.2], found by integer search rather than copied.
inline const std::array<std::uint32_t, 64>& sha256_constants() {
  static const auto table = [] {
    std::array<std::uint32_t, 64> k{};
    std::size_t found = 0;
    for (std::uint64_t p = 2; found < 64; ++p) {
      bool prime = true;
      for (std::uint64_t d = 2; d * d <= p; ++d) prime = prime && p % d != 0;
      if (!prime) continue;
      // The largest r with r^3 <= p * 2^96, whose low 32 bits are the fraction. r < 2^35, so r^3
      // fits 128 bits.
      __extension__ using Wide = unsigned __int128;
      Wide low = 0;
      Wide high = Wide{1} << 36;
      while (high - low > 1) {
        const Wide middle = (low + high) / 2;
        (middle * middle * middle <= Wide{p} << 96 ? low : high) = middle;
      }
      k[found++] = static_cast<std::uint32_t>(low);
    }
    return k;
  }();
  return table;
}

/// SHA-256 [FIPS 180-4 §6.2].
inline Buffer sha256(Bytes message) {
  std::array<std::uint32_t, 8> h{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  Buffer padded(message.begin(), message.end());
  padded.push_back(0x80);
  while (padded.size() % 64 != 56) padded.push_back(0);
  const Buffer length = big_endian(message.size() * 8, 8);
  padded.insert(padded.end(), length.begin(), length.end());
  for (std::size_t at = 0; at < padded.size(); at += 64) {
    std::array<std::uint32_t, 64> w{};
    for (std::size_t t = 0; t < 16; ++t)
      for (std::size_t i = 0; i < 4; ++i) w[t] = w[t] << 8 | padded[at + 4 * t + i];
    for (std::size_t t = 16; t < 64; ++t) {
      const auto s0 = std::rotr(w[t - 15], 7) ^ std::rotr(w[t - 15], 18) ^ (w[t - 15] >> 3);
      const auto s1 = std::rotr(w[t - 2], 17) ^ std::rotr(w[t - 2], 19) ^ (w[t - 2] >> 10);
      w[t] = s1 + w[t - 7] + s0 + w[t - 16];
    }
    auto v = h;  // a b c d e f g h
    for (std::size_t t = 0; t < 64; ++t) {
      const auto e = v[4];
      const auto a = v[0];
      const auto t1 = v[7] + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) +
                      ((e & v[5]) ^ (~e & v[6])) + sha256_constants()[t] + w[t];
      const auto t2 = (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) +
                      ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
      v = {t1 + t2, v[0], v[1], v[2], v[3] + t1, v[4], v[5], v[6]};
    }
    for (std::size_t i = 0; i < 8; ++i) h[i] += v[i];
  }
  Buffer out;
  for (const auto word : h) {
    const Buffer bytes = big_endian(word, 4);
    out.insert(out.end(), bytes.begin(), bytes.end());
  }
  return out;
}

/// HMAC [RFC 2104 §2] over the twin of SHA-256.
inline Buffer hmac_sha256(Bytes key, Bytes message) {
  Buffer k(key.begin(), key.end());
  if (k.size() > 64) k = sha256(k);
  k.resize(64);
  Buffer inner_pad = k;
  Buffer outer_pad = k;
  for (auto& byte : inner_pad) byte ^= 0x36;
  for (auto& byte : outer_pad) byte ^= 0x5c;
  return sha256(joined({outer_pad, sha256(joined({inner_pad, message}))}));
}

/// HKDF-Expand [RFC 5869 §2.3].
inline Buffer hkdf_expand(Bytes prk, Bytes info, std::size_t n) {
  Buffer out;
  Buffer previous;
  for (std::uint8_t i = 1; out.size() < n; ++i) {
    previous = hmac_sha256(prk, joined({previous, info, Bytes(&i, 1)}));
    out.insert(out.end(), previous.begin(), previous.end());
  }
  out.resize(n);
  return out;
}

inline Buffer hkdf(Bytes salt, Bytes input_key, Bytes info, std::size_t n) {
  return hkdf_expand(hmac_sha256(salt, input_key), info, n);
}

using Block = std::array<std::uint8_t, 16>;

/// One AES block as the counter mode gives it: the keystream at counter `in`.
inline Block aes_by_ctr(Bytes key, const Block& in) {
  Block out{};
  const Block zeros{};
  crypto::aes_ctr(out, key, in, zeros);
  return out;
}

/// One AES-256 block as the chaining mode gives it: the first of an encryption under a zero IV.
inline Block aes256_by_cbc(crypto::Aes256Key key, const Block& in) {
  std::array<std::uint8_t, 32> out{};
  crypto::aes256_cbc_encrypt(out, key, Block{}, in);
  Block first{};
  std::copy_n(out.begin(), 16, first.begin());
  return first;
}

/// Counts a block up by one, big-endian, over its last `n` bytes [SP 800-38A B.1].
inline void count_up(Block& block, std::size_t n) {
  for (std::size_t i = 16; i-- > 16 - n;)
    if (++block[i] != 0) return;
}

/// The product in the field of GCM, bit by bit [SP 800-38D §6.3].
inline Block gf_product(const Block& x, Block v) {
  Block z{};
  for (std::size_t i = 0; i < 128; ++i) {
    if ((x[i / 8] >> (7 - i % 8) & 1) != 0)
      for (std::size_t j = 0; j < 16; ++j) z[j] ^= v[j];
    const bool low = (v[15] & 1) != 0;
    for (std::size_t j = 15; j > 0; --j)
      v[j] = static_cast<std::uint8_t>(v[j] >> 1 | (v[j - 1] & 1) << 7);
    v[0] >>= 1;
    if (low) v[0] ^= 0xe1;
  }
  return z;
}

inline void ghash(Block& y, const Block& h, Bytes data) {
  for (std::size_t at = 0; at < data.size(); at += 16) {
    for (std::size_t i = 0; i < 16 && at + i < data.size(); ++i) y[i] ^= data[at + i];
    y = gf_product(y, h);
  }
}

/// AES-GCM sealing with a 12-byte nonce [SP 800-38D §7.1]: ciphertext || tag.
inline Buffer gcm_seal(Bytes key, Bytes nonce, Bytes plaintext, Bytes associated) {
  const Block h = aes_by_ctr(key, Block{});
  Block counter{};
  std::copy_n(nonce.begin(), 12, counter.begin());
  counter[15] = 1;
  const Block mask = aes_by_ctr(key, counter);
  Buffer out(plaintext.begin(), plaintext.end());
  for (std::size_t at = 0; at < out.size(); at += 16) {
    count_up(counter, 4);
    const Block stream = aes_by_ctr(key, counter);
    for (std::size_t i = 0; i < 16 && at + i < out.size(); ++i) out[at + i] ^= stream[i];
  }
  Block y{};
  ghash(y, h, associated);
  ghash(y, h, out);
  ghash(y, h, joined({big_endian(associated.size() * 8, 8), big_endian(plaintext.size() * 8, 8)}));
  for (std::size_t i = 0; i < 16; ++i) out.push_back(y[i] ^ mask[i]);
  return out;
}

/// AES-256-CBC with PKCS #7 padding [SP 800-38A §6.2], over the block of the counter mode.
inline Buffer cbc_encrypt(Bytes key, const Block& iv, Bytes plaintext) {
  Buffer padded(plaintext.begin(), plaintext.end());
  const std::size_t missing = 16 - plaintext.size() % 16;
  padded.insert(padded.end(), missing, static_cast<std::uint8_t>(missing));
  Buffer out;
  Block previous = iv;
  for (std::size_t at = 0; at < padded.size(); at += 16) {
    for (std::size_t i = 0; i < 16; ++i) previous[i] ^= padded[at + i];
    previous = aes_by_ctr(key, previous);
    out.insert(out.end(), previous.begin(), previous.end());
  }
  return out;
}

}  // namespace sotto::prop::twin
