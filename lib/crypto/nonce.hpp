// SPDX-License-Identifier: MIT OR Apache-2.0
/// The nonce of media: a salt of 12 bytes with numbers in it.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>

namespace sotto::crypto {

/// out = salt XOR (front || back), both big-endian. It is written in the two pieces in which the
/// backend reads it: a load of bytes that were just stored one by one has to wait for them all.
inline void make_nonce(std::span<std::uint8_t, 12> out, std::span<const std::uint8_t, 12> salt,
                       std::uint64_t front, std::uint32_t back) noexcept {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t first = 0;
  std::uint32_t last = 0;
  std::memcpy(&first, salt.data(), sizeof first);
  std::memcpy(&last, salt.last<sizeof last>().data(), sizeof last);
  first ^= std::byteswap(front);
  last ^= std::byteswap(back);
  std::memcpy(out.data(), &first, sizeof first);
  std::memcpy(out.last<sizeof last>().data(), &last, sizeof last);
}

}  // namespace sotto::crypto
