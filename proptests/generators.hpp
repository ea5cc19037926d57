// SPDX-License-Identifier: MIT OR Apache-2.0
/// What the properties draw their cases from.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <sotto/bytes.hpp>

namespace sotto::prop {

using Buffer = std::vector<std::uint8_t>;

inline bool same(Bytes a, Bytes b) {
  return std::ranges::equal(a, b);
}

inline Buffer copy(Bytes bytes) {
  return Buffer(bytes.begin(), bytes.end());
}

/// Any number from `low` to below `high`, all as likely in small cases as in large ones. (The
/// range of `rc::gen::inRange` grows with the size of the case: most of it is never met.)
template <class T>
rc::Gen<T> within(T low, T high) {
  return rc::gen::resize(rc::kNominalSize, rc::gen::inRange<T>(low, high));
}

/// Any bytes, of a length that grows with the size of the case.
inline rc::Gen<Buffer> buffers() {
  return rc::gen::arbitrary<Buffer>();
}

/// `n` bytes, all drawn.
inline rc::Gen<Buffer> buffers_of(std::size_t n) {
  return rc::gen::container<Buffer>(
      n, rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint8_t>()));
}

/// Lengths around a block's end, where padding and carries go wrong, as well as any others.
inline rc::Gen<Buffer> blocky_buffers(std::size_t block, std::size_t max_blocks) {
  const auto near =
      rc::gen::map(rc::gen::pair(within<std::size_t>(0, max_blocks + 1), within<std::size_t>(0, 5)),
                   [block](std::pair<std::size_t, std::size_t> at) {
                     const std::size_t length = at.first * block + at.second;
                     return length < 2 ? 0 : length - 2;
                   });
  return rc::gen::mapcat(rc::gen::oneOf(near, within<std::size_t>(0, max_blocks * block + 1)),
                         buffers_of);
}

/// A seed for an entropy tape. Never shrunk: no seed is simpler than another.
inline rc::Gen<std::uint64_t> seeds() {
  return rc::gen::noShrink(rc::gen::resize(100, rc::gen::arbitrary<std::uint64_t>()));
}

template <std::size_t N>
std::array<std::uint8_t, N> array_of(Bytes bytes) {
  std::array<std::uint8_t, N> out{};
  std::copy_n(bytes.begin(), N, out.begin());
  return out;
}

/// 32 bytes for a key.
inline rc::Gen<std::array<std::uint8_t, 32>> keys() {
  return rc::gen::map(buffers_of(32), [](const Buffer& b) { return array_of<32>(b); });
}

/// `bytes` with bit `bit` (counted from the first byte's lowest) turned over.
inline void flip(MutableBytes bytes, std::size_t bit) {
  bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1U << (bit % 8)));
}

/// One of the bits of `n` bytes.
inline rc::Gen<std::size_t> bits_of(std::size_t n) {
  return within<std::size_t>(0, 8 * n);
}

}  // namespace sotto::prop
