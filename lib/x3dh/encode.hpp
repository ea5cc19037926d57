// SPDX-License-Identifier: MIT OR Apache-2.0
/// Encode(PK): a public key as it is signed.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include <sotto/secret.hpp>

#include "x3dh/labels.hpp"

namespace sotto::x3dh {

/// The type byte and the 32 bytes of u [X3DH-2.1-4].
template <class Role>
[[nodiscard]] std::array<std::uint8_t, 33> encode(const Public<Role, 32>& key) noexcept {
  std::array<std::uint8_t, 33> bytes{key_type_x25519};
  std::memcpy(bytes.data() + 1, key.bytes().data(), key.bytes().size());
  return bytes;
}

}  // namespace sotto::x3dh
