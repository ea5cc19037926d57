// SPDX-License-Identifier: MIT OR Apache-2.0
/// SHA-256 and SHA-512 (FIPS 180-4).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include <sotto/bytes.hpp>
#include <sotto/secret.hpp>

namespace sotto::crypto {

using Sha256Digest = std::array<std::uint8_t, 32>;
using Sha512Digest = std::array<std::uint8_t, 64>;

/// The chaining value of SHA-256 between two blocks: what an HMAC key is saved as.
struct Sha256Midstate {
  std::array<std::uint32_t, 8> h{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

  /// Absorb whole blocks of 64 bytes.
  void absorb(const std::uint8_t* blocks, std::size_t count) noexcept;

  /// The value as bytes, which after the last block is the digest.
  void store(std::span<std::uint8_t, 32> out) const noexcept;
};

/// SHA-256 over pieces. Copyable, so that a common beginning is hashed once; wiped at its end.
class Sha256 {
 public:
  Sha256() noexcept = default;
  /// Goes on from `midstate`, which stands for `absorbed_bytes` bytes (a multiple of 64).
  Sha256(const Sha256Midstate& midstate, std::uint64_t absorbed_bytes) noexcept
      : state_(midstate), total_(absorbed_bytes) {}
  Sha256(const Sha256&) noexcept = default;
  Sha256& operator=(const Sha256&) noexcept = default;
  ~Sha256();

  void update(Bytes bytes) noexcept;
  /// The digest. The object must not be used afterwards but for destruction or assignment.
  void finish(std::span<std::uint8_t, 32> out) noexcept;

 private:
  Sha256Midstate state_;
  std::uint64_t total_ = 0;                         ///< bytes absorbed and waiting
  alignas(16) std::array<std::uint8_t, 64> block_;  ///< the waiting ones: total_ mod 64
};

[[nodiscard]] Sha256Digest sha256(Bytes bytes) noexcept;

/// SHA-512 of the parts, one after the other.
[[nodiscard]] Sha512Digest sha512(std::initializer_list<Bytes> parts) noexcept;

}  // namespace sotto::crypto
