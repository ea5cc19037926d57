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
rc::Gen<Buffer> buffers();

/// `n` bytes, all drawn.
rc::Gen<Buffer> buffers_of(std::size_t n);

/// Lengths around a block's end, where padding and carries go wrong, as well as any others.
rc::Gen<Buffer> blocky_buffers(std::size_t block, std::size_t max_blocks);

/// A seed for an entropy tape. Never shrunk: no seed is simpler than another.
rc::Gen<std::uint64_t> seeds();

template <std::size_t N>
std::array<std::uint8_t, N> array_of(Bytes bytes) {
  std::array<std::uint8_t, N> out{};
  std::copy_n(bytes.begin(), N, out.begin());
  return out;
}

/// 32 bytes for a key.
rc::Gen<std::array<std::uint8_t, 32>> keys();

/// `bytes` with bit `bit` (counted from the first byte's lowest) turned over.
inline void flip(MutableBytes bytes, std::size_t bit) {
  bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1U << (bit % 8)));
}

/// One of the bits of `n` bytes.
rc::Gen<std::size_t> bits_of(std::size_t n);

}  // namespace sotto::prop

// What nearly every property draws, and how each is run, is compiled once, in generators.cpp.
extern template void rc::detail::checkGTest(void (*&&)());
extern template class rc::Gen<bool>;
extern template class rc::Gen<int>;
extern template class rc::Gen<std::uint8_t>;
extern template class rc::Gen<std::uint32_t>;
extern template class rc::Gen<std::uint64_t>;
extern template class rc::Gen<sotto::prop::Buffer>;
extern template class rc::Gen<std::array<std::uint8_t, 32>>;
extern template rc::Gen<int> sotto::prop::within(int, int);
extern template rc::Gen<std::uint8_t> sotto::prop::within(std::uint8_t, std::uint8_t);
extern template rc::Gen<std::uint32_t> sotto::prop::within(std::uint32_t, std::uint32_t);
extern template rc::Gen<std::uint64_t> sotto::prop::within(std::uint64_t, std::uint64_t);
