// SPDX-License-Identifier: MIT OR Apache-2.0
/// HMAC-SHA256 (RFC 2104) under a key whose pads are hashed once.
#pragma once

#include <initializer_list>

#include <sotto/bytes.hpp>

#include "crypto/sha2.hpp"

namespace sotto::crypto {

/// An HMAC-SHA256 key, saved as the two midstates after its pads: using it again costs nothing
/// extra. Wiped at its end.
class HmacSha256Key {
 public:
  /// A key of any length; one above 64 bytes is hashed first [RFC 2104 §2].
  explicit HmacSha256Key(Bytes key) noexcept;
  HmacSha256Key(const HmacSha256Key&) = delete;
  HmacSha256Key& operator=(const HmacSha256Key&) = delete;
  ~HmacSha256Key();

  /// HMAC over the parts, one after the other.
  void mac(std::span<std::uint8_t, 32> out, std::initializer_list<Bytes> parts) const noexcept;

 private:
  Sha256Midstate inner_;
  Sha256Midstate outer_;
};

}  // namespace sotto::crypto
