// SPDX-License-Identifier: MIT OR Apache-2.0
/// Protobuf fields written byte by byte, right or wrong as asked: for tests of what reads them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <sotto/bytes.hpp>

namespace sotto::testing::pb {

using Buffer = std::vector<std::uint8_t>;

/// At least `least_bytes` long, filled up with 0x80: then it is not in the fewest bytes.
inline Buffer varint(std::uint64_t value, std::size_t least_bytes = 1) {
  Buffer out;
  while (value >= 0x80 || out.size() + 1 < least_bytes) {
    out.push_back(static_cast<std::uint8_t>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<std::uint8_t>(value));
  return out;
}

inline void append(Buffer& to, Bytes bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

inline Buffer joined(const std::vector<Buffer>& parts) {
  Buffer all;
  for (const Buffer& part : parts) append(all, part);
  return all;
}

/// A tag: field number and wire type.
inline Buffer tag(std::uint64_t number, unsigned type, std::size_t least_bytes = 1) {
  return varint(number << 3 | type, least_bytes);
}

/// Wire type 0.
inline Buffer number(std::uint64_t field, std::uint64_t value, std::size_t least_bytes = 1) {
  return joined({tag(field, 0), varint(value, least_bytes)});
}

/// Wire type 2. `claimed_extra` is added to the length that is said.
inline Buffer bytes(std::uint64_t field, Bytes content, std::uint64_t claimed_extra = 0,
                    std::size_t least_bytes = 1) {
  Buffer out = joined({tag(field, 2), varint(content.size() + claimed_extra, least_bytes)});
  append(out, content);
  return out;
}

/// Wire types 5 and 1: 4 and 8 bytes as they are.
inline Buffer fixed32(std::uint64_t field) {
  return joined({tag(field, 5), Buffer(4, 0x5a)});
}
inline Buffer fixed64(std::uint64_t field) {
  return joined({tag(field, 1), Buffer(8, 0xa5)});
}

}  // namespace sotto::testing::pb
