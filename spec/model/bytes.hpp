// SPDX-License-Identifier: MIT OR Apache-2.0
/// Bytes of the slow twin. It is written for obviousness only: it copies freely, wipes nothing and
/// throws. Never for an app.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include <sotto/bytes.hpp>
#include <sotto/entropy.hpp>
#include <sotto/error.hpp>

namespace sotto::model {

using Buffer = std::vector<std::uint8_t>;
/// 32 bytes in any role: a key, public or secret.
using Key = std::array<std::uint8_t, 32>;

/// Thrown where the library answers an error.
struct Refused {
  Error error;
};

inline void require(bool holds, Error otherwise) {
  if (!holds) throw Refused{otherwise};
}

inline Buffer joined(std::initializer_list<Bytes> parts) {
  Buffer out;
  for (const Bytes part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

inline Buffer part(Bytes bytes, std::size_t at, std::size_t count) {
  const Bytes found = bytes.subspan(at, count);
  return Buffer(found.begin(), found.end());
}

inline Key key_at(Bytes bytes, std::size_t at) {
  Key key{};
  for (std::size_t i = 0; i < 32; ++i) key[i] = bytes[at + i];
  return key;
}

/// The 32 bytes that an operation draws from its tape.
inline Key draw(Entropy& entropy) {
  Key key{};
  require(entropy.fill(key).has_value(), Error::entropy_failed);
  return key;
}

}  // namespace sotto::model
